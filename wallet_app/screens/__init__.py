"""The screens: each draws itself from a scene."""
