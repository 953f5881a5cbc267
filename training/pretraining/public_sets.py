"""Scores on public sets that nothing was trained on."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from forecasting.errors import DataFileError
from forecasting.evaluation.baselines import seasonal_naive
from forecasting.evaluation.metrics import seasonal_naive_scale
from forecasting.evaluation.scores import WQL_QUANTILES
from forecasting.networks.features import stack_contexts
from forecasting.prediction.forecaster import Forecast, Forecaster
from forecasting.store.manifest import Evaluation
from forecasting.types import Floats
from training.evaluation import score


@dataclass(frozen=True, slots=True)
class PublicSet:
    """The last `horizon` values of each series are the future, all before is the past."""

    name: str
    horizon: int
    season_length: int
    mase_season: int
    series: tuple[Floats, ...]


def read_public_sets(folder: Path) -> list[PublicSet]:
    """`datasets.json` lists the sets; `<name>.parquet` holds `unique_id, y` in order of time.

    Raises DataFileError where that is not so.
    """
    try:
        listed = json.loads((folder / "datasets.json").read_bytes())
        return [
            PublicSet(
                one["name"],
                int(one["horizon"]),
                int(one["season_length"]),
                int(one["mase_season"]),
                tuple(
                    rows["y"].to_numpy(np.float64)
                    for _, rows in pd.read_parquet(folder / f"{one['name']}.parquet").groupby(
                        "unique_id", sort=False
                    )
                ),
            )
            for one in listed
        ]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataFileError(
            f"{folder}: not a folder of sets to score on: {type(error).__name__}: {error}"
        ) from error


def score_sets(forecaster: Forecaster, sets: list[PublicSet]) -> dict[str, Evaluation]:
    """Each set's scores, the forecaster's beside seasonal naive's, one window a series."""
    return {one.name: _score_set(forecaster, one) for one in sets}


def relative_scores(scores: Mapping[str, Evaluation]) -> tuple[float, float]:
    """MASE and WQL over seasonal naive's, the geometric means over the sets."""
    ratios = [
        (one.model.mase / one.seasonal_naive.mase, one.model.wql / one.seasonal_naive.wql)
        for one in scores.values()
        if one.model.mase and one.seasonal_naive.mase and one.model.wql and one.seasonal_naive.wql
    ]
    mase, wql = (
        math.exp(sum(map(math.log, part)) / len(part)) for part in zip(*ratios, strict=True)
    )
    return mase, wql


def _score_set(forecaster: Forecaster, one: PublicSet) -> Evaluation:
    past = [values[: -one.horizon] for values in one.series]
    future = np.stack([values[-one.horizon :] for values in one.series])
    scales = np.array([seasonal_naive_scale(values, one.mase_season) for values in past])
    forecast = forecaster.forecast(
        past, one.horizon, WQL_QUANTILES, [one.season_length] * len(past)
    )
    naive = seasonal_naive(stack_contexts(past, one.mase_season), one.horizon, one.mase_season)
    naive_quantiles = np.repeat(naive[:, :, None], len(WQL_QUANTILES), axis=2)
    return Evaluation(
        windows=len(past),
        horizon=one.horizon,
        season_length=one.mase_season,
        model=score(future, forecast, scales),
        seasonal_naive=score(future, Forecast(naive, naive_quantiles), scales).model_copy(
            update={"coverage_80": None}
        ),
    )
