"""Work by the clock, once each."""
