"""Settling with merchants: statements by day, bills, reconciliation, payouts."""
