"""Forecasts for requests in other systems' protocols, which take the road of `/predict`."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable, Sequence
from math import isnan
from typing import Any, NamedTuple, TypeVar

from starlette.requests import Request

from app.compat.places import Places
from app.predict.render import Answer
from app.predict.schemas import PredictRequest
from app.predict.service import PredictService
from app.requests.series_items import SeriesItem, to_items
from app.serving.served_version import ServedVersion
from forecasting.errors import ForecastingError, NotFoundError
from forecasting.series.series import Series
from forecasting.store.manifest import MODEL_NAME

Item = TypeVar("Item")


class SeriesForecast(NamedTuple):
    """The forecast of one series."""

    series: Series
    point: list[float]
    quantiles: dict[float, list[float]]
    """The forecast at each step, by the probability of the quantile."""

    def first_timestamp(self) -> str | None:
        """Return the time of the first step in ISO 8601; None if the series has no dates."""
        timestamps = self.series.future_timestamps(1)
        return timestamps[0] if timestamps else None


async def find_version(service: PredictService, model: str | None) -> ServedVersion:
    """Return the version that answers for a model; None means the default model.

    Raises NotFoundError, BrokenVersionError or NotReadyError if there is none.
    """
    if model is not None and not re.fullmatch(MODEL_NAME, model):
        raise NotFoundError(f"there is no model {model[:80]!r}.", code="model_not_found")
    return await service.versions.get(model, None)


def ask_each(items: Iterable[Item], ask: Callable[[Item], dict[str, Any]]) -> list[dict[str, Any]]:
    """Return all series as `/predict` takes them, of which `ask` returns one.

    Raises what `ask` raises, at its place in the request to `/predict`.
    """
    asked = []
    for place, item in enumerate(items):
        try:
            asked.append(ask(item))
        except ForecastingError as error:
            raise error.under("series", place) from error
    return asked


async def forecast(
    request: Request, service: PredictService, asked: dict[str, Any], places: Places
) -> list[SeriesForecast]:
    """Return the forecasts that `/predict` would answer to the body `asked`, in its order.

    Raises what it raises, at the places in the protocol's own body. Only the quantiles that are
    asked for are forecast.
    """
    with places.named():
        options, items = await asyncio.to_thread(_parse, {"levels": [], **asked})
        answer = await service.forecast(request, options, items)
    return forecasts_of(answer)


def forecasts_of(answer: Answer) -> list[SeriesForecast]:
    """Return the forecasts of an answer one by one."""
    plan, found = answer.prediction.plan, answer.finished.forecast
    points = found.point.tolist()
    quantiles = found.quantiles.swapaxes(1, 2).tolist()
    return [
        SeriesForecast(series, point, dict(zip(plan.quantiles, of_series, strict=True)))
        for series, point, of_series in zip(plan.series, points, quantiles, strict=True)
    ]


def missing_as_null(cells: Sequence[Any]) -> list[Any]:
    """Return values with null for those that stand for a missing one: NaN, also as a text."""
    return [None if _is_missing(cell) else cell for cell in cells]


def _is_missing(cell: Any) -> bool:
    if isinstance(cell, str):
        return cell.lower() == "nan"  # GluonTS writes "Nan"
    return isinstance(cell, float) and isnan(cell)


def _parse(asked: dict[str, Any]) -> tuple[PredictRequest, list[SeriesItem]]:
    parsed = PredictRequest.model_validate(asked)
    return parsed, to_items(parsed.series)
