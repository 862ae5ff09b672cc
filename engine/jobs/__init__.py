"""Work by the clock, once each. Every module beside this one is a job; ``running`` runs them."""
