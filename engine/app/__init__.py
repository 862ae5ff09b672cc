"""Composition: settings become a running whole, and the demo town is built."""
