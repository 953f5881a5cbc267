"""What a backtest has found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self

from forecast_client.results.frames import FrameForm
from forecast_client.results.names import answered
from forecast_client.results.notes import Note, SeriesError, errors_of, notes_of


@dataclass(frozen=True)
class Backtest:
    """How good forecasts of the past would have been, beside two baselines."""

    model: str
    version: int
    horizon: int
    windows: int
    step: int
    overall: Mapping[str, Mapping[str, Any]]
    """The scores over all series: by method (`model`, `seasonal_naive`, `theta`), then by name
    (`mase`, `smape`, `rmse`, `wql`, `coverage`)."""
    series: list[Mapping[str, Any]]
    """The scores and the windows of each series."""
    notes: list[Note]
    errors: list[SeriesError]
    _names: list[str | None] = field(repr=False)
    _form: FrameForm = field(repr=False)

    @classmethod
    def of(cls, answer: Mapping[str, Any], form: FrameForm) -> Self:
        """Read an answer of `/backtest`."""
        found = answered(answer["series"])
        return cls(
            model=answer["model"],
            version=answer["version"],
            horizon=answer["horizon"],
            windows=answer["windows"],
            step=answer["step"],
            overall=answer["overall"],
            series=[entry for _, entry in found],
            notes=notes_of(answer, answer["series"]),
            errors=errors_of(answer["series"]),
            _names=[name for name, _ in found],
            _form=form,
        )

    @cached_property
    def frame(self) -> Any:
        """The forecasts as a cross-validation frame, with a row for each step of each window.

        Its columns are `unique_id`, `ds` (or `step`, from 1), `cutoff`, `y`, and the point
        forecasts `model`, `seasonal_naive` and `theta`, then the model's intervals: `lower-80`,
        `upper-80` …
        """
        columns: dict[str, list[Any]] = {}
        for unique_id, series in zip(self._names, self.series, strict=True):
            for window in series["windows"] or ():
                for name, column in _columns(series, window, unique_id).items():
                    columns.setdefault(name, []).extend(column)
        return self._form.of_columns(columns)


def _columns(
    series: Mapping[str, Any], window: Mapping[str, Any], unique_id: str | None
) -> dict[str, list[Any]]:
    steps = len(window["actual"])
    times = window["timestamps"] or window["steps"]
    cutoff = window["cutoff_timestamp"] if window["timestamps"] else window["cutoff_step"]
    columns: dict[str, list[Any]] = {"unique_id": [unique_id] * steps}
    if series.get("target") is not None:
        columns["target"] = [series["target"]] * steps
    if times is None:
        columns |= {"step": list(range(1, steps + 1)), "cutoff": [window["cutoff"]] * steps}
    else:
        columns |= {"ds": times, "cutoff": [cutoff] * steps}
    columns["y"] = window["actual"]
    for method, forecast in window["forecasts"].items():
        columns[method] = forecast["point"]
    for level, interval in window["forecasts"]["model"]["intervals"].items():
        columns[f"lower-{level}"] = interval["lower"]
        columns[f"upper-{level}"] = interval["upper"]
    return columns
