"""Which values of the past were unusual."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self

from forecast_client.results.frames import FrameForm
from forecast_client.results.names import answered
from forecast_client.results.notes import Note, SeriesError, errors_of, notes_of

_COLUMNS = ("expected", "lower", "upper", "outside", "score")


@dataclass(frozen=True)
class Anomalies:
    """The values that were judged, beside what the model expected."""

    model: str
    version: int
    level: float
    """The percentage of values that the band is meant to hold if nothing is wrong."""
    series: list[Mapping[str, Any]]
    """The judged values of each series; `anomalies` has the places of those outside the band."""
    notes: list[Note]
    errors: list[SeriesError]
    _names: list[str | None] = field(repr=False)
    _form: FrameForm = field(repr=False)

    @classmethod
    def of(cls, answers: Sequence[Mapping[str, Any]], form: FrameForm) -> Self:
        """Read answers of `/anomalies` that belong together."""
        entries = [entry for answer in answers for entry in answer["series"]]
        found = answered(entries)
        return cls(
            model=answers[0]["model"],
            version=answers[0]["version"],
            level=answers[0]["level"],
            series=[entry for _, entry in found],
            notes=[note for answer in answers for note in notes_of(answer, answer["series"])],
            errors=errors_of(entries),
            _names=[name for name, _ in found],
            _form=form,
        )

    @cached_property
    def frame(self) -> Any:
        """The judged values as a long frame.

        Its columns are `unique_id`, `ds` (or `index`, from 0), `y`, `expected`, `lower`, `upper`,
        `outside` and `score`.
        """
        return self._form.of_columns(self._columns(only_outside=False))

    @cached_property
    def outside(self) -> Any:
        """The rows of `frame` whose values lie outside the band."""
        return self._form.of_columns(self._columns(only_outside=True))

    def _columns(self, *, only_outside: bool) -> dict[str, list[Any]]:
        dated = any(series["timestamps"] or series["steps"] for series in self.series)
        targets = any(series.get("target") is not None for series in self.series)
        columns: dict[str, list[Any]] = {"unique_id": []}
        if targets:
            columns["target"] = []
        columns |= {name: [] for name in ("ds" if dated else "index", "y", *_COLUMNS)}
        for unique_id, series in zip(self._names, self.series, strict=True):
            rows = [
                row for row, outside in enumerate(series["outside"]) if outside or not only_outside
            ]
            own = {name: series[name] for name in _COLUMNS} | {
                "unique_id": [unique_id] * len(series["index"]),
                "target": [series.get("target")] * len(series["index"]),
                "ds": series["timestamps"] or series["steps"] or [None] * len(series["index"]),
                "index": series["index"],
                "y": series["actual"],
            }
            for name, column in columns.items():
                column.extend(own[name][row] for row in rows)
        return columns
