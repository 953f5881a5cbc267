"""The held-out tail drawn: truth, forecast and interval."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from forecasting.prediction.forecaster import Forecaster
from training.dataset import Dataset
from training.fitting.split import Split


def plot_held_out(path: Path, forecaster: Forecaster, dataset: Dataset, parts: Split) -> None:
    """Draw the first series' held-out tail, forecast one horizon after another from the past.

    `path` ends in .png, .svg or .pdf.
    """
    from matplotlib.figure import Figure

    place, bound = next(iter(parts.ends.items()))
    series = dataset.series[place]
    horizon = forecaster.signature.horizon
    cutoffs = np.arange(bound.validation, bound.length, horizon)
    steps = slice(bound.validation, bound.length)
    interval = (0.1, 0.9) if forecaster.signature.quantiles else ()
    forecast = forecaster.forecast([series.values[:c] for c in cutoffs], horizon, interval)
    length = bound.length - bound.validation
    dates = (
        np.arange(bound.length)
        if series.calendar is None
        else series.calendar.range(series.dropped, bound.length).tz_localize(None).to_numpy()
    )
    shown = slice(max(0, bound.validation - 3 * length), None)

    figure = Figure(figsize=(10, 4.5), layout="constrained")
    axes = figure.subplots()
    axes.plot(dates[shown], series.values[shown], color="#333333", label="truth")
    axes.axvline(dates[bound.validation], color="#999999", linestyle=":", label="held-out tail")
    axes.plot(dates[steps], forecast.point.ravel()[:length], color="#c1440e", label="forecast")
    if interval:
        lower, upper = forecast.quantiles.reshape(-1, 2)[:length].T
        axes.fill_between(
            dates[steps],
            lower,
            upper,
            color="#c1440e",
            alpha=0.2,
            linewidth=0,
            label="80% interval",
        )
    axes.set_title(f"{series.id}: the held-out tail, {horizon} step{'s' * (horizon > 1)} at a time")
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(frameon=False, loc="outside lower center", ncols=4)
    figure.savefig(path, dpi=120)
