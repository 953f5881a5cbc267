"""Forecasts that are kept, what really happened, and how a version does by that."""
