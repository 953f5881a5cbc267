"""The forecasts that the service answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from forecast_client.errors import ForecastError
from forecast_client.results.inspection import Inspection
from forecast_client.results.notes import Note, SeriesError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SHOWN_SERIES, _SHOWN_STEPS = 5, 3


@dataclass(frozen=True)
class Interval:
    """A central interval: a lower and an upper bound for each step."""

    lower: list[float]
    upper: list[float]


@dataclass(frozen=True)
class SeriesForecast:
    """The forecast of one series, or of one of its targets. Each list has a value for each step."""

    id: str | None
    target: str | None
    times: list[Any] | None
    """The time of each step, or its number if whole numbers stood in place of dates; None if the
    series came without either."""
    point: list[float]
    quantiles: dict[str, list[float]]
    """By their names: `0.1`."""
    intervals: dict[str, Interval]
    """By their levels in percent: `80`."""
    scores: Mapping[str, Any] | None = None
    """The scores of a quick backtest, if they were asked for."""
    explanation: Mapping[str, Any] | None = None
    """Why the forecast is what it is, if that was asked for."""
    forecast_id: str | None = None
    """What `actuals` knows the forecast by, if it is kept."""
    notes: list[Note] = field(default_factory=list)
    """What was done to the series."""

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """Read an entry of an answer in JSON."""
        return cls(
            document["id"],
            document.get("target"),
            document["timestamps"] or document["steps"],
            document["point"],
            document["quantiles"],
            {
                level: Interval(interval["lower"], interval["upper"])
                for level, interval in document["intervals"].items()
            },
            document.get("scores"),
            document.get("explanation"),
            document.get("forecast_id"),
            [Note.of(note, document["id"]) for note in document.get("notes", ())],
        )

    def summary(self) -> str:
        """Return a line with the names and the first points."""
        times = self.times or [f"+{step}" for step in range(1, len(self.point) + 1)]
        points = [
            f"{str(time).removesuffix('T00:00:00')}: {value:.6g}"
            for time, value in zip(times[:_SHOWN_STEPS], self.point, strict=False)
        ]
        if len(self.point) > _SHOWN_STEPS:
            points.append("…")
        return "  ".join(name for name in (self.id, self.target, ", ".join(points)) if name)


@dataclass(frozen=True)
class Forecast(Sequence[SeriesForecast]):
    """The forecasts of all series, in the order in which they were sent."""

    model: str
    version: int
    notes: list[Note]
    """What was assumed to read the data, and done to the series."""
    errors: list[SeriesError]
    """The series that could not be forecast, with `on_error="partial"`."""
    _series: Callable[[], list[SeriesForecast]] = field(repr=False)
    _frame: Callable[[], Any] = field(repr=False)
    _ask_past: Callable[[], Inspection] | None = field(default=None, repr=False)

    def __repr__(self) -> str:
        """Return the model and the first points of the first series."""
        steps = len(self.series[0].point) if self.series else 0
        lines = [f"{self.model}, version {self.version}: {len(self)} series, {steps} steps"]
        lines += [f"  {one.summary()}" for one in self.series[:_SHOWN_SERIES]]
        rest = len(self) - _SHOWN_SERIES
        return "\n".join([*lines, f"  … and {rest} more series"] if rest > 0 else lines)

    @cached_property
    def frame(self) -> Any:
        """The forecasts as one long frame of the library that the data came from, or else of the
        first one of pandas, polars and pyarrow that is installed.

        Its columns are `unique_id`, `ds` (or `step`, from 1), `point`, one for each quantile, and
        `lower-80`, `upper-80` … for each level. Columns that were named keep their names.
        """
        return self._frame()

    @cached_property
    def series(self) -> list[SeriesForecast]:
        """The forecast of each series."""
        return self._series()

    @cached_property
    def past(self) -> Inspection | None:
        """The history of the first series, as `inspect` understands it. It is asked for when it is
        first read; an asynchronous client cannot do so, and it is None."""
        return None if self._ask_past is None else self._ask_past()

    def __len__(self) -> int:
        return len(self.series)

    def __iter__(self) -> Iterator[SeriesForecast]:
        return iter(self.series)

    def __getitem__(self, place: Any) -> Any:
        """Return the forecast of a series, by its id or by its place."""
        if not isinstance(place, str):
            return self.series[place]
        for series in self.series:
            if series.id == place:
                return series
        raise KeyError(place)

    @property
    def point(self) -> list[float]:
        """The point forecast, if there is one series.

        Raises:
            ForecastError: There are several.
        """
        if len(self.series) != 1:
            raise ForecastError(
                f"There are {len(self.series)} forecasts; name one, such as forecast[0].point."
            )
        return self.series[0].point

    def plot(
        self,
        path: str | Path | None = None,
        *,
        ids: Sequence[str] | None = None,
        past: Inspection | None = None,
    ) -> Figure:
        """Draw history, forecast and intervals, a panel for each of the first nine series.

        Args:
            path: The file that the picture is written to, such as `forecast.png`.
            ids: The series to draw.
            past: What `inspect` with `values=True` answered, which has the history. By default,
                `self.past`.

        Raises:
            ForecastError: Matplotlib is not installed, there is nothing to draw, or the file is of
                no kind that can be drawn.
        """
        try:
            from forecast_client.results.plot import plot
        except ImportError as error:
            raise ForecastError(
                "A plot needs matplotlib: pip install matplotlib, or install the client with it, "
                "as './client[plot]'."
            ) from error
        figure = plot(self.series, past or self.past, ids)
        if path is not None:
            try:
                figure.savefig(path, dpi=120)
            except ValueError as error:  # Matplotlib does not know the suffix.
                raise ForecastError(f"{path} cannot be drawn: {error}") from error
        return figure
