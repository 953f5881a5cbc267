"""The form of Chronos' endpoints: series as `inputs`, and `parameters`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request

from app.compat.forecasts import SeriesForecast, ask_each, forecast, missing_as_null
from app.compat.places import FieldPlaces
from app.compat.sagemaker.documents import ItemId
from app.compat.steps import frequency_from
from app.predict.schemas import Probability
from app.predict.service import PredictService
from forecasting.errors import SeriesError
from forecasting.prediction.defaults import decimal_name

Columns = dict[str, list[Any]]
_PLACES = FieldPlaces(
    "inputs",
    {"values": ("target",), "targets": ("target",)},
    {
        "horizon": ("parameters", "prediction_length"),
        "quantiles": ("parameters", "quantile_levels"),
        "frequency": ("parameters", "freq"),
    },
)


class Input(BaseModel):
    """One series, or several targets that were observed at the same steps."""

    model_config = ConfigDict(extra="forbid", strict=True)

    target: list[Any]
    item_id: ItemId | None = None
    start: str | None = None
    past_covariates: Columns | None = None
    future_covariates: Columns | None = None

    @property
    def targets(self) -> int | None:
        """How many targets it has; None if they are not given as a list of lists."""
        return len(self.target) if self.target and isinstance(self.target[0], list) else None

    def asked(self, frequency: str | None) -> dict[str, Any]:
        """Return the series as `/predict` takes it.

        Raises SeriesError, its path within the series, for a start without a frequency, or the
        other way around, and for a covariate whose past is missing or of another length.
        """
        series: dict[str, Any] = {}
        if self.targets is None:
            series["values"] = missing_as_null(self.target)
        else:
            series["targets"] = {
                str(number): missing_as_null(values) if isinstance(values, list) else values
                for number, values in enumerate(self.target)
            }
        if self.item_id is not None:
            series["id"] = str(self.item_id)
        if (self.start is None) != (frequency is None):
            raise SeriesError(
                "'start' and the parameter 'freq' need each other: give both, or neither.",
                code="start_without_frequency",
                path=("start",),
            )
        if self.start is not None and frequency is not None:
            series |= {"start": self.start, "frequency": frequency_from(frequency, self.start)}
        return series | self._covariates()

    def _covariates(self) -> dict[str, Columns]:
        past, ahead = dict(self.past_covariates or {}), {}
        steps = len(self.target if self.targets is None else self.target[0])
        for name, cells in (self.future_covariates or {}).items():
            if name not in past:
                raise SeriesError(
                    f"the covariate {name[:80]!r} is known ahead, but its past is missing: "
                    "'past_covariates' has no value of it for each of the target's.",
                    code="covariate_length",
                    path=("future_covariates", name),
                )
            if len(past[name]) != steps:
                raise SeriesError(
                    f"the covariate {name[:80]!r} has {len(past[name])} values beside the "
                    f"{steps} of the target. Give one for each.",
                    code="covariate_length",
                    path=("past_covariates", name),
                )
            ahead[name] = [*past.pop(name), *cells]
        given = {"past_covariates": past, "future_covariates": ahead}
        return {
            field: {name: missing_as_null(cells) for name, cells in columns.items()}
            for field, columns in given.items()
            if columns
        }


class Parameters(BaseModel):
    """What is asked for."""

    model_config = ConfigDict(extra="forbid", strict=True)

    prediction_length: int = Field(1, ge=1)
    quantile_levels: list[Probability] = Field([0.1, 0.5, 0.9], max_length=99)
    freq: str | None = Field(None, max_length=32)
    batch_size: int | None = Field(None, ge=1)
    """It says how the endpoint runs its network; this service finds that out itself."""


class InputsDocument(BaseModel):
    """The series of a request, and what is asked for."""

    model_config = ConfigDict(extra="forbid", strict=True)

    inputs: list[Input]
    parameters: Parameters = Parameters()


async def predict(
    request: Request, service: PredictService, model: str | None, document: Any
) -> list[dict[str, Any]]:
    """Return the prediction of each input, as Chronos' endpoints answer it.

    Raises what `/predict` does, at the places in this form, and ValidationError.
    """
    given = await asyncio.to_thread(InputsDocument.model_validate, document)
    if not given.inputs:
        return []
    levels = given.parameters.quantile_levels
    with _PLACES.named():
        frequency = given.parameters.freq
        series = await asyncio.to_thread(ask_each, given.inputs, lambda item: item.asked(frequency))
    body = {
        "series": series,
        "model": model,
        "horizon": given.parameters.prediction_length,
        "quantiles": levels,
    }
    found = iter(await forecast(request, service, body, _PLACES))
    return [
        _render(item, [next(found) for _ in range(item.targets or 1)], levels)
        for item in given.inputs
    ]


def _render(
    item: Input, forecasts: Sequence[SeriesForecast], levels: Sequence[float]
) -> dict[str, Any]:
    """Return the prediction of an input; of several targets, each value is a list of them."""
    prediction: dict[str, Any] = {"mean": [found.point for found in forecasts]}
    for level in levels:
        prediction[decimal_name(level)] = [found.quantiles[level] for found in forecasts]
    if item.targets is None:
        prediction = {name: values[0] for name, values in prediction.items()}
    if item.item_id is not None:
        prediction["item_id"] = item.item_id
    if item.start is not None:
        prediction["start"] = forecasts[0].first_timestamp()
    return prediction
