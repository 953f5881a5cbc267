"""Forecasts that are kept, what really happened, and how a version does by that."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv, parquet

from app.access.keys import add_key
from app.access.scopes import Scope
from app.predict.examples import LONGER_PASSENGERS, PASSENGERS, PREDICT_EXAMPLES
from app.settings.settings import Settings
from app.tracking.examples import ACTUALS_ANSWER, ACTUALS_EXAMPLES, ACTUALS_FORM
from forecasting.evaluation.metrics import seasonal_naive_scale
from tests.support.service_thread import service_thread
from tests.support.training_jobs import assert_problem

NEXT = LONGER_PASSENGERS[len(PASSENGERS) :]
HORIZON = 4
"""That of `tiny`, the default model."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tracking")


@pytest.fixture(scope="module")
def keys(folder: Path) -> dict[str, str]:
    holders: dict[str, tuple[list[Scope], str]] = {
        "boss": (list(Scope), ""),
        "team-a": ([Scope.PREDICT], "team-a-"),
        "team-b": ([Scope.PREDICT], "team-b-"),
        "trainer": ([Scope.TRAIN], ""),
    }
    file = folder / "keys.json"
    return {name: add_key(file, name, scopes, of) for name, (scopes, of) in holders.items()}


@pytest.fixture(scope="module")
def client(trained_store: Path, folder: Path, keys: dict[str, str]) -> Iterator[httpx.Client]:
    settings = Settings(
        model_store=str(trained_store),
        default_model="tiny",
        jobs_dir=folder,
        api_keys_file=folder / "keys.json",
        audit_file=folder / "audit.jsonl",
    )
    with service_thread(settings) as connected:
        connected.headers["X-API-Key"] = keys["boss"]
        yield connected


def predict(client: httpx.Client, **series: Any) -> dict[str, Any]:
    """Keep the forecast of the passengers, or of what `series` says, and return it."""
    given = {"values": PASSENGERS, "start": "1949-01-01", "frequency": "MS"} | series
    answer = client.post("/predict", json={"series": given, "track": True})
    assert answer.status_code == 200, answer.text
    (forecast,) = answer.json()["forecasts"]
    assert isinstance(forecast, dict)
    return forecast


def send(client: httpx.Client, *series: dict[str, Any], **more: Any) -> dict[str, Any]:
    answer = client.post("/actuals", json={"series": list(series)} | more)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def performance(client: httpx.Client, **params: Any) -> dict[str, Any]:
    answer = client.get("/models/tiny/versions/2/performance", params=params)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def of_series(client: httpx.Client, name: str) -> dict[str, Any]:
    (found,) = [item for item in performance(client)["by_series"] if item["id"] == name]
    assert isinstance(found, dict)
    return found


def test_forecasts_are_kept_only_if_asked_for(client: httpx.Client) -> None:
    answer = client.post("/predict", json={"series": PASSENGERS}).json()
    assert "forecast_id" not in answer["forecasts"][0]
    assert performance(client)["forecasts"] == 0


def test_what_happened_is_scored_as_it_comes(client: httpx.Client) -> None:
    forecast = predict(client, id="scored")
    point = np.array(forecast["point"])
    first = send(
        client, {"id": "scored", "values": [200, None], "start": "1953-01", "frequency": "MS"}
    )
    assert (first["values"], first["matched"], first["forecasts"]) == (1, 1, 1)
    scale = seasonal_naive_scale(np.array(PASSENGERS, float), 12)
    found = of_series(client, "scored")
    assert found["values"] == 1
    assert found["model"]["mase"] == pytest.approx(abs(point[0] - 200) / scale)
    assert found["model"]["bias"] == pytest.approx((point[0] - 200) / scale)
    assert found["seasonal_naive"]["mase"] == pytest.approx(abs(PASSENGERS[-12] - 200) / scale)
    late = {"forecast_id": forecast["forecast_id"], "values": NEXT[:HORIZON]}
    again = send(client, late)
    assert (again["matched"], again["replaced"]) == (4, 1)
    interval = forecast["intervals"]["80"]
    actual = np.array(NEXT[:HORIZON])
    inside = (interval["lower"] <= actual) & (actual <= interval["upper"])
    found = of_series(client, "scored")
    assert found["model"]["mase"] == pytest.approx(np.abs(point - actual).mean() / scale)
    assert found["model"]["coverage"] == {"80": pytest.approx(inside.mean())}
    assert performance(client)["period"] == "week"
    assert performance(client)["over_time"][0]["start"] == "1952-12-29T00:00:00"
    assert performance(client, max_series=0)["by_series"] == []


