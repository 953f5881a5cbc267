"""A plot of a training: the forecast of the held-out tail, the losses and the scores."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from forecasting.prediction.forecaster import Forecaster
from forecasting.store.manifest import Evaluation, TrainingRound
from training.dataset import Dataset
from training.evaluation import forecast_plans, plans_as_served
from training.fitting.cutoffs import Cutoffs
from training.fitting.trained import TrainedNetwork

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MOST_DRAWN = 250
_MOST_DRAWN_WITH_COVARIATES = 10
"""So many forecasts of the held-out tail are drawn at most, its first ones."""
_OURS, _OTHERS, _TEXT = "#c1440e", "#b8b8b8", "#333333"


def plot_training(
    path: Path,
    forecaster: Forecaster,
    dataset: Dataset,
    trained: TrainedNetwork,
    evaluation: Evaluation,
) -> None:
    """Draw a training into `path`, which ends in .png, .svg or .pdf.

    Above is the held-out tail of the first series, or its beginning if it is long, forecast one
    horizon at a time, each time from everything before it. Below are the losses in the course of
    the training, the scores of the candidates on the validation part if there was a search, and the
    scores on the tail.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 7.5), layout="constrained")
    parts = figure.subfigures(2, 1, squeeze=False, height_ratios=(3, 2))
    above, below = parts[:, 0]
    tail = above.subplots()
    _draw_tail(tail, forecaster, dataset, trained)
    above.legend(frameon=False, loc="outside lower center", ncols=4)
    candidates = trained.candidates or ()
    panels = below.subplots(1, 3 if candidates else 2)
    _draw_losses(panels[0], trained.rounds)
    if candidates:
        scores = {one.name: one.validation.mase for one in candidates}
        chosen = next(one.name for one in candidates if one.chosen)
        _draw_scores(panels[1], "MASE on the validation part", scores, chosen)
    _draw_scores(panels[-1], "MASE on the held-out tail", _tail_scores(evaluation), "this version")
    for axes in (tail, *panels):
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=120)


def _draw_tail(
    axes: Axes, forecaster: Forecaster, dataset: Dataset, trained: TrainedNetwork
) -> None:
    position, points = next(iter(trained.points.items()))
    series = dataset.series[position]
    horizon = forecaster.signature.horizon
    most = _MOST_DRAWN if series.covariates is None else _MOST_DRAWN_WITH_COVARIATES
    cutoffs = np.arange(points.validation, points.length, horizon)[:most]
    places = Cutoffs(np.full(len(cutoffs), position), cutoffs)
    plans = plans_as_served(
        forecaster.signature, dataset.series, places, horizon, trained.tail.season_length
    )
    forecast = forecast_plans(plans, forecaster)
    end = min(points.validation + len(cutoffs) * horizon, points.length)
    tail = slice(points.validation, end)
    length = end - points.validation
    dates = (
        np.arange(points.length)
        if series.calendar is None
        else series.calendar.range(series.dropped, points.length).tz_localize(None).to_numpy()
    )
    shown = slice(max(0, points.validation - 3 * length), end)
    axes.plot(dates[shown], series.observed()[shown], color=_TEXT, label="truth")
    axes.axvline(dates[points.validation], color="#999999", linestyle=":", label="held-out tail")
    axes.plot(dates[tail], forecast.point.ravel()[:length], color=_OURS, label="forecast")
    if forecast.quantiles.size:
        lower, upper = (forecast.quantiles[:, :, at].ravel()[:length] for at in (0, -1))
        axes.fill_between(
            dates[tail], lower, upper, color=_OURS, alpha=0.2, linewidth=0, label="80% interval"
        )
    axes.set_title(f"{series.id}: the held-out tail, {horizon} step{'s' * (horizon > 1)} at a time")


def _draw_losses(axes: Axes, rounds: tuple[TrainingRound, ...]) -> None:
    """Draw the losses; each training that begins again at its first step is a line of its own."""
    starts = [n for n, this in enumerate(rounds) if n == 0 or this.step <= rounds[n - 1].step]
    for number, (start, end) in enumerate(pairwise([*starts, len(rounds)])):
        run = rounds[start:end]
        steps, marker = [this.step for this in run], "." if len(run) == 1 else ""
        for color, losses, label in (
            (_OTHERS, [this.loss for this in run], "training part"),
            (_OURS, [this.val_loss for this in run], "validation part"),
        ):
            axes.plot(steps, losses, marker=marker, color=color, label=label * (number == 0))
    axes.set_title("loss by step", fontsize="medium")
    if rounds:
        axes.legend(frameon=False, fontsize="small")


def _draw_scores(axes: Axes, title: str, scores: dict[str, float | None], ours: str) -> None:
    """Draw a bar for each score that is known, the first above."""
    known = {name: score for name, score in scores.items() if score is not None}
    colors = [_OURS if name == ours else _OTHERS for name in known]
    bars = axes.barh(
        [name.replace(", ", ",\n") for name in known], list(known.values()), color=colors
    )
    axes.bar_label(bars, fmt="%.3f", padding=3, fontsize="small")
    axes.margins(x=0.2)
    axes.invert_yaxis()
    axes.tick_params(labelsize="small")
    axes.set_title(title, fontsize="medium")


def _tail_scores(evaluation: Evaluation) -> dict[str, float | None]:
    others = {
        "zero-shot": evaluation.zero_shot,
        "Theta": evaluation.theta,
        "seasonal naive": evaluation.seasonal_naive,
    }
    known = {name: scores.mase for name, scores in others.items() if scores is not None}
    return {"this version": evaluation.model.mase} | known
