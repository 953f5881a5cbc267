"""The tables that MLflow's scoring server takes, with the numbers of `/predict`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pandas as pd
import pytest

from app.access.keys import add_key
from app.access.scopes import Scope
from app.settings.settings import Settings
from tests.support.service_thread import service_thread
from tests.support.tiny_models import PASSENGERS

FRAME = pd.DataFrame(
    {
        "shop": ["a"] * len(PASSENGERS),
        "month": pd.date_range("1949-01-01", periods=len(PASSENGERS), freq="MS").astype(str),
        "sales": [float(value) for value in PASSENGERS],
    }
)
SPLIT = {"dataframe_split": FRAME.to_dict(orient="split")}
RECORDS = {"dataframe_records": FRAME.to_dict(orient="records")}


@pytest.mark.parametrize("table", [SPLIT, RECORDS])
def test_tables_get_what_predict_answers(client: httpx.Client, table: dict[str, Any]) -> None:
    parameters = {"horizon": 3, "levels": [], "quantiles": [0.1], "id_col": "shop"}
    answer = client.post("/invocations", json=table | {"params": parameters})
    assert answer.status_code == 200, answer.text
    rows = answer.json()["predictions"]
    body = {
        "series": {
            "values": FRAME["sales"].tolist(),
            "start": "1949-01-01",
            "frequency": "MS",
        },
        **{name: parameters[name] for name in ("horizon", "levels", "quantiles")},
    }
    (expected,) = client.post("/predict", json=body).json()["forecasts"]
    assert [row["unique_id"] for row in rows] == ["a"] * 3
    assert [row["ds"] for row in rows] == expected["timestamps"]
    assert [row["point"] for row in rows] == pytest.approx(expected["point"], rel=1e-6)
    assert [row["0.1"] for row in rows] == pytest.approx(expected["quantiles"]["0.1"], rel=1e-6)


MISTAKES: list[tuple[dict[str, Any], str]] = [
    ({"params": {"horizons": 3}}, "#/params/horizons: 'horizons' is not known here."),
    ({"params": {"horizon": 0}}, "#/params/horizon: "),
    ({"params": {"scores": True}}, "#/params/scores: "),
    ({"params": {"id_col": "nothing"}}, "#/params/id_col: "),
    ({"params": []}, "#/params: "),
    ({"dataframe_records": []}, "send a table"),
    ({"dataframe_split": {"columns": ["a"], "data": [[1, 2]]}}, "#/dataframe_split: "),
    ({"dataframe_split": {"columns": ["ds", "y"], "data": [["2024-01-01", "x"]]}}, "#/dataframe_"),
    (
        {"dataframe_split": {"columns": ["ds", "y"], "data": [["a", 10**400]]}},
        "#/dataframe_split: the file cannot be read as application/json: int too large",
    ),
]


@pytest.mark.parametrize(("changes", "message"), MISTAKES)
def test_mistakes_are_named_by_their_places(
    client: httpx.Client, changes: dict[str, Any], message: str
) -> None:
    refused = client.post("/invocations", json=SPLIT | changes)
    assert refused.status_code == 400
    assert refused.json()["error_code"] == "BAD_REQUEST"
    assert refused.json()["message"].startswith(message)


def test_an_endpoint_names_the_model(client: httpx.Client) -> None:
    path = "/endpoints/tiny/invocations"
    rows = client.post(path, json=RECORDS).json()["predictions"]
    assert rows == client.post("/invocations", json=RECORDS).json()["predictions"]
    refused = client.post(path, json=RECORDS | {"params": {"model": "plain"}})
    assert refused.status_code == 424
    assert refused.json()["OriginalMessage"].startswith("#/params/model: the endpoint is that of")


def test_it_is_spoken_where_sagemaker_is_not(trained_store: Path, tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    settings = Settings(
        model_store=str(trained_store),
        jobs_dir=tmp_path,
        default_model="tiny",
        compat="mlflow",
        api_keys_file=keys,
    )
    key = add_key(keys, "any", [*Scope])
    with service_thread(settings) as client:
        assert client.get("/ping").status_code == 200
        refused = client.post("/invocations", json=RECORDS)
        assert (refused.status_code, refused.json()["error_code"]) == (401, "UNAUTHENTICATED")
        client.headers["Authorization"] = f"Bearer {key}"
        assert client.post("/invocations", json=RECORDS).status_code == 200
        refused = client.post("/invocations", json={"instances": []})
        assert refused.status_code == 400
        assert refused.json()["error_code"] == "BAD_REQUEST"
        assert client.post("/endpoints/tiny/invocations", json={}).status_code == 404
    settings = settings.model_copy(update={"compat": "sagemaker", "api_keys_file": None})
    with service_thread(settings) as client:
        refused = client.post("/invocations", json=RECORDS)
        assert refused.json()["message"].startswith("The form of the body is unknown.")


def test_a_path_of_both_takes_the_forms_of_both_however_the_setting_names_them(
    trained_store: Path, tmp_path: Path
) -> None:
    settings = Settings(
        model_store=str(trained_store),
        jobs_dir=tmp_path,
        default_model="tiny",
        compat="mlflow,sagemaker",
    )
    instances = {"instances": [{"target": FRAME["sales"].tolist()}]}
    with service_thread(settings) as client:
        for body in (RECORDS, instances):
            assert client.post("/invocations", json=body).status_code == 200
