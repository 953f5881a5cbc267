"""From a parsed `/predict` request to its forecasts, the network apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from app.predict.schemas import PredictOptions, decimal
from app.requests.limits import horizon_of, intervals_of, levels_of, season_length_of
from app.requests.partial_errors import Failure
from app.requests.series_items import Item, check_number
from app.requests.series_reading import read_series
from app.serving.registry import ServedVersion
from app.settings import Settings
from forecasting.errors import RequestError
from forecasting.evaluation.scores import MethodScores
from forecasting.notes import Note
from forecasting.prediction.bounds import Bounds, keep_within
from forecasting.prediction.fallback import among_fallbacks, fallback_note
from forecasting.prediction.forecaster import Forecast, no_quantiles
from forecasting.series.series import Series
from forecasting.types import Floats

Scores = Sequence[dict[str, MethodScores] | None]
"""Of each series, by method; None for one that is too short."""


@dataclass(frozen=True, slots=True)
class Question:
    """A checked request: what to forecast with one model version."""

    served: ServedVersion
    series: list[Series]
    bounds: list[Bounds]
    """Of each series."""
    failures: list[Failure] | None
    """Rising in their places, which `series` leaves out; None where one fails the request."""
    fallbacks: dict[int, Note]
    """By place in `series`, which are not the network's to forecast, and why."""
    values: list[Floats]
    """Those that are."""
    season_lengths: list[int]
    """One for each of `values`; 0 has it detected."""
    horizon: int
    asked: dict[str, float]
    """The quantiles that were asked for, by the name that they have in the answer."""
    intervals: dict[str, tuple[float, float]]
    """The quantiles that bound each level, by its name in the answer."""
    quantiles: tuple[float, ...]
    """All of them, rising."""


def ask(
    options: PredictOptions, items: Sequence[Item], served: ServedVersion, settings: Settings
) -> Question:
    """Check a request against the model. Raises SeriesError or RequestError with its place."""
    check_number(items, settings.max_series, "FORECAST_MAX_SERIES")
    signature = served.forecaster.signature
    horizon = horizon_of(options.horizon, signature, settings)
    series, bounds, failures = read_series(options, items, lambda one: one.check_future(horizon))
    levels = levels_of(options.levels, signature)
    asked, intervals, quantiles = _wanted(levels, tuple(options.quantiles))
    size = len(items) * horizon * (len(quantiles) + 1)
    if size > settings.max_forecast_values:
        raise RequestError(
            f"the answer would hold {size} values; {settings.max_forecast_values} is the most. "
            "Ask for fewer series, steps or quantiles at a time.",
            code="answer_too_large",
            path=("horizon",),
        )
    if quantiles and signature.quantiles is None:
        raise no_quantiles().at("levels" if options.levels else "quantiles")
    fallbacks = {
        place: note
        for place, one in enumerate(series)
        if (note := fallback_note(one, signature.shortest_context))
    }
    ours = [one for place, one in enumerate(series) if place not in fallbacks]
    return Question(
        served=served,
        series=series,
        bounds=bounds,
        failures=failures,
        fallbacks=fallbacks,
        values=[one.values for one in ours],
        season_lengths=[season_length_of(options.season_length, one) for one in ours],
        horizon=horizon,
        asked=asked,
        intervals=intervals,
        quantiles=quantiles,
    )


@lru_cache(maxsize=256)
def _wanted(
    levels: tuple[float, ...], quantiles: tuple[float, ...]
) -> tuple[dict[str, float], dict[str, tuple[float, float]], tuple[float, ...]]:
    """The quantiles by name, the bounds of the levels by name, and all of them, rising."""
    asked = {decimal(quantile): quantile for quantile in quantiles}
    intervals = intervals_of(levels)
    ends = (end for pair in intervals.values() for end in pair)
    return asked, intervals, tuple(sorted({*asked.values(), *ends}))


@dataclass(frozen=True, slots=True)
class Answer:
    """What was asked and what was found, the series in the order of the question's."""

    question: Question
    forecast: Forecast
    notes: dict[int, tuple[Note, ...]]
    """What the bounds did to some of the forecasts."""
    scores: Scores | None
    """Of a quick backtest, where that was asked for."""

    def notes_on(self, place: int) -> tuple[Note, ...]:
        """On one of the question's series and its forecast."""
        notes = self.question.series[place].notes
        if place in self.question.fallbacks:
            notes = (*notes, self.question.fallbacks[place])
        return notes + self.notes[place] if place in self.notes else notes

    def rows(self) -> Iterator[tuple[Series, list[float], list[list[float]], tuple[Note, ...]]]:
        """By series: itself, the point forecast, the quantiles (one list each) and the notes."""
        points = self.forecast.point.tolist()
        quantiles = self.forecast.quantiles.swapaxes(1, 2).tolist()
        for place, series in enumerate(self.question.series):
            yield series, points[place], quantiles[place], self.notes_on(place)


def answer(question: Question, predicted: Floats, scores: Scores | None = None) -> Answer:
    """Read what the network predicted: (n, …, outputs) of n series, the fallbacks apart."""
    forecast = question.served.forecaster.read(predicted, question.horizon, question.quantiles)
    if question.fallbacks:
        forecast = among_fallbacks(
            forecast, question.series, question.fallbacks, question.horizon, question.quantiles
        )
    forecast, notes = keep_within(forecast, question.bounds, question.series)
    return Answer(question, forecast, notes, scores)
