"""Repairs and opening times over HTTP, in JSON bodies, in forms and in addresses."""

import json
from typing import Any

import httpx
import pandas as pd
import pytest

EXCHANGE = {"days": "Mon-Fri", "hours": "10-16", "holidays": ["2024-01-15"]}
HOURS = [
    time.isoformat()
    for time in pd.date_range("2024-01-01", "2024-01-12T23:00", freq="h")
    if time.weekday() < 5 and 10 <= time.hour <= 16
]
TRADED = {"values": [50 + n % 7 for n in range(70)], "timestamps": HOURS}
NEXT = [f"2024-01-16T{hour}:00:00" for hour in range(10, 13)]
DAYS = [f"2024-01-{day:02}" for day in range(1, 31)]
SEVENS = [float(n % 7) for n in range(30)]


def predict(client: httpx.Client, series: Any, **more: Any) -> dict[str, Any]:
    answer = client.post("/predict", json={"series": series, "horizon": 3, **more})
    assert answer.status_code == 200, answer.text
    forecast: dict[str, Any] = answer.json()["forecasts"][0]
    return forecast


def codes(forecast: dict[str, Any]) -> list[tuple[str, int]]:
    return [(note["code"], note["count"]) for note in forecast["notes"]]


def refused(answer: httpx.Response) -> tuple[int, str, str]:
    first = answer.json()["errors"][0]
    return answer.status_code, first["code"], first["pointer"]


def as_csv(series: dict[str, Any]) -> bytes:
    rows = zip(series["timestamps"], series["values"], strict=True)
    return "\n".join(["ds,y", *(f"{ds},{y}" for ds, y in rows)]).encode()


@pytest.mark.parametrize(
    ("repair", "code"),
    [
        ({"order": "sort", "repeated": "sum"}, "timestamps_repeated_merged"),
        ({"order": "sort", "repeated": "first"}, "timestamps_repeated_dropped"),
        (True, "timestamps_repeated_dropped"),
    ],
)
def test_a_repair_is_a_switch_or_choices_in_json_and_in_forms(
    client: httpx.Client, repair: Any, code: str
) -> None:
    series = {"values": [*SEVENS, 3.0], "timestamps": [*DAYS, DAYS[4]]}
    wanted = predict(client, series, repair=repair)
    assert codes(wanted)[:2] == [("timestamps_sorted", 1), (code, 1)]
    file = {"file": ("a.csv", as_csv(series), "text/csv")}
    fields = {"repair": json.dumps(repair), "horizon": "3"}
    in_form = client.post("/predict", data=fields, files=file)
    in_address = client.post(
        "/predict", params=fields, content=file["file"][1], headers={"content-type": "text/csv"}
    )
    for answer in (in_form, in_address):
        assert answer.status_code == 200, answer.text
        assert answer.json()["forecasts"] == [wanted]


