"""`"effort": "best"`, by a real service."""

from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from app.inspect.schemas import InspectOptions
from tests.support.service import Service
from tests.support.tiny_models import PASSENGERS

YEARS = [*PASSENGERS, *(1.3 * value for value in PASSENGERS)]


def ask(client: httpx.Client, **body: Any) -> list[dict[str, Any]]:
    answer = client.post("/predict", json={"model": "zero-shot", "effort": "best"} | body)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["forecasts"]
    return found


def problem(client: httpx.Client, **body: Any) -> tuple[int, str, str]:
    answer = client.post("/predict", json={"model": "zero-shot", "effort": "best"} | body)
    document = answer.json()
    return answer.status_code, document["code"], document["errors"][0]["pointer"]


def notes(forecast: dict[str, Any]) -> dict[str, int]:
    return {note["code"]: note["count"] for note in forecast["notes"]}


def test_several_looks_are_weighted_and_named(client: httpx.Client) -> None:
    body = {"series": YEARS, "season_length": 12, "horizon": 12, "levels": [50, 80, 99]}
    (standard,) = ask(client, **body, effort="standard")
    (best,) = ask(client, **body)
    assert best["point"] != pytest.approx(standard["point"], rel=1e-4)
    assert best["point"] == pytest.approx(standard["point"], rel=0.5)
    (note,) = best["notes"]
    assert (note["code"], note["count"]) == ("looks_weighted", 3)
    assert "the series as it is" in note["message"]
    assert "the Theta method" in note["message"]
    assert "the larger network" in note["message"]
    rows = [
        *(best["intervals"][level]["lower"] for level in ("99", "80", "50")),
        best["point"],
        *(best["intervals"][level]["upper"] for level in ("50", "80", "99")),
    ]
    assert (np.diff(np.array(rows), axis=0) >= 0).all()


def test_fast_and_standard_are_what_a_request_without_effort_gets(client: httpx.Client) -> None:
    without = client.post("/predict", json={"series": YEARS, "model": "zero-shot"}).content
    for effort in ("fast", "standard"):
        body = {"series": YEARS, "model": "zero-shot", "effort": effort}
        assert client.post("/predict", json=body).content == without


def test_months_in_which_nothing_is_ever_sold_stay_at_zero(client: httpx.Client) -> None:
    noise = np.random.default_rng(0).normal(100, 5, 72)
    sold = np.where(np.arange(72) % 3 == 2, noise, 0.0).tolist()
    series = {"values": sold, "start": "2018-01-01", "frequency": "MS"}
    (best,) = ask(client, series=[series], horizon=12)
    assert "looks_weighted" in notes(best)
    point, interval = np.array(best["point"]), best["intervals"]["80"]
    assert (point[2::3] > 80).all()
    assert (np.delete(point, np.s_[2::3]) == 0).all()
    assert (interval["lower"] <= point).all()
    assert (point <= interval["upper"]).all()


def test_each_series_is_weighted_alone_and_short_ones_are_not(client: httpx.Client) -> None:
    many = [
        {"id": "long", "values": YEARS},
        {"id": "short", "values": PASSENGERS[:8]},
        {"id": "constant", "values": [3] * 50},
        {"id": "days", "values": YEARS, "start": "2024-01-01", "frequency": "D"},
        {"id": "gaps", "values": [None, *YEARS[:40], None, *YEARS[41:], None]},
        {"id": "hours", "values": YEARS * 6, "start": "2024-01-01T00:00", "frequency": "h"},
    ]
    found = ask(client, series=many, horizon=10)
    about_effort = {"looks_weighted", "effort_not_used", "fallback_constant"}
    used = [[code for code in notes(one) if code in about_effort] for one in found]
    assert used == [
        ["looks_weighted"],
        ["effort_not_used"],
        ["effort_not_used", "fallback_constant"],
        *[["looks_weighted"]] * 3,
    ]
    for one, series in zip(found, many, strict=True):
        (alone,) = ask(client, series=series, horizon=10)
        assert one["point"] == pytest.approx(alone["point"], rel=1e-5)
        assert one["notes"] == alone["notes"]
    (plain,) = ask(client, series=many[1], horizon=10, effort="standard")
    assert found[1]["point"] == pytest.approx(plain["point"], rel=1e-6)


