"""`python -m training`."""

from training.cli.main import cli

cli()
