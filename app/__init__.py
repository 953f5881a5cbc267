"""The web service: HTTP in front of `forecasting`, jobs in front of `training`."""

from importlib.metadata import version

__version__ = version("forecasting-service")
