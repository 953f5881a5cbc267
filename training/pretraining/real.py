"""Real series to pretrain on, with random variations: aggregated, mixed, reversed, transformed."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from forecasting.errors import DataFileError
from forecasting.types import Floats

Generator = np.random.Generator

KINDS = {
    "years": 0.13,
    "quarters": 0.09,
    "months": 0.22,
    "weeks": 0.13,
    "business days": 0.03,
    "days": 0.19,
    "hours": 0.13,
    "parts of hours": 0.08,
}
"""The share of the windows that come from series of each kind. Without it, the mixture would follow
the sizes of the files, and short series, which most users have, would hardly be seen."""
_KIND_BY_SEASON = {1: "years", 4: "quarters", 5: "business days", 7: "days", 12: "months"}
_KIND_BY_SEASON |= {8: "hours", 13: "weeks", 24: "hours", 26: "weeks", 52: "weeks"}
_KIND_BY_FREQUENCY = {"W": "weeks", "D": "days", "h": "hours"}
_MOST_OF_A_FILE = 12.0
"""A file is drawn from in proportion to the square root of its number of series, up to this."""
_AGGREGATIONS = {
    1: ((2, 1), (3, 1)),
    4: ((4, 1), (2, 2)),
    7: ((7, 52), (14, 26)),
    12: ((3, 4), (12, 1), (2, 6), (6, 2)),
    24: ((24, 7), (2, 12), (3, 8), (6, 4)),
    48: ((2, 24), (48, 7), (4, 12)),
    52: ((4, 13), (13, 4), (52, 1)),
    96: ((4, 24), (96, 7)),
    144: ((6, 24), (144, 7)),
    288: ((12, 24), (288, 7)),
}
"""The possible aggregations by season length: how many steps become one, and the season length
after that."""
_LONGEST = 4_000
"""A longer series is cut to a random stretch of this length."""
_SHORTEST = 8
"""A series of fewer observed values is left out."""
_HELD_OUT = 30


@dataclass(frozen=True, slots=True)
class Source:
    """The series of one kind in one file, each with its season length."""

    kind: str
    """One of `KINDS`."""
    series: tuple[tuple[Floats, int], ...]

    @property
    def weight(self) -> float:
        """How often the source is drawn from, beside the others of its kind."""
        return float(min(np.sqrt(len(self.series)), _MOST_OF_A_FILE))


def read_sources(folder: Path, left_out: tuple[str, ...] = ()) -> list[Source]:
    """Read all Parquet files of a folder, but for the series whose ids match a pattern `left_out`.

    Each has the columns `unique_id`, `season_length` and `y`, its rows in order of time; missing
    values are NaN. It may have `frequency`, a pandas alias. Raises DataFileError if there is no
    file with series to train on, or if a file lacks a column.
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
        kinds: dict[str, list[tuple[Floats, int]]] = {}
        for name, rows in frame.groupby("unique_id", sort=False):
            if any(fnmatchcase(str(name), pattern) for pattern in left_out):
                continue
            values, season = rows["y"].to_numpy(np.float64), int(rows["season_length"].iloc[0])
            frequency = str(rows["frequency"].iloc[0]) if "frequency" in rows else ""
            if np.isfinite(values).sum() >= _SHORTEST and np.nanmax(values) > np.nanmin(values):
                kinds.setdefault(_kind(season, frequency), []).append((values, season))
        sources += [Source(kind, tuple(series)) for kind, series in kinds.items()]
    if not sources:
        raise DataFileError(f"{folder}: there are no Parquet files with series to train on.")
    return sources


def _kind(season_length: int, frequency: str) -> str:
    """Return of which kind a series is, by its frequency where that says more than its season."""
    of_frequency = (
        _KIND_BY_FREQUENCY.get(frequency.partition("-")[0]) if season_length == 1 else None
    )
    return of_frequency or _KIND_BY_SEASON.get(
        season_length, "parts of hours" if season_length > 24 else "years"
    )


def hold_out(sources: list[Source]) -> tuple[list[Source], list[Source]]:
    """Split sources into those to train on and those to validate on.

    Every thirtieth series is held out of the training, of each source that has so many.
    """
    training, validation = [], []
    for source in sources:
        held = source.series[_HELD_OUT - 1 :: _HELD_OUT]
        kept = [item for n, item in enumerate(source.series, start=1) if n % _HELD_OUT]
        training.append(Source(source.kind, tuple(kept)))
        if held:
            validation.append(Source(source.kind, held))
    return training, validation or training


def draw_series(sources: list[Source], rng: Generator) -> tuple[Floats, int]:
    """Draw a series, vary it at random, and return its values and its season length."""
    kinds = sorted({source.kind for source in sources})
    of_kind = _draw(kinds, [KINDS[kind] for kind in kinds], rng)
    alike = [source for source in sources if source.kind == of_kind]
    source = _draw(alike, [source.weight for source in alike], rng)
    values, season = source.series[rng.integers(len(source.series))]
    if values.size > _LONGEST:
        start = rng.integers(0, values.size - _LONGEST + 1)
        values = values[start : start + _LONGEST]
    if season == 52 and rng.random() < 0.3:
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


def _draw(options: list[Any], weights: list[float], rng: Generator) -> Any:
    """Return one of the options, drawn by their weights."""
    shares = np.array(weights)
    return options[rng.choice(len(options), p=shares / shares.sum())]


def _mixed(values: Floats, season: int, source: Source, rng: Generator) -> Floats:
    """Return the weighted mean with another series of the file, each divided by its mean size.

    This is TSMixup (Ansari et al., 2024, Chronos, algorithm 1). If the other series has another
    season length or is too short, the values are returned as they are.
    """
    other, other_season = source.series[rng.integers(len(source.series))]
    length = min(values.size, other.size)
    sizes = np.nanmean(np.abs(values)), np.nanmean(np.abs(other))
    if other_season != season or length < 2 * _SHORTEST or not min(sizes) > 0:
        return values
    share = rng.uniform(0.2, 0.8)
    mixed = share * values[-length:] / sizes[0] + (1 - share) * other[-length:] / sizes[1]
    return np.asarray(mixed * sizes[0])


def _transformed(values: Floats, rng: Generator) -> Floats:
    """Sometimes reverse the values, turn them upside down, take their logarithm or square root, or
    add them up."""
    if np.isnan(values).all():
        return values
    lowest, highest = np.nanmin(values), np.nanmax(values)
    if rng.random() < 0.1:
        values = values[::-1]
    if rng.random() < 0.07:
        values = highest + lowest - values
    if rng.random() < 0.1 and lowest > 0:
        values = np.sqrt(values) if rng.random() < 0.5 else np.log(values / lowest + 0.1)
    if rng.random() < 0.05:
        values = np.nancumsum(values - np.nanmean(values) * rng.integers(0, 2))
    return values