def test_an_actual_value_belongs_to_every_forecast_of_its_time(client: httpx.Client) -> None:
    for known in (40, 41):
        predict(client, id="twice", values=PASSENGERS[:known])
    given = {"id": "twice", "timestamps": ["1952-06-01", "1952-05-01"], "values": [218, 183]}
    answer = send(client, given, model="tiny")
    assert (answer["matched"], answer["forecasts"]) == (2, 2)
    assert of_series(client, "twice")["values"] == 3


def test_values_that_belong_to_nothing_are_listed(client: httpx.Client) -> None:
    forecast = predict(client, id="listed")
    dates = ["1953-02-01", "1953-02-02", "1990-01-01"]
    answer = send(
        client,
        {"id": "listed", "timestamps": dates, "values": [1, 2, 3]},
        {"id": "unknown", "timestamps": dates, "values": [1, None, 3]},
        {"forecast_id": "0", "values": [1]},
        {"forecast_id": forecast["forecast_id"], "values": [1] * 5},
    )
    assert (answer["values"], answer["matched"]) == (11, 5)
    found = [(item["id"], item["code"], item["count"]) for item in answer["unmatched"]]
    assert found == [
        ("listed", "time_not_forecast", 2),
        ("unknown", "series_not_tracked", 2),
        (None, "forecast_not_tracked", 1),
        (None, "time_not_forecast", 1),
    ]
    assert "1953-02-02" in answer["unmatched"][0]["message"]
    nothing = {"series": {"id": "unknown", "timestamps": ["1953-02-01"], "values": [1]}}
    assert_problem(client.post("/actuals", json=nothing), 404, "actuals_not_matched")
    of_other = {"id": "listed", "timestamps": ["1953-02-01"], "values": [1]}
    other = client.post("/actuals", json={"series": of_other, "model": "plain"})
    assert_problem(other, 404, "actuals_not_matched")


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({"values": [1]}, "/series"),
        ({"id": "a", "values": [1]}, "/series"),
        (
            {"id": "a", "values": [1], "timestamps": ["1953-01-01", "1953-02-01"]},
            "/series/timestamps",
        ),
        ({"id": "a", "values": [1, 2], "timestamps": ["1953-01-01"] * 2}, "/series/timestamps/1"),
        ({"id": "a", "values": [1], "timestamps": ["soon"]}, "/series/timestamps/0"),
        ({"id": "a", "values": [], "timestamps": []}, "/series/values"),
        ({"id": "a", "values": [1e200], "steps": [1]}, "/series/values/0"),
        ({"forecast_id": "0", "id": "a", "values": [1]}, "/series"),
    ],
)
def test_what_makes_no_sense_is_refused(
    client: httpx.Client, given: dict[str, Any], pointer: str
) -> None:
    answer = client.post("/actuals", json={"series": given})
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == f"#{pointer}"


def test_times_are_read_in_the_zone_of_the_forecast(client: httpx.Client) -> None:
    values = [float(10 + n % 7) for n in range(30)]
    zoned = {"start": "2024-03-01", "frequency": "D", "timezone": "Europe/Berlin"}
    forecast = predict(client, id="berlin", values=values, **zoned)
    assert forecast["timestamps"][1] == "2024-04-01T00:00:00+02:00"
    for timestamps, more in (
        (["2024-03-31", "2024-04-01"], {}),
        (["2024-03-30T23:00:00Z", "2024-03-31T22:00:00Z"], {}),
        (["2024-03-31T00:00", "2024-04-01T00:00"], {"timezone": "Europe/Berlin"}),
    ):
        given = {"id": "berlin", "timestamps": timestamps, "values": [11, 12]} | more
        assert send(client, given)["matched"] == 2


