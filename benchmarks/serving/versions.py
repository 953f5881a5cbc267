"""Two versions of one model, timed side by side through the Forecaster, without HTTP."""

from __future__ import annotations

import statistics
import time

import numpy as np

from forecasting.prediction.forecaster import Forecaster
from forecasting.store.loader import load_version
from forecasting.store.store import ModelStore
from forecasting.types import Floats

_QUANTILES = (0.1, 0.9)
_BATCH, _POINTS, _LONG = 1_000, 100, 2_048
_REPEATS_BATCH, _REPEATS_LONG = 11, 201


def compare_versions(store: ModelStore, model: str, against: int) -> None:
    """Print how fast the newest version of a model forecasts, beside the version `against`."""
    print(f"\n### {model}: its newest version beside version {against}, without HTTP\n")
    versions = store.versions(model)
    newest = max(versions)
    if against == newest:
        print(f"Version {against} is the newest, so that there is none to compare with it.")
        return
    if against not in versions:
        print(f"There is no version {against}: {model} has {', '.join(map(str, versions))}.")
        return
    forecasters = {
        version: load_version(store, model, version).forecaster for version in (newest, against)
    }
    many, long = _series(_BATCH, _POINTS), _series(1, _LONG)
    batch = _seconds(forecasters, many, _REPEATS_BATCH)
    alone = _seconds(forecasters, long, _REPEATS_LONG)
    print(
        f"| version | series/s, {_BATCH:,} of {_POINTS} points in a batch "
        f"| ms, one series of {_LONG:,} points |"
    )
    print("| --- | --- | --- |")
    for version in forecasters:
        many_a_second = _BATCH / statistics.median(batch[version])
        milliseconds = 1_000 * statistics.median(alone[version])
        print(f"| {version} | {many_a_second:,.0f} | {milliseconds:.2f} |")
    print(
        f"| {newest} : {against} | {_ratio(batch[against], batch[newest]):.2f} "
        f"| {_ratio(alone[newest], alone[against]):.2f} |"
    )


def _series(count: int, points: int) -> list[Floats]:
    """Return series of months with a season and a trend."""
    steps = np.arange(points)
    season = 100 + 0.2 * steps + 20 * np.sin(2 * np.pi * steps / 12)
    return list(season + np.random.default_rng(0).normal(0, 5, (count, points)))


def _seconds(
    forecasters: dict[int, Forecaster], series: list[Floats], repeats: int
) -> dict[int, list[float]]:
    """Return the seconds of processor time that each forecaster takes, which take turns."""
    seconds: dict[int, list[float]] = {version: [] for version in forecasters}
    for _ in range(repeats):
        for version, forecaster in forecasters.items():
            started = time.process_time()
            forecaster.forecast(series, 12, _QUANTILES)
            seconds[version].append(time.process_time() - started)
    return seconds


def _ratio(above: list[float], below: list[float]) -> float:
    """Return the median of the ratios of two versions, each ratio from one turn."""
    return statistics.median(a / b for a, b in zip(above, below, strict=True))
