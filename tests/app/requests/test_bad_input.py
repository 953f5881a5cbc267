"""A bad request gets a problem document that names the place, and never a 500."""

import json
from typing import Any

import httpx
import numpy as np
import pytest

from tests.support.service import Service
from tests.support.tiny_models import PASSENGERS

JSON = {"content-type": "application/json"}


def problem(answer: httpx.Response) -> dict[str, Any]:
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    assert document["status"] == answer.status_code
    assert document["request_id"] == answer.headers["x-request-id"]
    assert document["detail"]
    return document


def passengers(**changes: Any) -> dict[str, Any]:
    """The body of a request to forecast the passengers, with other fields changed."""
    return {"series": {"values": PASSENGERS}, **changes}


def raw(series: str) -> str:
    """The text of a body whose series is written as given."""
    return f'{{"series": {series}}}'


@pytest.mark.parametrize(
    ("body", "status", "code", "pointer"),
    [
        (raw("[]"), 422, "series_empty", "#/series"),
        (raw("[null, null]"), 422, "series_all_missing", "#/series"),
        (raw("[1, 2, NaN]"), 422, "finite_number", "#/series/2"),
        (raw("[1, Infinity]"), 422, "finite_number", "#/series/1"),
        (raw("[1, 1e400]"), 422, "finite_number", "#/series/1"),
        (raw("[1, " + "9" * 400 + "]"), 422, "finite_number", "#/series/1"),
        (raw("[1, 1e200]"), 422, "value_too_large", "#/series/1"),
        (raw('[1, "2"]'), 422, "float_type", "#/series/1"),
        (raw("[1, true]"), 422, "float_type", "#/series/1"),
        (raw("[1, [2]]"), 422, "float_type", "#/series/1"),
        (raw('"1,2,3"'), 422, "list_type", "#/series"),
        (raw("null"), 422, "list_type", "#/series"),
        (raw('{"values": [1, "2"]}'), 422, "float_type", "#/series/values/1"),
        (raw('[{"values": [1, 2]}, {"values": []}]'), 422, "series_empty", "#/series/1/values"),
        (raw('[{"values": [1, 2]}, 3]'), 422, "model_type", "#/series/1"),
        (raw('{"values": [1, 2], "name": "a"}'), 422, "extra_forbidden", "#/series/name"),
        (raw('{"values": [1, 2], "start": "2024-01-01"}'), 422, "value_error", "#/series"),
        ("{}", 422, "missing", "#/series"),
        ("[]", 422, "model_type", "#"),
        (passengers(horizon=0), 422, "greater_than_equal", "#/horizon"),
        (passengers(horizon=-1), 422, "greater_than_equal", "#/horizon"),
        (passengers(horizon=10**9), 422, "horizon_too_long", "#/horizon"),
        (passengers(horizon=10**30), 422, "horizon_too_long", "#/horizon"),
        (passengers(horizon="12"), 422, "int_type", "#/horizon"),
        (passengers(horizon=True), 422, "int_type", "#/horizon"),
        (passengers(horizon=10_000, quantiles=[n / 1000 for n in range(1, 100)]) | {
            "series": [{"values": PASSENGERS}] * 10
        }, 422, "answer_too_large", "#/horizon"),
        (passengers(quantiles=[0]), 422, "greater_than", "#/quantiles/0"),
        (passengers(quantiles=[0.5, 1.5]), 422, "less_than", "#/quantiles/1"),
        (passengers(levels=[100]), 422, "less_than_equal", "#/levels/0"),
        (passengers(levels=[0.9]), 422, "level_not_in_percent", "#/levels/0"),
        (passengers(levels=[80, 0.95]), 422, "level_not_in_percent", "#/levels/1"),
        (passengers(levels=[80], model="plain"), 422, "quantiles_not_available", "#/levels"),
        (passengers(quantiles=[0.5], model="plain"), 422, "quantiles_not_available", "#/quantiles"),
        (passengers(lower=5, upper=4), 422, "bounds_crossed", "#/upper"),
        (passengers(lower=0.2, upper=0.8, integer=True), 422, "bounds_crossed", "#/upper"),
        (passengers(upper=150), 422, "value_out_of_bounds", "#/series/values/18"),
        (passengers(upper=4) | {"series": [1, None, 5]}, 422, "value_out_of_bounds", "#/series/2"),
        (
            passengers(non_negative=True) | {"series": [1, -1]},
            422,
            "value_out_of_bounds",
            "#/series/1",
        ),
        (raw('[1, 2], "lower": NaN'), 422, "finite_number", "#/lower"),
        (passengers(lower="0"), 422, "float_type", "#/lower"),
        (passengers(integer=1), 422, "bool_type", "#/integer"),
        (passengers(on_error="ignore"), 422, "literal_error", "#/on_error"),
        (passengers(on_error="partial", horizon=0), 422, "greater_than_equal", "#/horizon"),
        (
            passengers(on_error="partial", horizon=0) | {"series": [{"values": 1}]},
            422,
            "greater_than_equal",
            "#/horizon",
        ),
        (raw('[1, "2"], "on_error": "partial"'), 422, "float_type", "#/series/1"),
        (passengers(temperature=0.7), 422, "extra_forbidden", "#/temperature"),
        (passengers(model="../tiny"), 422, "string_pattern_mismatch", "#/model"),
        (passengers(version=0), 422, "greater_than_equal", "#/version"),
        (passengers(model="none"), 404, "model_not_found", None),
        (passengers(version=77), 404, "version_not_found", None),
        (passengers(version="staging"), 404, "version_not_found", None),
        ("{not json", 400, "body_not_json", None),
        ("", 400, "body_not_json", None),
        (b'{"series": [1, 2], "model": "\xff"}', 400, "body_not_json", None),
        ("[" * 100_000, 400, "body_not_json", None),
    ],
)  # fmt: skip
def test_bad_requests(
    client: httpx.Client,
    body: str | bytes | dict[str, Any],
    status: int,
    code: str,
    pointer: str | None,
) -> None:
    content = json.dumps(body) if isinstance(body, dict) else body
    answer = client.post("/predict", content=content, headers=JSON)
    document = problem(answer)
    codes = {document["code"], *(error["code"] for error in document["errors"])}
    assert (answer.status_code, code in codes) == (status, True), document
    if pointer is not None:
        assert pointer in [error["pointer"] for error in document["errors"]], document


