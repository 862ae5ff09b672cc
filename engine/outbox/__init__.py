"""Events written with the change that caused them, and their delivery."""
