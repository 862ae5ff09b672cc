"""Which campaigns a basket reaches, out of all that run: sets of campaigns as bits, never a look at each."""
