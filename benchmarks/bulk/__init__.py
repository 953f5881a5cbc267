"""Bulk jobs beside the Forecaster alone and a loop over AutoETS: `make bench-bulk`."""
