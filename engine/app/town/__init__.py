"""The demo town: who lives in it, what is sold, and three months that have passed."""
