"""The Python client of the forecasting service."""

from forecast_client.async_client import AsyncForecastClient
from forecast_client.client import ForecastClient
from forecast_client.errors import (
    AccessError,
    ConfigurationError,
    DataError,
    ForecastError,
    JobError,
    Mistake,
    NotFoundError,
    OverloadedError,
    ProblemError,
    UnreachableError,
)
from forecast_client.results.anomalies import Anomalies
from forecast_client.results.backtest import Backtest
from forecast_client.results.bulk import BulkOutput
from forecast_client.results.forecast import Forecast, Interval, SeriesForecast
from forecast_client.results.inspection import Inspection
from forecast_client.results.notes import Note, SeriesError
from forecast_client.results.records import Alias, Event, Job, Model

__all__ = [
    "AccessError",
    "Alias",
    "Anomalies",
    "AsyncForecastClient",
    "Backtest",
    "BulkOutput",
    "ConfigurationError",
    "DataError",
    "Event",
    "Forecast",
    "ForecastClient",
    "ForecastError",
    "Inspection",
    "Interval",
    "Job",
    "JobError",
    "Mistake",
    "Model",
    "NotFoundError",
    "Note",
    "OverloadedError",
    "ProblemError",
    "SeriesError",
    "SeriesForecast",
    "UnreachableError",
]
