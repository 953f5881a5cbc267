import threading
from typing import Any

import httpx
import pytest

from app.predict.examples import PREDICT_EXAMPLES
from app.predict.schemas import PredictResponse
from tests.support.service import Service
from tests.support.tiny_models import PASSENGERS


def predict(client: httpx.Client, **body: Any) -> dict[str, Any]:
    answer = client.post("/predict", json=body)
    assert answer.status_code == 200, answer.text
    PredictResponse.model_validate_json(answer.content)
    found: dict[str, Any] = answer.json()
    return found


def test_one_raw_series(client: httpx.Client) -> None:
    answer = predict(client, series=PASSENGERS)
    assert (answer["model"], answer["version"]) == ("tiny", 2)
    (forecast,) = answer["forecasts"]
    assert len(forecast["point"]) == 4
    assert forecast["timestamps"] is None
    band = forecast["intervals"]["80"]
    assert all(
        low <= point <= high
        for low, point, high in zip(band["lower"], forecast["point"], band["upper"], strict=True)
    )


def test_the_three_shapes_give_the_same_forecast(client: httpx.Client) -> None:
    raw = predict(client, series=PASSENGERS)["forecasts"]
    one = predict(client, series={"values": PASSENGERS})["forecasts"]
    many = predict(client, series=[{"values": PASSENGERS}, {"values": PASSENGERS}])["forecasts"]
    assert raw == one
    assert many[0]["point"] == pytest.approx(raw[0]["point"], rel=1e-5)
    assert len(many) == 2


def test_dates_and_ids_come_back(client: httpx.Client) -> None:
    dated = {"id": "a", "values": PASSENGERS, "start": "1949-01-01", "frequency": "MS"}
    stamped = {"id": "b", "values": [1, 2, 4], "timestamps": ["2024-01-31", "2024-02-29"]}
    stamped["timestamps"].append("2024-03-31")  # type: ignore[attr-defined]
    first, second = predict(client, series=[dated, stamped], horizon=2)["forecasts"]
    assert (first["id"], first["frequency"]) == ("a", "MS")
    assert first["timestamps"] == ["1953-01-01T00:00:00", "1953-02-01T00:00:00"]
    assert (second["id"], second["frequency"]) == ("b", "ME")
    assert second["timestamps"] == ["2024-04-30T00:00:00", "2024-05-31T00:00:00"]


def test_levels_and_quantiles_never_cross(client: httpx.Client) -> None:
    asked = predict(
        client, series=PASSENGERS, horizon=30, levels=[50, 99.5], quantiles=[0.9, 0.05, 0.5]
    )
    (forecast,) = asked["forecasts"]
    assert list(forecast["quantiles"]) == ["0.9", "0.05", "0.5"]
    assert list(forecast["intervals"]) == ["50", "99.5"]
    assert forecast["quantiles"]["0.5"] == pytest.approx(forecast["point"])
    rows = [
        forecast["intervals"]["99.5"]["lower"],
        forecast["quantiles"]["0.05"],
        forecast["intervals"]["50"]["lower"],
        forecast["quantiles"]["0.5"],
        forecast["intervals"]["50"]["upper"],
        forecast["quantiles"]["0.9"],
        forecast["intervals"]["99.5"]["upper"],
    ]
    assert all(list(step) == sorted(step) for step in zip(*rows, strict=True))


def test_a_missing_value_is_filled_and_noted(client: httpx.Client) -> None:
    (forecast,) = predict(client, series=[*PASSENGERS[:20], None, *PASSENGERS[21:]])["forecasts"]
    assert [(note["code"], note["count"]) for note in forecast["notes"]] == [
        ("missing_values_filled", 1)
    ]


def test_a_model_and_version_can_be_named(client: httpx.Client) -> None:
    old = predict(client, series=PASSENGERS, model="tiny", version=1)
    new = predict(client, series=PASSENGERS, model="tiny", version="latest")
    assert (old["version"], new["version"]) == (1, 2)
    assert old["forecasts"] != new["forecasts"]


def test_a_one_step_network_forecasts_any_horizon(client: httpx.Client) -> None:
    answer = predict(client, series=PASSENGERS, model="plain", horizon=9)
    (forecast,) = answer["forecasts"]
    assert len(forecast["point"]) == 9
    assert forecast["intervals"] == {}


def notes(forecast: dict[str, Any]) -> list[tuple[str, int]]:
    return [(note["code"], note["count"]) for note in forecast["notes"]]


def test_gaps_disorder_and_repeats_are_repaired_and_noted(client: httpx.Client) -> None:
    days = [f"2024-02-{day:02}" for day in (20, 21, 24, 23, 25, 26, 26, 27, 28)]
    series = {"values": [1, 5, 2, 6, 3, 7, 4, 8, 5], "timestamps": days}
    (forecast,) = predict(client, series=series, repair=True, horizon=2)["forecasts"]
    assert forecast["timestamps"] == ["2024-02-29T00:00:00", "2024-03-01T00:00:00"]
    assert notes(forecast) == [
        ("timestamps_sorted", 1),
        ("timestamps_repeated_dropped", 1),
        ("missing_dates_added", 1),
        ("missing_values_filled", 1),
        ("frequency_differs", 9),
    ]


