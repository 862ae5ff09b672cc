"""One file for each row of the table; ``rows()`` returns what it measured."""
