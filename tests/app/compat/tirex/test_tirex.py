"""The answers of TiRex's server, with the numbers of `/predict`."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.support.tiny_models import PASSENGERS

VALUES = [float(value) for value in PASSENGERS]
QUANTILES = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]


def test_forecasts_are_those_of_predict(client: httpx.Client) -> None:
    context = [VALUES, VALUES[:30]]
    series = [{"values": values} for values in context]
    body = {"series": series, "horizon": 5, "quantiles": QUANTILES}
    expected = client.post("/predict", json=body).json()["forecasts"]
    asked = {"context": context, "prediction_length": 5}
    mean = client.post("/forecast/mean", json=asked).json()
    assert mean == [forecast["point"] for forecast in expected]
    quantiles = client.post("/forecast/quantiles", json=asked).json()
    for found, forecast in zip(quantiles, expected, strict=True):
        steps = zip(*forecast["quantiles"].values(), strict=True)
        assert found == [list(step) for step in steps]
    assert len(client.post("/forecast/mean", json={"context": [VALUES]}).json()[0]) == 32


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"context": [[1, 2, "x"]]}, "#/context/0/2: "),
        ({"context": [1, 2]}, "#/context/0: "),
        ({"context": []}, "#/context"),
        ({"context": [[]]}, "#/context/0: "),
        ({"context": [[1, 2]], "prediction_length": 0}, "#/prediction_length: "),
        ({"context": [[1, 2]], "prediction_length": 10**9}, "#/prediction_length: a horizon of"),
        ({"context": [[1, 2]], "quantiles": [0.1]}, "#/quantiles: 'quantiles' is not known here."),
        ([], "#: "),
    ],
)
def test_a_mistake_is_named_by_its_place(client: httpx.Client, body: Any, message: str) -> None:
    for path in ("/forecast/mean", "/forecast/quantiles"):
        refused = client.post(path, json=body)
        assert refused.status_code == 422
        assert refused.json()["error_code"] == 422
        assert refused.json()["error_message"].startswith(message)
