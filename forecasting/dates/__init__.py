"""Dates as people write them, in texts and whole numbers, become times."""
