"""Whole numbers in the column of dates are dates or steps, and go on as what they are."""

from typing import Any

import httpx
import numpy as np
import pyarrow as pa
import pytest

from tests.app.requests.test_bad_input import problem
from tests.app.tables.test_tables import ARROW, CSV, read

DAYS = np.arange("2024-01-01", "2024-03-01", dtype="datetime64[D]")
WEEK = [110, 120, 115, 105, 60, 50, 100]
ISO = [str(day) for day in DAYS]
OPTIONS = {
    "/predict": {"horizon": 3},
    "/backtest": {"horizon": 3, "windows": 2},
    "/anomalies": {"warm_up": 30},
}


def csv_of(dates: Any) -> bytes:
    rows = [f"{date},{WEEK[place % 7]}\n" for place, date in enumerate(dates)]
    return ("ds,y\n" + "".join(rows)).encode()


def send(
    client: httpx.Client, dates: Any, path: str = "/predict", accept: str = "*/*", **options: Any
) -> httpx.Response:
    headers = {"content-type": CSV, "accept": accept}
    query = OPTIONS[path] | options
    return client.post(path, content=csv_of(dates), params=query, headers=headers)


def answer(client: httpx.Client, dates: Any, path: str = "/predict", **options: Any) -> Any:
    found = send(client, dates, path, **options)
    assert found.status_code == 200, found.text
    return found.json()


@pytest.mark.parametrize("repair", ["false", "true"])
@pytest.mark.parametrize("path", OPTIONS)
@pytest.mark.parametrize(
    "dates",
    [
        [day.replace("-", "") for day in ISO],
        [f"{day[8:]}.{day[5:7]}.{day[:4]}" for day in ISO],
        [f"{day[5:7]}/{day[8:]}/{day[:4]} 0:00" for day in ISO],
        (DAYS - np.datetime64("1899-12-30")).astype(int),
    ],
)
def test_dates_are_answered_as_in_iso_8601(
    client: httpx.Client, dates: Any, path: str, repair: str
) -> None:
    found, wanted = answer(client, dates, path, repair=repair), answer(client, ISO, path)
    noted = [note["code"] for note in found.pop("notes")]
    assert noted == (["dates_recognised"] if str(dates[0]).isdecimal() else [])
    assert wanted.pop("notes") == []
    assert found == wanted


def test_seconds_since_1970_are_answered_in_utc_or_in_the_zone_that_is_named(
    client: httpx.Client,
) -> None:
    seconds = DAYS.astype("datetime64[s]").astype(int)
    found, wanted = answer(client, seconds)["forecasts"][0], answer(client, ISO)["forecasts"][0]
    assert found["timestamps"][0] == "2024-03-01T00:00:00+00:00"
    assert (found["frequency"], found["point"]) == ("D", wanted["point"])
    local = answer(client, seconds - 3_600, timezone="Europe/Berlin")["forecasts"][0]
    assert local["timestamps"][0] == "2024-03-01T00:00:00+01:00"


def test_years_are_yearly_dates(client: httpx.Client) -> None:
    found = answer(client, range(1949, 2009))
    assert found["forecasts"][0]["frequency"] == "YS-JAN"
    assert found["forecasts"][0]["timestamps"][0] == "2009-01-01T00:00:00"
    assert "1949 is 1949-01-01" in found["notes"][0]["message"]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_parts_of_seconds_since_1970_are_recognised(client: httpx.Client, unit: str) -> None:
    found = answer(client, DAYS.astype(f"datetime64[{unit}]").astype(int))
    assert found["forecasts"][0]["timestamps"][0] == "2024-03-01T00:00:00+00:00"


@pytest.mark.parametrize(
    ("steps", "following"), [(range(1, 61), [61, 62, 63]), (range(0, 600, 10), [600, 610, 620])]
)
def test_steps_go_on(client: httpx.Client, steps: range, following: list[int]) -> None:
    forecast = answer(client, steps)["forecasts"][0]
    assert (forecast["steps"], forecast["timestamps"]) == (following, None)
    table = read(send(client, steps, accept=ARROW))
    assert "step" not in table.column_names
    assert table["ds"].type == pa.int64()
    assert table["ds"].to_pylist() == following


