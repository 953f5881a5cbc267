"""Forecasts drawn beside what came: of each set a middling one and a bad one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.accuracy.forecasts import Forecasts
from benchmarks.accuracy.scores import Scores
from benchmarks.accuracy.sets import EvaluationSet
from forecasting.types import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SHARES = (0.5, 0.95)
"""Of the series of a set, in the order of their MASE: the one in the middle, and a bad one."""


@dataclass(frozen=True)
class Drawn:
    """A set's forecasts to draw; `autoets` is None where it was not run."""

    given: EvaluationSet
    forecasts: Forecasts
    scores: Scores
    autoets: Forecasts | None


def chosen(mase_of_series: Floats) -> list[int]:
    """The series at each of SHARES by their MASE (n,); those without one are left out."""
    order = np.argsort(mase_of_series, kind="stable")
    order = order[np.isfinite(mase_of_series[order])]
    return [int(order[round(share * (len(order) - 1))]) for share in SHARES]


def draw(drawn: Drawn, folder: Path) -> Path:
    """One picture of a set, its chosen series side by side, as `folder`/<set>.png."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 2.8), layout="constrained")
    panels = np.atleast_1d(figure.subplots(1, len(SHARES)))
    for axes, place, share in zip(panels, chosen(drawn.scores.mase_of_series), SHARES, strict=True):
        _panel(axes, drawn, place)
        where = "median" if share == 0.5 else f"{share:.0%} point"
        axes.set_title(
            f"{drawn.given.ids[place]}: MASE {drawn.scores.mase_of_series[place]:.2f} ({where})",
            fontsize=9,
        )
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, frameon=False, loc="outside lower center", ncols=5, fontsize=8)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{drawn.given.name}.png"
    figure.savefig(path, dpi=72, pil_kwargs={"optimize": True})
    return path


def _panel(axes: Axes, drawn: Drawn, place: int) -> None:
    horizon = drawn.given.horizon
    values = drawn.given.series[place]
    cutoff = values.size - horizon
    first = max(0, cutoff - max(24, 2 * horizon))
    ahead = np.arange(cutoff, values.size)
    quantiles = drawn.forecasts.quantiles[place]
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
    axes.plot(ahead, drawn.forecasts.point[place], color="#c1440e", lw=1.5, label="median")
    if drawn.autoets is not None:
        axes.plot(ahead, drawn.autoets.point[place], color="#1f6f8b", lw=0.8, label="AutoETS")
    axes.axvline(cutoff - 0.5, color="#999999", linestyle=":", lw=1)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8)
