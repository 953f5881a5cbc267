"""The public sets that forecasts are scored on, and what others scored there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError, field_validator

from benchmarks.accuracy.errors import BenchmarkError
from forecasting.types import Floats

_PRINTED_DECIMALS = {"m1_yearly": 2, "m1_quarterly": 2, "m1_monthly": 2}
"""How the benchmark's copies of M1 (the Monash archive's) differ from Mcomp's: the numbers were
printed with two decimals from single precision. Everyone's published scores are scores on those."""


class Published(BaseModel):
    """What someone else scored on a set, by the same rule."""

    model_config = ConfigDict(frozen=True)

    mase: float
    wql: float


class _Entry(BaseModel):
    """One set in datasets.json."""

    name: str
    frequency: str
    horizon: int
    mase_season: int
    season_length: int
    published: dict[str, Published]

    @field_validator("published")
    @classmethod
    def _has_seasonal_naive(cls, published: dict[str, Published]) -> dict[str, Published]:
        if "seasonal_naive" not in published:
            raise ValueError(
                "the score of seasonal_naive is missing: all others are relative to it"
            )
        return published


@dataclass(frozen=True)
class EvaluationSet:
    """Series whose last `horizon` values are the future, and all before them the past.

    `mase_season` is the seasonality of MASE's scale, 1 on daily sets in the public benchmark;
    `season_length` the one to forecast with.
    """

    name: str
    frequency: str
    horizon: int
    mase_season: int
    season_length: int
    published: dict[str, Published]
    ids: list[str]
    series: list[Floats]

    @property
    def pasts(self) -> list[Floats]:
        return [values[: -self.horizon] for values in self.series]

    @property
    def future(self) -> Floats:
        """(n, horizon)."""
        return np.stack([values[-self.horizon :] for values in self.series])


def read_sets(folder: Path, names: list[str] | None = None) -> list[EvaluationSet]:
    """The sets that `folder`/datasets.json lists, or those of them that are named.

    Each is a Parquet file in the long format (unique_id, ds, y), by the set's name. Raises
    BenchmarkError.
    """
    listing = folder / "datasets.json"
    try:
        entries = TypeAdapter(list[_Entry]).validate_json(listing.read_bytes())
    except OSError as error:
        raise BenchmarkError(
            f"{listing} cannot be read. Pass the folder of the public sets; docs/accuracy.md says "
            "what it holds and where the sets come from."
        ) from error
    except ValidationError as error:
        raise BenchmarkError(f"{listing} is not a list of sets: {error}") from error
    unknown = sorted(set(names or ()) - {entry.name for entry in entries})
    if unknown:
        raise BenchmarkError(f"{listing} has no set named {', '.join(unknown)}.")
    return [_read(folder, entry) for entry in entries if not names or entry.name in names]


def _read(folder: Path, entry: _Entry) -> EvaluationSet:
    path = folder / f"{entry.name}.parquet"
    try:
        frame = pd.read_parquet(path, columns=["unique_id", "ds", "y"])
    except (OSError, ValueError) as error:
        raise BenchmarkError(f"{path} cannot be read: {error}") from error
    ordered = frame.sort_values(["unique_id", "ds"], kind="stable").groupby("unique_id")["y"]
    series = {str(name): part.to_numpy(float) for name, part in ordered}
    for name, values in series.items():
        if values.size <= entry.horizon or not np.isfinite(values).all():
            raise BenchmarkError(
                f"{path}, series {name}: needs more than {entry.horizon} values, all finite."
            )
    decimals = _PRINTED_DECIMALS.get(entry.name)
    return EvaluationSet(
        name=entry.name,
        frequency=entry.frequency,
        horizon=entry.horizon,
        mase_season=entry.mase_season,
        season_length=entry.season_length,
        published=_by_others(entry.published),
        ids=list(series),
        series=[
            values if decimals is None else printed(values, decimals) for values in series.values()
        ],
    )


def printed(values: Floats, decimals: int) -> Floats:
    """What is left of values (n,) after single precision and so many decimals of text."""
    single: npt.NDArray[np.float32] = values.astype(np.float32)
    return np.array([float(f"{value:.{decimals}f}") for value in single.tolist()])


def _by_others(published: dict[str, Published]) -> dict[str, Published]:
    """Without `…_m12`: methods run with that season when the file was made, as they are here."""
    return {name: scores for name, scores in published.items() if not re.search(r"_m\d+$", name)}
