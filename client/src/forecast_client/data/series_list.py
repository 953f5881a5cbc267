"""Series as lists and dicts, which are sent as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Self

from forecast_client.data.json_text import to_json
from forecast_client.data.payload import given
from forecast_client.http.exchange import Request
from forecast_client.results.frames import FrameForm

_BYTES_PER_VALUE = 12.0
_SEVERAL_COLUMNS = ("targets", "past_covariates", "future_covariates")


@dataclass(frozen=True)
class SeriesList:
    """One raw series, one series object, or a list of series objects."""

    content: list[Any] | dict[str, Any]
    many: bool
    form: FrameForm = field(default_factory=FrameForm)
    is_arrow: bool = False

    @property
    def size(self) -> int:
        return sum(map(_size, self.content)) if self.many else _size(self.content)

    @property
    def bytes_per_value(self) -> float:
        return _BYTES_PER_VALUE

    def apart(self) -> Self:
        return self

    def sizes(self) -> list[int] | None:
        return [_size(series) for series in self.content] if self.many else None

    def part(self, start: int, stop: int) -> Self:
        assert isinstance(self.content, list)
        return replace(self, content=self.content[start:stop])

    def name(self, place: int) -> str:
        series = self.content[place] if isinstance(self.content, list) else self.content
        name = series.get("id") if isinstance(series, dict) else None
        return repr(name) if name is not None else f"number {place}"

    def request(self, path: str, options: Mapping[str, Any], accept: str | None) -> Request:
        headers = {"content-type": "application/json"}
        if accept is not None:
            headers["accept"] = accept
        document = {"series": self.content, **given(options)}
        return Request("POST", path, headers=headers, body=partial(to_json, document))


def series_list(content: Any) -> SeriesList:
    """Return lists and dicts as they are sent: NaN as null, arrays as lists."""
    if isinstance(content, Mapping):
        return SeriesList(_object(content), many=False)
    items = list(content)
    if items and isinstance(items[0], Mapping):
        return SeriesList([_object(item) for item in items], many=True)
    if items and is_column(items[0]):
        return SeriesList([{"values": values(item)} for item in items], many=True)
    return SeriesList(values(items), many=False)


def is_column(content: Any) -> bool:
    """Return whether something is a list, an array or a series of values."""
    return isinstance(content, Iterable) and not isinstance(content, str | bytes | Mapping)


def values(column: Iterable[Any]) -> list[Any]:
    """Return values as Python's own; those that are missing, NaN for instance, as None."""
    plain = column.tolist() if hasattr(column, "tolist") else column
    return [None if _missing(value) else value for value in plain]


def _missing(value: Any) -> bool:
    return value is None or type(value).__name__ in {"NAType", "NaTType"} or value != value  # noqa: PLR0124


def _object(series: Mapping[Any, Any]) -> dict[str, Any]:
    """Return a series object, with its columns as lists of plain values."""
    made = dict(series)
    for name, value in made.items():
        if name in _SEVERAL_COLUMNS and isinstance(value, Mapping):
            made[name] = {key: values(column) for key, column in value.items()}
        elif is_column(value):
            made[name] = values(value)
    return made


def _size(series: Any) -> int:
    if not isinstance(series, Mapping):
        return len(series)
    columns = [series.get("values") or [], *series.get("targets", {}).values()]
    return sum(map(len, columns))
