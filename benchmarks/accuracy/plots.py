"""Plots of forecasts beside the truth: for each set a typical forecast and a bad one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from benchmarks.accuracy.scores import Forecasts, Scores
from benchmarks.accuracy.sets import EvaluationSet
from forecasting.series.series import Series
from forecasting.types import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SHARES = (0.5, 0.95)
"""Which windows of a set are drawn, if they are ordered by MASE: the middle one and a bad one."""


@dataclass(frozen=True)
class SetToDraw:
    """What is drawn of a set."""

    evaluation_set: EvaluationSet
    forecasts: Forecasts
    scores: Scores
    autoets: Forecasts | None
    """The forecasts of AutoETS; None if it was not run."""


def choose_windows(mase_by_series: Floats) -> list[int]:
    """Return the positions of the windows at SHARES, ordered by MASE (n,); NaN is left out."""
    order = np.argsort(mase_by_series, kind="stable")
    order = order[np.isfinite(mase_by_series[order])]
    return [int(order[round(share * (len(order) - 1))]) for share in SHARES]


def draw(drawn: SetToDraw, folder: Path) -> Path:
    """Draw the chosen windows of a set side by side, and return the path, `folder`/<set>.png."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 2.8), layout="constrained")
    panels = np.atleast_1d(figure.subplots(1, len(SHARES)))
    positions = choose_windows(drawn.scores.mase_by_series)
    for axes, position, share in zip(panels, positions, SHARES, strict=True):
        _panel(axes, drawn, position)
        series_id, mase = drawn.evaluation_set.ids[position], drawn.scores.mase_by_series[position]
        rank = "median" if share == 0.5 else f"{share:.0%} point"
        axes.set_title(f"{series_id}: MASE {mase:.2f} ({rank})", fontsize=9)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, frameon=False, loc="outside lower center", ncols=5, fontsize=8)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{drawn.evaluation_set.name}.png"
    figure.savefig(path, dpi=72, pil_kwargs={"optimize": True})
    return path


def _panel(axes: Axes, drawn: SetToDraw, position: int) -> None:
    """Draw one window, after as much of its past as is readable.

    This is as long as two horizons, but at least 24 and at most 100 values.
    """
    from matplotlib.dates import AutoDateLocator, DateFormatter

    horizon, past = drawn.evaluation_set.horizon, drawn.evaluation_set.pasts[position]
    shown = min(past.values.size, max(24, min(2 * horizon, 100)))
    times = _times(past, past.values.size - shown, shown + horizon)
    ahead = times[shown:]
    truth = np.concatenate([past.observed()[-shown:], drawn.evaluation_set.future[position]])
    quantiles = drawn.forecasts.quantiles[position]
    axes.plot(times, truth, color="#333333", lw=1, zorder=3, label="truth")
    axes.fill_between(
        ahead,
        quantiles[:, 0],
        quantiles[:, -1],
        color="#c1440e",
        alpha=0.2,
        linewidth=0,
        label="80% interval",
    )
    axes.plot(ahead, drawn.forecasts.point[position], color="#c1440e", lw=1.5, label="median")
    if drawn.autoets is not None:
        axes.set_ylim(axes.get_ylim())  # AutoETS may run far away
        axes.plot(ahead, drawn.autoets.point[position], color="#1f6f8b", lw=0.8, label="AutoETS")
    axes.axvline(
        times[shown] - (times[shown] - times[shown - 1]) / 2, color="#999999", ls=":", lw=1
    )
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8)
    if past.calendar is not None:
        axes.xaxis.set_major_locator(AutoDateLocator(minticks=2, maxticks=5))  # type: ignore[no-untyped-call]
        axes.xaxis.set_major_formatter(DateFormatter("%d %b %Y"))  # type: ignore[no-untyped-call]


def _times(past: Series, first: int, count: int) -> pd.Index[Any]:
    """Return the dates of `count` steps of a series from one on, or the numbers of the steps."""
    if past.calendar is None:
        return pd.RangeIndex(first, first + count)
    return past.calendar.range(past.dropped + first, count)
