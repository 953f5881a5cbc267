"""The web service: HTTP in front of `forecasting`, jobs in front of `training`."""
