import tracemalloc

import pytest

from forecasting.covariates.given import read_columns
from forecasting.errors import SeriesError

COUNT = 2_000
MANY = [str(number) for number in range(COUNT)]


@pytest.mark.parametrize(
    ("columns", "name"),
    [({"sku": MANY}, "sku"), ({name: [1.0] for name in MANY}, "0")],
    ids=["categories", "names"],
)
def test_too_many_covariates_are_counted_before_they_are_laid_out(
    columns: dict[str, list[str | float]], name: str
) -> None:
    future = {"price": [1.0] * COUNT}
    tracemalloc.start()
    try:
        with pytest.raises(SeriesError, match=r"there are 200\d covariates") as error:
            read_columns(columns, future, len(next(iter(columns.values()))))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (error.value.code, error.value.path) == (
        "too_many_covariates",
        ("past_covariates", name),
    )
    assert peak < 2 * 2**20  # a column for each would take 30 MB
