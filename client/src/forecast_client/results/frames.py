"""Answers as data frames of the library that the data came from."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self

from forecast_client.errors import ForecastError

if TYPE_CHECKING:
    import narwhals as nw

_LIBRARIES = ("pandas", "polars", "pyarrow")


@dataclass(frozen=True)
class FrameForm:
    """What frames of answers look like: as the data did, as far as the answer has its columns."""

    library: str | None = None
    """`pandas`, `polars` or `pyarrow`; None means the first one of them that is installed."""
    names: Mapping[str, str] = field(default_factory=dict)
    """How columns of an answer are called."""
    types: Mapping[str, Any] = field(default_factory=dict)
    """The types that `unique_id` and `ds` had."""

    @classmethod
    def of(cls, frame: nw.DataFrame[Any], options: Mapping[str, Any]) -> Self:
        """Return the form of a frame whose columns the options name."""
        names = {
            column: options[option]
            for column, option in (("unique_id", "id_col"), ("ds", "time_col"))
            if option in options
        }
        columns = {column: names.get(column, column) for column in ("unique_id", "ds")}
        types = {
            column: frame.schema[name]
            for column, name in columns.items()
            if name in frame.columns and _is_kept(frame.schema[name])
        }
        return cls(str(frame.implementation), names, types)

    def of_columns(self, columns: Mapping[str, Sequence[Any]]) -> Any:
        """Return a frame of columns, whose dates are texts in ISO 8601."""
        made = {
            name: _dates(column) if name in {"ds", "cutoff"} else column
            for name, column in columns.items()
        }
        import narwhals as nw

        return self._finished(nw.from_dict(made, backend=self._library()))

    def of_arrow(self, table: Any) -> Any:
        """Return a frame of an Arrow table."""
        import narwhals as nw

        frame = nw.from_native(table, eager_only=True)
        library = self._library()
        if library == "pandas":
            frame = nw.from_native(frame.to_pandas(), eager_only=True)
        elif library == "polars":
            frame = nw.from_native(frame.to_polars(), eager_only=True)
        return self._finished(frame)

    def _finished(self, frame: nw.DataFrame[Any]) -> Any:
        import narwhals as nw

        types = {**self.types, "cutoff": self.types.get("ds")}
        casts = [
            nw.col(name).cast(dtype)
            for name, dtype in types.items()
            if dtype is not None and name in frame.columns and frame[name].null_count() == 0
        ]
        named = frame.with_columns(*casts).rename(
            {name: new for name, new in self.names.items() if name in frame.columns}
        )
        return named.to_native()

    def _library(self) -> Any:
        if self.library is not None:
            return self.library
        for name in _LIBRARIES:
            if importlib.util.find_spec(name) is not None:
                return name
        raise ForecastError(
            "A frame needs pandas, polars or pyarrow: install one of them, or install the client "
            "with pyarrow, as './client[arrow]'."
        )


def _is_kept(dtype: Any) -> bool:
    """Return whether an answer can have the type that a column of ids or dates had."""
    import narwhals as nw

    return dtype.is_integer() or isinstance(dtype, nw.Date | nw.Datetime)


def _dates(column: Sequence[Any]) -> Sequence[Any]:
    """Return texts as dates if all of them are, in UTC if their offsets differ, as they do if the
    clocks are set; whole numbers as they are."""
    if not column or not all(value is None or isinstance(value, str) for value in column):
        return column
    times = [None if value is None else datetime.fromisoformat(value) for value in column]
    if len({time.utcoffset() for time in times if time is not None}) > 1:
        return [None if time is None else time.astimezone(UTC) for time in times]
    return times
