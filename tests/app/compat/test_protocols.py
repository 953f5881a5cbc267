"""What all protocols of other systems share: the switch, keys, errors, metrics, the page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi.routing import iter_route_contexts

from app.access.keys import add_key
from app.access.scopes import ANY_SCOPE, Scope, needed_scopes
from app.compat.protocols import PROTOCOLS
from app.settings.environment import SettingsError, load_settings
from app.settings.settings import Settings
from tests.support.service import ROOT
from tests.support.service_thread import service_thread

PAGE = (ROOT / "docs" / "guides" / "compatible.md").read_text()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("compat")


@pytest.fixture(scope="module")
def key(folder: Path) -> str:
    return add_key(folder / "keys.json", "reader", [Scope.PREDICT])


@pytest.fixture(scope="module")
def client(trained_store: Path, folder: Path, key: str) -> Iterator[httpx.Client]:
    settings = Settings(
        model_store=str(trained_store),
        jobs_dir=folder,
        default_model="tiny",
        api_keys_file=folder / "keys.json",
        max_body_bytes=1_024,
        rate_limit=1_000,
    )
    with service_thread(settings) as connected:
        yield connected


@pytest.mark.parametrize("name", PROTOCOLS)
def test_every_path_of_a_protocol_is_its_own_and_on_the_page(name: str) -> None:
    protocol = PROTOCOLS[name]
    paths = [context.path or "" for context in iter_route_contexts(protocol.router().routes)]
    assert paths
    for path in paths:
        assert protocol.paths.fullmatch(path)
        assert path.removeprefix(f"/{name}") in PAGE


def test_which_scopes_the_requests_of_protocols_need() -> None:
    timegpt = PROTOCOLS["timegpt"]
    assert needed_scopes("GET", "/v2/models", timegpt) == ANY_SCOPE
    assert needed_scopes("POST", "/timegpt/v2/forecast", timegpt) == {Scope.PREDICT}
    assert needed_scopes("POST", "/v2/finetune/async", timegpt) == {Scope.TRAIN}
    assert needed_scopes("DELETE", "/v2/finetuned_models/mine", timegpt) == {Scope.ADMIN}
    assert needed_scopes("POST", "/v3/forecast", None) == {Scope.ADMIN}


def test_the_gate_refuses_in_the_shape_of_the_protocol(client: httpx.Client, key: str) -> None:
    refused = client.get("/validate_api_key")
    assert refused.status_code == 401
    assert "API key" in refused.json()["detail"]
    assert "www-authenticate" in refused.headers
    bearer = {"Authorization": f"Bearer {key}"}
    assert client.get("/validate_api_key", headers=bearer).status_code == 200
    refused = client.post("/v2/finetune", headers=bearer, json={})
    assert refused.status_code == 403
    assert "for train" in refused.json()["detail"]


def test_limits_and_mistakes_are_answered_in_the_shape_of_the_protocol(
    client: httpx.Client, key: str
) -> None:
    client.headers["Authorization"] = f"Bearer {key}"
    too_large = client.post("/v2/forecast", content=b" " * 2_000)
    assert too_large.status_code == 413
    wrong = client.post("/v2/forecast", json={"series": {"y": [1], "sizes": [2]}, "h": 1})
    assert wrong.status_code == 422
    for refused in (too_large, wrong, client.post("/v2/nothing")):
        assert refused.headers["content-type"] == "application/json"
        assert {"detail", "code", "errors", "request_id"} == set(refused.json())
    del client.headers["Authorization"]


def test_metrics_name_the_operation_and_the_document_leaves_it_out(
    client: httpx.Client, key: str
) -> None:
    client.headers["Authorization"] = f"Bearer {key}"
    body = {"series": {"y": [1, 2, 3], "sizes": [3]}, "h": 1}
    assert client.post("/v2/forecast", json=body).status_code == 200
    metrics = client.get("/metrics").text
    assert 'forecast_series_total{model="tiny",operation="timegpt_forecast"} 1.0' in metrics
    paths = client.get("/openapi.json").json()["paths"]
    assert not [path for path in paths if any(p.paths.fullmatch(path) for p in PROTOCOLS.values())]
    del client.headers["Authorization"]


def test_protocols_are_switched_by_a_setting(
    trained_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Settings().protocols == tuple(PROTOCOLS)
    assert Settings(compat="timegpt").protocols == ("timegpt",)
    assert Settings(compat="mlflow, sagemaker").protocols == ("sagemaker", "mlflow")
    monkeypatch.setenv("FORECAST_COMPAT", "timegtp")
    with pytest.raises(SettingsError, match="'timegtp' is none of `timegpt`"):
        load_settings()
    settings = Settings(
        model_store=str(trained_store), jobs_dir=tmp_path, default_model="tiny", compat="none"
    )
    with service_thread(settings) as client:
        refused = client.get("/v2/models")
        assert refused.status_code == 404
        assert refused.headers["content-type"] == "application/problem+json"
