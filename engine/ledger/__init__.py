"""Moving money and limits: accounts, transfers, counters, the sequencer."""
