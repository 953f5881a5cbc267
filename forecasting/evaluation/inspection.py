"""What can be told about series without forecasting them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forecasting.errors import ForecastingError
from forecasting.evaluation.data_split import find_split_points
from forecasting.jobs.fit_options import FitOptions, find_base, resolve_recipe
from forecasting.networks.recipe import RECIPES
from forecasting.notes import Note
from forecasting.prediction.bounds import ANY, Bounds
from forecasting.prediction.seasons.detection import detect_season_length
from forecasting.prediction.seasons.seasons import season_strength
from forecasting.series.series import Series
from forecasting.store.store import ModelStore

_LONGEST_LOOK = 20_000
"""Seasons are looked for in this many of the latest values."""
_WEAKEST_SEASON = 0.1
_FEWEST_WINDOWS = 50
"""Training on fewer windows than this hardly teaches a network anything."""

_WITHOUT_TRAINING = "A model that needs no training, such as zero-shot, forecasts them as they are."


@dataclass(frozen=True, slots=True)
class Season:
    """A season that a series shows."""

    length: int
    """The number of steps."""
    strength: float
    """How strong it is, from 0 (no season) to 1 (nothing but trend and season)."""


@dataclass(frozen=True, slots=True)
class CovariateInspection:
    """A covariate of a series, or the indicator of one of its categories."""

    name: str
    known_ahead: bool
    missing: int
    """The number of values that are missing beside those of the series."""


@dataclass(frozen=True, slots=True)
class SeriesInspection:
    """What one series holds, and what a forecast of it would be like."""

    observed: int
    """The number of values that were observed."""
    missing: int
    """The number of values that are missing between the first and the last step."""
    lowest: float
    highest: float
    start: str | None
    """The first timestamp; None if the series has no dates."""
    end: str | None
    """The last timestamp; None if the series has no dates."""
    frequency: str | None
    seasons: list[Season]
    """The seasons that it shows, the strongest first."""
    covariates: list[CovariateInspection]
    non_negative: bool
    """Whether its forecasts are kept at 0 or above."""
    fallback: Note | None
    """Why a fallback would forecast it in place of the network; None if the network would."""


@dataclass(frozen=True, slots=True)
class TrainingInspection:
    """Whether training a model on series makes sense."""

    makes_sense: bool
    windows: int
    """The number of windows that the default recipe would be trained on."""
    detail: str


def inspect_series(
    series: Series, fallback: Note | None = None, bounds: Bounds = ANY
) -> SeriesInspection:
    """Inspect one series, which a `fallback` would forecast if it is not None."""
    observed = series.observed()
    missing = 0 if series.missing is None else int(series.missing.sum())
    stamps: list[str | None] = [None, None]
    calendar = series.calendar
    if calendar is not None:
        ends = (series.dropped, series.dropped + series.values.size - 1)
        stamps = [calendar.timestamps(position, 1)[0] for position in ends]
    return SeriesInspection(
        observed=observed.size - missing,
        missing=missing,
        lowest=float(series.values.min()),
        highest=float(series.values.max()),
        start=stamps[0],
        end=stamps[1],
        frequency=None if calendar is None else calendar.frequency.name,
        seasons=find_seasons(series),
        covariates=_covariates(series),
        non_negative=bool(bounds.non_negative) or bounds.stays_non_negative(series.values),
        fallback=fallback,
    )


def _covariates(series: Series) -> list[CovariateInspection]:
    given = series.covariates
    if given is None:
        return []
    missing = np.isnan(given.past).sum(axis=0)
    return [
        CovariateInspection(*of_one)
        for of_one in zip(given.names, given.known_ahead.tolist(), missing.tolist(), strict=True)
    ]


def inspect_training(
    series: Sequence[Series],
    store: ModelStore,
    horizon: int | None = None,
    season_length: int | None = None,
) -> TrainingInspection:
    """Say whether the default recipe could learn something from these series.

    What is None is chosen as for a training, which goes on from the version of `zero-shot` that the
    store holds, if it does.
    """
    if not series:
        detail = "There is no series to train on."
        return TrainingInspection(makes_sense=False, windows=0, detail=detail)
    frequencies = {None if s.calendar is None else s.calendar.frequency.name for s in series}
    if len(frequencies) > 1:
        names = ", ".join(sorted(str(name or "no dates") for name in frequencies))
        detail = f"The series have different frequencies ({names}). Train one model for each."
        return TrainingInspection(makes_sense=False, windows=0, detail=detail)
    options = FitOptions(
        model="inspected", recipe=RECIPES["auto"], horizon=horizon, season_length=season_length
    )
    try:
        base = find_base(options, store)
        recipe = resolve_recipe(options, series, None if base is None else base.signature)
    except ForecastingError as error:
        return TrainingInspection(makes_sense=False, windows=0, detail=error.message)
    setting = f"With the default recipe, auto, and a horizon of {recipe.horizon}"
    try:
        points = find_split_points(series, recipe)
    except ForecastingError as error:
        detail = f"{setting}, training fails: {error.message} {_WITHOUT_TRAINING}"
        return TrainingInspection(makes_sense=False, windows=0, detail=detail)
    shortest = recipe.shortest_context + recipe.horizon
    windows = sum(split.train - shortest + 1 for split in points.values())
    if windows < _FEWEST_WINDOWS:
        detail = (
            f"{setting}, the training windows number {windows}, and fewer than {_FEWEST_WINDOWS} "
            "are hardly enough to learn from. Give more history, more series or a shorter horizon. "
            f"{_WITHOUT_TRAINING}"
        )
        return TrainingInspection(makes_sense=False, windows=windows, detail=detail)
    detail = (
        f"{setting}, there are {windows} windows to train on, from {len(points)} of {len(series)} "
        "series. Train a model, and compare it with zero-shot in a backtest."
    )
    return TrainingInspection(makes_sense=True, windows=windows, detail=detail)


def find_seasons(series: Series) -> list[Season]:
    """Return the seasons that a series shows, the strongest first."""
    values = series.values[-_LONGEST_LOOK:]
    lengths = {detect_season_length(values)}
    if series.calendar is not None:
        lengths.add(series.calendar.frequency.season_length)
    seasons = [Season(length, round(season_strength(values, length), 3)) for length in lengths]
    strong = [season for season in seasons if season.strength >= _WEAKEST_SEASON]
    return sorted(strong, key=lambda season: -season.strength)
