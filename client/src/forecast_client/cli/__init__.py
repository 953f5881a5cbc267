"""The command line `forecast`."""
