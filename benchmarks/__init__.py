"""Figures: ours beside others on the same rules and the same answers."""