def test_steps_go_on_in_backtests(client: httpx.Client) -> None:
    windows = answer(client, range(1, 61), "/backtest")["series"][0]["windows"]
    assert [(window["cutoff_step"], window["steps"]) for window in windows] == [
        (54, [55, 56, 57]),
        (57, [58, 59, 60]),
    ]
    table = read(send(client, range(1, 61), "/backtest", accept=ARROW))
    assert table["ds"].to_pylist() == list(range(55, 61))
    assert table["cutoff"].to_pylist() == [54] * 3 + [57] * 3


def test_scored_values_have_the_steps_that_they_came_with(client: httpx.Client) -> None:
    scored = answer(client, range(0, 600, 10), "/anomalies")["series"][0]
    assert (scored["index"], scored["steps"]) == (list(range(30, 60)), list(range(300, 600, 10)))
    table = read(send(client, range(0, 600, 10), "/anomalies", accept=ARROW))
    assert table["ds"].to_pylist() == scored["steps"]
    assert "index" not in table.column_names


def test_series_in_json_have_no_steps(client: httpx.Client) -> None:
    found = client.post("/predict", json={"series": WEEK * 3, "horizon": 2}).json()
    assert found["forecasts"][0]["steps"] is None


@pytest.mark.parametrize(
    ("dates", "options", "code", "pointer"),
    [
        (range(1, 61), {"frequency": "D"}, "frequency_without_dates", "#/frequency"),
        (range(1, 61), {"timezone": "Europe/Berlin"}, "timezone_without_dates", "#/timezone"),
        (range(2**63 - 61, 2**63 - 1), {}, "timestamps_out_of_range", "#/file/0"),
        (["01/02/2024", "01/03/2024", "01/04/2024"], {}, "dates_ambiguous", "#/file/0/ds"),
        ([*ISO, "01.03.2024"], {}, "timestamp_invalid", "#/file/60/ds"),
        ([day[2:].replace("-", "") for day in ISO], {}, "timestamp_invalid", "#/file/0/ds"),
        ([f"{day}T12:00 CET" for day in ISO], {}, "timestamp_invalid", "#/file/0/ds"),
        ([20240101, 20240102], {"date_format": "%y%m%d"}, "timestamp_invalid", "#/file/0/ds"),
        ([1, 2, 3], {"date_format": "%y%m%d"}, "timestamp_invalid", "#/file/0/ds"),
        (ISO, {"date_format": "%d.%m.%Y"}, "timestamp_invalid", "#/file/0/ds"),
        (ISO, {"date_format": "dd.mm.yyyy"}, "date_format_invalid", "#/date_format"),
    ],
)
def test_what_cannot_be_told_is_refused(
    client: httpx.Client, dates: Any, options: dict[str, str], code: str, pointer: str
) -> None:
    document = problem(send(client, dates, **options))
    assert (document["status"], document["code"]) == (422, code), document
    assert document["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize(
    ("dates", "date_format", "following"),
    [
        (["01/02/2024", "01/03/2024", "01/04/2024"], "%d/%m/%Y", "2024-05-01"),
        (["01/02/2024", "01/03/2024", "01/04/2024"], "%m/%d/%Y", "2024-01-05"),
        (["Jan-24", "Feb-24", "Mar-24"], "%b-%y", "2024-04-01"),
        (["000101", "000102", "000103"], "%y%m%d", "2000-01-04"),
        ([101, 201, 301], "%y%m%d", "2000-04-01"),
        ([1, 2, 3], "%y%j", "2000-01-04"),
        ([1012024, 2012024, 3012024], "%d%m%Y", "2024-01-04"),
    ],
)
def test_a_date_format_is_followed(
    client: httpx.Client, dates: list[Any], date_format: str, following: str
) -> None:
    found = answer(client, dates, date_format=date_format)
    assert found["forecasts"][0]["timestamps"][0] == f"{following}T00:00:00"


@pytest.mark.parametrize("path", ["/predict", "/train"])
def test_series_whose_dates_are_written_differently_are_refused(
    client: httpx.Client, path: str
) -> None:
    seconds = DAYS.astype("datetime64[s]").astype(int).tolist()
    units = {"a": seconds, "b": [1_000 * second for second in seconds]}
    rows = [f"{name},{time},{time % 7}" for name, times in units.items() for time in times]
    answer = client.post(
        path,
        content="\n".join(["unique_id,ds,y", *rows]),
        params={"horizon": 3} | ({"model": "mixed"} if path == "/train" else {}),
        headers={"content-type": CSV},
    )
    document = problem(answer)
    assert document["errors"][0]["pointer"] == f"#/file/{len(seconds)}/ds"
    assert "as milliseconds since 1970, and 1704067200 one written as seconds" in document["detail"]
