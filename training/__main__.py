"""`python -m training`."""

from training.cli import cli

cli()
