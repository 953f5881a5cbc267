"""Azure's own client gets from a running service what `/anomalies` and `/backtest` answer."""

from __future__ import annotations

import json
from calendar import monthrange
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from statistics import NormalDist
from typing import Any

import httpx
import numpy as np
import pandas as pd
import pytest

from app.access.keys import add_key
from app.access.scopes import Scope
from app.compat.azure.points import read_points
from app.compat.azure.schemas import DetectRequest
from tests.support.other_clients import run_client
from tests.support.service import ROOT, Service
from tests.support.tiny_models import PASSENGERS

Found = dict[str, Any]
Ask = Callable[..., list[Found]]

SPOILED = [*PASSENGERS[:40], 90, *PASSENGERS[41:]]
MONTHS = [str(day) for day in pd.date_range("1949-01-01", periods=len(SPOILED), freq="MS")]
DAYS = [str(day) for day in pd.date_range("2024-01-01", periods=90, freq="D")]
WEEKS = [[20, 22, 21, 24, 30, 35, 12][day % 7] + day % 3 for day in range(90)]
CHANGED = [value + 25 * (day >= 60) for day, value in enumerate(WEEKS)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("azure")


@pytest.fixture(scope="module")
def key(folder: Path) -> str:
    return add_key(folder / "keys.json", "reader", [Scope.PREDICT])


@pytest.fixture(scope="module")
def service(folder: Path, key: str) -> Iterator[Service]:
    keys = {"FORECAST_API_KEYS_FILE": str(folder / "keys.json")}
    with Service(ROOT / "model_store", folder, keys) as running:
        yield running


@pytest.fixture(scope="module")
def client(service: Service, key: str) -> Iterator[httpx.Client]:
    with service.client() as connected:
        connected.headers["X-API-Key"] = key
        yield connected


@pytest.fixture(scope="module")
def ask(service: Service, folder: Path, key: str) -> Ask:
    def ask(*asked: tuple[str, Found], key: str = key) -> list[Found]:
        path = folder / "asked.json"
        path.write_text(json.dumps(asked))
        found: list[Found] = run_client(
            Path(__file__).parent / "calls.py", service.url, key, str(path)
        )
        return found

    return ask


def anomalies(client: httpx.Client, **body: Any) -> Found:
    answer = client.post("/anomalies", json=body)
    assert answer.status_code == 200, answer.text
    found: Found = answer.json()["series"][0]
    return found


def test_anomalies_are_those_of_the_service(client: httpx.Client, ask: Ask) -> None:
    months = {"values": SPOILED, "times": MONTHS, "granularity": "monthly", "sensitivity": 95}
    entire, last, few = ask(
        ("entire", months),
        ("last", months | {"values": SPOILED[:41], "times": MONTHS[:41]}),
        ("entire", months | {"max_anomaly_ratio": 0.01}),
    )
    level = round(100 * (1 - 10 ** (4 * 95 / 85 - 6)), 6)
    series = {"values": SPOILED, "start": "1949-01-01", "frequency": "MS"}
    later = anomalies(client, series=series, level=level, warm_up=24)
    first = anomalies(client, series=SPOILED[::-1], level=level, warm_up=24, season_length=12)
    expected, lower, upper = (
        np.array(first[name][::-1] + later[name]) for name in ("expected", "lower", "upper")
    )
    outside = np.array(first["outside"][::-1] + later["outside"])
    assert entire["period"] == 12
    assert entire["expected_values"] == pytest.approx(expected.tolist(), abs=1e-6)
    assert entire["upper_margins"] == pytest.approx((upper - expected).tolist(), abs=1e-6)
    assert entire["lower_margins"] == pytest.approx((expected - lower).tolist(), abs=1e-6)
    assert entire["is_anomaly"] == outside.tolist()
    assert entire["is_negative_anomaly"] == (outside & (expected > SPOILED)).tolist()
    assert [severity > 0 for severity in entire["severity"]] == entire["is_anomaly"]
    assert np.argmax(entire["severity"]) == 40
    assert last["expected_value"] == pytest.approx(expected[40], rel=1e-5)
    assert last["lower_margin"] == pytest.approx(expected[40] - lower[40], rel=1e-5)
    assert last["is_negative_anomaly"]
    assert last["severity"] == pytest.approx(1 - (expected - lower)[40] / (expected[40] - 90))
    assert sum(few["is_anomaly"]) == 0


@pytest.mark.parametrize("day", [28, 30, 31])
def test_months_lie_on_the_day_that_later_ones_show(day: int) -> None:
    months = [divmod(2021 * 12 + 1 + number, 12) for number in range(24)]
    dates = [
        date(year, month + 1, min(day, monthrange(year, month + 1)[1])) for year, month in months
    ]
    points = [{"timestamp": f"{at}T00:00:00Z", "value": 1.0} for at in dates]
    read = read_points(DetectRequest.model_validate({"series": points, "granularity": "monthly"}))
    assert read.rows.tolist() == list(range(24))
    assert read.series.calendar is not None
    assert [at.date() for at in read.series.calendar.range(0, 24)] == dates


def test_a_change_is_found_where_it_begins(client: httpx.Client, ask: Ask) -> None:
    days = {"times": DAYS, "granularity": "daily"}
    changed, steady, lasting = ask(
        ("change_point", days | {"values": CHANGED}),
        ("change_point", days | {"values": WEEKS}),
        ("change_point", days | {"values": CHANGED, "stable_trend_window": 10, "threshold": 0.2}),
    )
    for found in (changed, lasting):
        assert [day for day, is_one in enumerate(found["is_change_point"]) if is_one] == [60]
    assert not any(steady["is_change_point"])
    assert changed["period"] == 7
    body = {
        "series": {"values": CHANGED, "start": "2024-01-01", "frequency": "D"},
        "horizon": 5,
        "windows": 72,
        "step": 1,
        "levels": [99],
    }
    windows = client.post("/backtest", json=body).json()["series"][0]["windows"]
    assert [window["cutoff"] for window in windows] == [*range(14, 86)]
    confidence = [0.0] * 14 + [confidence_in(window) for window in windows] + [0.0] * 4
    assert changed["confidence_scores"] == pytest.approx(confidence, abs=1e-6)


def confidence_in(window: Found) -> float:
    """Return by how much the third of five steps that are farthest off on one side tell."""
    forecast = window["forecasts"]["model"]
    point, actual = np.array(forecast["point"]), np.array(window["actual"])
    band = forecast["intervals"]["99"]
    above = np.sort((actual - point) / (np.array(band["upper"]) - point))[2]
    below = np.sort((point - actual) / (point - np.array(band["lower"])))[2]
    edge = NormalDist().inv_cdf(0.995)
    return max(0.0, 1 - 4 * NormalDist().cdf(-edge * max(above, below)))


def test_gaps_are_filled_as_asked_and_left_out_of_the_answer(
    client: httpx.Client, ask: Ask
) -> None:
    seen = [day for day in range(90) if day not in {33, 34, 57}]
    gappy = {
        "values": [WEEKS[day] for day in seen],
        "times": [DAYS[day] for day in seen],
        "granularity": "daily",
    }
    filled = [WEEKS[day] if day in seen else 23.0 for day in range(90)]
    modes = ("auto", "linear", "notFill", "previous", "zero", "fixed")
    auto, linear, not_filled, previous, zero, fixed, whole = ask(
        *[("entire", gappy | {"impute_mode": mode, "impute_fixed_value": 23.0}) for mode in modes],
        ("entire", {"values": filled, "times": DAYS, "granularity": "daily"}),
    )
    assert auto == linear == not_filled
    assert len(auto["expected_values"]) == len(seen)
    assert fixed["expected_values"] == [whole["expected_values"][day] for day in seen]
    different = [tuple(of["expected_values"]) for of in (auto, previous, zero, fixed)]
    assert len(set(different)) == 4
    backwards = [WEEKS[day] if day in seen else None for day in reversed(range(90))]
    options = {"warm_up": 90 - 14, "season_length": 7, "repair": {"gaps": "previous"}}
    first = anomalies(client, series=backwards, **options)["expected"][::-1]
    assert previous["expected_values"][:14] == pytest.approx(first, rel=1e-6)


def test_what_makes_no_sense_is_refused_with_azures_codes(ask: Ask) -> None:
    days = {"values": WEEKS, "times": DAYS, "granularity": "daily"}
    cases: list[tuple[str, Found, str, str]] = [
        ("entire", {"values": WEEKS[:11]}, "InvalidSeries", "11 points"),
        ("entire", days | {"times": DAYS[::-1]}, "InvalidSeries", "#/series/1/timestamp"),
        ("entire", days | {"granularity": "weekly"}, "InvalidSeries", "no step of"),
        ("entire", days | {"granularity": "microsecond"}, "InvalidGranularity", "over 900 steps"),
        ("entire", days | {"times": None}, "InvalidSeries", "#/series/0/timestamp"),
        ("entire", days | {"granularity": "fortnightly"}, "InvalidGranularity", "monthly"),
        ("entire", {"values": WEEKS, "custom_interval": 5}, "RequiredGranularity", "daily"),
        ("entire", days | {"custom_interval": 0}, "InvalidCustomInterval", "greater"),
        ("entire", days | {"period": -1}, "InvalidPeriod", "greater"),
        ("last", days | {"sensitivity": 100}, "InvalidModelArgument", "#/sensitivity"),
        ("last", days | {"max_anomaly_ratio": 0.5}, "InvalidModelArgument", "less than 0.5"),
        ("last", days | {"impute_mode": "guess"}, "InvalidImputeMode", "notFill"),
        ("last", days | {"impute_mode": "fixed"}, "InvalidImputeFixedValue", "needs it"),
        ("entire", {"values": [*WEEKS[:20], float("nan")]}, "InvalidSeries", "#/series/20/value"),
        ("change_point", days | {"threshold": 2}, "InvalidModelArgument", "#/threshold"),
        ("change_point", days | {"stable_trend_window": 80}, "InvalidModelArgument", "window"),
        ("change_point", {"values": WEEKS}, "RequiredGranularity", "daily"),
    ]
    found = ask(*[(method, options) for method, options, _, _ in cases])
    for (method, options, code, text), answer in zip(cases, found, strict=True):
        case = (method, {**options, "values": len(options["values"]), "times": None})
        assert (answer.get("status"), answer.get("code")) == (400, code), (case, answer)
        assert text in answer["text"], (case, answer)


def test_bodies_that_the_client_cannot_send(client: httpx.Client) -> None:
    path = "/anomalydetector/v1.0/timeseries/entire/detect"
    for content, code in (
        ("{", "InvalidJsonFormat"),
        ("{}", "RequiredSeries"),
        ("[]", "BadArgument"),
        ('{"series": 3}', "InvalidSeries"),
        ('{"series": [{"value": 1}], "sensitivty": 3}', "InvalidSeries"),
        ('{"series": [' + '{"value": 1e200},' * 12 + '{"value": 1}]}', "InvalidSeries"),
    ):
        answer = client.post(path, content=content)
        assert (answer.status_code, answer.json()["code"]) == (400, code), content
        assert set(answer.json()) == {"code", "message"}
    points = [{"value": value} for value in [5.0] * 20 + [6.0]]
    constant = client.post(path, json={"series": points}).json()
    assert constant["isAnomaly"] == [False] * 20 + [True]
    assert constant["severity"][-1] == 1
    for other in ("v1.1/multivariate/models", "v2.0/timeseries/last/detect"):
        refused = client.post(f"/anomalydetector/{other}", json={})
        assert refused.status_code in {400, 404}
        assert set(refused.json()) == {"code", "message"}


def test_the_key_comes_in_azures_own_header(ask: Ask) -> None:
    (refused,) = ask(("last", {"values": PASSENGERS}), key="fk_000000000000_" + "x" * 43)
    assert (refused["status"], refused["code"]) == (401, "Unauthorized")
