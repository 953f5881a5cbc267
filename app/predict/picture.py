"""A picture of one forecast and its explanation, drawn by matplotlib, which is imported here only.

Above lies the forecast behind the end of its past, below it a panel for each component, and at the
bottom what the stretches of the past did.
"""

from __future__ import annotations

import gc
import io
from textwrap import shorten
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.ticker import MaxNLocator

from app.predict.render import Answer
from forecasting.prediction.explanation.components import Component
from forecasting.series.series import Series
from forecasting.types import Floats

_PAST, _FORECAST, _QUIET, _TICKS = "#334155", "#c1440e", "#94a3b8", "#64748b"
_COLOURS = {
    "season": "#0f766e",
    "covariate": "#1d4ed8",
    "bounds": "#b91c1c",
    "remainder": "#7c3aed",
}
_STYLE: dict[Any, Any] = {
    "font.size": 9,
    "axes.titlesize": 9,
    "axes.titlelocation": "left",
    "axes.edgecolor": _QUIET,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.xmargin": 0.01,
    "xtick.color": _TICKS,
    "ytick.color": _TICKS,
    "text.parse_math": False,
}
_WIDTH = 10.0
_FORECAST_HEIGHT, _CAPTION_HEIGHT, _PANEL_HEIGHT, _STRETCHES_HEIGHT = 3.4, 0.2, 1.3, 1.1
_PANELS_IN_ROW = 3
_MOST_PANELS = 9
_NOTHING = 0.01
"""A component has no panel if it does less than this share of what the largest one does."""
_MOST_NAMED = 5
"""So many of the components without a panel are named."""
_LONGEST_NAME = 40
_MOST_BARS = 62
"""More steps than this are drawn as an area."""
_LEAST_PAST = 36
"""At least so many values of the past are shown, and four times as many as are forecast."""


def draw(answer: Answer) -> bytes:
    """Draw the first forecast of an answer and its explanation, as PNG.

    matplotlib is not made for several threads at a time, so that one picture is drawn after
    another.
    """
    with rc_context(_STYLE):
        content = io.BytesIO()
        _Drawing(answer).figure().savefig(content, format="png", dpi=120)
    gc.collect()  # A figure is full of cycles, which a service seldom looks for.
    return content.getvalue()


