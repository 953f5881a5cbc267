"""Real series to pretrain on, of every kind, and those of them that are held out."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np
import pandas as pd

from forecasting.errors import DataFileError
from forecasting.types import Floats

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
