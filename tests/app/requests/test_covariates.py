"""Covariates of series in JSON: what is refused, where, and what is said of it."""

import json
from typing import Any

import httpx
import pytest

from tests.app.requests.test_bad_input import JSON, problem

DAYS = [5.0, 3.0, 8.0, 1.0, 9.0, 4.0, 7.0, 2.0, 6.0, 5.0, 8.0, 3.0]
"""Twelve values, which are a covariate as well."""
LETTERS = [f"category {number}" for number in range(36)]


def body(series: dict[str, Any], **options: Any) -> dict[str, Any]:
    return {
        "series": {"values": DAYS, "start": "2024-01-01", "frequency": "D", **series},
        "horizon": 3,
        **options,
    }


def past(column: Any, name: str = "a") -> dict[str, Any]:
    return body({"past_covariates": {name: column}})


def future(column: Any, name: str = "a") -> dict[str, Any]:
    return body({"future_covariates": {name: column}})


@pytest.mark.parametrize(
    ("given", "code", "pointer"),
    [
        (past(DAYS[1:]), "covariate_length", "/past_covariates/a"),
        (past([*DAYS, 1]), "covariate_length", "/past_covariates/a"),
        (future(DAYS[1:]), "covariate_length", "/future_covariates/a"),
        (future(DAYS), "covariate_length", "/future_covariates"),
        (future([*DAYS, 1, 2]), "covariate_length", "/future_covariates"),
        (future([*DAYS, 1, 2, 3, 4]), "covariate_length", "/future_covariates"),
        (
            body({"future_covariates": {"a": [*DAYS, 1, 2, 3], "b": [*DAYS, 1, 2]}}),
            "covariate_length",
            "/future_covariates/b",
        ),
        (past(DAYS, name=" "), "covariate_name_invalid", "/past_covariates/ "),
        (past(DAYS, name="a=b"), "covariate_name_invalid", "/past_covariates/a=b"),
        (past(DAYS, name="a" * 257), "covariate_name_invalid", f"/past_covariates/{'a' * 257}"),
        (
            body({"past_covariates": {"a": DAYS}, "future_covariates": {"a": [*DAYS, 1, 2, 3]}}),
            "covariate_name_invalid",
            "/future_covariates/a",
        ),
        (past([*DAYS[1:], "x"]), "covariate_value_invalid", "/past_covariates/a/11"),
        (past(["x", *DAYS[1:]]), "covariate_value_invalid", "/past_covariates/a/1"),
        (past([*DAYS[1:], True]), "covariate_value_invalid", "/past_covariates/a/11"),
        (past([*DAYS[1:], [1]]), "covariate_value_invalid", "/past_covariates/a/11"),
        (past([{}] * 12), "covariate_value_invalid", "/past_covariates/a/0"),
        (past([*DAYS[1:], 1e200]), "covariate_value_invalid", "/past_covariates/a/11"),
        (past([*DAYS[1:], 10**400]), "covariate_value_invalid", "/past_covariates/a/11"),
        (past([None] * 12), "covariate_all_missing", "/past_covariates/a"),
        (future([None] * 12 + [1] * 3), "covariate_all_missing", "/future_covariates/a"),
        (
            future(["sun"] * 11 + ["rain", "sun", "snow", "rain"]),
            "covariate_category_new",
            "/future_covariates/a/13",
        ),
        (past("DAYS"), "list_type", "/past_covariates/a"),
        (past(None), "list_type", "/past_covariates/a"),
        (body({"past_covariates": DAYS}), "dict_type", "/past_covariates"),
        (
            body({"past_covariates": {f"a{n}": DAYS for n in range(33)}}),
            "too_many_covariates",
            "/past_covariates/a0",
        ),
        (
            body({"past_covariates": {"b": DAYS, "a": LETTERS}, "values": DAYS * 3}),
            "covariate_length",
            "/past_covariates/b",
        ),
        (
            body({"past_covariates": {"b": DAYS * 3, "a": LETTERS}, "values": DAYS * 3}),
            "too_many_covariates",
            "/past_covariates/a",
        ),
        (body({"static": {"a": None}}), "covariate_value_invalid", "/static/a"),
        (body({"static": {"a": [1]}}), "covariate_value_invalid", "/static/a"),
        (body({"static": {"a": 1e200}}), "covariate_value_invalid", "/static/a"),
        (
            body({"past_covariates": {"a": DAYS}, "static": {"a": 1}}),
            "covariate_name_invalid",
            "/static/a",
        ),
        (body({"static": {"": 1}}), "covariate_name_invalid", "/static/"),
        (body({"static": {f"a{n}": 1 for n in range(33)}}), "too_many_covariates", "/static"),
    ],
)
def test_covariates_that_make_no_sense_are_refused_where_they_are(
    client: httpx.Client, given: dict[str, Any], code: str, pointer: str
) -> None:
    document = problem(client.post("/predict", content=json.dumps(given), headers=JSON))
    assert (document["status"], document["errors"][0]["code"]) == (422, code)
    assert document["errors"][0]["pointer"] == f"#/series{pointer}"


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e400"])
def test_a_covariate_that_is_no_finite_number_is_refused(client: httpx.Client, number: str) -> None:
    content = f'{{"series": {{"values": [1, 2], "past_covariates": {{"a": [1, {number}]}}}}}}'
    document = problem(client.post("/predict", content=content, headers=JSON))
    assert (document["status"], document["code"]) == (422, "covariate_value_invalid")
    assert document["errors"][0]["pointer"] == "#/series/past_covariates/a/1"