class _Drawing:
    """The first forecast of an answer, with its times as matplotlib takes them."""

    def __init__(self, answer: Answer) -> None:
        plan = answer.prediction.plan
        self.answer = answer
        self.series = plan.series[0]
        self.horizon = plan.horizon
        explained = answer.explained[0]
        self.multiplicative = explained.explanation.form == "multiplicative"
        self.level, *others = explained.explanation.components
        largest = self._largest(others)
        self.panels = [others[place] for place in sorted(largest)]
        self.left_out = [
            _title(others[place]) for place in range(len(others)) if place not in largest
        ]
        self.stretches = explained.stretches
        self.times = _times(self.series, self.horizon)
        self.ahead = self.times[self.series.values.size :]

    def figure(self) -> Figure:
        """Return the whole picture."""
        rows = -(-len(self.panels) // _PANELS_IN_ROW)
        heights = [_FORECAST_HEIGHT, _CAPTION_HEIGHT, *[_PANEL_HEIGHT] * rows]
        if self.stretches:
            heights.append(_STRETCHES_HEIGHT)
        size = (_WIDTH, sum(heights) + 0.5 * len(heights))
        figure = Figure(figsize=size, layout="constrained")
        grid = figure.add_gridspec(len(heights), _PANELS_IN_ROW, height_ratios=heights)
        self._draw_forecast(figure.add_subplot(grid[0, :]))
        self._write_caption(figure.add_subplot(grid[1, :]))
        self._draw_components(figure, grid)
        if self.stretches:
            self._draw_stretches(figure.add_subplot(grid[-1, :]))
        return figure

    def _draw_forecast(self, axes: Axes) -> None:
        """Draw the end of the past, the forecast, its intervals and the level it starts from."""
        prediction, finished = self.answer.prediction, self.answer.finished
        size, last = self.series.values.size, self.series.values[-1:]
        shown = slice(max(0, size - max(4 * self.horizon, _LEAST_PAST)), size)
        axes.plot(self.times[shown], self.series.observed()[shown], color=_PAST, lw=1.3)
        joined = self.times[size - 1 :]
        point = np.append(last, finished.forecast.point[0])
        axes.plot(joined, point, color=_FORECAST, lw=1.7, label="forecast", zorder=4)
        found = dict(zip(prediction.plan.quantiles, finished.forecast.quantiles[0].T, strict=True))
        widest_first = sorted(prediction.intervals.items(), key=lambda item: item[1][0])
        for place, (name, (lower, upper)) in enumerate(widest_first, start=1):
            axes.fill_between(
                joined,
                np.append(last, found[lower]),
                np.append(last, found[upper]),
                color=_faded(_FORECAST, 0.1 + 0.35 * place / len(widest_first)),
                lw=0,
                label=f"{name}% interval",
            )
        level = self.level.values
        axes.plot(self.ahead, level, color=_TICKS, lw=1.2, ls=(0, (4, 3)), label="level")
        axes.axvline(self.times[size - 1], color=_QUIET, lw=0.8, ls=":")
        manifest = prediction.version.manifest
        names = list(filter(None, (self.series.id, self.series.target))) or ["Forecast"]
        title = "  ·  ".join([*map(_short, names), f"{manifest.model} {manifest.version}"])
        axes.set_title(title, fontsize=12, color=_PAST)
        axes.legend(frameon=False, loc="upper left", ncols=5, labelcolor=_PAST)
        axes.margins(y=0.14)
        self._label_times(axes, ticks=9)

    def _write_caption(self, axes: Axes) -> None:
        """Write what the panels below show, and which components have none."""
        how = (
            "By how much the level is raised or lowered"
            if self.multiplicative
            else ("What is added to the level")
        )
        if self.left_out:
            more = len(self.left_out) - _MOST_NAMED
            names = ", ".join(self.left_out[:_MOST_NAMED]) + f" and {more} others" * (more > 0)
            how += f"  ·  little or nothing by {names}"
        axes.set_axis_off()
        axes.text(0, 0.3, how, color=_PAST, fontsize=10, transform=axes.transAxes, wrap=True)

    def _draw_components(self, figure: Figure, grid: GridSpec) -> None:
        """Draw a panel for each component, all to the same scale."""
        first: Axes | None = None
        effects = [self._effect(component) for component in self.panels]
        low, high = min(0.0, np.min(effects)), max(0.0, np.max(effects))
        margin = 0.1 * (high - low) or 1.0
        for place, (component, effect) in enumerate(zip(self.panels, effects, strict=True)):
            row, column = divmod(place, _PANELS_IN_ROW)
            axes = figure.add_subplot(grid[2 + row, column], sharey=first)
            axes.set_ylim(low - margin, high + margin)
            colour = _COLOURS[component.kind]
            axes.axhline(0, color=_QUIET, lw=0.8)
            if self.horizon <= _MOST_BARS:
                width = 0.8 * float(self.times[-1] - self.times[-2])
                axes.bar(self.ahead, effect, width=width, color=_faded(colour, 0.75), lw=0)
            else:
                axes.fill_between(self.ahead, effect, 0, color=_faded(colour, 0.3), lw=0)
                axes.plot(self.ahead, effect, color=colour, lw=1)
            axes.set_title(_title(component), color=colour)
            if self.multiplicative:
                axes.yaxis.set_major_formatter(lambda share, _: _percent(share))
            axes.yaxis.set_major_locator(MaxNLocator(4))
            axes.tick_params(axis="y", labelleft=column == 0, length=3 if column == 0 else 0)
            self._label_times(axes, ticks=4)
            first = first or axes

    def _draw_stretches(self, axes: Axes) -> None:
        """Draw how much each stretch of the past moved the forecast."""
        edges = [self.times[stretch.start] for stretch in self.stretches]
        edges.append(self.times[self.stretches[-1].stop])
        effects = [stretch.effect or 0.0 for stretch in self.stretches]
        axes.bar(
            edges[:-1],
            effects,
            np.diff(edges),
            align="edge",
            color=_faded(_PAST, 0.65),
            edgecolor="white",
        )
        axes.set_title(
            "By how much the forecast changes without a stretch of the past",
            color=_PAST,
            fontsize=10,
        )
        axes.yaxis.set_major_locator(MaxNLocator(3))
        self._label_times(axes, ticks=9)

    def _largest(self, components: list[Component]) -> set[int]:
        """Return the places of the components that have a panel."""
        sizes = np.array([np.abs(self._effect(component)).mean() for component in components])
        largest = np.argsort(-sizes)[:_MOST_PANELS].tolist()
        return {place for place in largest if sizes[place] >= _NOTHING * sizes.max()}

    def _effect(self, component: Component) -> Floats:
        """Return what a component adds, as a share if it is a factor, (horizon,)."""
        return component.values - 1 if self.multiplicative else component.values

    def _label_times(self, axes: Axes, *, ticks: int) -> None:
        if self.series.calendar is None:
            axes.xaxis.set_major_locator(MaxNLocator(ticks, integer=True, min_n_ticks=1))
            return
        locator = AutoDateLocator(minticks=2, maxticks=ticks)  # type: ignore[no-untyped-call]
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]


def _short(name: str) -> str:
    return shorten(name, _LONGEST_NAME, placeholder=" …")


def _title(component: Component) -> str:
    name = _short(component.name.replace("_", " "))
    return f"season of {name} steps" if component.kind == "season" and name.isdigit() else name


def _percent(share: float) -> str:
    return f"{100 * share:+.3g}%" if abs(share) > 1e-9 else "0%"


def _faded(colour: str, strength: float) -> tuple[float, float, float]:
    """Return a colour mixed with white, from 0 for white to 1 for the colour itself."""
    red, green, blue = (1 - strength * (1 - part) for part in to_rgb(colour))
    return red, green, blue


def _times(series: Series, horizon: int) -> Floats:
    """Return the times of a series and of the steps ahead: matplotlib's days, or plain numbers."""
    count = series.values.size + horizon
    if series.calendar is not None:
        dates = series.calendar.range(series.dropped, count).tz_localize(None).to_numpy()
        return np.asarray(date2num(dates))  # type: ignore[no-untyped-call]
    if series.steps is not None:
        return series.steps.numbers(series.dropped, count).astype(np.float64)
    return np.arange(series.dropped, series.dropped + count, dtype=np.float64)
