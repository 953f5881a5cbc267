"""A bad cell is found among many."""

import pyarrow as pa
import pytest

from forecasting.errors import SeriesError
from forecasting.tables.cells import find_first_failure, to_values


@pytest.mark.parametrize("row", [0, 1, 499, 500, 998, 999])
def test_the_first_bad_cell_is_found_without_trying_each(row: int) -> None:
    tried = []

    def convert(column: pa.ChunkedArray) -> None:
        tried.append(len(column))
        column.cast(pa.float64())

    texts = [str(number) for number in range(row)] + ["bad"] + ["worse"] * (999 - row)
    column = pa.chunked_array([texts[:300], texts[300:]])
    assert find_first_failure(column, convert) == row
    assert len(tried) <= 11
    assert sum(tried) <= 1_000
    with pytest.raises(SeriesError, match=f"row {row} of the file.*'bad' is not a number"):
        to_values(column)
