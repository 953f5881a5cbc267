"""`POST /backtest` and `/anomalies` read what `/predict` reads, and answer as tables like it."""

from typing import Any

import httpx
import pyarrow as pa
import pytest
from pydantic import BaseModel

from app.anomalies.schemas import AnomaliesResponse
from app.backtest.schemas import BacktestResponse
from tests.app.tables.test_tables import (
    ARROW,
    CSV,
    PARQUET,
    as_arrow,
    as_csv,
    as_parquet,
    long,
    read,
)
from tests.support.tiny_models import PASSENGERS

BACKTEST, ANOMALIES = "/backtest", "/anomalies"
OPTIONS: dict[str, dict[str, Any]] = {
    BACKTEST: {"horizon": 3, "windows": 2, "step": 2, "levels": [50, 80]},
    ANOMALIES: {"level": 90, "last": 4},
}
SCHEMAS: dict[str, type[BaseModel]] = {BACKTEST: BacktestResponse, ANOMALIES: AnomaliesResponse}
BOTH = pytest.mark.parametrize("path", [BACKTEST, ANOMALIES])
MONTHS = {"start": "1949-01-01", "frequency": "MS"}


def post(client: httpx.Client, path: str, series: Any, accept: str = "*/*", **more: Any) -> Any:
    body = {"series": series, **OPTIONS[path], **more}
    return client.post(path, json=body, headers={"accept": accept})


def ok(answer: httpx.Response, path: str) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    SCHEMAS[path].model_validate_json(answer.content)
    found: dict[str, Any] = answer.json()
    return found


