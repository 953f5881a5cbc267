"""Finds out what a caller has passed."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from forecast_client.data.file import File, read_file
from forecast_client.data.json_text import to_json
from forecast_client.data.payload import Payload
from forecast_client.data.series_list import is_column, series_list
from forecast_client.errors import DataError
from forecast_client.results.frames import FrameForm

_KINDS = (
    "a list of numbers, a list of dicts, a data frame of pandas or polars, an Arrow table, or the "
    "path of a file"
)


def payload_of(data: Any, options: Mapping[str, Any]) -> Payload:
    """Return what a caller has passed, as it is sent.

    Raises:
        DataError: It is nothing that could be sent, or a file that cannot be read.
    """
    if isinstance(data, str | os.PathLike):
        return read_file(Path(data))
    if isinstance(data, bytes | bytearray):
        return File(bytes(data))
    if isinstance(data, Mapping):
        return _mapping(data)
    if isinstance(data, list | tuple | range):
        return _sequence(data)
    return _of_a_library(data, options)


def _mapping(data: Mapping[Any, Any]) -> Payload:
    """Return a series object, or columns by name."""
    if "values" in data or "targets" in data or not data:
        return series_list(data)
    if all(is_column(column) for column in data.values()):
        return File(to_json(dict(data)), "columns")
    return series_list(data)


def _sequence(data: Sequence[Any]) -> Payload:
    """Return raw values, series objects, or the records of a table."""
    first = data[0] if data else None
    if isinstance(first, Mapping) and not first.keys() & {"values", "targets"}:
        return File(to_json(data), "records")
    return series_list(data)


def _of_a_library(data: Any, options: Mapping[str, Any]) -> Payload:
    """Return the frame, the series or the array of a library."""
    import narwhals as nw

    from forecast_client.data.frame import frame_payload

    if nw.dependencies.is_into_series(data) and not _dated(data):
        library = str(nw.from_native(data, series_only=True).implementation)
        return replace(series_list(data), form=FrameForm(library))
    if nw.dependencies.is_into_dataframe(data) or nw.dependencies.is_into_series(data):
        return frame_payload(data, options)
    if nw.dependencies.is_polars_lazyframe(data):
        return frame_payload(data, options)
    if hasattr(data, "tolist"):
        return series_list(data)
    raise DataError(f"Pass {_KINDS}, not {type(data).__name__}.")


def _dated(series: Any) -> bool:
    """Return whether a series of pandas has dates as its index."""
    index = getattr(series, "index", None)
    return getattr(getattr(index, "dtype", None), "kind", "i") not in "iu"
