"""The 20-digit pay code: made, read, spent once."""
