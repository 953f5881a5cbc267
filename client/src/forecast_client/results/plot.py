"""Draws forecasts with Matplotlib."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from forecast_client.errors import ForecastError
from forecast_client.results.inspection import Inspection

if TYPE_CHECKING:
    from forecast_client.results.forecast import SeriesForecast

_MOST_PANELS = 9
_PAST_PER_STEP = 5
_LEAST_PAST = 60


class Picture(Figure):
    """A figure that notebooks show."""

    def _repr_png_(self) -> bytes:
        written = io.BytesIO()
        self.savefig(written, format="png")
        return written.getvalue()


def plot(
    series: Sequence[SeriesForecast], past: Inspection | None, ids: Sequence[str] | None = None
) -> Picture:
    """Draw history, forecast and intervals, a panel for each series.

    Raises:
        ForecastError: There is nothing to draw.
    """
    drawn = [one for one in series if ids is None or one.id in ids][:_MOST_PANELS]
    if not drawn:
        raise ForecastError("There is no forecast to draw.")
    columns = math.ceil(math.sqrt(len(drawn)))
    rows = math.ceil(len(drawn) / columns)
    figure = Picture(figsize=(max(9.0, 5.0 * columns), 4.0 * rows), layout="constrained")
    histories = {} if past is None else _histories(past)
    for place, (one, axes) in enumerate(
        zip(drawn, figure.subplots(rows, columns, squeeze=False).flat, strict=False)
    ):
        _panel(axes, one, histories.get((one.id, one.target), histories.get((None, one.target))))
        if place == 0:
            axes.legend(loc="best", fontsize="small")
    for axes in figure.axes[len(drawn) :]:
        axes.set_visible(False)
    return figure


def _histories(past: Inspection) -> dict[tuple[str | None, str | None], Mapping[str, Any]]:
    return {
        (one["id"], one.get("target")): one["history"]
        for one in past.series
        if one.get("history") is not None
    }


def _panel(axes: Axes, one: SeriesForecast, history: Mapping[str, Any] | None) -> None:
    steps = len(one.point)
    shown, known = 0, []
    if history is not None:
        shown = min(len(history["values"]), max(_LEAST_PAST, _PAST_PER_STEP * steps))
        known = [math.nan if value is None else value for value in history["values"][-shown:]]
    if one.times is None:
        times, before = list(range(1, steps + 1)), list(range(1 - shown, 1))
    else:
        times = _places(one.times)
        before = _places((history["timestamps"] or history["steps"])[-shown:]) if history else []
    if shown:
        axes.plot(before, known, color="0.25", linewidth=1.2, label="history")
    for shade, (level, interval) in enumerate(sorted(one.intervals.items(), key=_level)):
        label = f"{level} % interval"
        alpha = 0.3 - 0.08 * min(shade, 2)
        axes.fill_between(
            times, interval.lower, interval.upper, color="C0", alpha=alpha, linewidth=0, label=label
        )
    axes.plot(times, one.point, color="C0", linewidth=1.8, label="forecast")
    names = [name for name in (one.id, one.target) if name is not None]
    axes.set_title(" · ".join(names), fontsize="medium")
    axes.margins(x=0.01)
    axes.grid(alpha=0.2)
    axes.tick_params(axis="x", rotation=30)


def _level(item: tuple[str, Any]) -> float:
    return float(item[0])


def _places(times: Sequence[Any]) -> list[Any]:
    return [datetime.fromisoformat(time) if isinstance(time, str) else time for time in times]
