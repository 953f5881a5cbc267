"""A plot of the held-out tail: the truth, the forecast and its interval."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from forecasting.prediction.forecaster import Forecaster
from training.dataset import Dataset
from training.fitting.split import Split


def plot_held_out(path: Path, forecaster: Forecaster, dataset: Dataset, parts: Split) -> None:
    """Draw the held-out tail of the first series into `path`, which ends in .png, .svg or .pdf.

    The tail is forecast one horizon at a time, each time from everything before it.
    """
    from matplotlib.figure import Figure

    position, points = next(iter(parts.points.items()))
    series = dataset.series[position]
    horizon = forecaster.signature.horizon
    cutoffs = np.arange(points.validation, points.length, horizon)
    tail = slice(points.validation, points.length)
    interval = (0.1, 0.9) if forecaster.signature.quantiles else ()
    pasts = [series.values[:cutoff] for cutoff in cutoffs]
    forecast = forecaster.forecast(pasts, horizon, interval)
    length = points.length - points.validation
    dates = (
        np.arange(points.length)
        if series.calendar is None
        else series.calendar.range(series.dropped, points.length).tz_localize(None).to_numpy()
    )
    shown = slice(max(0, points.validation - 3 * length), None)

    figure = Figure(figsize=(10, 4.5), layout="constrained")
    axes = figure.subplots()
    axes.plot(dates[shown], series.observed()[shown], color="#333333", label="truth")
    axes.axvline(dates[points.validation], color="#999999", linestyle=":", label="held-out tail")
    axes.plot(dates[tail], forecast.point.ravel()[:length], color="#c1440e", label="forecast")
    if interval:
        lower, upper = forecast.quantiles.reshape(-1, 2)[:length].T
        axes.fill_between(
            dates[tail],
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
