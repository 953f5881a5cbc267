"""Forecasts of the future and of the past."""
