"""Training on several targets over HTTP: one network forecasts each from the past of all."""

import csv
import io
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pandas as pd
import pytest

from tests.support.service import Service
from tests.support.training_jobs import assert_problem, post_training, train, wait_for_end

DAYS, AHEAD = 84, 2
RECIPE = {
    "units": [8],
    "horizon": AHEAD,
    "season_length": 7,
    "context_length": 7,
    "epochs": 15,
    "patience": 15,
    "learning_rate": 0.02,
}
OPTIONS: dict[str, Any] = {"model": "centre", "horizon": AHEAD}


def centre() -> dict[str, Any]:
    """Visits that vary at random, and sales that follow those of the day before."""
    rng = np.random.default_rng(3)
    visits = rng.normal(100, 10, DAYS)
    sales = 5 + 0.4 * np.roll(visits, 1) + rng.normal(0, 0.3, DAYS)
    targets = {"sales": sales.round(2).tolist(), "visits": visits.round(2).tolist()}
    return {"id": "centre", "start": "2024-01-01", "frequency": "D", "targets": targets}


@pytest.fixture(scope="module")
def training_service(
    trained_store: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("targets")
    store = shutil.copytree(trained_store, folder / "store")
    with Service(store, folder, {"FORECAST_DEFAULT_MODEL": "tiny"}) as service:
        yield service


@pytest.fixture
def client(training_service: Service) -> Iterator[httpx.Client]:
    with training_service.client() as connected:
        yield connected


@pytest.fixture(scope="module")
def trained(training_service: Service) -> str:
    """Train the model `centre`, and return the path of the version."""
    with training_service.client() as client:
        job = wait_for_end(client, train(client, model="centre", series=centre(), recipe=RECIPE))
    assert job.state == "succeeded", job
    return "/models/centre/versions/1"


def forecasts(client: httpx.Client, series: dict[str, Any]) -> list[dict[str, Any]]:
    answer = client.post("/predict", json={"series": series, **OPTIONS})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["forecasts"]
    return found


def test_a_version_lists_its_targets(client: httpx.Client, trained: str) -> None:
    manifest = client.get(trained).json()
    assert [tuple(item.values()) for item in manifest["signature"]["covariates"]] == [
        ("sales", "past", "target", []),
        ("visits", "past", "target", []),
        ("target", "static", "category", ["sales", "visits"]),
    ]
    assert manifest["data"]["series"] == 2


def test_each_target_is_forecast_from_the_past_of_all(client: httpx.Client, trained: str) -> None:
    given = forecasts(client, centre())
    assert [(item["id"], item["target"], item["notes"]) for item in given] == [
        ("centre", "sales", []),
        ("centre", "visits", []),
    ]
    more = centre()
    more["targets"]["visits"][-1] += 20
    sales, _ = forecasts(client, more)
    assert sales["point"][0] - given[0]["point"][0] > 1  # 8 is what the series are made with


def test_targets_come_and_go_as_columns_of_a_table(client: httpx.Client, trained: str) -> None:
    wanted = {item["target"]: item["point"] for item in forecasts(client, centre())}
    dates = [str(np.datetime64("2024-01-01") + day) for day in range(DAYS)]
    table = pd.DataFrame({"date": dates, "place": "centre", **centre()["targets"]})
    fields = OPTIONS | {"time_col": "date", "id_col": "place", "target_cols": "sales,visits"}
    files = {"file": ("centre.csv", table.to_csv(index=False))}
    answer = client.post("/predict", files=files, data=fields, headers={"accept": "text/csv"})
    assert answer.status_code == 200, answer.text
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(row["unique_id"], row["target"], row["ds"]) for row in rows] == [
        ("centre", "sales", "2024-03-25"),
        ("centre", "sales", "2024-03-26"),
        ("centre", "visits", "2024-03-25"),
        ("centre", "visits", "2024-03-26"),
    ]
    found = [float(row["point"]) for row in rows]
    assert found == pytest.approx([*wanted["sales"], *wanted["visits"]])


@pytest.mark.parametrize("path", ["/backtest", "/anomalies"])
def test_the_past_of_targets_is_forecast_too(client: httpx.Client, trained: str, path: str) -> None:
    answer = client.post(path, json={"series": centre(), "model": "centre"})
    assert answer.status_code == 200, answer.text
    assert [item["target"] for item in answer.json()["series"]] == ["sales", "visits"]


@pytest.mark.parametrize(
    ("series", "code", "pointer"),
    [
        ({"values": [1.0] * 30}, "targets_differ", "#/series/targets"),
        ({"targets": {"sales": [1.0] * 30}}, "targets_differ", "#/series/targets"),
        (
            {"targets": {"sales": [1.0] * 30, "profit": [1.0] * 30}},
            "targets_differ",
            "#/series/targets",
        ),
    ],
)
def test_other_targets_are_refused(
    client: httpx.Client, trained: str, series: dict[str, Any], code: str, pointer: str
) -> None:
    dates = {"start": "2024-01-01", "frequency": "D"}
    answer = client.post("/predict", json={"series": {**dates, **series}, **OPTIONS})
    assert_problem(answer, 422, code)
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert "'sales', 'visits'" in answer.json()["detail"]
    body = {"series": {**dates, **series}, "model": "centre"}
    inspected = client.post("/inspect", json=body).json()["series"][0]
    assert (inspected["error"]["code"], inspected["repairs"]) == (code, None)


def test_series_of_a_training_have_the_same_targets(client: httpx.Client) -> None:
    other = centre() | {"id": "north"}
    other["targets"] = {"sales": other["targets"]["sales"]}
    answer = post_training(client, series=[centre(), other])
    assert_problem(answer, 422, "covariates_differ")
    assert answer.json()["errors"][0]["pointer"] == "#/series/1/targets"
    assert "has no target 'visits'" in answer.json()["detail"]
    many = centre()
    many["targets"] = {f"t{n}": many["targets"]["sales"] for n in range(33)}
    answer = post_training(client, series=many)
    assert_problem(answer, 422, "too_many_targets")
    assert answer.json()["errors"][0]["pointer"] == "#/series/targets"
    again = post_training(client, series=[centre(), centre()])
    assert_problem(again, 422, "id_repeated")
    named = post_training(client, series=centre() | {"static": {"target": "young"}})
    assert_problem(named, 422, "covariate_name_invalid")
    assert named.json()["errors"][0]["pointer"] == "#/series/static/target"
