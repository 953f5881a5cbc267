"""Tables of series with a weekly season, as large as asked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import parquet

_SERIES_AT_ONCE = 50_000
SEASON = 7


def make_table(path: Path, series: int, length: int) -> Path:
    """Write daily series of `length` values each, which begin within a year of one another."""
    generator = np.random.default_rng(0)
    steps = np.arange(length)
    writer = None
    for start in range(0, series, _SERIES_AT_ONCE):
        count = min(_SERIES_AT_ONCE, series - start)
        begins = generator.integers(0, 365, count)[:, None] + steps
        dates = np.datetime64("2023-01-01", "us") + begins.astype("timedelta64[D]")
        level, width = generator.uniform(20, 200, (2, count, 1))
        values = level + width / 5 * np.sin(2 * np.pi * steps / SEASON)
        values += generator.normal(size=values.shape) * level / 10
        ids = pa.array([f"series-{number}" for number in range(start, start + count)])
        table = pa.table(
            {
                "unique_id": ids.take(pa.array(np.repeat(np.arange(count), length))),
                "ds": dates.ravel(),
                "y": values.ravel(),
            }
        )
        writer = writer or parquet.ParquetWriter(path, table.schema)
        writer.write_table(table, row_group_size=1_000_000)
    assert writer is not None
    writer.close()
    return path
