"""One module a group of operations."""
