"""Explanations of a version that was trained with covariates, by a real service."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from forecasting.jobs.fit_options import FitOptions
from forecasting.store.store import ModelStore
from tests.support.covariate_series import TINY_WITH_COVARIATES, series_with_covariates
from tests.support.service import Service
from training.dataset import Dataset
from training.pipeline import run_fit
from training.progress import JsonLines

SHOP = series_with_covariates()
NAMES = ["price", "weather", "visits", "region"]


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    folder: Path = tmp_path_factory.mktemp("shops")
    store = ModelStore(folder / "store")
    data = Dataset((SHOP, series_with_covariates(90, seed=1)))
    run_fit(FitOptions(model="shops", recipe=TINY_WITH_COVARIATES), data, store, JsonLines())
    env = {"FORECAST_DEFAULT_MODEL": "shops"}
    with Service(Path(store.location), folder, env) as service, service.client() as client:
        yield client


def given(**changes: Any) -> dict[str, Any]:
    """Return the shop as a request has it."""
    covariates = SHOP.covariates
    assert covariates is not None
    columns = dict(
        zip(covariates.names, np.concatenate([covariates.past, covariates.ahead]).T, strict=True)
    )
    weather = np.where(columns["weather=sun"] == 1, "sun", "rain")
    return {
        "values": SHOP.values.tolist(),
        "start": "2024-01-01",
        "frequency": "D",
        "future_covariates": {"price": columns["price"].tolist(), "weather": weather.tolist()},
        "past_covariates": {"visits": columns["visits"][: SHOP.values.size].tolist()},
        "static": {"region": "south"},
    } | changes


def ask(client: httpx.Client, *series: dict[str, Any]) -> list[dict[str, Any]]:
    body = {"series": list(series), "horizon": 4, "explain": True}
    answer = client.post("/predict", json=body)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["forecasts"]
    for forecast in found:
        values = [component["values"] for component in forecast["explanation"]["components"]]
        assert np.sum(values, axis=0) == pytest.approx(np.array(forecast["point"]), rel=1e-12)
    return found


def part(forecast: dict[str, Any], name: str) -> list[float]:
    (values,) = (
        component["values"]
        for component in forecast["explanation"]["components"]
        if component["name"] == name
    )
    found: list[float] = values
    return found


def test_each_covariate_of_the_network_has_its_part(shops: httpx.Client) -> None:
    dear = given()
    dear["future_covariates"]["price"][-4:] = [20.0] * 4
    constant = given(values=[5.0] * SHOP.values.size)
    first, with_dear, none = ask(shops, given(), dear, constant)
    names = [component["name"] for component in first["explanation"]["components"]]
    assert names == ["level", *NAMES, "remainder"]
    assert [component["name"] for component in none["explanation"]["components"]] == [
        "level",
        "remainder",
    ]
    change = np.subtract(with_dear["point"], first["point"])
    in_price = np.subtract(part(with_dear, "price"), part(first, "price"))
    assert np.abs(in_price).min() > 1
    for name in ("level", "remainder"):
        assert part(with_dear, name) == pytest.approx(part(first, name), rel=1e-9)
    others = sum(
        np.subtract(part(with_dear, name), part(first, name)) for name in NAMES if name != "price"
    )
    assert in_price + others == pytest.approx(change)
    assert all(stretch["effect"] > 0 for stretch in first["explanation"]["stretches"])


def test_it_is_drawn_and_its_table_has_the_columns(shops: httpx.Client) -> None:
    body = {"series": given(), "horizon": 4}
    assert shops.post("/predict/explain.png", json=body).content.startswith(b"\x89PNG")
    table = shops.post("/predict", json=body | {"explain": True}, headers={"accept": "text/csv"})
    header = table.text.splitlines()[0].replace('"', "").split(",")
    assert header[-6:] == ["level", *(f"covariate-{name}" for name in NAMES), "remainder"]