@pytest.mark.parametrize(
    ("given", "code", "pointer"),
    [
        (body({}, calendar=["weekend", "holidays:XX"]), "calendar_unknown", "#/calendar/1"),
        (body({}, calendar=["payday:0"]), "calendar_unknown", "#/calendar/0"),
        (body({}, calendar="weekend"), "list_type", "#/calendar"),
        (
            {"series": DAYS, "horizon": 3, "calendar": ["weekend"]},
            "calendar_without_dates",
            "#/calendar",
        ),
        (
            body({"frequency": "W-SUN", "start": "2024-01-07"}, calendar=["weekend"]),
            "calendar_not_applicable",
            "#/calendar",
        ),
        (
            body({"past_covariates": {"weekend": DAYS}}, calendar=["weekend"]),
            "covariate_name_invalid",
            "#/calendar/0",
        ),
        (
            body({"past_covariates": {"weekend": ["no"] * 12}}, calendar=["month_end", "weekend"]),
            "covariate_name_invalid",
            "#/calendar/1",
        ),
        (
            body({"static": {"weekend": "busy"}}, calendar=["weekend"]),
            "covariate_name_invalid",
            "#/calendar/0",
        ),
    ],
)
def test_days_of_the_calendar_that_make_no_sense_are_refused_where_they_are(
    client: httpx.Client, given: dict[str, Any], code: str, pointer: str
) -> None:
    document = problem(client.post("/predict", json=given))
    assert (document["status"], document["errors"][0]["code"]) == (422, code)
    assert document["errors"][0]["pointer"] == pointer


def test_a_series_with_bad_covariates_does_not_fail_the_others(client: httpx.Client) -> None:
    good, bad = body({})["series"], past(DAYS[1:])["series"]
    given = {"series": [bad, good], "horizon": 3, "on_error": "partial"}
    first, second = client.post("/predict", json=given).json()["forecasts"]
    assert first["error"]["code"] == "covariate_length"
    assert first["error"]["pointer"] == "#/series/0/past_covariates/a"
    assert len(second["point"]) == 3


def test_what_is_static_is_noted_to_have_no_effect(client: httpx.Client) -> None:
    given = body({"static": {"region": "north", "size": 3, "new": True}})
    (forecast,) = client.post("/predict", json=given).json()["forecasts"]
    assert codes(forecast)["static_not_used"] == 3
    plain = client.post("/predict", json=body({})).json()["forecasts"][0]
    assert forecast["point"] == plain["point"]


LONGER = {"values": DAYS * 5, "start": "2024-01-01", "frequency": "D"}
WITH_BOTH: dict[str, Any] = {
    **LONGER,
    "past_covariates": {"visits": DAYS[::-1] * 5},
    "future_covariates": {"promo": [*[day % 5 == 0 for day in range(60)], True, False]},
}


def codes(found: dict[str, Any]) -> dict[str, int]:
    return {note["code"]: note["count"] for note in found["notes"]}


