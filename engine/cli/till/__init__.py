"""The terminal till: a merchant's counter over HTTP."""
