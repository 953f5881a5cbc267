"""`"explain": true`, by a real service."""

import csv
import io
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from app.predict.examples import SALES
from tests.support.service import Service
from tests.support.tiny_models import PASSENGERS

MONTHS = {"values": PASSENGERS, "start": "1949-01-01", "frequency": "MS"}
STEPS = np.arange(24 * 7 * 6)
HOURS = {
    "id": "hours",
    "values": (10 * np.sin(2 * np.pi * STEPS / 24) + 4 * (STEPS // 24 % 7 > 4)).tolist(),
    "start": "2024-01-01T00:00",
    "frequency": "h",
}


def ask(client: httpx.Client, **body: Any) -> list[dict[str, Any]]:
    answer = client.post("/predict", json={"model": "zero-shot", "explain": True} | body)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["forecasts"]
    return found


def made_up(explanation: dict[str, Any]) -> np.ndarray:
    values = [component["values"] for component in explanation["components"]]
    multiplicative = explanation["form"] == "multiplicative"
    return np.asarray(np.prod(values, axis=0) if multiplicative else np.sum(values, axis=0))


def names(forecast: dict[str, Any]) -> list[str]:
    return [component["name"] for component in forecast["explanation"]["components"]]


def codes(forecast: dict[str, Any]) -> set[str]:
    return {note["code"] for note in forecast["notes"]}


def assert_exact(forecast: dict[str, Any]) -> None:
    values = [component["values"] for component in forecast["explanation"]["components"]]
    size = np.abs([*values, forecast["point"]]).max()
    assert made_up(forecast["explanation"]) == pytest.approx(
        np.array(forecast["point"]), rel=1e-13, abs=1e-14 * size
    )


@pytest.mark.parametrize("more", [{}, {"effort": "best"}, {"calibrate": True}])
def test_the_components_make_up_each_forecast(client: httpx.Client, more: Any) -> None:
    many = [MONTHS, HOURS, {"values": [3] * 20}, {"values": [1, 2]}, SALES]
    covered = {"values": SALES["values"], "start": "2024-03-04", "frequency": "D"}
    body: dict[str, Any] = {"series": [*many[:4], covered], "horizon": 30, "upper": 800} | more
    found = ask(client, **body)
    plain = ask(client, **body, explain=False)
    for forecast, same in zip(found, plain, strict=True):
        assert_exact(forecast)
        assert same["explanation"] is None
        assert forecast["point"] == same["point"]
        assert forecast["intervals"] == same["intervals"]
        assert forecast["notes"] == same["notes"]
    assert names(found[0])[:2] == ["level", "year"]
    assert names(found[1])[:3] == ["level", "day", "week"]
    assert [one["explanation"]["form"] for one in found[:2]] == ["multiplicative", "additive"]


def test_what_bounds_and_rounding_did_is_a_component(client: httpx.Client) -> None:
    (forecast,) = ask(client, series=MONTHS, horizon=12, integer=True, upper=242)
    assert_exact(forecast)
    assert names(forecast)[-2:] == ["bounds", "remainder"]


def test_covariates_and_days_of_the_calendar_are_named(client: httpx.Client) -> None:
    body = {"series": SALES, "horizon": 7, "calendar": ["weekend"]}
    (forecast,) = ask(client, **body)
    assert_exact(forecast)
    assert "covariates_used" in codes(forecast)
    kinds = {item["name"]: item["kind"] for item in forecast["explanation"]["components"]}
    assert kinds["promo"] == kinds["weekend"] == "covariate"
    promo = next(c for c in forecast["explanation"]["components"] if c["name"] == "promo")
    planned = np.array(SALES["future_covariates"]["promo"][56:])
    assert np.array(promo["values"])[planned].min() > np.array(promo["values"])[~planned].max() + 9


def test_stretches_of_the_past_have_dates_and_effects(client: httpx.Client) -> None:
    series = {**HOURS, "values": [None, *HOURS["values"]]}
    (forecast,) = ask(client, series=series, horizon=24)
    stretches = forecast["explanation"]["stretches"]
    assert 2 < len(stretches) <= 12
    assert stretches[-1]["end"] == len(HOURS["values"])
    assert stretches[-1]["end_timestamp"] == "2024-02-12T00:00:00"
    assert all(a["end"] + 1 == b["start"] for a, b in pairwise(stretches))
    assert all(stretch["effect"] >= 0 for stretch in stretches)
    (undated,) = ask(client, series=HOURS["values"], horizon=2)
    last = undated["explanation"]["stretches"][-1]
    assert (last["start_timestamp"], last["end_timestamp"]) == (None, None)


def test_models_of_their_own_are_explained_by_their_level(client: httpx.Client) -> None:
    for model in ("tiny", "plain"):
        (forecast,) = ask(client, series=PASSENGERS, model=model, horizon=9)
        assert_exact(forecast)
        assert names(forecast) == ["level", "remainder"]
        assert codes(forecast) >= {"explained_without_seasons"}
        assert forecast["explanation"]["components"][0]["values"] == [PASSENGERS[-1]] * 9
        effects = [stretch["effect"] for stretch in forecast["explanation"]["stretches"]]
        assert effects[-1] > 0


def test_each_target_is_explained(client: httpx.Client) -> None:
    targets = {"sales": HOURS["values"], "visits": [2 * value for value in HOURS["values"]]}
    series = {"targets": targets, "start": "2024-01-01T00:00", "frequency": "h"}
    sales, visits = ask(client, series=series, horizon=24)
    for forecast in (sales, visits):
        assert_exact(forecast)
        assert names(forecast) == ["level", "day", "week", "remainder"]
    assert (sales["target"], visits["target"]) == ("sales", "visits")


def test_failed_series_have_no_explanation(client: httpx.Client) -> None:
    many = [{"values": [None]}, MONTHS]
    failed, good = ask(client, series=many, horizon=2, on_error="partial")
    assert failed["error"]["code"]
    assert_exact(good)


def test_a_table_has_a_column_for_each_component(client: httpx.Client) -> None:
    rows = [f"a,{n},{value}" for n, value in enumerate(PASSENGERS)]
    rows += [f"b,{n},3" for n in range(20)]
    answer = client.post(
        "/predict",
        files={"file": ("data.csv", "\n".join(["unique_id,ds,y", *rows]), "text/csv")},
        data={"explain": "true", "model": "zero-shot", "season_length": "12", "horizon": "3"},
        headers={"accept": "text/csv"},
    )
    assert answer.status_code == 200, answer.text
    found = list(csv.DictReader(io.StringIO(answer.text)))
    assert list(found[0])[-4:] == ["form", "level", "season-12", "remainder"]
    assert [row["form"] for row in found] == ["multiplicative"] * 3 + ["additive"] * 3
    first, last = found[0], found[-1]
    product = float(first["level"]) * float(first["season-12"]) * float(first["remainder"])
    assert product == pytest.approx(float(first["point"]), rel=1e-12)
    assert (last["level"], last["season-12"], last["remainder"]) == ("3", "", "0")


def test_what_would_cost_too_much_is_refused(trained_store: Path, tmp_path: Path) -> None:
    env = {"FORECAST_MAX_FORECAST_VALUES": "1500"}
    with Service(trained_store, tmp_path, env) as own, own.client() as client:
        body = {"series": PASSENGERS, "model": "zero-shot", "explain": True}
        assert client.post("/predict", json=body | {"horizon": 5}).status_code == 200
        refused = client.post("/predict", json=body | {"horizon": 50})
        assert (refused.status_code, refused.json()["code"]) == (422, "explanation_too_large")
        assert refused.json()["errors"][0]["pointer"] == "#/explain"