def refused(answer: httpx.Response) -> tuple[int, str, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    document = answer.json()
    return answer.status_code, document["code"], document["errors"][0]["pointer"]


def as_text(options: dict[str, Any]) -> dict[str, str]:
    lists = {name: value for name, value in options.items() if isinstance(value, list)}
    texts = {name: ",".join(map(str, value)) for name, value in lists.items()}
    return {name: str(value) for name, value in options.items()} | texts


SERIES = [
    {"id": "b", "values": PASSENGERS, **MONTHS},
    {"id": "a", "values": PASSENGERS[:30], **MONTHS},
]


@BOTH
def test_an_upload_may_have_options_in_the_address_too(client: httpx.Client, path: str) -> None:
    """The OpenAPI page sends both."""
    wanted = ok(post(client, path, SERIES), path)
    fields = as_text(OPTIONS[path])
    first = dict([next(iter(fields.items()))])
    file = {"file": ("long.csv", as_csv(long()), CSV)}
    for data, params in ((fields, first), ({}, fields)):
        assert ok(client.post(path, files=file, data=data, params=params), path) == wanted
    name, text = next(iter(first.items()))
    answer = client.post(path, files=file, data=fields, params={name: f"{text}0"})
    assert refused(answer) == (422, "request_invalid", f"#/{name}")


@BOTH
def test_a_table_is_answered_as_the_same_series_in_json(client: httpx.Client, path: str) -> None:
    wanted = ok(post(client, path, SERIES), path)
    query = as_text(OPTIONS[path])
    for content, media_type in (
        (as_csv(long()), CSV),
        (as_parquet(long()), PARQUET),
        (as_arrow(long()), ARROW),
    ):
        headers = {"content-type": media_type}
        alone = client.post(path, content=content, params=query, headers=headers)
        upload = client.post(path, files={"file": ("x", content, media_type)}, data=query)
        assert ok(alone, path) == ok(upload, path) == wanted


@BOTH
def test_dates_in_disorder_are_repaired_and_noted(client: httpx.Client, path: str) -> None:
    order = [*range(10), 11, 10, *range(12, 48), 47]
    dates = [f"{1949 + n // 12}-{n % 12 + 1:02}-01" for n in order]
    series = {"id": "b", "values": [PASSENGERS[n] for n in order], "timestamps": dates}
    assert refused(post(client, path, series)) == (
        *(422, "timestamps_not_rising", "#/series/timestamps/11"),
    )
    (found,) = ok(post(client, path, series, repair=True), path)["series"]
    codes = [note["code"] for note in found["notes"]]
    assert codes == ["timestamps_sorted", "timestamps_repeated_dropped"]
    assert found | {"notes": []} == ok(post(client, path, SERIES[0]), path)["series"][0]


@BOTH
def test_bad_series_do_not_fail_the_others(client: httpx.Client, path: str) -> None:
    bad = [
        {"id": "text", "values": [1, "2"]},
        {"id": "short", "values": [1, 2, 3, 4]},
        {"id": "bounds", "values": PASSENGERS, "lower": 5, "upper": 4},
    ]
    many = [bad[0], SERIES[0], *bad[1:], SERIES[1]]
    assert refused(post(client, path, many))[2] == "#/series/0/values/1"
    found = ok(post(client, path, many, on_error="partial"), path)
    wanted = ok(post(client, path, SERIES), path)
    assert [found["series"][1], found["series"][4]] == wanted["series"]
    assert found.get("overall") == wanted.get("overall")
    faults = [(one["id"], one["error"]) for one in found["series"] if "error" in one]
    assert [(name, error["code"], error["pointer"]) for name, error in faults] == [
        ("text", "float_type", "#/series/0/values/1"),
        ("short", "series_too_short", "#/series/2"),
        ("bounds", "bounds_crossed", "#/series/3/upper"),
    ]
    none_left = post(client, path, bad[1:], on_error="partial")
    assert refused(none_left) == (422, "series_too_short", "#/series/0")


@BOTH
def test_a_series_of_a_file_that_fails_is_named_by_its_first_row(
    client: httpx.Client, path: str
) -> None:
    frame = long()
    content = as_csv(frame[(frame.unique_id == "b") | (frame.index < len(PASSENGERS) + 3)])
    query = as_text(OPTIONS[path])
    headers = {"content-type": CSV, "accept": PARQUET}
    failed = client.post(path, content=content, params=query, headers=headers)
    assert refused(failed) == (422, "series_too_short", "#/file/48")
    query["on_error"] = "partial"
    table = read(client.post(path, content=content, params=query, headers=headers))
    assert table["unique_id"].to_pylist() == ["b"] * (table.num_rows - 1) + ["a"]
    *none, error = table["error"].to_pylist()
    assert error.startswith("series_too_short: ")
    assert set(none) == {None}
    assert table["y"].to_pylist()[-1] is None


def column(table: pa.Table, name: str) -> list[Any]:
    values = table[name].to_pylist()
    return [value.isoformat() if hasattr(value, "isoformat") else value for value in values]


def as_written(dates: list[str], media_type: str) -> list[str]:
    """Return dates of days as a table has them: CSV writes them without a time."""
    if media_type != CSV:
        return dates
    return [date.removesuffix("T00:00:00") for date in dates]


@pytest.mark.parametrize("media_type", [CSV, PARQUET, ARROW])
def test_a_backtest_as_a_cross_validation_frame(client: httpx.Client, media_type: str) -> None:
    wanted = ok(post(client, BACKTEST, SERIES), BACKTEST)
    table = read(post(client, BACKTEST, SERIES, accept=media_type))
    assert table.column_names == [
        *("unique_id", "ds", "cutoff", "y", "model", "seasonal_naive", "theta"),
        *("lower-50", "upper-50", "lower-80", "upper-80"),
    ]
    windows = [window for one in wanted["series"] for window in one["windows"]]
    assert column(table, "unique_id") == ["b"] * 6 + ["a"] * 6
    dates = [date for window in windows for date in window["timestamps"]]
    assert column(table, "ds") == as_written(dates, media_type)
    cutoffs = [cutoff for window in windows for cutoff in [window["cutoff_timestamp"]] * 3]
    assert column(table, "cutoff") == as_written(cutoffs, media_type)
    assert column(table, "y") == [y for window in windows for y in window["actual"]]
    for method in ("model", "seasonal_naive", "theta"):
        points = [y for window in windows for y in window["forecasts"][method]["point"]]
        assert column(table, method) == pytest.approx(points)
    bands = [window["forecasts"]["model"]["intervals"]["80"] for window in windows]
    assert column(table, "upper-80") == pytest.approx([y for band in bands for y in band["upper"]])
    if media_type != CSV:
        assert b'"mase"' in table.schema.metadata[b"scores"]


@pytest.mark.parametrize("media_type", [CSV, PARQUET, ARROW])
def test_anomalies_as_a_table(client: httpx.Client, media_type: str) -> None:
    series = [SERIES[0] | {"values": [*PASSENGERS[:-1], None]}, SERIES[1]]
    wanted = ok(post(client, ANOMALIES, series), ANOMALIES)["series"]
    table = read(post(client, ANOMALIES, series, accept=media_type))
    assert table.column_names == [
        *("unique_id", "ds", "y", "expected", "lower", "upper", "outside", "score"),
    ]
    dates = [date for one in wanted for date in one["timestamps"]]
    assert column(table, "ds") == as_written(dates, media_type)
    for name, in_json in {"y": "actual", "score": "score", "outside": "outside"}.items():
        assert column(table, name) == [value for one in wanted for value in one[in_json]]
    assert column(table, "lower") == pytest.approx([y for one in wanted for y in one["lower"]])


def test_series_without_dates_count_steps(client: httpx.Client) -> None:
    series = [{"values": [None, *PASSENGERS]}, SERIES[0]]
    table = read(post(client, BACKTEST, series, accept=ARROW))
    assert column(table, "unique_id") == [None] * 6 + ["b"] * 6
    assert column(table, "ds")[:6] == [None] * 6
    assert column(table, "step") == [1, 2, 3] * 4
    assert column(table, "cutoff") == [44] * 3 + [46] * 3 + [43] * 3 + [45] * 3
    table = read(post(client, ANOMALIES, series[:1], accept=ARROW))
    assert column(table, "index") == [45, 46, 47, 48]
    assert "ds" not in table.column_names


def test_times_come_back_in_their_zone(client: httpx.Client) -> None:
    days = {"values": PASSENGERS, "start": "2024-03-01", "frequency": "D"}
    series = days | {"timezone": "Europe/Berlin"}
    for path in (BACKTEST, ANOMALIES):
        dates = read(post(client, path, series, accept=PARQUET))["ds"]
        assert dates.type == pa.timestamp("us", "Europe/Berlin")
        assert dates[-1].as_py().isoformat() == "2024-04-17T00:00:00+02:00"


def test_a_table_of_forecasts_that_were_left_out_is_refused(client: httpx.Client) -> None:
    answer = post(client, BACKTEST, SERIES, accept=CSV, forecasts=False)
    assert refused(answer) == (422, "forecasts_left_out", "#/forecasts")
    assert post(client, ANOMALIES, SERIES, accept="text/html").status_code == 406


def test_windows_are_forecast_within_the_bounds_that_predict_keeps(client: httpx.Client) -> None:
    bounds: dict[str, Any] = {"integer": True, "upper": 250}
    found = ok(post(client, BACKTEST, SERIES[0] | {"upper": 245}, **bounds), BACKTEST)
    for window in found["series"][0]["windows"]:
        known = SERIES[0] | {"values": PASSENGERS[: window["cutoff"]], "upper": 245}
        asked = {"series": known, "horizon": 3, "levels": [50, 80], **bounds}
        (expected,) = client.post("/predict", json=asked).json()["forecasts"]
        assert window["forecasts"]["model"]["point"] == expected["point"]
        assert window["forecasts"]["model"]["intervals"] == expected["intervals"]
        assert max(expected["intervals"]["80"]["upper"]) <= 245
    answer = post(client, BACKTEST, SERIES[0], upper=200)
    assert refused(answer) == (422, "value_out_of_bounds", "#/series/values/41")


def test_a_value_that_cannot_be_is_an_anomaly(client: httpx.Client) -> None:
    body: dict[str, Any] = {"warm_up": 40, "last": 8, "upper": 230, "integer": True}
    (found,) = ok(post(client, ANOMALIES, SERIES[0], **body), ANOMALIES)["series"]
    assert set(found["anomalies"]) >= {43}
    assert PASSENGERS[43] > max(found["upper"]) <= 230
    assert all(value == round(value) for value in found["expected"] + found["lower"])


@BOTH
def test_options_beside_a_table_that_make_no_sense(client: httpx.Client, path: str) -> None:
    headers = {"content-type": CSV}
    for query, pointer in (
        ({"horizont": "3"}, "#/horizont"),
        ({"repair": "maybe"}, "#/repair"),
        ({"version": "0"}, "#/version"),
        ({"timezone": "Mars/Base"}, "#/timezone"),
        ({"frequency": "x" * 40}, "#/frequency"),
        ({"series": "[1, 2]"}, "#/series"),
    ):
        in_query = client.post(path, content=as_csv(long()), params=query, headers=headers)
        in_form = client.post(path, files={"file": ("a.csv", as_csv(long()))}, data=query)
        assert {refused(answer)[::2] for answer in (in_query, in_form)} == {(422, pointer)}


@BOTH
def test_options_that_are_left_empty_are_left_out(client: httpx.Client, path: str) -> None:
    file = {"file": ("a.csv", as_csv(long()))}
    query = {"open": "", "version": " ", "upper": "900"}
    sent = client.post(path, files=file, data={"upper": "", "repair": " "}, params=query)
    plain = client.post(path, files=file, data={"upper": "900"})
    assert (sent.status_code, sent.json()) == (200, plain.json())


@pytest.mark.parametrize("path", ["/predict", "/backtest", "/anomalies", "/inspect", "/train"])
def test_options_in_the_address_of_a_document_are_not_ignored(
    client: httpx.Client, path: str
) -> None:
    for query in ("horizon=2", "horizn=2", "model=foo&horizon=2"):
        answer = client.post(f"{path}?{query}", json={"series": PASSENGERS})
        name = query.partition("=")[0]
        assert refused(answer) == (422, "option_outside_document", f"#/{name}")
        assert f"write '{name}' into it" in answer.json()["detail"]
    assert client.post("/predict?horizon=", json={"series": PASSENGERS}).status_code == 200


def test_whole_numbers_with_gaps_and_in_disorder_are_repaired(client: httpx.Client) -> None:
    steps = [n for n in range(len(PASSENGERS)) if n not in {7, 20, 21}]
    rows = [f"{10 + 2 * n},{PASSENGERS[n]}" for n in (*steps[:5], steps[6], steps[5], *steps[7:])]
    content = "\n".join(["ds,y", *rows])
    headers = {"content-type": CSV}
    answer = client.post("/predict", content=content, headers=headers)
    assert refused(answer) == (422, "steps_irregular", "#/file/5/ds")
    answer = client.post("/predict?repair=true", content=content, headers=headers)
    values = [y if n in steps else None for n, y in enumerate(PASSENGERS)]
    (found,) = answer.json()["forecasts"]
    (wanted,) = client.post("/predict", json={"series": values}).json()["forecasts"]
    assert found["point"] == wanted["point"]
    codes = {note["code"]: note["count"] for note in found["notes"]}
    assert codes == {"timestamps_sorted": 1, "missing_dates_added": 3, "missing_values_filled": 3}
    odd = client.post("/predict?repair=true", content=content + "\n13,5", headers=headers)
    assert refused(odd) == (422, "steps_irregular", "#/file/45/ds")
    far = client.post("/predict?repair=true", content=content + "\n99999,5", headers=headers)
    assert refused(far)[1] == "steps_irregular"
    far = client.post("/predict?repair=true", content=content + "\n100000,5", headers=headers)
    assert refused(far) == (422, "gap_too_long", "#/file/45/ds")