def test_tables_go_out_and_come_back(client: httpx.Client) -> None:
    rows = [f"{name},1949-01-{day + 1:02},{10 + day % 5}" for name in "ab" for day in range(30)]
    table = "\n".join(["shop,day,sold", *rows])
    asked = {"track": "true", "levels": "95", "id_col": "shop", "target_col": "sold"}
    answer = client.post(
        "/predict",
        content=table,
        params=asked,
        headers={"content-type": "text/csv", "accept": "text/csv"},
    )
    assert answer.status_code == 200, answer.text
    forecasts = csv.read_csv(io.BytesIO(answer.content))
    assert forecasts.column_names[-1] == "forecast_id"
    assert len(set(forecasts["forecast_id"].to_pylist())) == 2
    happened = forecasts.select(["unique_id", "ds", "forecast_id"]).append_column(
        "y", pa.array(np.arange(8.0))
    )
    sink = io.BytesIO()
    parquet.write_table(happened.select(["forecast_id", "ds", "y"]), sink)
    headers = {"content-type": "application/vnd.apache.parquet"}
    by_forecast = client.post(
        "/actuals", params={"by": "forecast"}, content=sink.getvalue(), headers=headers
    )
    assert by_forecast.json()["matched"] == 8, by_forecast.text
    first = happened.slice(0, 4).to_pydict()
    dated = [f"{at},{value}" for at, value in zip(first["ds"], first["y"], strict=True)]
    wide = client.post(
        "/actuals",
        params={"by": "forecast", "layout": "wide"},
        content="\n".join([f"ds,{first['forecast_id'][0]}", *dated]),
        headers={"content-type": "text/csv"},
    )
    assert wide.json()["matched"] == 4, wide.text
    sink = io.BytesIO()
    csv.write_csv(happened.select(["unique_id", "ds", "y"]), sink)
    uploaded = client.post("/actuals", files={"file": ("happened.csv", sink.getvalue())})
    assert uploaded.json()["matched"] == 8, uploaded.text
    assert uploaded.json()["replaced"] == 0
    assert of_series(client, "a")["model"]["coverage"].keys() == {"80", "95"}
    without_ids = client.post(
        "/actuals", content="ds,y\n1949-01-01,3\n", headers={"content-type": "text/csv"}
    )
    assert_problem(without_ids, 422, "id_missing")


def test_series_without_dates_are_known_by_steps_or_forecasts(client: httpx.Client) -> None:
    rows = "\n".join(["unique_id,ds,y", *(f"numbered,{n},{n % 6}" for n in range(100, 140))])
    headers = {"content-type": "text/csv"}
    client.post("/predict", params={"track": "true"}, content=rows, headers=headers)
    assert send(client, {"id": "numbered", "steps": [140, 143], "values": [2, 5]})["matched"] == 2
    answer = client.post("/predict", json={"series": PASSENGERS, "track": True}).json()
    (forecast,) = answer["forecasts"]
    given = {"forecast_id": forecast["forecast_id"], "steps": [2], "values": [190]}
    assert send(client, given)["matched"] == 1


def test_rows_without_times_belong_to_the_first_steps(client: httpx.Client) -> None:
    headers = {"content-type": "text/csv"}
    rows = "\n".join(["shop,sold", *(f"rows,{n % 6}" for n in range(20))])
    asked = {"track": "true", "target_col": "sold", "id_col": "shop"}
    of_table = client.post("/predict", params=asked, content=rows, headers=headers)
    ids = [of_table.json()["forecasts"][0]["forecast_id"]]
    ids.append(predict(client, values=PASSENGERS, start=None, frequency=None)["forecast_id"])
    for name in ids:
        happened = f"forecast_id,value\n{name},3\n{name},4"
        asked = {"by": "forecast"}
        answer = client.post("/actuals", params=asked, content=happened, headers=headers)
        assert answer.json()["matched"] == 2, answer.text
        again = send(client, {"forecast_id": name, "values": [3, 5]})
        assert again["replaced"] == 1
    by_series = client.post("/actuals", content="unique_id,y\nrows,3\nrows,4", headers=headers)
    assert_problem(by_series, 422, "column_missing")


