"""Offline: makes model versions from series. `python -m training --help`."""
