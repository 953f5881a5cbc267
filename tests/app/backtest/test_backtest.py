"""`POST /backtest`."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from app.backtest.examples import BACKTEST_EXAMPLES
from app.backtest.schemas import BacktestResponse
from app.predict.schemas import PredictResponse
from tests.support.service import Service, wait_until
from tests.support.tiny_models import PASSENGERS

MONTHS = {"values": PASSENGERS, "start": "1949-01-01", "frequency": "MS", "id": "passengers"}


def backtest(client: httpx.Client, **body: Any) -> dict[str, Any]:
    answer = client.post("/backtest", json=body)
    assert answer.status_code == 200, answer.text
    BacktestResponse.model_validate_json(answer.content)
    found: dict[str, Any] = answer.json()
    return found


def problem(client: httpx.Client, **body: Any) -> tuple[int, str, str, str]:
    answer = client.post("/backtest", json={"series": PASSENGERS, **body})
    document = answer.json()
    faults = document["errors"] or [{"pointer": ""}]
    return answer.status_code, document["code"], faults[0]["pointer"], document["detail"]


@pytest.mark.parametrize("name", BACKTEST_EXAMPLES)
@pytest.mark.parametrize("model", ["tiny", "zero-shot"])
def test_the_examples_run_as_they_stand(client: httpx.Client, name: str, model: str) -> None:
    backtest(client, **BACKTEST_EXAMPLES[name]["value"], model=model)


@pytest.mark.parametrize("effort", ["standard", "best"])
def test_windows_hold_what_predict_says_of_what_was_known(
    client: httpx.Client, effort: str
) -> None:
    asked = {"horizon": 6, "levels": [50, 90], "model": "zero-shot", "effort": effort}
    found = backtest(client, series=MONTHS, windows=3, step=4, **asked)
    assert (found["model"], found["horizon"], found["step"]) == ("zero-shot", 6, 4)
    (one,) = found["series"]
    assert (one["id"], one["frequency"], one["season_length"]) == ("passengers", "MS", 12)
    assert [window["cutoff"] for window in one["windows"]] == [34, 38, 42]
    for window in one["windows"]:
        cutoff = window["cutoff"]
        known = MONTHS | {"values": PASSENGERS[:cutoff]}
        predicted = client.post("/predict", json={"series": known, **asked}).json()
        (expected,) = predicted["forecasts"]
        of_model = window["forecasts"]["model"]
        assert of_model["point"] == pytest.approx(expected["point"], rel=1e-5)
        for level, interval in of_model["intervals"].items():
            assert interval["upper"] == pytest.approx(expected["intervals"][level]["upper"], 1e-5)
        assert window["timestamps"] == expected["timestamps"]
        assert window["actual"] == PASSENGERS[cutoff : cutoff + 6]
    assert one["windows"][0]["cutoff_timestamp"] == "1951-10-01T00:00:00"


def test_scores_are_those_of_the_forecasts(client: httpx.Client) -> None:
    found = backtest(client, series=PASSENGERS, horizon=4, windows=2, model="tiny")
    windows = found["series"][0]["windows"]
    for method, scores in found["overall"].items():
        squares, inside = [], []
        for window in windows:
            forecast = window["forecasts"][method]
            band = forecast["intervals"]["80"]
            rows = zip(
                window["actual"], forecast["point"], band["lower"], band["upper"], strict=True
            )
            for actual, point, lower, upper in rows:
                squares.append((actual - point) ** 2)
                inside.append(lower <= actual <= upper)
        assert scores["rmse"] == pytest.approx((sum(squares) / len(squares)) ** 0.5)
        assert scores["coverage"]["80"] == pytest.approx(sum(inside) / len(inside))
    naive = windows[1]["forecasts"]["seasonal_naive"]["point"]
    assert found["series"][0]["season_length"] == 4
    assert naive == PASSENGERS[40:44]


def test_many_series_with_gaps_constants_and_lengths_of_their_own(client: httpx.Client) -> None:
    many = [
        {"id": "a", "values": [None, *PASSENGERS, None, 200]},
        {"id": "b", "values": [7] * 30},
        {"id": "c", "values": [*range(1, 20)]},
    ]
    found = backtest(client, series=many, horizon=3, windows=2, forecasts=False)
    assert [one["id"] for one in found["series"]] == ["a", "b", "c"]
    assert [one["windows"] for one in found["series"]] == [None] * 3
    assert found["series"][0]["notes"][0]["code"] == "leading_missing_dropped"
    constant = found["series"][1]["scores"]["model"]
    assert (constant["mase"], constant["rmse"], constant["coverage"]) == (None, 0, {"80": 1})


def test_cutoffs_count_the_values_given(client: httpx.Client) -> None:
    series = MONTHS | {"values": [None, None, *PASSENGERS]}
    (one,) = backtest(client, series=series, horizon=4, windows=1)["series"]
    (window,) = one["windows"]
    assert (window["cutoff"], window["cutoff_timestamp"]) == (46, "1952-10-01T00:00:00")


def test_a_model_without_quantiles_has_point_scores_alone(client: httpx.Client) -> None:
    found = backtest(client, series=PASSENGERS, horizon=4, model="plain")
    assert found["overall"]["model"]["wql"] is None
    assert found["overall"]["model"]["coverage"] == {}
    assert found["overall"]["theta"]["wql"] > 0
    assert problem(client, model="plain", levels=[80])[:3] == (
        422, "quantiles_not_available", "#/levels",
    )  # fmt: skip


def test_a_version_can_be_named(client: httpx.Client) -> None:
    asked = {"series": PASSENGERS, "model": "tiny"}
    old, new = backtest(client, **asked, version=1), backtest(client, **asked, version=2)
    assert (old["version"], new["version"]) == (1, 2)
    assert old["overall"]["model"] != new["overall"]["model"]
    assert old["overall"]["theta"] == new["overall"]["theta"]


def test_too_short_a_series_is_named_with_what_would_fit(client: httpx.Client) -> None:
    many = [{"values": PASSENGERS}, {"values": PASSENGERS[:30]}]
    asked = {"series": many, "horizon": 12, "model": "zero-shot"}
    status, code, pointer, detail = problem(client, **asked)
    assert (status, code, pointer) == (422, "series_too_short", "#/series/1")
    assert "What would fit: 2 of these windows or a horizon and a step of 9" in detail
    backtest(client, **asked | {"windows": 2})
    assert problem(client, series=[1, 2, 3], windows=10**30, horizon=1)[2] == "#/series"


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({"windows": 0}, "request_invalid", "#/windows"),
        ({"step": 0}, "request_invalid", "#/step"),
        ({"horizon": 10_001}, "horizon_too_long", "#/horizon"),
        ({"levels": [100]}, "request_invalid", "#/levels/0"),
        ({"quantiles": [0.5]}, "request_invalid", "#/quantiles"),
        ({"series": []}, "series_empty", "#/series"),
        ({"series": [{"values": [1, "2"]}]}, "request_invalid", "#/series/0/values/1"),
    ],
)
def test_bad_requests(client: httpx.Client, body: dict[str, Any], code: str, pointer: str) -> None:
    assert problem(client, **body)[:3] == (422, code, pointer)


def test_unknown_models_and_versions(client: httpx.Client) -> None:
    assert problem(client, model="none")[:2] == (404, "model_not_found")
    assert problem(client, version=77)[:2] == (404, "version_not_found")


def test_work_has_its_limits(trained_store: Path, jobs: Path) -> None:
    limits = {
        "FORECAST_MAX_WINDOWS": "8",
        "FORECAST_MAX_FORECAST_VALUES": "700",
        "FORECAST_MAX_JOB_FORECAST_VALUES": "1000",
        "FORECAST_DEFAULT_MODEL": "tiny",
    }
    with Service(trained_store, jobs, limits) as service, service.client() as client:
        backtest(client, series=PASSENGERS, horizon=2, windows=8)
        for body, code in (
            ({"horizon": 2, "windows": 9}, "too_many_windows"),
            ({"horizon": 4, "windows": 8}, "answer_too_large"),
        ):
            *found, detail = problem(client, **body, job=False)
            assert found == [422, code, "#/job"]
            assert 'leave out "job"' in detail
            answer = client.post("/backtest", json={"series": PASSENGERS, **body})
            assert answer.status_code == 202, answer.text
            assert client.delete(answer.headers["location"]).status_code == 202
        larger = problem(client, horizon=4, windows=9)
        assert larger[:3] == (422, "answer_too_large", "#/windows")
        assert "FORECAST_MAX_JOB_FORECAST_VALUES" in larger[3]


def test_what_takes_too_long_is_given_up(trained_store: Path, jobs: Path) -> None:
    limits = {"FORECAST_REQUEST_TIMEOUT_S": "0.05", "FORECAST_DEFAULT_MODEL": "tiny"}
    with Service(trained_store, jobs, limits) as service, service.client() as client:
        many = [{"values": PASSENGERS}] * 1_000
        assert problem(client, series=many, windows=6)[:2] == (503, "deadline_exceeded")

        def forecasts() -> bool:
            return client.post("/predict", json={"series": PASSENGERS}).status_code == 200

        wait_until(forecasts, what="a forecast")  # on a busy machine some take too long, too


def test_scores_come_with_a_forecast_where_they_are_asked_for(client: httpx.Client) -> None:
    many = [MONTHS, {"values": PASSENGERS[:10]}, {"values": [1, 2]}, {"values": [7] * 40}]
    asked = {"series": many, "horizon": 6, "levels": [90], "model": "zero-shot"}
    without = client.post("/predict", json=asked).json()["forecasts"]
    assert [one["scores"] for one in without] == [None] * 4
    answer = client.post("/predict", json=asked | {"scores": True})
    PredictResponse.model_validate_json(answer.content)
    forecasts = answer.json()["forecasts"]
    assert [one["point"] for one in forecasts] == [one["point"] for one in without]
    assert [one["scores"] is None for one in forecasts] == [False, False, True, False]
    for one, series, windows in zip(forecasts[:2], many, (3, 1), strict=False):
        body = {**asked, "series": series, "windows": windows}
        expected = backtest(client, **body)["overall"]
        for method, scores in one["scores"].items():
            assert scores["coverage"] == expected[method]["coverage"]
            assert scores["wql"] == pytest.approx(expected[method]["wql"], rel=1e-4)
            assert scores["rmse"] == pytest.approx(expected[method]["rmse"], rel=1e-4)


def test_scores_go_with_partial_answers_and_bounds_and_not_with_tables(
    client: httpx.Client,
) -> None:
    many = [{"values": [None]}, MONTHS | {"upper": 242, "integer": True}]
    asked = {"series": many, "horizon": 6, "on_error": "partial", "scores": True, "model": "tiny"}
    failed, scored = client.post("/predict", json=asked).json()["forecasts"]
    assert "scores" not in failed
    assert scored["scores"]["model"]["rmse"] > 0
    table = client.post("/predict", json=asked, headers={"accept": "text/csv"})
    assert (table.status_code, table.json()["code"]) == (422, "scores_not_available")
