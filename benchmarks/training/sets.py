"""The sets that versions are trained on: files of examples, and public sets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from forecasting.series.series import Series
from training.dataset import read_dataset
from training.pretraining.public_sets import read_public_sets

PUBLIC_SETS = ("hospital", "m1_monthly", "nn5")


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """Series that one version is trained on."""

    name: str
    series: tuple[Series, ...]
    horizon: int | None
    """None for the default, one season."""
    season_length: int | None
    """None for the one that the frequency implies."""


def read_training_sets(folder: Path, last: int | None = None) -> Iterator[TrainingSet]:
    """Read the examples, of each the `last` values, and the public sets.

    Raises DataFileError if a file cannot be read.
    """
    for path in sorted((folder / "examples").glob("*.csv")):
        plain = [replace(item, covariates=None) for item in read_dataset(path).series]
        some = tuple(item if last is None else latest(item, last) for item in plain)
        yield TrainingSet(path.stem, some, None, None)
    if not (folder / "validation").is_dir():
        return
    for public_set in read_public_sets(folder / "validation"):
        if public_set.name in PUBLIC_SETS:
            series = tuple(
                replace(Series.from_values(values), id=str(number))
                for number, values in enumerate(public_set.series)
            )
            season_length, horizon = public_set.season_length, public_set.horizon
            yield TrainingSet(public_set.name, series, horizon, season_length)


def latest(series: Series, count: int) -> Series:
    """Return the `count` latest values of a series, with their dates and covariates."""
    skipped = max(0, series.values.size - count)
    beside = None if series.covariates is None else series.covariates.after(skipped)
    found = Series.from_values(
        series.observed()[skipped:], calendar=series.calendar, covariates=beside
    )
    return replace(found, id=series.id, dropped=series.dropped + skipped + found.dropped)
