"""Plots of forecasts beside the truth: for each set a typical forecast and a bad one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.accuracy.scores import Forecasts, Scores
from benchmarks.accuracy.sets import EvaluationSet
from forecasting.types import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SHARES = (0.5, 0.95)
"""Which series of a set are drawn, if they are ordered by MASE: the middle one and a bad one."""


@dataclass(frozen=True)
class SetToDraw:
    """What is drawn of a set."""

    evaluation_set: EvaluationSet
    forecasts: Forecasts
    scores: Scores
    autoets: Forecasts | None
    """The forecasts of AutoETS; None if it was not run."""


def choose_series(mase_by_series: Floats) -> list[int]:
    """Return the positions of the series at SHARES, ordered by MASE (n,); NaN is left out."""
    order = np.argsort(mase_by_series, kind="stable")
    order = order[np.isfinite(mase_by_series[order])]
    return [int(order[round(share * (len(order) - 1))]) for share in SHARES]


def draw(drawn: SetToDraw, folder: Path) -> Path:
    """Draw the chosen series of a set side by side, and return the path, `folder`/<set>.png."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 2.8), layout="constrained")
    panels = np.atleast_1d(figure.subplots(1, len(SHARES)))
    positions = choose_series(drawn.scores.mase_by_series)
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
    horizon = drawn.evaluation_set.horizon
    values = drawn.evaluation_set.series[position]
    cutoff = values.size - horizon
    first = max(0, cutoff - max(24, 2 * horizon))
    ahead = np.arange(cutoff, values.size)
    quantiles = drawn.forecasts.quantiles[position]
    axes.plot(np.arange(first, values.size), values[first:], color="#333333", lw=1, label="truth")
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
        axes.plot(ahead, drawn.autoets.point[position], color="#1f6f8b", lw=0.8, label="AutoETS")
    axes.axvline(cutoff - 0.5, color="#999999", linestyle=":", lw=1)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8)