@pytest.mark.parametrize(
    ("timestamps", "code", "pointer"),
    [
        (["2024-01-01", "2024-01-02"], "timestamps_do_not_match_values", "timestamps"),
        (["2024-01-01", "2024-01-03", "2024-01-02"], "timestamps_not_rising", "timestamps/2"),
        (["2024-01-01", "2024-01-01", "2024-01-02"], "timestamps_repeated", "timestamps/1"),
        (["2024-01-01", "2024-01-02", "2024-01-09"], "timestamps_irregular", "timestamps"),
        (["2024-01-01", "2024-01-02", "later"], "timestamp_invalid", "timestamps/2"),
        (["2024-01-01", "2024-01-02", ""], "timestamp_invalid", "timestamps/2"),
        (
            ["2024-01-01", "2024-01-02T00:00Z", "2024-01-03"],
            "timestamps_mixed_zones",
            "timestamps/1",
        ),
    ],
)
def test_bad_timestamps(
    client: httpx.Client, timestamps: list[str], code: str, pointer: str
) -> None:
    series = {"values": [1, 2, 4], "timestamps": timestamps}
    document = problem(client.post("/predict", json={"series": series}))
    assert document["code"] == code
    assert document["errors"][0]["pointer"] == f"#/series/{pointer}"


def test_forty_million_points_are_refused_by_size(service: Service) -> None:
    body = b'{"series": [' + b"1," * 40_000_000 + b"2]}"
    with service.client() as client:
        answer = client.post("/predict", content=body, headers=JSON)
    assert problem(answer)["code"] == "body_too_large"
    assert answer.status_code == 413


