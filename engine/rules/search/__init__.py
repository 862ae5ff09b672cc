"""The best lawful combination of the offers on a basket: searched exactly, or in order."""
