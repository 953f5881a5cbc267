"""`python -m forecast_client` is the command line `forecast`."""

from forecast_command import main

main()
