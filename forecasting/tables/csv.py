"""CSV in UTF-8: a header line, commas."""

from __future__ import annotations

import csv

import pyarrow as pa
from pyarrow import csv as arrow_csv

from forecasting.tables.columns import check_size, find_columns

_MISSING = ["", "NA", "NaN", "nan", "null", "None"]
"""The texts that mean a missing value in the column y."""


def read(content: bytes, limit: int) -> pa.Table:
    """Return `y` as numbers, `unique_id` and `ds` as dictionaries of texts.

    If a cell of `y` is no number, `y` comes as text. Raises SeriesError, TableSizeError,
    MemoryError, or pyarrow's errors for content that is no CSV.
    """
    header = content.partition(b"\n")[0].decode("utf-8-sig")
    columns = find_columns(next(csv.reader([header]), []))
    try:
        table = _read(content, columns, pa.float64())
    except pa.ArrowInvalid:
        table = _read(content, columns, pa.string())
    check_size(table.nbytes, table.num_rows, limit)
    return table


def _read(content: bytes, columns: list[str], y: pa.DataType) -> pa.Table:
    text = pa.dictionary(pa.int32(), pa.string())
    return arrow_csv.read_csv(
        pa.BufferReader(content),
        read_options=arrow_csv.ReadOptions(use_threads=False),
        parse_options=arrow_csv.ParseOptions(newlines_in_values=True),
        convert_options=arrow_csv.ConvertOptions(
            column_types={"unique_id": text, "ds": text, "y": y},
            include_columns=columns,
            null_values=_MISSING,
        ),
    )
