"""Use cases of a payment: quote, reserve, commit, release, expire, refund."""
