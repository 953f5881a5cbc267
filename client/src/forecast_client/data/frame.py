"""Data frames of any library that narwhals knows, which are sent as Arrow, or as CSV without it."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Self

import narwhals as nw

from forecast_client.data.payload import ARROW, query
from forecast_client.errors import DataError
from forecast_client.http.exchange import Request
from forecast_client.results.frames import FrameForm

_CSV = "text/csv"
_CSV_BYTES_PER_VALUE = 32.0


@dataclass(frozen=True)
class Frame:
    """A frame in the long format, with a row for each value; or in a wide one."""

    frame: nw.DataFrame[Any]
    id_col: str | None
    """The column of the ids, if it is known."""
    form: FrameForm
    starts: Sequence[int] | None = None
    """The first row of each series, and the number of rows, once the series were told apart."""

    @property
    def size(self) -> int:
        return len(self.frame)

    @property
    def is_arrow(self) -> bool:
        return bool(self.frame.implementation.is_pyarrow())

    @property
    def bytes_per_value(self) -> float:
        if self.is_arrow:
            return float(self.frame.estimated_size()) / max(1, len(self.frame))
        return _CSV_BYTES_PER_VALUE

    def sizes(self) -> list[int] | None:
        if self.starts is None:
            return None
        return [end - start for start, end in zip(self.starts, self.starts[1:], strict=False)]

    def apart(self) -> Self:
        """Return the frame with its series told apart: the rows of each lie together.

        Series keep the order of their first rows, and rows of a series their order. A frame without
        a column of ids is returned as it is.
        """
        if self.id_col is None or self.starts is not None or len(self.frame) == 0:
            return self
        frame, starts = self.frame, _starts(self.frame, self.id_col)
        if len(starts) != frame[self.id_col].n_unique():
            frame = _together(frame, self.id_col)
            starts = _starts(frame, self.id_col)
        return replace(self, frame=frame, starts=[*starts, len(frame)])

    def part(self, start: int, stop: int) -> Self:
        assert self.starts is not None
        first, end = self.starts[start], self.starts[stop]
        starts = [row - first for row in self.starts[start : stop + 1]]
        return replace(self, frame=self.frame[first:end], starts=starts)

    def name(self, place: int) -> str:
        assert self.starts is not None
        assert self.id_col is not None
        return repr(self.frame[self.id_col][self.starts[place]])

    def request(self, path: str, options: Mapping[str, Any], accept: str | None) -> Request:
        headers = {"content-type": ARROW if self.is_arrow else _CSV}
        if accept is not None:
            headers["accept"] = accept
        write = _to_arrow_stream if self.is_arrow else _to_csv
        return Request("POST", path, query(options), headers, partial(write, self.frame))


def frame_payload(native: Any, options: Mapping[str, Any]) -> Frame:
    """Return a frame as it is sent: an index that says something as columns, periods as dates, and
    no columns that would not be read.

    Raises:
        DataError: A column cannot be written.
    """
    try:
        frame = nw.from_native(_with_index(native, options), eager_only=True)
    except nw.exceptions.DuplicateError as error:
        raise DataError(f"The frame cannot be read: {error}") from error
    form = FrameForm.of(frame, options)
    id_col = options.get("id_col", "unique_id")
    if id_col not in frame.columns or options.get("layout") == "wide":
        return Frame(_portable(frame), None, form)
    wanted = _wanted(options)
    if wanted <= set(frame.columns):
        frame = frame.select([name for name in frame.columns if name in wanted])
    return Frame(_portable(frame), id_col, form)


def _wanted(options: Mapping[str, Any]) -> set[str]:
    """Return the columns that the service would read."""
    wanted = {options.get("id_col", "unique_id"), options.get("time_col", "ds")}
    if "target_cols" not in options:
        wanted.add(options.get("target_col", "y"))
    for option in ("target_cols", "covariates", "static_cols"):
        names = options.get(option, ())
        wanted |= set(names.split(",") if isinstance(names, str) else names)
    return wanted


def _with_index(native: Any, options: Mapping[str, Any]) -> Any:
    """Return a pandas frame or series with its index as columns, if that is more than a count of
    the rows or their labels beside a column of dates; polars' lazy frames, collected; other frames
    as they are. Raises DataError for an index that has the name of a column."""
    if nw.dependencies.is_pandas_series(native):
        native = native.to_frame(native.name if native.name is not None else "y")
    if nw.dependencies.is_polars_lazyframe(native):
        return native.collect()
    if not nw.dependencies.is_pandas_dataframe(native):
        return native
    index = native.index
    named = any(name is not None for name in index.names)
    counts = index.nlevels == 1 and index.dtype.kind in "iu"
    if named or not (counts or options.get("time_col", "ds") in native.columns):
        usual = ["ds"] if index.nlevels == 1 else ["unique_id", "ds"]
        native = native if named else native.rename_axis(usual[: index.nlevels])
        try:
            native = native.reset_index()
        except ValueError as error:
            raise DataError(f"The index cannot be read beside the columns: {error}.") from error
    elif index.nlevels == 1:
        native = native.reset_index(drop=True)
    for name, dtype in native.dtypes.items():
        if str(dtype).startswith("period"):
            native = native.assign(**{name: native[name].dt.to_timestamp()})
    return native


def _portable(frame: nw.DataFrame[Any]) -> nw.DataFrame[Any]:
    if importlib.util.find_spec("pyarrow") is None:
        return frame
    try:
        return nw.from_native(frame.to_arrow(), eager_only=True)
    except Exception as error:  # pyarrow's errors have no base that could be named without it.
        raise DataError(f"The frame cannot be written as Arrow: {error}") from error


def _starts(frame: nw.DataFrame[Any], id_col: str) -> list[int]:
    ids = frame[id_col]
    return (ids != ids.shift(1)).fill_null(value=True).arg_true().to_list()


def _together(frame: nw.DataFrame[Any], id_col: str) -> nw.DataFrame[Any]:
    """Return the frame with the rows of each series together, in the order of their first rows."""
    order = frame[id_col].unique(maintain_order=True).to_frame().with_row_index("series__")
    ordered = frame.with_row_index("row__").join(order, on=id_col, how="left")
    return ordered.sort("series__", "row__").drop("series__", "row__")


def _to_arrow_stream(frame: nw.DataFrame[Any]) -> bytes:
    import pyarrow as pa

    table = frame.to_native()
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    written: bytes = sink.getvalue().to_pybytes()
    return written


def _to_csv(frame: nw.DataFrame[Any]) -> bytes:
    return frame.write_csv(None).encode()
