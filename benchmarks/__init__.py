"""Measurements, one command each. Never part of the tests."""
