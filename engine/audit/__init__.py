"""The audit proves the books from the rows alone: SQL only, and nothing of the code that wrote them."""