def test_more_series_than_go_together_come_in_their_order(client: httpx.Client) -> None:
    many = [{"values": [1000 * n + value for value in YEARS]} for n in range(1, 56)]
    found = ask(client, series=many, horizon=3)
    assert [round(one["point"][0] / 1000) for one in found] == list(range(1, 56))


def test_a_model_that_takes_no_seasons_out_has_no_best_effort(client: httpx.Client) -> None:
    for model in ("tiny", "plain"):
        (best,) = ask(client, series=YEARS, model=model)
        (standard,) = ask(client, series=YEARS, model=model, effort="standard")
        assert notes(best) == {"effort_not_used": 0}
        assert best["point"] == standard["point"]


def test_intervals_can_be_calibrated_and_forecasts_scored(client: httpx.Client) -> None:
    body: dict[str, Any] = {"series": YEARS, "season_length": 12, "horizon": 6}
    (best,) = ask(client, **body)
    (both,) = ask(client, **body, calibrate=True, scores=True)
    (standard,) = ask(client, **body, scores=True, effort="standard")
    assert notes(both) == {"looks_weighted": 3, "calibrated": 20}
    assert both["point"] == pytest.approx(best["point"], rel=1e-6)
    assert both["intervals"]["80"]["lower"] != pytest.approx(best["intervals"]["80"]["lower"])
    assert both["scores"]["theta"] == standard["scores"]["theta"]
    assert both["scores"]["model"]["rmse"] != standard["scores"]["model"]["rmse"]


def test_a_table_takes_it_and_bounds_hold(client: httpx.Client) -> None:
    rows = "".join(f"a,{n},{value}\n" for n, value in enumerate(YEARS))
    answer = client.post(
        "/predict",
        files={"file": ("data.csv", "unique_id,ds,y\n" + rows, "text/csv")},
        data={"effort": "best", "model": "zero-shot", "upper": "350", "horizon": "6"},
    )
    assert answer.status_code == 200, answer.text
    (forecast,) = answer.json()["forecasts"]
    assert notes(forecast)["looks_weighted"] == 3
    assert max(forecast["intervals"]["80"]["upper"]) <= 350


def test_what_would_cost_too_much_is_refused(client: httpx.Client) -> None:
    many = [{"values": YEARS}] * 500
    found = problem(client, series=many, horizon=400)
    assert found == (422, "effort_too_large", "#/effort")
    found = problem(client, series=many[:200], horizon=60, calibrate=True)
    assert found == (422, "calibration_too_large", "#/calibrate")


@pytest.mark.parametrize("effort", [1, "BEST", None, True, ["best"]])
def test_nonsense_is_refused(client: httpx.Client, effort: Any) -> None:
    assert problem(client, series=YEARS, effort=effort)[0] == 422


def test_work_of_a_backtest_counts_the_looks(trained_store: Path, tmp_path: Path) -> None:
    env = {"FORECAST_MAX_WINDOWS": "48"}
    with Service(trained_store, tmp_path, env) as own, own.client() as client:
        body = {"series": YEARS, "model": "zero-shot", "horizon": 4, "job": False}
        assert client.post("/backtest", json=body | {"windows": 3}).status_code == 200
        assert client.post("/backtest", json=body | {"windows": 2, "effort": "best"}).is_success
        refused = client.post("/backtest", json=body | {"windows": 3, "effort": "best"})
        assert (refused.status_code, refused.json()["code"]) == (422, "too_many_windows")


def test_inspect_takes_the_option_without_effect(client: httpx.Client) -> None:
    assert client.post("/inspect", json={"series": YEARS, "effort": "best"}).status_code == 200
    described = InspectOptions.model_json_schema()["properties"]["effort"]["description"]
    assert "no effect" in described
