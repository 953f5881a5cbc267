"""Tables whose newest row comes first are turned around, and places stay those of the file."""

from __future__ import annotations

import httpx
import numpy as np
import pytest

from tests.app.requests.test_bad_input import problem
from tests.app.tables.test_tables import CSV, send
from tests.support.tiny_models import PASSENGERS

MONTHS = [str(np.datetime64("1949-01") + month) for month in range(len(PASSENGERS))]
STEPS = [str(step) for step in range(len(PASSENGERS))]


@pytest.mark.parametrize("times", [MONTHS, STEPS])
def test_a_series_whose_newest_row_comes_first_is_turned_around_with_a_note(
    client: httpx.Client, times: list[str]
) -> None:
    rising = list(zip(times, PASSENGERS, strict=True))
    rows = [f"a,{time},{value}" for time, value in rising]
    rows_from_newest = [f"b,{time},{value}" for time, value in reversed(rising)]
    content = "\n".join(["unique_id,ds,y", *rows, *rows_from_newest]).encode()
    wanted, found = send(client, content, CSV, horizon=2).json()["forecasts"]
    note, *others = found["notes"]
    assert (note["code"], note["count"]) == ("rows_reversed", len(times))
    assert found | {"id": "a", "notes": others} == wanted


def test_only_dates_that_all_fall_are_turned_around(client: httpx.Client) -> None:
    content = b"ds,y\n2024-01-05,1\n2024-01-03,2\n2024-01-04,3\n2024-01-02,4\n"
    document = problem(send(client, content, CSV))
    assert document["code"] == "timestamps_not_rising"
    assert document["errors"][0]["pointer"] == "#/file/1/ds"


@pytest.mark.parametrize(
    ("row", "code", "column"),
    [
        ("2024-02-17,1e200", "value_too_large", "y"),
        ("2024-02-17T05:00,3", "timestamps_irregular", "ds"),
        ("2024-02-31,3", "timestamp_invalid", "ds"),
    ],
)
def test_an_error_in_a_table_that_is_turned_around_has_the_row_of_the_file(
    client: httpx.Client, row: str, code: str, column: str
) -> None:
    days = [f"2024-02-{day},{day}" for day in range(28, 9, -1)]
    days[11] = row
    answer = send(client, "\n".join(["ds,y", *days]).encode(), CSV, frequency="D")
    document = problem(answer)
    fault = document["errors"][0]
    assert (document["code"], fault["pointer"]) == (code, f"#/file/11/{column}")
    assert document["detail"].startswith("line 13")
