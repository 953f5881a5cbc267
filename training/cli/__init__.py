"""The command line, `python -m training`: a file for each command or group of commands."""
