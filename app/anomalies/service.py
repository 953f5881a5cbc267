"""From a parsed `/anomalies` request to its answer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import orjson

from app.anomalies.schemas import AnomaliesOptions
from app.requests.limits import season_length_of
from app.requests.partial_errors import Failure, insert_failures
from app.requests.series_items import Item, check_number
from app.requests.series_reading import read_some
from app.serving.batcher import Batcher
from app.serving.hindcast import check_windows, hindcast
from app.serving.registry import ServedVersion
from app.settings import Settings
from forecasting.errors import RequestError
from forecasting.evaluation.anomalies import Judgement, judge, judged_places
from forecasting.prediction.bounds import Bounds
from forecasting.prediction.quantiles import interval_quantiles
from forecasting.series.series import Series
from forecasting.types import Floats

_SHORTEST_WARM_UP = 10


@dataclass(frozen=True, slots=True)
class AnomaliesQuestion:
    """A checked request: which values to judge with one model version."""

    served: ServedVersion
    series: list[Series]
    bounds: list[Bounds]
    """Of each series."""
    failures: list[Failure] | None
    """Rising in their places, which `series` leaves out; None where one fails the request."""
    places: list[range]
    """Of each series, which values are judged."""
    season_lengths: list[int]
    """One a series; 0 has it detected."""
    level: float

    def pasts(self) -> tuple[list[Series], list[int], list[Bounds]]:
        """What was known before each value judged, and the season length and bounds with it."""
        of = [number for number, places in enumerate(self.places) for _ in places]
        places = chain.from_iterable(self.places)
        return (
            [self.series[number].before(place) for number, place in zip(of, places, strict=True)],
            [self.season_lengths[number] for number in of],
            [self.bounds[number] for number in of],
        )

    def rows(self) -> list[slice]:
        """Where those of each series are among all values judged."""
        ends = np.cumsum([len(places) for places in self.places]).tolist()
        return [slice(end - len(part), end) for end, part in zip(ends, self.places, strict=True)]


def ask(
    options: AnomaliesOptions, items: Sequence[Item], served: ServedVersion, settings: Settings
) -> AnomaliesQuestion:
    """Check a request against the model. Raises SeriesError or RequestError with its place."""
    check_number(items, settings.max_series, "FORECAST_MAX_SERIES")
    signature = served.forecaster.signature
    if signature.quantiles is None:
        raise RequestError(
            "this model predicts a single forecast, without a band to judge by. Name a model that "
            "predicts quantiles.",
            code="quantiles_not_available",
            path=("model",),
        )

    def places_of(one: Series) -> range:
        seasons = 2 * max(season_length_of(options.season_length, one), signature.season_length)
        warm_up = options.warm_up or max(_SHORTEST_WARM_UP, seasons, signature.shortest_context)
        return judged_places(one.values.size, warm_up, options.last)

    series, bounds, failures = read_some(options, items, places_of, observed_within=False)
    places = [places_of(one) for one in series]
    check_windows(
        sum(map(len, places)),
        settings,
        "Ask for fewer series at a time, or for the last values alone (last).",
    )
    season_lengths = [season_length_of(options.season_length, one) for one in series]
    return AnomaliesQuestion(
        served, series, bounds, failures, places, season_lengths, options.level
    )


async def run(question: AnomaliesQuestion, batcher: Batcher) -> Judgement:
    """Of all values of all series, one after the other. Raises OverloadedError."""
    pasts, season_lengths, bounds = await asyncio.to_thread(question.pasts)
    band = interval_quantiles(question.level)
    forecast = await hindcast(
        batcher, question.served, pasts, season_lengths, 1, band, bounds=bounds
    )
    actual = [
        one.observed()[places.start : places.stop]
        for one, places in zip(question.series, question.places, strict=True)
    ]
    return judge(np.concatenate(actual), forecast)


def answer(question: AnomaliesQuestion, found: Judgement) -> bytes:
    """The body of the answer, AnomaliesResponse as JSON."""
    manifest = question.served.manifest
    series = [
        _one(one, places, found, rows)
        for one, places, rows in zip(question.series, question.places, question.rows(), strict=True)
    ]
    insert_failures(series, question.failures)
    return orjson.dumps(
        {
            "model": manifest.model,
            "version": manifest.version,
            "level": question.level,
            "series": series,
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
        "frequency": None if calendar is None else calendar.frequency.name,
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
