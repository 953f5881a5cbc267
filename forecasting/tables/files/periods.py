"""Periods of pandas, such as months, which files hold as whole numbers."""

from __future__ import annotations

import pyarrow as pa

from forecasting.errors import SeriesError

_PERIODS = "pandas.period"
_NAME = b"ARROW:extension:name"


def refuse_periods(schema: pa.Schema, *path: str) -> None:
    """Raise SeriesError, its path within the request, if a column holds periods: they would be read
    as steps."""
    for field in schema:
        written = (field.metadata or {}).get(_NAME, b"").decode(errors="replace")
        if _PERIODS in (written, getattr(field.type, "extension_name", None)):
            raise SeriesError(
                f"the column {field.name!r} holds periods of pandas, which are whole numbers in a "
                "file. Write their dates: in pandas, "
                f"frame[{field.name!r}] = frame[{field.name!r}].dt.to_timestamp().",
                code="column_type",
                path=path,
            )
