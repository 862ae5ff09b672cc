"""The youhui command."""
