"""KServe's request for forecasts. It may have further fields, which mean nothing here."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.compat.forecasts import ask_each, missing_as_null
from app.compat.steps import frequency_from
from app.predict.schemas import Probability
from forecasting.errors import RequestError

Frequency = Literal[
    "second", "S", "minute", "T", "hour", "H", "day", "D",
    "week", "W", "month", "M", "quarter", "Q", "year", "Y",
]  # fmt: skip


class TimeSeriesInput(BaseModel):
    """One series."""

    type: Literal["univariate_time_series", "multivariate_time_series"]
    name: str
    series: list[Any]
    frequency: Frequency
    start_timestamp: str | None = None

    def asked(self) -> dict[str, Any]:
        """Return the series as `/predict` takes it.

        Raises RequestError or SeriesError, its path within the input, for what cannot be answered.
        """
        if self.type != "univariate_time_series":
            raise RequestError(
                "several series in one input are not forecast: send each as an input of the type "
                "'univariate_time_series'.",
                code="unsupported_time_series_type",
                path=("type",),
            )
        if self.start_timestamp is None:
            raise RequestError(
                "is missing. The answer has to say when the forecast begins, which follows from "
                "the time of the first value.",
                code="missing",
                path=("start",),
            )
        unit = {"minute": "T"}.get(self.frequency, self.frequency[0].upper())
        return {
            "values": missing_as_null(self.series),
            "start": self.start_timestamp,
            "frequency": frequency_from(unit, self.start_timestamp),
        }


class ForecastOptions(BaseModel):
    """What is asked for."""

    model_config = ConfigDict(strict=True)

    horizon: int = Field(ge=1)
    quantiles: list[Probability] | None = Field(None, max_length=99)


class ForecastRequest(BaseModel):
    """The series, and what is asked for."""

    model_config = ConfigDict(strict=True)

    model: str
    inputs: list[TimeSeriesInput]
    options: ForecastOptions

    def asked(self) -> dict[str, Any]:
        """Return the request as `/predict` takes it.

        Raises RequestError or SeriesError, its path within that, for what cannot be answered.
        """
        return {
            "series": ask_each(self.inputs, TimeSeriesInput.asked),
            "model": self.model,
            "horizon": self.options.horizon,
            "quantiles": self.options.quantiles or [],
        }
