"""Scores on public data sets that the network was not trained on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import geometric_mean

import numpy as np
import pandas as pd

from forecasting.errors import DataFileError
from forecasting.evaluation.baselines import seasonal_naive
from forecasting.evaluation.metrics import WQL_QUANTILES, seasonal_naive_scale
from forecasting.networks.features import stack_contexts
from forecasting.prediction.forecaster import Forecaster
from forecasting.store.manifest import Evaluation
from forecasting.types import Floats
from training.evaluation import score_forecast, score_point_forecast


@dataclass(frozen=True, slots=True)
class PublicSet:
    """A set of series, the last `horizon` values of which are to be forecast from the others."""

    name: str
    horizon: int
    season_length: int
    """The season length that the forecaster is given."""
    mase_season: int
    """The season length of seasonal naive and of the denominator of MASE."""
    series: tuple[Floats, ...]


def read_public_sets(folder: Path) -> list[PublicSet]:
    """Read the sets of a folder.

    `datasets.json` lists them, and `<name>.parquet` holds the series of each in the columns
    `unique_id` and `y`, in order of time. Raises DataFileError if a file is missing or different.
    """
    try:
        listed = json.loads((folder / "datasets.json").read_bytes())
        return [
            PublicSet(
                entry["name"],
                int(entry["horizon"]),
                int(entry["season_length"]),
                int(entry["mase_season"]),
                _read_series(folder / f"{entry['name']}.parquet"),
            )
            for entry in listed
        ]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataFileError(
            f"{folder} cannot be read as a folder of sets to score on: "
            f"{type(error).__name__}: {error}"
        ) from error


def _read_series(path: Path) -> tuple[Floats, ...]:
    groups = pd.read_parquet(path).groupby("unique_id", sort=False)
    return tuple(rows["y"].to_numpy(np.float64) for _, rows in groups)


def score_sets(forecaster: Forecaster, sets: list[PublicSet]) -> dict[str, Evaluation]:
    """Score a forecaster, and seasonal naive, on one window of each series of each set."""
    return {public_set.name: _score_set(forecaster, public_set) for public_set in sets}


def relative_scores(scores: Mapping[str, Evaluation]) -> tuple[float, float]:
    """Return MASE and WQL relative to seasonal naive's, as geometric means over the sets."""
    ratios = [
        (model.mase / naive.mase, model.wql / naive.wql)
        for model, naive in ((found.model, found.seasonal_naive) for found in scores.values())
        if model.mase and naive.mase and model.wql and naive.wql
    ]
    mase_ratios, wql_ratios = zip(*ratios, strict=True)
    return geometric_mean(mase_ratios), geometric_mean(wql_ratios)


def _score_set(forecaster: Forecaster, public_set: PublicSet) -> Evaluation:
    horizon, mase_season = public_set.horizon, public_set.mase_season
    pasts = [values[:-horizon] for values in public_set.series]
    future = np.stack([values[-horizon:] for values in public_set.series])
    scales = np.array([seasonal_naive_scale(past, mase_season) for past in pasts])
    season_lengths = [public_set.season_length] * len(pasts)
    forecast = forecaster.forecast(pasts, horizon, WQL_QUANTILES, season_lengths)
    naive = seasonal_naive(stack_contexts(pasts, mase_season), horizon, mase_season)
    return Evaluation(
        windows=len(pasts),
        horizon=horizon,
        season_length=mase_season,
        model=score_forecast(future, forecast, scales),
        seasonal_naive=score_point_forecast(future, naive, scales, WQL_QUANTILES),
    )
