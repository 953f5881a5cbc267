"""Which columns of a file are read, and the types that they may have."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
from pyarrow import types

from forecasting.tables.raw_table import broken_file

_COLUMNS = ("unique_id", "ds", "y")


def find_columns(names: Sequence[str]) -> list[str]:
    """Return the columns of the long format that a file has; it must have `ds` and `y`.

    Raises SeriesError if one is missing or is there more than once.
    """
    for column in ("ds", "y"):
        if column not in names:
            raise broken_file(
                f"there is no column {column!r}; the columns are: {', '.join(names)[:300]}. The "
                "long format is unique_id, ds, y.",
                code="column_missing",
            )
    found = [column for column in _COLUMNS if column in names]
    for column in found:
        if list(names).count(column) > 1:
            raise broken_file(f"there is more than one column {column!r}.", code="column_repeated")
    return found


def check_types(schema: pa.Schema, columns: Sequence[str]) -> None:
    """Raise SeriesError if a column has a type that cannot be read."""
    text = (is_text, types.is_integer)
    allowed = {
        "unique_id": text,
        "ds": (*text, types.is_floating, types.is_timestamp, types.is_date),
        "y": (types.is_integer, types.is_floating, types.is_decimal),
    }
    for column in columns:
        kind = schema.field(column).type
        value = kind.value_type if types.is_dictionary(kind) else kind
        if not any(fits(value) for fits in allowed[column]) or (value != kind and column == "y"):
            raise broken_file(
                f"the column {column!r} is of the type {kind}; unique_id is text, ds text, dates, "
                "times or whole numbers, y numbers.",
                code="column_type",
                path=("file", column),
            )


def is_text(kind: pa.DataType) -> bool:
    """Return whether a column of this type holds texts."""
    return bool(types.is_string(kind) or types.is_large_string(kind))
