"""Keeping the store and the jobs in one file, and bringing them back."""
