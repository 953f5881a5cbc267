"""Fitting a network to a dataset: split in time, fit, calibrate."""
