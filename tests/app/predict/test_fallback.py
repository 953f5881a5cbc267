"""What the network cannot serve gets a forecast all the same, and a note that names it."""

from typing import Any

import httpx
import pytest

from tests.support.tiny_models import PASSENGERS


def forecasts(client: httpx.Client, series: Any, **body: Any) -> list[dict[str, Any]]:
    answer = client.post("/predict", json={"series": series, "horizon": 3, **body})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["forecasts"]
    return found


@pytest.mark.parametrize("series", [[5], [5, 5, 5], [None, 5], [5.0] * 300])
@pytest.mark.parametrize("model", ["tiny", "plain", "zero-shot"])
def test_a_constant_goes_on(client: httpx.Client, model: str, series: list[float]) -> None:
    (one,) = forecasts(client, series, model=model)
    assert one["point"] == [5, 5, 5]
    assert one["notes"][-1]["code"] == "fallback_constant"


@pytest.mark.parametrize("series", [[-0.0, -0.0, -0.0], [1, -0.0]])
def test_a_minus_zero_goes_on_as_a_zero(client: httpx.Client, series: list[float]) -> None:
    (one,) = forecasts(client, series, model="zero-shot")
    assert str(one["point"]) == "[0.0, 0.0, 0.0]"


def test_two_points_go_on_as_a_random_walk(client: httpx.Client) -> None:
    (one,) = forecasts(client, [10, 12], model="zero-shot", levels=[80])
    assert one["point"] == [12, 12, 12]
    assert [note["code"] for note in one["notes"]] == ["fallback_naive"]
    upper = one["intervals"]["80"]["upper"]
    assert [value - 12 for value in upper] == pytest.approx([3.212, 4.543, 5.564], abs=1e-3)


def test_three_points_are_the_networks(client: httpx.Client) -> None:
    (one,) = forecasts(client, [10, 12, 11], model="zero-shot")
    assert one["notes"] == []


def test_a_model_without_quantiles_falls_back_without(client: httpx.Client) -> None:
    (one,) = forecasts(client, [1, 2, 3], model="plain")
    assert (one["point"], one["intervals"]) == ([3, 3, 3], {})
    assert one["notes"][0]["code"] == "fallback_naive"


def test_fallbacks_keep_their_places_among_the_others(client: httpx.Client) -> None:
    good = {"values": PASSENGERS}
    mixed = [{"values": [7, 7]}, good, {"values": [1]}, good]
    found = forecasts(client, mixed, quantiles=[0.9])
    (alone,) = forecasts(client, good, quantiles=[0.9])
    assert [one["point"][0] for one in found[::2]] == [7, 1]
    for one in found[1::2]:
        assert one["quantiles"]["0.9"] == pytest.approx(alone["quantiles"]["0.9"], rel=1e-5)


def test_fallbacks_failures_and_forecasts_in_one_batch(client: httpx.Client) -> None:
    good = {"values": PASSENGERS}
    mixed = [{"values": [None]}, {"values": [7.4, 7.4]}, good, {"values": []}, {"values": [1, 2]}]
    found = forecasts(client, mixed, model="zero-shot", on_error="partial")
    (alone,) = forecasts(client, good, model="zero-shot")
    assert [one.get("error", {}).get("code") for one in found] == [
        *("series_all_missing", None, None, "series_empty", None)
    ]
    assert (found[1]["point"][0], found[4]["point"][0]) == (7.4, 2)
    assert found[2]["point"] == pytest.approx(alone["point"], rel=1e-5)
    assert [note["code"] for note in found[1]["notes"]] == ["fallback_constant"]


def test_bounds_hold_for_fallbacks(client: httpx.Client) -> None:
    series = [
        {"values": [7.4, 7.4], "integer": True},
        {"values": [10, 12], "lower": 0, "upper": 13},
    ]
    constant, naive = forecasts(client, series, model="zero-shot", levels=[80])
    assert constant["point"] == [7, 7, 7]
    assert naive["intervals"]["80"]["upper"] == [13, 13, 13]
    codes = [note["code"] for note in naive["notes"]]
    assert codes == ["fallback_naive", "kept_within_bounds"]


def test_one_spike_after_zeros_does_not_go_on(client: httpx.Client) -> None:
    (one,) = forecasts(client, [0] * 300 + [10], model="zero-shot", levels=[80, 95])
    assert one["point"] == [0, 0, 0]
    assert one["intervals"]["80"] == {"lower": [0, 0, 0], "upper": [0, 0, 0]}
    assert one["intervals"]["95"]["upper"] == [10, 10, 10]
    assert [note["code"] for note in one["notes"]] == ["fallback_intermittent"]


def test_models_of_ones_own_forecast_intermittent_series_themselves(client: httpx.Client) -> None:
    (one,) = forecasts(client, [0, 0, 0, 4] * 12, model="tiny", non_negative=False)
    assert one["notes"] == []


def test_a_running_total_is_forecast_through_its_increments(client: httpx.Client) -> None:
    week = [10, 11, 12, 11, 10, 4, 3]
    values = [1000 + sum((week * 12)[:day]) + day % 2 for day in range(84)]
    daily = {"values": values, "start": "2024-01-01", "frequency": "D"}
    (one,) = forecasts(client, daily, model="zero-shot", calibrate=True)
    codes = [note["code"] for note in one["notes"]]
    assert codes == ["forecast_by_increments", "calibrated"]
    assert values[-1] <= one["point"][0] < one["point"][1] < one["point"][2] < values[-1] + 60
