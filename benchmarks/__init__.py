"""Measurements, with one command for each. They are never part of the tests."""
