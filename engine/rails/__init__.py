"""The outside world of money, behind one interface: the bank card sandbox."""
