"""Clients that openapi-python-client generates from the OpenAPI document.

`scripts/check-generated-clients` does the same with generators that need Java or Node.
"""

import importlib
import io
import json
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from app.predict.examples import PASSENGERS, PASSENGERS_TABLE
from tests.support.service import Service

NAME = "generated_client"


@pytest.fixture(scope="module")
def generated(
    service: Service, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Any]]:
    """Every module of the client that is generated, by its name, and a client to call with."""
    folder = tmp_path_factory.mktemp("client")
    document = folder / "openapi.json"
    document.write_bytes(httpx.get(service.url + "/openapi.json", timeout=60).content)
    target = ("--meta", "none", "--output-path", str(folder / NAME))
    subprocess.run(
        [sys.executable, "-m", "openapi_python_client", "generate", "--path", document, *target],
        check=True,
        cwd=folder,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        package = importlib.import_module(NAME)
        found = pkgutil.walk_packages(package.__path__, f"{NAME}.")
        modules = {module.name: importlib.import_module(module.name) for module in found}
        by_name = {name.removeprefix(f"{NAME}."): module for name, module in modules.items()}
        with package.Client(base_url=service.url, raise_on_unexpected_status=True) as client:
            yield by_name | {"client": client}
        for name in (NAME, *modules):
            del sys.modules[name]


def predict(generated: dict[str, Any], body: Any) -> Any:
    return generated["api.forecasts.predict"].sync(client=generated["client"], body=body)


def test_it_forecasts_one_raw_series(generated: dict[str, Any]) -> None:
    models = generated["models"]
    answer = predict(generated, models.PredictRequest(series=[*PASSENGERS, None], horizon=3))
    assert isinstance(answer, models.PredictResponse)
    assert [len(forecast.point) for forecast in answer.forecasts] == [3]


def test_it_forecasts_many_series_and_reads_what_failed(generated: dict[str, Any]) -> None:
    models = generated["models"]
    series = [
        models.BoundedSeriesObject(id="good", values=PASSENGERS),
        models.BoundedSeriesObject(id="bad", values=[None]),
    ]
    request = models.PredictRequest(series=series, horizon=3, on_error=models.OnError.PARTIAL)
    good, bad = predict(generated, request).forecasts
    assert isinstance(good, models.ForecastObject)
    assert (good.id, len(good.point)) == ("good", 3)
    assert isinstance(bad, models.FailedObject)
    assert (bad.id, bad.error.code) == ("bad", "series_all_missing")


def test_it_uploads_a_table_with_options(generated: dict[str, Any]) -> None:
    models, types = generated["models"], generated["types"]
    file = types.File(io.BytesIO(PASSENGERS_TABLE.encode()), "passengers.csv", "text/csv")
    form = models.PredictFilesBody(
        file=file,
        horizon=3,
        levels="80,95",
        integer=models.FormBoolean.TRUE,
        repair=models.FormBoolean.FALSE,
    )
    (forecast,) = predict(generated, form).forecasts
    assert set(forecast.intervals.additional_properties) == {"80", "95"}
    assert all(value == round(value) for value in forecast.point)


def test_it_reads_problems_and_manifests(generated: dict[str, Any]) -> None:
    models, client = generated["models"], generated["client"]
    problem = predict(generated, models.PredictRequest(series=[]))
    assert isinstance(problem, models.Problem)
    assert problem.code == "series_empty"
    manifest = generated["api.models.show_version"].sync(client=client, model="tiny", version=1)
    assert isinstance(manifest, models.Manifest)
    assert json.dumps(manifest.to_dict())


def test_an_enumeration_has_one_name(generated: dict[str, Any]) -> None:
    names = [name for name in vars(generated["models"]) if "OnError" in name]
    assert names == ["OnError"]
