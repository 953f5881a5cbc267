"""The pictures of the pages on concepts: `python -m guide.pictures docs/images` draws them.

They show airline passengers a month, 1949 to 1960 (Box and Jenkins, 1976, series G), whose last
year is forecast from those before by the version of `zero-shot` that is shipped.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np

mpl.use("agg")

from matplotlib import pyplot as plt

from forecasting.evaluation.baselines import seasonal_naive
from forecasting.evaluation.metrics import mase, seasonal_naive_scale
from forecasting.networks.scalers import measure, transform
from forecasting.prediction.seasons.groups import group_series
from forecasting.store.loader import load_version
from forecasting.store.store import ModelStore
from forecasting.types import Floats, Positions
from guide.links import ROOT

_HORIZON, _SEASON = 12, 12
_QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
_PAST, _MODEL, _OTHER = "#4a555c", "#0b6e99", "#b3541e"


@dataclass(frozen=True, slots=True)
class Example:
    """A series, what the network is given of it, and what it forecasts."""

    past: Floats
    future: Floats
    season: Floats
    """What the season adds to the past and to the future."""
    level: Floats
    """The past without its season."""
    scaled: Floats
    """The past as the network reads it."""
    scaled_ahead: Floats
    """The quantiles as the network says them, (horizon, quantiles)."""
    ahead: Floats
    """The quantiles in the units of the series, (horizon, quantiles)."""


def make_example() -> Example:
    """Forecast the last year of the series, and keep what is met on the way."""
    rows = (ROOT / "examples" / "airline_passengers.csv").read_text().split()[1:]
    values = np.array([float(row.rsplit(",", 1)[1]) for row in rows])
    past, future = values[:-_HORIZON], values[-_HORIZON:]
    store = ModelStore(ROOT / "model_store")
    forecaster = load_version(store, "zero-shot", store.versions("zero-shot")[-1]).forecaster
    horizons = np.array([_HORIZON])
    (group,) = group_series([past], horizons, [_SEASON], [None], forecaster.signature)
    prepared = group.prepare()
    assert prepared.seasons is not None
    state = measure(forecaster.scaler, prepared.values)
    ahead = forecaster.forecast([past], _HORIZON, _QUANTILES, [_SEASON]).quantiles
    without = np.stack([prepared.seasons.remove_ahead(ahead[:, :, q]) for q in range(5)], axis=-1)
    level = prepared.values[0, -past.size :]
    added = ahead[0, :, 2] - without[0, :, 2]
    return Example(
        past,
        future,
        np.concatenate([past - level, added]),
        level,
        transform(state, prepared.values)[0, -past.size :],
        np.stack([transform(state, without[:, :, q])[0] for q in range(5)], axis=-1),
        ahead[0],
    )


def draw_forecast(example: Example, path: Path) -> None:
    """Draw the steps from a series to its forecast."""
    t, h = np.arange(example.past.size), example.past.size + np.arange(_HORIZON)
    figure, axes = plt.subplots(4, 1, figsize=(8, 9), sharex=True, layout="constrained")
    axes[0].plot(t, example.past, color=_PAST)
    axes[0].set_title("1. The series, as it comes")
    axes[1].plot(t, example.level, color=_PAST, label="without its season")
    axes[1].plot(np.r_[t, h], example.season, color=_OTHER, label="what the season adds")
    axes[1].set_title("2. The season is measured and taken out")
    axes[1].legend(frameon=False, loc="upper left")
    axes[2].plot(t, example.scaled, color=_PAST)
    _fan(axes[2], h, example.scaled_ahead)
    axes[2].set_title(
        "3. The network reads the distance from the last value, in units of the mean change,\n"
        "and says what may come: quantiles"
    )
    axes[3].plot(t, example.past, color=_PAST)
    _fan(axes[3], h, example.ahead)
    axes[3].plot(h, example.future, ".", color=_OTHER, label="what came")
    axes[3].set_title("4. The scale is undone, and the season put back")
    axes[3].legend(frameon=False, loc="upper left")
    axes[3].set_xlabel("month")
    _save(figure, path)


def draw_scores(example: Example, path: Path) -> None:
    """Draw what MASE compares, and what a quantile costs."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.8), layout="constrained")
    h = np.arange(1, _HORIZON + 1)
    scale = seasonal_naive_scale(example.past, _SEASON)
    naive = seasonal_naive(example.past[None], _HORIZON, _SEASON)[0]
    left.plot(h, example.future, "o-", color=_PAST, label="what came", markersize=3)
    for name, point, colour, aside in (
        ("the last season again", naive, _OTHER, -0.1),
        ("the forecast", example.ahead[:, 2], _MODEL, 0.1),
    ):
        error = mase(example.future[None], point[None], np.array([scale]))
        left.plot(h, point, color=colour, label=f"{name}: MASE {error:.2f}")
        left.vlines(h + aside, example.future, point, color=colour, alpha=0.5)
    left.set_title("The errors of two forecasts")
    left.set_xlabel("months ahead")
    left.legend(frameon=False)
    distance = np.linspace(-10, 10, 201)
    for q, style in ((0.1, ":"), (0.5, "-"), (0.9, "--")):
        loss = np.maximum(q * distance, (q - 1) * distance)
        right.plot(distance, loss, style, color=_MODEL, label=f"the quantile {q}")
    right.set_title("What a quantile costs (pinball loss)")
    right.set_xlabel("what came, less the quantile")
    right.legend(frameon=False)
    _save(figure, path)


def _fan(axis: Any, steps: Positions, quantiles: Floats) -> None:
    axis.fill_between(steps, quantiles[:, 0], quantiles[:, 4], color=_MODEL, alpha=0.15)
    axis.fill_between(steps, quantiles[:, 1], quantiles[:, 3], color=_MODEL, alpha=0.3)
    axis.plot(steps, quantiles[:, 2], color=_MODEL)


def _save(figure: Any, path: Path) -> None:
    for axis in figure.axes:
        axis.title.set_fontsize(10)
        axis.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def draw_all(folder: Path) -> None:
    """Draw every picture into a folder."""
    example = make_example()
    draw_forecast(example, folder / "zero-shot.png")
    draw_scores(example, folder / "scores.png")


if __name__ == "__main__":
    draw_all(Path(sys.argv[1]))
