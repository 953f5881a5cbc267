"""The forms that SageMaker's endpoints take, and that their numbers are those of `/predict`."""

from __future__ import annotations

import base64
import gzip
import io
import json
from typing import Any

import httpx
import numpy as np
import pandas as pd
import pytest

from tests.support.tiny_models import PASSENGERS

VALUES = [float(value) for value in PASSENGERS]
DATED = {"start": "1949-01-01", "frequency": "MS"}


def predict(client: httpx.Client, series: Any, **options: Any) -> list[dict[str, Any]]:
    """Return the forecasts that `/predict` answers."""
    answer = client.post("/predict", json={"series": series, **options})
    assert answer.status_code == 200, answer.text
    return answer.json()["forecasts"]  # type: ignore[no-any-return]


def invoke(client: httpx.Client, body: Any, path: str = "/invocations") -> list[dict[str, Any]]:
    answer = client.post(path, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()["predictions"]  # type: ignore[no-any-return]


def test_deepar_gets_what_predict_answers(client: httpx.Client) -> None:
    holes: list[Any] = ["NaN", None]
    body = {
        "instances": [
            {"start": "1949-01-01 00:00:00", "target": [*VALUES, *holes, 150], "cat": [0, 1]},
            {"start": "1949-01", "target": VALUES, "item_id": 7},
        ],
        "configuration": {"freq": "M", "prediction_length": 6, "quantiles": ["0.5", 0.9, "p10"]},
    }
    first, second = invoke(client, body)
    series = [{"values": [*VALUES, None, None, 150], **DATED}, {"values": VALUES, **DATED}]
    expected = predict(client, series, horizon=6, quantiles=[0.1, 0.5, 0.9])
    for prediction, forecast in zip((first, second), expected, strict=True):
        assert prediction == {"mean": forecast["point"], "quantiles": forecast["quantiles"]}


def test_features_are_covariates(client: httpx.Client) -> None:
    promo = [float(step % 5 == 0) for step in range(84)]
    values = [20 + 8 * on + step % 3 for step, on in enumerate(promo[:80])]
    body = {
        "instances": [{"start": "2024-01-01", "target": values, "dynamic_feat": [promo]}],
        "configuration": {"freq": "D", "prediction_length": 4},
    }
    (prediction,) = invoke(client, body, "/endpoints/zero-shot/invocations")
    series = {"values": values, "start": "2024-01-01", "frequency": "D"}
    (expected,) = predict(
        client,
        series | {"future_covariates": {"dynamic_feat_0": promo}},
        horizon=4,
        model="zero-shot",
    )
    assert [note["code"] for note in expected["notes"]] == ["covariates_used"]
    assert prediction["mean"] == expected["point"]


def test_samples_have_the_distribution_of_the_forecast(client: httpx.Client) -> None:
    body = {
        "instances": [{"target": VALUES}],
        "configuration": {"output_types": ["samples", "quantiles"], "num_samples": 200},
    }
    answer = client.post("/invocations", json=body)
    assert client.post("/invocations", json=body).content == answer.content
    (prediction,) = answer.json()["predictions"]
    samples = np.array(prediction["samples"])
    assert samples.shape == (200, 4)
    for probability, expected in prediction["quantiles"].items():
        found = np.quantile(samples, float(probability), axis=0)
        assert found == pytest.approx(expected, rel=0.01)
    orders = np.argsort(samples, axis=0)
    assert not (orders[:, 0] == orders[:, 1]).all()


def test_lines_are_answered_with_lines(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [
        {"start": "1949-01-01", "target": VALUES, "item_id": "a"},
        {"start": "1949-01-01", "target": VALUES[:20]},
    ]
    content = gzip.compress("\n".join(map(json.dumps, lines)).encode())
    for media_type in ("application/jsonlines", None):
        headers = {"content-encoding": "gzip"} | (
            {"content-type": media_type} if media_type else {}
        )
        answer = client.post("/invocations", content=content, headers=headers)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/jsonlines"
        first, second = map(json.loads, answer.text.split("\n"))
        assert first.pop("item_id") == "a"
        frequency = "MS"  # that of the model's training
        series = [
            {"values": v, "start": "1949-01-01", "frequency": frequency}
            for v in (VALUES, VALUES[:20])
        ]
        expected = predict(client, series, quantiles=[0.1, 0.5, 0.9])
        assert [first["mean"], second["mean"]] == [found["point"] for found in expected]
    assert client.post("/invocations", content=b"").text == ""


def test_chronos_gets_what_predict_answers(client: httpx.Client) -> None:
    promo = [float(step % 5 == 0) for step in range(len(VALUES) + 3)]
    body = {
        "inputs": [
            {
                "target": VALUES,
                "item_id": "a",
                "start": "1949-01-01",
                "past_covariates": {"promo": promo[:-3], "seen": VALUES},
                "future_covariates": {"promo": promo[-3:]},
            },
            {"target": [VALUES, VALUES[::-1]], "start": "1949-01-01"},
        ],
        "parameters": {
            "prediction_length": 3,
            "quantile_levels": [0.25],
            "freq": "MS",
            "batch_size": 9,
        },
    }
    one, two = invoke(client, body, "/endpoints/zero-shot/invocations")
    covariates = {"past_covariates": {"seen": VALUES}, "future_covariates": {"promo": promo}}
    series = [
        {"values": VALUES, **DATED, **covariates},
        {"targets": {"0": VALUES, "1": VALUES[::-1]}, **DATED},
    ]
    expected = predict(client, series, horizon=3, quantiles=[0.25], model="zero-shot")
    start = expected[0]["timestamps"][0]
    assert one == {
        "mean": expected[0]["point"],
        "0.25": expected[0]["quantiles"]["0.25"],
        "item_id": "a",
        "start": start,
    }
    assert two == {
        "mean": [found["point"] for found in expected[1:]],
        "0.25": [found["quantiles"]["0.25"] for found in expected[1:]],
        "start": start,
    }
    (plain,) = invoke(client, {"inputs": [{"target": VALUES}]})
    assert set(plain) == {"mean", "0.1", "0.5", "0.9"}
    assert len(plain["mean"]) == 1


def table(frame: pd.DataFrame) -> str:
    return base64.b64encode(frame.to_parquet()).decode()


def test_autogluon_gets_a_table(client: httpx.Client) -> None:
    steps = np.arange(84)
    promo = (steps % 5 == 0).astype(float)
    rows = pd.DataFrame(
        {
            "shop": np.repeat(["a", "b"], 80),
            "day": np.tile(pd.date_range("2024-01-01", periods=80), 2),
            "sales": np.tile(20 + 8 * promo[:80] + steps[:80] % 3, 2),
            "promo": np.tile(promo[:80], 2),
        }
    )
    ahead = pd.DataFrame(
        {
            "shop": np.repeat(["a", "b"], 4),
            "day": np.tile(pd.date_range("2024-03-21", periods=4), 2),
            "promo": np.tile(promo[80:], 2),
        }
    )
    body: dict[str, Any] = {
        "version": 1,
        "data": table(rows),
        "known_covariates": table(ahead),
        "inference_kwargs": {
            "prediction_length": 4,
            "quantile_levels": [0.1, 0.9],
            "target": "sales",
            "id_column": "shop",
            "timestamp_column": "day",
        },
    }
    headers = {"content-type": "application/x-autogluon", "accept": "application/x-parquet"}
    path = "/endpoints/zero-shot/invocations"
    answer = client.post(path, json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/x-parquet"
    found = pd.read_parquet(io.BytesIO(answer.content))
    assert list(found.columns) == ["item_id", "timestamp", "mean", "0.1", "0.9"]
    assert found["timestamp"].iloc[0] == pd.Timestamp("2024-03-21")
    series = {
        "values": rows["sales"][:80].tolist(),
        "start": "2024-01-01",
        "frequency": "D",
        "future_covariates": {"promo": promo.tolist()},
    }
    (expected,) = predict(client, series, horizon=4, quantiles=[0.1, 0.9], model="zero-shot")
    assert "covariates_used" in [note["code"] for note in expected["notes"]]
    assert found["mean"].tolist() == pytest.approx(expected["point"] * 2, rel=1e-6)
    assert found["0.9"].tolist() == pytest.approx(expected["quantiles"]["0.9"] * 2, rel=1e-6)

    body["known_covariates"] = table(ahead[ahead["day"] != "2024-03-21"].reset_index(drop=True))
    refused = client.post(path, json=body, headers=headers)
    assert refused.status_code == 424
    message = refused.json()["OriginalMessage"]
    assert message.startswith(
        "#/known_covariates: series 'a': the future covariates are known for 0 steps"
    )

    body["known_covariates"] = table(ahead.rename(columns={"promo": "price"}))
    refused = client.post(path, json=body, headers=headers)
    assert refused.status_code == 424
    message = refused.json()["OriginalMessage"]
    assert message.startswith("#/known_covariates: the table of the past has no column 'price'")
