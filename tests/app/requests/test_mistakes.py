"""Requests that people get wrong in ways of their own, and what is said to them."""

import codecs
import json
from typing import Any

import httpx
import pytest

from tests.support.tiny_models import PASSENGERS

REQUEST = {"series": PASSENGERS, "horizon": 2}


def refuse(client: httpx.Client, body: Any, path: str = "/predict") -> str:
    """Return the detail of the refusal of a request."""
    answer = client.post(path, json=body)
    assert answer.status_code == 422, answer.text
    return str(answer.json()["detail"])


@pytest.mark.parametrize("series", [[[1, 2], [3, 4]], [1, {"values": [1]}], [1, "2"], [True]])
def test_a_list_of_something_else_than_numbers_says_how_series_are_sent(
    client: httpx.Client, series: Any
) -> None:
    detail = refuse(client, {"series": series})
    assert "should be a number, or null if it is missing" in detail
    assert '[{"values": [112, 118, …]}, …]' in detail


@pytest.mark.parametrize("path", ["/predict", "/backtest", "/anomalies", "/train", "/inspect"])
def test_a_field_of_a_series_beside_it_is_shown_its_place(client: httpx.Client, path: str) -> None:
    model = {"model": "tiny"}
    detail = refuse(client, {"series": PASSENGERS, "frequency": "MS", **model}, path)
    assert detail.startswith("#/frequency: belongs into the series: ")
    series = {"values": PASSENGERS, "season_length": 12}
    for given in (series, [series]):
        detail = refuse(client, {"series": given, **model}, path)
        assert "write 'season_length' beside 'series'" in detail


def test_what_is_missing_is_shown_as_it_may_be_sent(client: httpx.Client) -> None:
    for body in ({}, {"series": {"id": "a", "timestamps": ["2024-01-01"]}}):
        assert '{"id": "shop 1", "timestamps": ["2024-01-01", …], ' in refuse(
            client, body, "/actuals"
        )
    assert '{"series": [112, 118, …]}' in refuse(client, {})


def test_a_list_with_too_few_or_too_many_items_says_how_many(client: httpx.Client) -> None:
    asked = {"series": PASSENGERS, "model": "none"}
    few = refuse(client, asked | {"recipe": {"units": []}}, "/train")
    assert few == "#/recipe/units: should have at least 1 item."
    many = refuse(client, asked | {"recipe": {"units": [1] * 9}}, "/train")
    assert many == "#/recipe/units: should have at most 8 items."


def test_a_switch_that_python_writes_is_told_how_json_writes_it(client: httpx.Client) -> None:
    file = {"file": ("table.csv", "y\n1\n2\n3\n")}
    refused = client.post("/predict", files=file, data={"scores": "True"})
    assert refused.json()["detail"] == "#/scores: should be true or false."


def test_a_header_that_is_not_as_it_should_be_is_told_in_words(client: httpx.Client) -> None:
    headers = {"Idempotency-Key": "two words"}
    refused = client.post("/train", json={}, headers=headers).json()
    assert refused["code"] == "parameter_invalid"
    assert "should have 1 to 255 characters of ASCII, and no blanks" in refused["detail"]
    path = "/models/tiny/aliases/none"
    refused = client.put(path, json={"version": 1}, headers={"If-None-Match": '"4-2"'}).json()
    assert refused["detail"].endswith("should be *, or be left out.")


@pytest.mark.parametrize(
    "media_type", ["text/plain;charset=UTF-8", "text/csv", "application/octet-stream"]
)
@pytest.mark.parametrize("path", ["/predict", "/train"])
@pytest.mark.parametrize("series", [PASSENGERS, {"values": PASSENGERS}, [{"values": PASSENGERS}]])
def test_a_document_that_is_sent_as_a_table_is_told_its_media_type(
    client: httpx.Client, media_type: str, path: str, series: Any
) -> None:
    content = json.dumps({"series": series, "horizon": 2})
    as_body = client.post(path, content=content, headers={"content-type": media_type})
    as_file = client.post(path, files={"file": ("request.json", content, media_type)})
    for refused in (as_body, as_file):
        assert (refused.status_code, refused.json()["code"]) == (415, "media_type_unsupported")
        assert "with the header content-type: application/json." in refused.json()["detail"]


@pytest.mark.parametrize(
    "table",
    [
        {"series": ["a"] * 48, "y": PASSENGERS},
        {"series": {str(n): "a" for n in range(48)}, "y": dict(enumerate(PASSENGERS))},
    ],
)
def test_a_table_with_a_column_called_series_is_read(client: httpx.Client, table: Any) -> None:
    headers = {"content-type": "application/octet-stream"}
    params = {"id_col": "series", "target_col": "y"}
    answer = client.post("/predict", content=json.dumps(table), headers=headers, params=params)
    assert answer.status_code == 200, answer.text
    assert answer.json()["forecasts"][0]["id"] == "a"


@pytest.mark.parametrize(
    "written",
    [
        codecs.BOM_UTF8 + json.dumps(REQUEST).encode(),
        json.dumps(REQUEST).encode("utf-16"),
        codecs.BOM_UTF16_BE + json.dumps(REQUEST).encode("utf-16-be"),
    ],
)
def test_a_document_as_windows_writes_it_is_read(client: httpx.Client, written: bytes) -> None:
    headers = {"content-type": "application/json"}
    answer = client.post("/predict", content=written, headers=headers)
    assert answer.json() == client.post("/predict", json=REQUEST).json()


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PATCH", "/models/tiny/aliases/production", "GET, PUT, DELETE"),
        ("POST", "/jobs/1", "GET, DELETE"),
        ("PUT", "/predict", "POST"),
        ("POST", "/page/page.js", "GET, HEAD"),
    ],
)
def test_what_a_path_takes_is_told_whole(
    client: httpx.Client, method: str, path: str, allowed: str
) -> None:
    refused = client.request(method, path)
    assert (refused.status_code, refused.headers["allow"]) == (405, allowed)
