"""`python -m forecast_client` is the command line `forecast`."""

from forecast_client.cli.main import main

main()
