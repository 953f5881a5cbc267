"""From a parsed `/anomalies` request to its answer."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson

from app.asking import path_of, season_length_of
from app.batcher import Batcher
from app.hindcast import check_windows, hindcast
from app.items import to_series
from app.registry import Served
from app.schemas.anomalies import AnomaliesRequest
from app.settings import Settings
from forecasting.anomalies import Judgement, judge, judged_places
from forecasting.arrays import Floats
from forecasting.errors import ForecastingError, RequestError
from forecasting.quantiles import interval_quantiles
from forecasting.series import Series

_SHORTEST_WARM_UP = 10


@dataclass(frozen=True, slots=True)
class AnomaliesQuestion:
    """A checked request: which values to judge with one model version."""

    served: Served
    series: list[Series]
    places: list[range]
    """Of each series, which values are judged."""
    season_lengths: list[int]
    """One a series; 0 has it detected."""
    level: float

    def pasts(self) -> tuple[list[Series], list[int]]:
        """What was known before each value judged, and the season length to go with it."""
        pasts = [
            one.before(place)
            for one, places in zip(self.series, self.places, strict=True)
            for place in places
        ]
        return pasts, np.repeat(self.season_lengths, [len(part) for part in self.places]).tolist()


def ask(request: AnomaliesRequest, served: Served, settings: Settings) -> AnomaliesQuestion:
    """Check a request against the model. Raises SeriesError or RequestError with its place."""
    signature = served.forecaster.signature
    if signature.quantiles is None:
        raise RequestError(
            "this model predicts a single forecast, without a band to judge by. Name a model that "
            "predicts quantiles.",
            code="quantiles_not_available",
            path=("model",),
        )
    series = to_series(request.series, settings.max_series, "FORECAST_MAX_SERIES")
    season_lengths = [season_length_of(request.season_length, one) for one in series]
    places = []
    for place, (one, season_length) in enumerate(zip(series, season_lengths, strict=True)):
        seasons = 2 * max(season_length, signature.season_length)
        warm_up = request.warm_up or max(_SHORTEST_WARM_UP, seasons, signature.shortest_context)
        try:
            places.append(judged_places(one.values.size, warm_up, request.last))
        except ForecastingError as error:
            raise error.under(*path_of(request.series, place)) from error
    check_windows(
        sum(map(len, places)),
        settings,
        "Ask for fewer series at a time, or for the last values alone (last).",
    )
    return AnomaliesQuestion(served, series, places, season_lengths, request.level)


async def run(question: AnomaliesQuestion, batcher: Batcher) -> Judgement:
    """Of all values of all series, one after the other. Raises OverloadedError."""
    pasts, season_lengths = await asyncio.to_thread(question.pasts)
    bounds = interval_quantiles(question.level)
    forecast = await hindcast(batcher, question.served, pasts, season_lengths, 1, bounds)
    actual = [
        one.observed()[places.start : places.stop]
        for one, places in zip(question.series, question.places, strict=True)
    ]
    return judge(np.concatenate(actual), forecast)


def answer(question: AnomaliesQuestion, found: Judgement) -> bytes:
    """The body of the answer, AnomaliesResponse as JSON."""
    manifest = question.served.manifest
    ends = np.cumsum([len(places) for places in question.places])
    rows = [slice(end - len(part), end) for end, part in zip(ends, question.places, strict=True)]
    return orjson.dumps(
        {
            "model": manifest.model,
            "version": manifest.version,
            "level": question.level,
            "series": [
                _one(series, places, found, part)
                for series, places, part in zip(question.series, question.places, rows, strict=True)
            ],
        },
        option=orjson.OPT_SERIALIZE_NUMPY,
    )


def _one(series: Series, places: range, found: Judgement, rows: slice) -> dict[str, Any]:
    calendar = series.calendar
    index = np.array(places) + series.dropped
    outside = found.outside[rows]

    def part(of: Floats) -> Floats:
        return of[rows]

    return {
        "id": series.id,
        "frequency": None if calendar is None else calendar.frequency,
        "anomalies": index[outside],
        "index": index,
        "timestamps": None if calendar is None else calendar.timestamps(int(index[0]), len(places)),
        "actual": part(found.actual),
        "expected": part(found.expected),
        "lower": part(found.lower),
        "upper": part(found.upper),
        "outside": outside,
        "score": part(found.score),
        "notes": series.notes,
    }
