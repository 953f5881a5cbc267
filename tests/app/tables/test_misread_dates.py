"""Dates that would be misread, or sorted into a calendar that nobody meant, are refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx
import numpy as np
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
    options = {"horizon": 3, "layout": "wide", "id_col": "id"}
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
