"""The public sets on which forecasts are scored, with the scores that others have published.

A set has one cutoff for each series, or windows: then each series is forecast again and again, each
time from a later cutoff.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    field_validator,
)

from forecasting.errors import ForecastingError
from forecasting.series.series import Series
from forecasting.series.timestamps import Times
from forecasting.types import Floats

Rule = Literal["chronos", "gift", "fev"]
"""By whose rule a set is scored: that of the zero-shot benchmark of Chronos and fev (MASE, WQL), of
GIFT-Eval (MASE, CRPS) or of fev-bench (MASE, SQL)."""

_PRINTED_DECIMALS = {"m1_yearly": 2, "m1_quarterly": 2, "m1_monthly": 2}
"""The published scores on M1 were taken on the Monash archive's copies. These differ from Mcomp's:
their numbers were printed with two decimals from single precision."""


class BenchmarkError(ForecastingError):
    """The benchmark cannot go on. Its message is for the person who runs it."""

    code = "benchmark_error"


class Published(BaseModel):
    """The scores that someone else has published for a set, taken by the same rule."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    mase: float
    wql: float = Field(validation_alias=AliasChoices("wql", "crps", "sql"))
    """The quantile score of the rule: WQL, CRPS or SQL."""


class _Entry(BaseModel):
    """The entry of a set in datasets.json."""

    name: str
    horizon: int
    mase_season: int
    season_length: int
    published: dict[str, Published]
    windows: int = 1
    step: int | None = None
    """The steps from one cutoff to the next; the horizon if it is left out."""
    norm: Rule = "chronos"

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
    """The n windows of a set: what was known at each cutoff, and what came after it.

    A series of a set with one cutoff has one window.
    """

    name: str
    rule: Rule
    horizon: int
    mase_season: int
    """The season length of MASE's scale and of seasonal naive. It is 1 for most daily sets."""
    season_length: int
    """The season length to forecast with."""
    published: dict[str, Published]
    """The published scores, by the name of the method."""
    ids: list[str]
    """The series of each window, and which of its windows it is if it has several."""
    pasts: list[Series]
    """What was known of the series at each cutoff; with its dates if the set has windows."""
    future: Floats
    """What came after each cutoff, (n, horizon); NaN where a value is missing."""

    @property
    def rolls(self) -> bool:
        """Whether this is a rolling task, with windows on dated series."""
        return self.rule != "chronos"


def read_sets(folder: Path) -> list[EvaluationSet]:
    """Read the sets that `folder`/datasets.json lists.

    Each is a Parquet file in the long format (unique_id, ds, y) with the name of the set. Raises
    BenchmarkError if a file is missing or wrong.
    """
    listing = folder / "datasets.json"
    try:
        entries = TypeAdapter(list[_Entry]).validate_json(listing.read_bytes())
    except OSError as error:
        raise BenchmarkError(
            f"{listing} cannot be read. Pass the folder of the public sets; "
            "docs/results/accuracy.md says what it holds and where the sets come from."
        ) from error
    except ValidationError as error:
        raise BenchmarkError(f"{listing} is not a list of sets: {error}") from error
    return [_read(folder, entry) for entry in entries]


def choose_sets(sets: list[EvaluationSet], names: list[str] | None) -> list[EvaluationSet]:
    """Return the sets that are named, or all. Raises BenchmarkError for an unknown name."""
    unknown = sorted(set(names or ()) - {item.name for item in sets})
    if unknown:
        raise BenchmarkError(f"there is no set named {', '.join(unknown)}.")
    return [item for item in sets if not names or item.name in names]


def _read(folder: Path, entry: _Entry) -> EvaluationSet:
    path = folder / f"{entry.name}.parquet"
    try:
        frame = pd.read_parquet(path, columns=["unique_id", "ds", "y"])
    except (OSError, ValueError) as error:
        raise BenchmarkError(f"{path} cannot be read: {error}") from error
    ids: list[str] = []
    pasts: list[Series] = []
    future: list[Floats] = []
    step = entry.step or entry.horizon
    for name, rows in frame.sort_values(["unique_id", "ds"], kind="stable").groupby("unique_id"):
        values = rows["y"].to_numpy(dtype=np.float64)
        if entry.name in _PRINTED_DECIMALS:
            values = as_printed(values, _PRINTED_DECIMALS[entry.name])
        cutoffs = values.size - step * np.arange(entry.windows, 0, -1)
        if cutoffs[0] < 1 or np.isinf(values).any():
            raise BenchmarkError(
                f"{path}, series {name}: it needs more than {step * entry.windows} values, and "
                "none may be infinite."
            )
        for window, cutoff in enumerate(cutoffs.tolist(), start=1):
            ids.append(str(name) if entry.windows == 1 else f"{name}, window {window}")
            pasts.append(_past(rows["ds"][:cutoff], values[:cutoff]))
            future.append(values[cutoff : cutoff + entry.horizon])
    return EvaluationSet(
        name=entry.name,
        rule=entry.norm,
        horizon=entry.horizon,
        mase_season=entry.mase_season,
        season_length=entry.season_length,
        published=_without_reruns(entry.published),
        ids=ids,
        pasts=pasts,
        future=np.stack(future),
    )


def _past(times: pd.Series[Any], values: Floats) -> Series:
    """Return a series as the service reads it: with dates if it has dates."""
    if times.dtype.kind != "M":
        return Series.from_values(values)
    return Series.from_dates(values, Times(times.to_numpy("datetime64[us]")))


def as_printed(values: Floats, decimals: int) -> Floats:
    """Return values (n,) as they are after they were printed from single precision."""
    single: npt.NDArray[np.float32] = values.astype(np.float32)
    return np.array([float(f"{value:.{decimals}f}") for value in single.tolist()])


def _without_reruns(published: dict[str, Published]) -> dict[str, Published]:
    """Leave out names such as `…_m12`.

    Those scores were not published but taken when the file was made, and they are taken here again.
    """
    return {name: scores for name, scores in published.items() if not re.search(r"_m\d+$", name)}