@pytest.mark.parametrize("path", ["/predict", "/backtest", "/anomalies"])
def test_a_model_that_takes_no_covariates_says_so(client: httpx.Client, path: str) -> None:
    horizon = {} if path == "/anomalies" else {"horizon": 2}
    answers = [
        client.post(path, json={"series": series, "model": "tiny", **horizon, **calendar}).json()
        for series, calendar in (
            (WITH_BOTH, {}),
            (LONGER, {"calendar": ["weekend", "month_end"]}),
            (LONGER, {}),
        )
    ]
    with_both, with_days, plain = (
        answer.get("forecasts", answer.get("series"))[0] for answer in answers
    )
    of_days = codes(plain)  # the version was trained on months
    assert list(of_days) == ["frequency_differs"]
    assert codes(with_both) == codes(with_days) == {"covariates_not_used": 2, **of_days}
    assert with_both | {"notes": plain["notes"]} == with_days | {"notes": plain["notes"]} == plain


@pytest.mark.parametrize("path", ["/backtest", "/anomalies"])
def test_forecasts_of_the_past_need_no_covariates_after_the_end(
    client: httpx.Client, path: str
) -> None:
    promo = WITH_BOTH["future_covariates"]["promo"]
    found = []
    for known in (promo, promo[:60]):
        series = {**LONGER, "future_covariates": {"promo": known}}
        answer = client.post(path, json={"series": series, "model": "zero-shot"})
        assert answer.status_code == 200, answer.text
        found.append(answer.json()["series"][0])
    assert found[0] == found[1]
    assert codes(found[0]) == {"covariates_chosen_by_cutoff": 1}


def test_inspect_lists_covariates_and_days_of_the_calendar(client: httpx.Client) -> None:
    visits = [None, *DAYS[1:], *DAYS * 4]
    series = {**WITH_BOTH, "past_covariates": {"visits": visits}}
    body = {"series": [series, LONGER], "calendar": ["holidays:DE"]}
    first, second = client.post("/inspect", json=body).json()["series"]
    holidays = {"name": "holidays:DE", "known_ahead": True, "missing": 0}
    assert first["covariates"] == [
        {"name": "visits", "known_ahead": False, "missing": 1},
        {"name": "promo", "known_ahead": True, "missing": 0},
        holidays,
    ]
    assert second["covariates"] == [holidays]
    undated = client.post("/inspect", json={"series": DAYS, "calendar": ["weekend"]}).json()
    assert undated["series"][0]["error"]["code"] == "calendar_without_dates"


@pytest.mark.parametrize(("gaps", "how"), [("interpolate", "straight"), ("previous", "before")])
def test_missing_values_of_covariates_are_noted(client: httpx.Client, gaps: str, how: str) -> None:
    visits = [*DAYS[:4], None, None, *DAYS[6:]]
    given = body({"past_covariates": {"visits": visits}}, repair={"gaps": gaps})
    (forecast,) = client.post("/predict", json=given).json()["forecasts"]
    (note,) = (note for note in forecast["notes"] if note["code"] == "covariate_values_filled")
    assert note["count"] == 2
    assert how in note["message"]


@pytest.mark.parametrize(
    ("others", "straight"), [({}, False), ({"visits": [None, *DAYS[1:]]}, True)]
)
def test_missing_texts_are_noted_to_be_the_one_before(
    client: httpx.Client, others: dict[str, Any], straight: bool
) -> None:
    weather = [*["sun", "rain"] * (len(DAYS) // 2), "sun"][: len(DAYS) - 1]
    given = body({"past_covariates": {"weather": [*weather, None], **others}})
    (forecast,) = client.post("/predict", json=given).json()["forecasts"]
    (note,) = (note for note in forecast["notes"] if note["code"] == "covariate_values_filled")
    assert note["message"].endswith("before them.")
    assert ("straight" in note["message"]) == straight


def test_missing_values_of_covariates_are_refused_as_those_of_the_series_are(
    client: httpx.Client,
) -> None:
    given = body({"past_covariates": {"visits": [*DAYS[1:], None]}}, repair={"gaps": "error"})
    document = problem(client.post("/predict", json=given))
    assert document["code"] == "values_missing"
    assert document["errors"][0]["pointer"] == "#/series/past_covariates/visits"