def test_zoned_and_unzoned_series_in_one_request(client: httpx.Client) -> None:
    plain = {"values": PASSENGERS, "start": "2024-10-26T20:00", "frequency": "h"}
    zoned = {"values": PASSENGERS[:6], "start": "2024-10-26T20:00", "frequency": "h"}
    zoned["timezone"] = "Europe/Berlin"
    first, second = predict(client, series=[plain, zoned], horizon=2)["forecasts"]
    assert first["timestamps"][0] == "2024-10-28T20:00:00"
    assert second["timestamps"] == ["2024-10-27T02:00:00+02:00", "2024-10-27T02:00:00+01:00"]


def test_bounds_and_whole_numbers(client: httpx.Client) -> None:
    bounded = {"values": PASSENGERS, "lower": 104, "upper": 242}
    series = [bounded, {"values": PASSENGERS}]
    asked = predict(client, series=series, integer=True, levels=[99.999], horizon=60)
    first, second = asked["forecasts"]
    for forecast in (first, second):
        band = forecast["intervals"]["99.999"]
        everything = [*band["lower"], *forecast["point"], *band["upper"]]
        assert all(value == round(value) for value in everything)
        if forecast is first:
            assert min(everything) >= 104
            assert max(everything) <= 242
    assert max(second["intervals"]["99.999"]["upper"]) > 242
    assert [code for code, _ in notes(first)] == ["kept_within_bounds"]


def test_non_negative_data_stays_so_unless_told(client: httpx.Client) -> None:
    values = [0, 0, 1, 0, 0, 90, 0, 0, 0, 2, 0, 0, 0]
    kept = predict(client, series=values, levels=[99.9])["forecasts"][0]
    free = predict(client, series=values, levels=[99.9], non_negative=False)["forecasts"][0]
    assert min(free["intervals"]["99.9"]["lower"]) < 0
    assert min(kept["intervals"]["99.9"]["lower"]) == 0
    assert [code for code, _ in notes(kept)] == ["kept_non_negative"]
    assert free["notes"] == []


def test_a_bad_series_does_not_fail_the_others(client: httpx.Client) -> None:
    good = {"id": "good", "values": PASSENGERS}
    bad: list[Any] = [
        {"id": "empty", "values": []},
        {"id": "text", "values": [1, "two", 3]},
        {"id": "dates", "values": [1, 2, 3], "timestamps": ["2024-01-01", "soon", "2024-01-03"]},
        {"id": "bounds", "values": [1, 2, 3], "upper": 2},
        {"id": "late", "values": [1, 2, 3], "start": "9999-01-01", "frequency": "YS"},
        {"id": "field", "values": [1, 2, 3], "color": "red"},
        5,
    ]
    answer = predict(client, series=[good, *bad, good], on_error="partial")
    first, *failed, last = answer["forecasts"]
    assert first["point"] == pytest.approx(last["point"])
    assert [one["id"] for one in failed] == [
        *("empty", "text", "dates", "bounds", "late", "field"),
        None,
    ]
    faults = [(one["error"]["code"], one["error"]["pointer"]) for one in failed]
    assert faults == [
        ("series_empty", "#/series/1/values"),
        ("float_type", "#/series/2/values/1"),
        ("timestamp_invalid", "#/series/3/timestamps/1"),
        ("value_out_of_bounds", "#/series/4/values/2"),
        ("timestamps_out_of_range", "#/series/5"),
        ("extra_forbidden", "#/series/6/color"),
        ("model_type", "#/series/7"),
    ]
    assert len(predict(client, series=[{"values": []}], on_error="partial")["forecasts"]) == 1


@pytest.mark.parametrize("name", PREDICT_EXAMPLES)
def test_the_examples_run_as_they_stand(client: httpx.Client, name: str) -> None:
    predict(client, **PREDICT_EXAMPLES[name]["value"])


def test_live_answers_while_a_large_forecast_runs(service: Service) -> None:
    """The forecast takes hundreds of passes of the network; live must not wait for its end."""
    large = {"series": [{"values": PASSENGERS}] * 1_000, "horizon": 1_000, "levels": []}
    answered = threading.Event()

    def ask() -> None:
        with service.client() as client:
            assert client.post("/predict", json=large).status_code == 200
        answered.set()

    asking = threading.Thread(target=ask)
    asking.start()
    lives = 0
    with service.client() as client:
        while not answered.is_set():
            assert client.get("/health/live").status_code == 200
            lives += 1
    asking.join()
    assert lives > 10
