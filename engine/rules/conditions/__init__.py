"""Conditions, one file each; the file's name is the YAML key."""
