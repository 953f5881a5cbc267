"""Dates that would be misread, or sorted into a calendar that nobody meant, are refused."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any

import httpx
import numpy as np
import pandas as pd
import pytest

CSV = {"content-type": "text/csv"}
WEEK = [110, 120, 115, 105, 60, 50, 100]


def values(count: int) -> list[int]:
    return [WEEK[place % 7] + place for place in range(count)]


def predict(client: httpx.Client, dates: Sequence[object], **options: Any) -> httpx.Response:
    rows = zip(dates, values(len(dates)), strict=True)
    body = "ds,y\n" + "".join(f"{date},{value}\n" for date, value in rows)
    return client.post("/predict", content=body, params={"horizon": 3} | options, headers=CSV)


def refused(answer: httpx.Response) -> tuple[str, str]:
    assert answer.status_code == 422, answer.text
    problem = answer.json()
    return problem["code"], problem["detail"]


def days(start: str, count: int) -> list[str]:
    return [str(np.datetime64(start) + place) for place in range(count)]


@pytest.mark.parametrize("separator", ["/", "-"])
@pytest.mark.parametrize(("first", "count"), [(2000, 12), (2000, 13), (2008, 4), (1995, 8)])
def test_years_that_run_into_the_next_are_no_months(
    client: httpx.Client, separator: str, first: int, count: int
) -> None:
    spans = [f"{year}{separator}{(year + 1) % 100:02}" for year in range(first, first + count)]
    code, message = refused(predict(client, spans))
    assert code == "dates_ambiguous"
    assert f"Write the year alone, for example {first}." in message
    wide = f"id,{','.join(spans)}\na,{','.join(map(str, values(count)))}\n"
    options = {"horizon": "3", "layout": "wide", "id_col": "id"}
    asked = client.post("/predict", content=wide, params=options, headers=CSV)
    assert refused(asked)[0] == "dates_ambiguous"
    series = {"values": values(count), "timestamps": spans}
    asked = client.post("/predict", json={"series": series, "horizon": 3})
    assert refused(asked)[0] == "dates_ambiguous"
    assert predict(client, [span[:4] for span in spans]).status_code == 200


def test_months_in_order_stay_months(client: httpx.Client) -> None:
    found = predict(client, ["2008-09", "2008-10", "2008-11", "2008-12", "2009-01"])
    assert found.json()["forecasts"][0]["frequency"] == "MS"


def test_a_frequency_that_only_misreading_gives_has_to_be_named(client: httpx.Client) -> None:
    spans = [f"{year}-{year % 100 + 1:02}-01" for year in range(2000, 2012)]
    code, message = refused(predict(client, spans))
    assert (code, "13 months apart" in message) == ("timestamps_irregular", True)
    assert predict(client, spans, frequency="13MS").status_code == 200


def exchanged(day: str) -> str:
    """Return the day as a spreadsheet reads it that takes the other order for granted."""
    year, month, number = day.split("-")
    return f"{year}-{number}-{month}" if int(number) <= 12 else day


@pytest.mark.parametrize("repair", ["false", "true"])
@pytest.mark.parametrize("count", [40, 300])
def test_days_and_months_that_a_spreadsheet_swapped_are_named(
    client: httpx.Client, count: int, repair: str
) -> None:
    given = days("2024-01-01", count)
    code, message = refused(predict(client, list(map(exchanged, given)), repair=repair))
    assert (code, "order" in message) == ("timestamps_not_rising", False)
    assert "line 3: 2024-02-01T00:00:00 seems to be 2024-01-02: days and months are" in message
    assert predict(client, given).status_code == 200


@pytest.mark.parametrize("repair", ["false", "true"])
def test_a_year_that_was_not_counted_on_is_not_sorted(client: httpx.Client, repair: str) -> None:
    given = [day.replace("2025", "2024") for day in days("2024-12-01", 40)]
    code, message = refused(predict(client, given, repair=repair))
    assert (code, "send" in message.split("before you")[0]) == ("timestamps_not_rising", False)
    assert "line 33" in message


@pytest.mark.parametrize("newest_first", [False, True])
@pytest.mark.parametrize("repair", ["false", "true"])
@pytest.mark.parametrize("typo", ["2042-01-31", "2025-01-31", "2024-03-03", "2023-01-31"])
def test_one_mistyped_date_is_named_with_its_neighbours(
    client: httpx.Client, typo: str, repair: str, newest_first: bool
) -> None:
    given = days("2024-01-01", 60)
    given[30] = typo
    if newest_first:
        given = given[::-1]
    code, message = refused(predict(client, given, repair=repair))
    line = 2 + given.index(typo)
    neighbours = [f"{given[line - 3]}T00:00:00", f"{given[line - 1]}T00:00:00"]
    assert code == "timestamps_not_rising"
    assert f"line {line}: The timestamp {typo}T00:00:00 stands after {neighbours[0]}" in message
    assert f"before {neighbours[1]}" in message


def test_rows_in_any_order_are_still_sorted(client: httpx.Client) -> None:
    given = days("2024-01-01", 60)
    shuffled = np.random.default_rng(1).permutation(given).tolist()
    open_days = [day for day in given if np.is_busday(day)]
    for rows in (shuffled, given[30:] + given[:30], open_days[20:] + open_days[:20]):
        code, message = refused(predict(client, rows))
        assert (code, '"order": "sort"' in message) == ("timestamps_not_rising", True)
        assert predict(client, rows, repair="true").status_code == 200


@pytest.mark.parametrize("repair", ["false", "true"])
@pytest.mark.parametrize(
    ("given", "line"),
    [
        ([*days("2024-01-01", 60), "2024-12-31"], 62),
        (["2023-01-01", *days("2024-01-01", 60)], 2),
        ([*days("2024-01-01", 20), *days("2024-03-01", 100)], 21),
    ],
)
def test_a_gap_longer_than_what_was_observed_beside_it_is_refused(
    client: httpx.Client, given: list[str], line: int, repair: str
) -> None:
    code, message = refused(predict(client, given, repair=repair))
    assert (code, f"line {line}: " in message) == ("gap_too_long", True)
    assert predict(client, given, repair='{"gaps": "zero"}').status_code == 200


def test_gaps_that_are_usual_or_well_observed_are_filled(client: httpx.Client) -> None:
    ends = days("2024-01-01", 100) + days("2024-07-01", 100)
    sales = np.cumsum([1, 1, 1, 14, 1, 1, 16, 1, 1, 1, 12, 1, 1, 1, 1, 15, 1])
    rare = [str(np.datetime64("2024-01-01") + int(sale)) for sale in sales]
    for given in (ends, rare):
        assert predict(client, given).status_code == 200


@pytest.mark.parametrize("repair", ["false", "true"])
@pytest.mark.parametrize(
    "given",
    [
        [*range(1, 13), 1, 2, 3],
        [*range(1, 53), *range(1, 9)],
        [*range(24), *range(6)],
        [*range(7, 13), *range(1, 7)],
        [*range(1, 32), *range(1, 30), *range(1, 32)],
    ],
)
def test_counts_that_begin_again_are_no_steps(
    client: httpx.Client, given: list[int], repair: str
) -> None:
    code, message = refused(predict(client, given, repair=repair))
    assert (code, "repair" in message) == ("steps_irregular", False)
    assert "Write dates that say the year too" in message


@pytest.mark.parametrize("repair", ["false", "true"])
@pytest.mark.parametrize(("frequency", "count"), [("D", 400), ("MS", 40), ("QS", 40)])
def test_local_midnights_in_utc_need_their_time_zone(
    client: httpx.Client, frequency: str, count: int, repair: str
) -> None:
    local = pd.date_range("2023-01-01", periods=count, freq=frequency, tz="Europe/Berlin")
    given = local.tz_convert("UTC").strftime("%Y-%m-%dT%H:%M:%SZ").tolist()
    code, message = refused(predict(client, given, repair=repair))
    assert (code, "snap" in message) == ("timestamps_irregular", False)
    assert "Name the timezone of the series" in message
    found = predict(client, given, repair=repair, timezone="Europe/Berlin")
    assert found.json()["forecasts"][0]["timestamps"][0][10:19] == "T00:00:00"


@pytest.mark.parametrize(
    "given",
    [
        [f"2023-{month:02}-{14 + month * 7 % 3}" for month in range(1, 13)],
        ["2023-01-03", *(f"2023-{month:02}-01" for month in (2, 3)), "2023-04-03", "2023-05-01"],
    ],
)
def test_months_on_changing_days_can_be_moved_to_their_first(
    client: httpx.Client, given: list[str]
) -> None:
    code, message = refused(predict(client, given))
    assert code == "timestamps_irregular"
    assert 'send the frequency MS and repair as {"jitter": "snap"}' in message
    found = predict(client, given, frequency="MS", repair='{"jitter": "snap"}').json()
    following = str(np.datetime64(given[-1][:7]) + 1)
    assert found["forecasts"][0]["timestamps"][0] == f"{following}-01T00:00:00"
    assert predict(client, [day[:7] for day in given]).status_code == 200


@pytest.mark.parametrize("kind", ["parquet", "arrow"])
def test_periods_are_not_read_as_the_whole_numbers_that_files_hold(
    client: httpx.Client, kind: str
) -> None:
    frame = pd.DataFrame({"month": pd.period_range("2019-01", periods=36, freq="M")})
    frame = frame.assign(y=values(36), since=frame["month"])
    for given, status in ((frame, 422), (frame.assign(ds=frame["month"].dt.to_timestamp()), 200)):
        content = BytesIO()
        given.to_parquet(content) if kind == "parquet" else given.to_feather(content)
        query = {"horizon": 3} | ({"time_col": "month"} if status == 422 else {})
        files = {"file": (f"months.{kind}", content.getvalue())}
        answer = client.post("/predict", files=files, params=query)
        assert answer.status_code == status, answer.text
        if status == 422:
            code, message = refused(answer)
            assert (code, "'month' holds periods of pandas" in message) == ("column_type", True)