def test_a_body_without_a_length_is_counted_as_it_comes(service: Service) -> None:
    def chunks() -> Any:
        yield b'{"series": ['
        for _ in range(80):
            yield b"1," * 500_000

    with service.client() as client:
        answer = client.post("/predict", content=chunks(), headers=JSON)
    assert (answer.status_code, problem(answer)["code"]) == (413, "body_too_large")


@pytest.mark.parametrize(
    ("media_type", "said"),
    [
        ("image/png", "Bodies of the media type image/png are not read."),
        ("application/x-www-form-urlencoded", "add -H 'content-type: application/json'."),
        ("", "The header content-type, which says what the body is, is missing."),
    ],
)
def test_a_body_of_a_media_type_that_is_not_read(
    client: httpx.Client, media_type: str, said: str
) -> None:
    headers = {"content-type": media_type} if media_type else {}
    answer = client.post("/predict", content="1,2,3", headers=headers)
    assert (answer.status_code, problem(answer)["code"]) == (415, "media_type_unsupported")
    assert said in answer.json()["detail"]
    assert "curl -F file=@table.csv" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("body", "pointer", "said"),
    [
        ({"horizn": 3}, "horizn", "Did you mean 'horizon'? Known are "),
        ({"series": [{"values": [1, 2], "strt": "2024"}]}, "series/0/strt", "mean 'start'?"),
        ({"repair": {"ordr": "sort"}}, "repair/ordr", "Did you mean 'order'? Known are order, "),
        ({"open": {"dayz": "Mon"}}, "open/dayz", "Did you mean 'days'? Known are days, hours"),
        ({"repair": "yes"}, "repair", "true or false, or an object with fields among order, "),
        ({"open": 3}, "open", "should be an object with fields among days, hours, holidays"),
        ({"series": "1,2"}, "series", "should be a list, or an object with fields among values"),
        ({"version": 1.5}, "version", "should be a whole number, or a text"),
        ({"model": "My model"}, "model", "lower case letters, digits, '-', '_' or '.'"),
    ],
)
def test_a_mistake_is_explained(
    client: httpx.Client, body: dict[str, Any], pointer: str, said: str
) -> None:
    answer = client.post("/predict", json={"series": [1, 2, 3]} | body)
    assert answer.status_code == 422
    (mistake,) = problem(answer)["errors"]
    assert mistake["pointer"] == f"#/{pointer}"
    assert said in mistake["detail"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"time_colum": "ds"}, "Did you mean 'time_col'?"),
        ({"repair": "yes"}, "should be true or false, or an object"),
        ({"delimiter": "x"}, "the word `tab`"),
    ],
)
def test_a_mistake_beside_a_table_is_explained(
    client: httpx.Client, options: dict[str, str], said: str
) -> None:
    file = {"file": ("a.csv", "ds,y\n2024-01-01,1\n2024-01-02,2\n")}
    in_form = client.post("/predict", files=file, data=options)
    for answer in (in_form, client.post("/predict", files=file, params=options)):
        assert answer.status_code == 422
        assert said in problem(answer)["detail"]


def test_a_recipe_is_explained(client: httpx.Client) -> None:
    for recipe, said in (({"unitz": [8]}, "mean 'units'?"), (5, "'fine-tune', or an object with")):
        answer = client.post("/train", json={"model": "a", "series": [1, 2], "recipe": recipe})
        assert said in problem(answer)["detail"]


RECORDS = [{"ds": f"2024-01-0{day}", "y": day} for day in range(1, 9)]