def test_local_times_are_those_of_the_zone(client: httpx.Client) -> None:
    """The clocks of Berlin show the hour from 2:00 on twice on that day."""
    values = [float(10 + n % 7) for n in range(48)]
    zoned = {"start": "2024-10-25T02:00", "frequency": "h", "timezone": "Europe/Berlin"}
    predict(client, id="autumn", values=values, **zoned)
    name = "2024-10-27T02:00"
    for given, matched, replaced in (
        ({"start": "2024-10-26T23:00", "frequency": "3h", "values": [0, 1, 4]}, 2, 0),
        ({"start": "2024-10-27T00:00", "frequency": "h", "values": [0, 0, 1, 2, 3, 4]}, 4, 0),
        ({"timestamps": [name] * 2, "timezone": "Europe/Berlin", "values": [2, 1]}, 2, 2),
    ):
        answer = send(client, {"id": "autumn"} | given)
        assert (answer["matched"], answer["replaced"]) == (matched, replaced)
    for times in ([name] * 3, ["2024-10-27T04:00"] * 2):
        given = {"id": "autumn", "timestamps": times, "values": list(range(len(times)))}
        refused = client.post("/actuals", json={"series": given | {"timezone": "Europe/Berlin"}})
        assert_problem(refused, 422, "timestamps_repeated")


def test_days_whose_midnight_the_clocks_skip_are_days(client: httpx.Client) -> None:
    """In São Paulo, the fourth of November 2018 began at one o'clock."""
    zone = "America/Sao_Paulo"
    zoned = {"start": "2018-10-05", "frequency": "D", "timezone": zone}
    predict(client, id="paulo", values=[float(10 + n % 7) for n in range(30)], **zoned)
    days = ["2018-11-04", "2018-11-05"]
    for more in ({}, {"timezone": zone}):
        given = {"id": "paulo", "timestamps": days, "values": [11, 12]} | more
        assert send(client, given)["matched"] == 2
    hours = zoned | {"start": "2018-11-03T00:00", "frequency": "h"}
    predict(client, id="hourly", values=[float(n % 5) for n in range(23)], **hours)
    given = {"id": "hourly", "timestamps": ["2018-11-04T00:00"], "timezone": zone, "values": [1]}
    assert_problem(client.post("/actuals", json={"series": given}), 422, "timestamp_nonexistent")


def test_actual_values_are_set_together_or_not_at_all(client: httpx.Client) -> None:
    zoned = {"start": "2024-10-25T02:00", "frequency": "h", "timezone": "Europe/Berlin"}
    forecast = predict(client, id="whole", values=[float(n % 5) for n in range(48)], **zoned)
    first = {"forecast_id": forecast["forecast_id"], "values": [1]}
    twice = {"id": "whole", "timestamps": ["2024-10-27T02:00"], "values": [1]}
    refused = client.post("/actuals", json={"series": [first] * 206 + [twice]})
    assert_problem(refused, 422, "timestamp_ambiguous")
    assert refused.json()["errors"][0]["pointer"] == "#/series/206/timestamps/0"
    assert not [item for item in performance(client)["by_series"] if item["id"] == "whole"]


def test_why_values_belong_to_nothing_is_said(client: httpx.Client) -> None:
    predict(client, id="local")
    asked = {"id": "several", "targets": {"a": PASSENGERS, "b": PASSENGERS}, "start": "1949-01"}
    several = {"series": asked | {"frequency": "MS"}, "track": True}
    client.post("/predict", json=several).raise_for_status()
    for given, said in (
        ({"id": "several", "timestamps": ["1953-01-01"]}, "targets: 'a', 'b'"),
        ({"id": "local", "target": "a", "timestamps": ["1953-01-01"]}, "targets: none"),
        ({"id": "local", "timestamps": ["1953-01-01T00:00:00Z"]}, "have no time zone"),
        ({"id": "local", "start": "1953-01-01T00:00Z", "frequency": "MS"}, "have no time zone"),
        ({"id": "local", "steps": [1]}, "have dates"),
    ):
        answer = client.post("/actuals", json={"series": given | {"values": [1]}})
        assert_problem(answer, 404, "actuals_not_matched")
        assert said in answer.json()["detail"]


