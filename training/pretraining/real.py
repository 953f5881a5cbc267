"""Real series to pretrain on, with random variations: aggregated, mixed, reversed, transformed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from forecasting.errors import DataFileError
from forecasting.types import Floats

Generator = np.random.Generator

_SOURCES = {
    "tsdl": 3.0,
    "global_economy": 3.0,
    "m4Weekly": 2.0,
    "PBS": 2.0,
    "m4Hourly": 1.5,
    "aus_retail": 1.5,
    "aus_livestock": 0.7,
    "gefcom2012_load": 0.7,
    "car_parts": 0.5,
    "vic_elec": 0.2,
}
"""The weight with which each file is drawn from; other files have 1. Small and varied files have
more than their size would give them."""
_AGGREGATIONS = {
    1: ((2, 1), (3, 1)),
    4: ((4, 1), (2, 2)),
    7: ((7, 1),),
    12: ((3, 4), (12, 1), (2, 6), (6, 2)),
    24: ((24, 7), (2, 12), (3, 8), (6, 4)),
    48: ((2, 24), (48, 7), (4, 12)),
    52: ((4, 13), (13, 4)),
}
"""The possible aggregations by season length: how many steps become one, and the season length
after that."""
_LONGEST = 3_000
"""A longer series is cut to a random stretch of this length."""
_SHORTEST = 8
"""A shorter series is left out."""


@dataclass(frozen=True, slots=True)
class Source:
    """The series of one file, each with its season length."""

    weight: float
    series: tuple[tuple[Floats, int], ...]


def read_sources(folder: Path) -> list[Source]:
    """Read all Parquet files of a folder.

    Each has the columns `unique_id`, `season_length` and `y`, its rows in order of time. Raises
    DataFileError if there is no file with series to train on, or if a file lacks a column.
    """
    sources = []
    for path in sorted(folder.glob("*.parquet")):
        frame = pd.read_parquet(path)
        missing = {"unique_id", "season_length", "y"} - set(frame.columns)
        if missing:
            raise DataFileError(
                f"{path} has no column {' and no '.join(sorted(missing))}. Each file needs "
                "unique_id, season_length and y."
            )
        series = [
            (rows["y"].to_numpy(np.float64), int(rows["season_length"].iloc[0]))
            for _, rows in frame.groupby("unique_id", sort=False)
        ]
        usable = tuple(
            (values, season_length)
            for values, season_length in series
            if values.size >= _SHORTEST and np.ptp(values) > 0
        )
        if usable:
            sources.append(Source(_SOURCES.get(path.stem, 1.0), usable))
    if not sources:
        raise DataFileError(f"{folder}: there are no Parquet files with series to train on.")
    return sources


def draw_series(sources: list[Source], rng: Generator) -> tuple[Floats, int]:
    """Draw a series, vary it at random, and return its values and its season length."""
    weights = np.array([source.weight for source in sources])
    source = sources[rng.choice(len(sources), p=weights / weights.sum())]
    values, season = source.series[rng.integers(len(source.series))]
    if values.size > _LONGEST:
        start = rng.integers(0, values.size - _LONGEST + 1)
        values = values[start : start + _LONGEST]
    if season == 52 and rng.random() < 0.5:
        season = 1
    if rng.random() < 0.15:
        values = _mixed(values, season, source, rng)
    if season in _AGGREGATIONS and rng.random() < 0.35:
        choices = _AGGREGATIONS[season]
        steps, aggregated_season = choices[rng.integers(len(choices))]
        if values.size // steps >= 10:
            full_groups = values[values.size % steps :]
            values, season = full_groups.reshape(-1, steps).sum(axis=1), aggregated_season
    return _transformed(values, rng), season


def _mixed(values: Floats, season: int, source: Source, rng: Generator) -> Floats:
    """Return the weighted mean with another series of the file, each divided by its mean size.

    This is TSMixup (Ansari et al., 2024, Chronos, algorithm 1). If the other series has another
    season length or is too short, the values are returned as they are.
    """
    other, other_season = source.series[rng.integers(len(source.series))]
    length = min(values.size, other.size)
    sizes = np.abs(values).mean(), np.abs(other).mean()
    if other_season != season or length < 2 * _SHORTEST or min(sizes) == 0:
        return values
    share = rng.uniform(0.2, 0.8)
    mixed = share * values[-length:] / sizes[0] + (1 - share) * other[-length:] / sizes[1]
    return np.asarray(mixed * sizes[0])


def _transformed(values: Floats, rng: Generator) -> Floats:
    """Sometimes reverse the values, turn them upside down, take their logarithm or square root, or
    add them up."""
    if rng.random() < 0.1:
        values = values[::-1]
    if rng.random() < 0.07:
        values = values.max() + values.min() - values
    if rng.random() < 0.1 and values.min() > 0:
        values = np.sqrt(values) if rng.random() < 0.5 else np.log(values / values.min() + 0.1)
    if rng.random() < 0.05:
        values = np.cumsum(values - values.mean() * rng.integers(0, 2))
    return values