def test_a_file_of_several_series_is_not_repaired_into_one(client: httpx.Client) -> None:
    """Case 03: three stores in one file."""
    rows = {"timestamps": DAYS * 3, "values": [n // 30 * 100.0 + n % 7 for n in range(90)]}
    file = {"file": ("a.csv", as_csv(rows), "text/csv")}
    for repair in ("false", "true", '{"order": "sort"}'):
        answer = client.post("/predict", data={"repair": repair}, files=file)
        assert refused(answer) == (422, "timestamps_repeated", "#/file/30/ds")
        assert "several series" in answer.json()["detail"]
        assert "id_col" in answer.json()["detail"]


@pytest.mark.parametrize("path", ["/predict", "/backtest", "/anomalies"])
def test_zeros_and_previous_values_fill_gaps(client: httpx.Client, path: str) -> None:
    values = [None if n == 20 else n % 7 for n in range(30)]
    for gaps in ("zero", "previous"):
        body: dict[str, Any] = {"series": values, "repair": {"gaps": gaps}}
        if path != "/anomalies":
            body["horizon"] = 2
        answer = client.post(path, json=body).json()
        (found,) = answer["forecasts" if path == "/predict" else "series"]
        assert (f"missing_values_{gaps}", 1) in codes(found)
        if path == "/anomalies":
            actual = dict(zip(found["index"], found["actual"], strict=True))
            assert actual[20] == (0 if gaps == "zero" else None)
    body = {"series": values, "repair": {"gaps": "error"}}
    assert refused(client.post(path, json=body)) == (422, "values_missing", "#/series/20")


@pytest.mark.parametrize(
    ("options", "code", "pointer"),
    [
        ({"repair": {"repeated": "median"}}, "literal_error", "#/repair/repeated"),
        ({"repair": {"shuffle": "sort"}}, "extra_forbidden", "#/repair/shuffle"),
        ({"repair": "sort"}, "bool_type", "#/repair"),
        ({"open": {"days": 5}}, "string_type", "#/open/days"),
        ({"open": {"days": ["Mon", 2]}}, "string_type", "#/open/days/1"),
        ({"open": {"days": "Mon-Fun"}}, "opening_unknown", "#/open/days"),
        ({"open": {"hours": "late"}}, "opening_unknown", "#/open/hours"),
        ({"open": {"holidays": ["2024-02-30"]}}, "opening_unknown", "#/open/holidays/0"),
        ({"open": {"hours": "11-16"}}, "timestamps_outside_opening", "#/series/timestamps/0"),
    ],
)
def test_options_that_make_no_sense_are_named(
    client: httpx.Client, options: dict[str, Any], code: str, pointer: str
) -> None:
    answer = client.post("/predict", json={"series": TRADED, "horizon": 3, **options})
    assert refused(answer) == (422, code, pointer)


def test_opening_times_hold_for_a_series_or_for_all(client: httpx.Client) -> None:
    wanted = predict(client, TRADED, open=EXCHANGE)
    assert (wanted["frequency"], wanted["timestamps"]) == ("h", NEXT)
    assert [code for code, _ in codes(wanted)] == ["frequency_differs"]  # it was trained on months
    assert predict(client, TRADED | {"open": EXCHANGE}) == wanted
    assert predict(client, [TRADED | {"open": EXCHANGE}], open={"days": "Sun"}) == wanted
    start = {"values": TRADED["values"], "start": HOURS[0], "frequency": "h"}
    assert predict(client, start, open=EXCHANGE) == wanted
    file = {"file": ("a.csv", as_csv(TRADED), "text/csv")}
    fields = {"open": json.dumps(EXCHANGE), "horizon": "3"}
    answer = client.post("/predict", data=fields, files=file)
    assert answer.json()["forecasts"] == [wanted]


def test_opening_times_that_do_not_apply_are_named_where_they_stand(client: httpx.Client) -> None:
    months = {"values": [1, 2, 3], "start": "2024-01-01", "frequency": "MS"}
    answer = client.post("/predict", json={"series": [months], "open": EXCHANGE})
    assert refused(answer) == (422, "opening_unusable", "#/open")
    answer = client.post("/predict", json={"series": [months | {"open": EXCHANGE}]})
    assert refused(answer) == (422, "opening_unusable", "#/series/0/open")


def test_backtests_and_anomalies_keep_to_opening_times(client: httpx.Client) -> None:
    body = {"series": TRADED, "open": EXCHANGE}
    answer = client.post("/backtest", json={**body, "horizon": 7, "windows": 1}).json()
    assert answer["series"][0]["season_length"] == 7
    assert [HOURS[62], HOURS[63]] == ["2024-01-11T16:00:00", "2024-01-12T10:00:00"]
    assert HOURS[62] in json.dumps(answer["series"][0])
    answer = client.post("/anomalies", json={**body, "last": 10}).json()
    assert answer["series"][0]["timestamps"] == HOURS[-10:]


def test_opening_times_without_dates_are_noted_or_refused(client: httpx.Client) -> None:
    found = predict(client, SEVENS, open=EXCHANGE)
    assert ("opening_not_used", 30) in codes(found)
    answer = client.post("/predict", json={"series": {"values": [1, 2], "open": EXCHANGE}})
    assert refused(answer)[0] == 422


def test_a_series_of_one_row_is_forecast_at_the_frequency_of_the_others(
    client: httpx.Client,
) -> None:
    rows = [f"a,{day},{n % 7}" for n, day in enumerate(DAYS)]
    content = "\n".join(["unique_id,ds,y", "b,2024-01-30,5", *rows]).encode()
    answer = client.post(
        "/predict?horizon=2", content=content, headers={"content-type": "text/csv"}
    )
    first = answer.json()["forecasts"][0]
    assert (first["frequency"], first["timestamps"][0]) == ("D", "2024-01-31T00:00:00")
    assert ("frequency_of_others", 1) in codes(first)