def test_a_version_without_quantiles_has_no_coverage(client: httpx.Client) -> None:
    asked = {
        "series": [1, 2, 3, 4] * 9,
        "model": "plain",
        "track": True,
    }  # It has no scale, either.
    (forecast,) = client.post("/predict", json=asked).json()["forecasts"]
    send(client, {"forecast_id": forecast["forecast_id"], "values": [1]})
    found = client.get("/models/plain/versions/1/performance").json()
    assert found["overall"]["values"] == 1
    assert found["overall"]["model"] == {"mase": None, "bias": None, "coverage": {}}
    assert (found["drift"]["rounds"], found["drift"]["evidence"]) == (1, 1.0)


def test_teams_see_their_own_forecasts_only(client: httpx.Client, keys: dict[str, str]) -> None:
    a, b, trainer = ({"X-API-Key": keys[name]} for name in ("team-a", "team-b", "trainer"))
    dated = {"id": "secret", "values": PASSENGERS, "start": "1949-01-01", "frequency": "MS"}
    kept = client.post("/predict", json={"series": dated, "track": True}, headers=a).json()
    forecast_id = kept["forecasts"][0]["forecast_id"]
    happened = {"id": "secret", "values": [1], "timestamps": ["1953-01-01"]}
    for given in (happened, {"forecast_id": forecast_id, "values": [1]}):
        refused = client.post("/actuals", json={"series": given}, headers=b)
        assert_problem(refused, 404, "actuals_not_matched")
    assert client.post("/actuals", json={"series": happened}, headers=trainer).status_code == 403
    assert client.post("/actuals", json={"series": happened}, headers=a).json()["matched"] == 1
    path = "/models/tiny/versions/2/performance"
    assert client.get(path, headers=b).json()["forecasts"] == 0
    of_a = client.get(path, headers=a).json()
    assert [(item["id"], item["values"]) for item in of_a["by_series"]] == [("secret", 1)]
    assert client.get("/models/none/versions/1/performance", headers=a).status_code == 404


def test_the_audit_log_says_who_said_what_happened(client: httpx.Client, folder: Path) -> None:
    predict(client, id="audited")
    send(client, {"id": "audited", "timestamps": ["1953-01-01"], "values": [1]})
    entry = json.loads((folder / "audit.jsonl").read_text().splitlines()[-1])
    assert (entry["key"], entry["action"], entry["values"]) == ("boss", "actuals", 1)


def test_the_examples_run_one_after_the_other(client: httpx.Client) -> None:
    tracked = PREDICT_EXAMPLES["tracked"]["value"]
    client.post("/predict", json=tracked | {"model": "zero-shot"}).raise_for_status()
    answers = [client.post("/actuals", json=e["value"]) for e in ACTUALS_EXAMPLES.values()]
    assert answers[0].json() == ACTUALS_ANSWER
    form = dict(ACTUALS_FORM)
    file = ("happened.csv", form.pop("file"))
    answers.append(client.post("/actuals", files={"file": file}, data=form))
    assert all(answer.is_success for answer in answers)


def test_a_version_whose_forecasts_miss_is_drifting(client: httpx.Client) -> None:
    path = "/models/tiny/versions/1/performance"
    asked = {"series": PASSENGERS, "version": 1, "track": True}
    drift = []
    for _ in range(8):
        (forecast,) = client.post("/predict", json=asked).json()["forecasts"]
        send(client, {"forecast_id": forecast["forecast_id"], "values": [9_999]})
        drift.append(client.get(path).json()["drift"])
    assert [found["rounds"] for found in drift] == list(range(1, 9))
    assert not drift[0]["drifting"]
    assert drift[-1]["drifting"]
    assert drift[-1]["evidence"] >= drift[-1]["threshold"] == 1 / drift[-1]["false_alarm_rate"]
