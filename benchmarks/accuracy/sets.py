"""The public sets on which forecasts are scored, with the scores that others have published."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

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
from forecasting.types import Floats

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
    """The quantile score of the rule: WQL, or CRPS or SQL for a rolling task."""


class _Entry(BaseModel):
    """The entry of a set in datasets.json."""

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
    """Series whose last `horizon` values are the future, and whose other values are the past."""

    name: str
    frequency: str
    horizon: int
    mase_season: int
    """The season length of MASE's scale. It is 1 for daily sets in the public benchmark."""
    season_length: int
    """The season length to forecast with."""
    published: dict[str, Published]
    """The published scores, by the name of the method."""
    ids: list[str]
    series: list[Floats]

    @property
    def pasts(self) -> list[Floats]:
        """What is known of each series when it is forecast."""
        return [values[: -self.horizon] for values in self.series]

    @property
    def future(self) -> Floats:
        """What is to be forecast, (n, horizon)."""
        return np.stack([values[-self.horizon :] for values in self.series])


def read_sets(folder: Path, names: list[str] | None = None) -> list[EvaluationSet]:
    """Read the sets that `folder`/datasets.json lists, or only those that are named.

    Each is a Parquet file in the long format (unique_id, ds, y) with the name of the set. Raises
    BenchmarkError if a file is missing or wrong.
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
                f"{path}, series {name}: it needs more than {entry.horizon} values, all finite."
            )
    decimals = _PRINTED_DECIMALS.get(entry.name)
    return EvaluationSet(
        name=entry.name,
        frequency=entry.frequency,
        horizon=entry.horizon,
        mase_season=entry.mase_season,
        season_length=entry.season_length,
        published=_without_reruns(entry.published),
        ids=list(series),
        series=[
            values if decimals is None else as_printed(values, decimals)
            for values in series.values()
        ],
    )


def as_printed(values: Floats, decimals: int) -> Floats:
    """Return values (n,) as they are after they were printed from single precision."""
    single: npt.NDArray[np.float32] = values.astype(np.float32)
    return np.array([float(f"{value:.{decimals}f}") for value in single.tolist()])


def _without_reruns(published: dict[str, Published]) -> dict[str, Published]:
    """Leave out names such as `…_m12`.

    Those scores were not published but taken when the file was made, and they are taken here again.
    """
    return {name: scores for name, scores in published.items() if not re.search(r"_m\d+$", name)}