@pytest.mark.parametrize(
    "body", [{"ds": ["2024-01-01"], "y": [1]}, {"data": RECORDS}, {"series": RECORDS}]
)
def test_a_table_in_a_document_is_told_how_to_be_sent(
    client: httpx.Client, body: dict[str, Any]
) -> None:
    detail = problem(client.post("/predict", json=body))["detail"]
    assert '[{"ds": "2024-01-01", "y": 112}, …]' in detail
    assert "curl -F file=@table.csv" in detail
    assert client.post("/predict", json=RECORDS).status_code == 200


def test_unknown_paths_and_methods_are_problems_too(client: httpx.Client) -> None:
    assert problem(client.get("/forecast"))["code"] == "not_found"
    assert problem(client.get("/predict"))["code"] == "method_not_allowed"
    assert problem(client.get("/jobs/none"))["code"] == "job_not_found"
    assert problem(client.get("/models/none"))["code"] == "model_not_found"
    assert problem(client.get("/models/tiny/versions/9"))["code"] == "version_not_found"
    assert problem(client.get("/models/tiny/versions/one"))["status"] == 422


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"model": "m", "series": [1, 2, 3], "recipe": "prophet"}, "#/recipe"),
        ({"model": "m", "series": [1, 2, 3], "recipe": {"units": [0]}}, "#/recipe/units/0"),
        ({"model": "m", "series": [1, 2, 3], "horizon": 0}, "#/horizon"),
        ({"model": "Not A Name", "series": [1, 2, 3]}, "#/model"),
        ({"series": [1, 2, 3]}, "#/model"),
        ({"model": "m", "series": []}, "#/series"),
        ({"model": "m", "series": [{"id": "a", "values": [1, 2]}] * 2}, "#/series/1/id"),
    ],
)
def test_bad_training_requests(client: httpx.Client, body: dict[str, Any], pointer: str) -> None:
    before = client.get("/jobs").json()
    answer = client.post("/train", json=body)
    document = problem(answer)
    assert answer.status_code == 422
    assert pointer in [error["pointer"] for error in document["errors"]], document
    assert client.get("/jobs").json() == before


@pytest.mark.parametrize("path", ["/predict", "/backtest", "/anomalies", "/train"])
def test_a_body_full_of_faults_gets_a_short_answer(client: httpx.Client, path: str) -> None:
    body = {f"key-{n}": n for n in range(100_000)} | {"recipe": {"units": [""] * 100_000}}
    answer = client.post(path, json=body)
    assert (answer.status_code, problem(answer)["code"]) == (422, "request_invalid")
    assert len(answer.content) < 10_000


def test_the_service_goes_on_serving(client: httpx.Client) -> None:
    assert client.post("/predict", json={"series": PASSENGERS}).status_code == 200
    assert client.get("/health").json()["status"] == "ok"


def test_a_request_id_is_kept_if_sane(client: httpx.Client) -> None:
    sane = client.get("/health/live", headers={"x-request-id": "abc-1"})
    assert sane.headers["x-request-id"] == "abc-1"
    wild = client.get("/health/live", headers={"x-request-id": "a b\t<script>"})
    assert wild.headers["x-request-id"] != "a b\t<script>"


@pytest.mark.parametrize("form", ["json", "csv"])
def test_as_many_series_as_are_allowed_fit_into_a_body(client: httpx.Client, form: str) -> None:
    values = np.random.default_rng(0).normal(100, 10, (10_000, 100))
    if form == "json":
        series = [{"id": f"series-{n}", "values": row} for n, row in enumerate(values.tolist())]
        answer = client.post("/predict", json={"series": series, "horizon": 1})
    else:
        rows = "".join(
            f"series-{n},{step},{y}\n" for n, row in enumerate(values) for step, y in enumerate(row)
        )
        headers = {"content-type": "text/csv"}
        body = "unique_id,ds,y\n" + rows
        answer = client.post("/predict?horizon=1", content=body, headers=headers)
    assert answer.status_code == 200, answer.text[:500]
    assert len(answer.json()["forecasts"]) == 10_000
