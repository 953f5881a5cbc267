"""Broken version folders are refused, reported, never run, and the service goes on."""

import json
import os
import pickle
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.settings.settings import Settings
from forecasting.store.draft import publishing
from forecasting.store.manifest import Manifest
from forecasting.store.store import ModelStore
from tests.support.service import Service, wait_until
from tests.support.tiny_models import PASSENGERS, publish_like

TINY = {"FORECAST_DEFAULT_MODEL": "tiny"}


BREAKAGES = {
    "no manifest": "manifest.json",
    "wrong digest": "model.keras is not the file that was published",
    "truncated network": "model.keras cannot be loaded",
    "pickle runs a command": "system",
}
"""Ways to break a version, each with words of the reason that is to be reported."""
MISFITS: dict[str, dict[str, Any]] = {
    "no quantiles": {"quantiles": None},
    "quantiles that fall": {"quantiles": [0.9, 0.5, 0.1]},
    "another horizon": {"horizon": 3},
    "a context beyond all memory": {"context_length": 10**12},
}
BAD_ALIASES = {
    "too deep": "[" * 100_000,
    "no such version": '{"production": 99}',
    "no text": '{"\\ud800": 1}',
    "more than one document": "{}}",
}


class RunsACommand:
    def __init__(self, command: str) -> None:
        self.command = command

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (self.command,)


def name_of(damage: str) -> str:
    return damage.replace(" ", "-")


def break_newest(store: Path, model: str, how: str, proof: Path) -> None:
    """Break version 2 of a model."""
    folder = store / model / "2"
    if how == "no manifest":
        (folder / "manifest.json").unlink()
    elif how == "wrong digest":
        network = (folder / "model.keras").read_bytes()
        (folder / "model.keras").write_bytes(network[:-1] + b"!")
    elif how == "truncated network":
        shutil.rmtree(folder)
        truncated = (store / model / "1" / "model.keras").read_bytes()[:2_000]
        republish(store, model, "model.keras", truncated)
    else:
        shutil.rmtree(folder)
        republish(store, model, "scaler.pkl", pickle.dumps(RunsACommand(f"touch {proof}")))


def republish(store: Path, model: str, name: str, content: bytes) -> None:
    """Publish version 1 again with another content of one file, whose digest is then right."""
    versions = ModelStore(store)
    template = versions.manifest(model, 1)
    with publishing(versions, model) as draft:
        for file in ("model.keras", "scaler.pkl"):
            shutil.copy(store / model / "1" / file, draft.folder)
        (draft.folder / name).write_bytes(content)
        draft.publish(
            lambda version, files: Manifest.model_validate(
                template.model_dump() | {"version": version, "files": files, "promotion": None}
            )
        )


@pytest.fixture(scope="module")
def proof(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file that a pickle makes if it is allowed to run a command."""
    return tmp_path_factory.mktemp("proof") / "ran"


@pytest.fixture(scope="module")
def damaged(
    trained_store: Path, tmp_path_factory: pytest.TempPathFactory, proof: Path
) -> Iterator[httpx.Client]:
    """Connect to a service whose store has `tiny`, undamaged, and a model for each kind of damage.

    One of the damaged models is the default."""
    folder = tmp_path_factory.mktemp("damaged")
    store = shutil.copytree(trained_store, folder / "store")
    for damage in (*BREAKAGES, *MISFITS, *BAD_ALIASES):
        publish_like(ModelStore(store), name_of(damage), of=store / "tiny")
    for how in BREAKAGES:
        break_newest(store, name_of(how), how, proof)
    for misfit, signature in MISFITS.items():
        path = store / name_of(misfit) / "2" / "manifest.json"
        manifest = json.loads(path.read_text())
        manifest["signature"] |= signature
        path.write_text(json.dumps(manifest))
    for damage, aliases in BAD_ALIASES.items():
        (store / name_of(damage) / "aliases.json").write_text(aliases)
    env = {"FORECAST_DEFAULT_MODEL": name_of("truncated network")}
    with Service(store, folder, env) as service, service.client() as client:
        yield client


def problems(client: httpx.Client, model: str) -> list[tuple[int | None, str]]:
    """Return version and reason of each problem that /health reports of a model."""
    health = client.get("/health").json()
    assert health["status"] == "degraded"
    return [
        (problem["version"], problem["reason"])
        for problem in health["problems"]
        if problem["model"] == model
    ]


def served(client: httpx.Client, model: str | None) -> int:
    asked = {"series": PASSENGERS} | ({} if model is None else {"model": model})
    answer = client.post("/predict", json=asked)
    assert answer.status_code == 200, answer.text
    version: int = answer.json()["version"]
    return version


@pytest.mark.parametrize("how", BREAKAGES)
def test_a_broken_version_is_reported_and_the_one_before_serves(
    damaged: httpx.Client, proof: Path, how: str
) -> None:
    model = name_of(how)
    assert served(damaged, model) == 1
    named = damaged.post("/predict", json={"series": PASSENGERS, "model": model, "version": 2})
    assert (named.status_code, named.json()["code"]) == (503, "version_broken")
    ((version, reason),) = problems(damaged, model)
    assert version == 2
    assert BREAKAGES[how] in reason
    assert not proof.exists()


@pytest.mark.parametrize("misfit", MISFITS)
def test_a_manifest_that_does_not_fit_its_network_is_refused(
    damaged: httpx.Client, misfit: str
) -> None:
    model = name_of(misfit)
    assert served(damaged, model) == 1
    assert [version for version, _ in problems(damaged, model)] == [2]


@pytest.mark.parametrize("damage", BAD_ALIASES)
def test_broken_aliases_are_reported_and_the_other_models_served(
    damaged: httpx.Client, damage: str
) -> None:
    assert served(damaged, "tiny") == 2
    assert served(damaged, model=None) == 1
    assert [version for version, _ in problems(damaged, name_of(damage))] == [None]
    listed = [model["model"] for model in damaged.get("/models").json()["models"]]
    assert {"tiny", name_of(damage)} <= set(listed)


def test_a_version_that_breaks_the_store_while_serving_is_reported(store: Path, jobs: Path) -> None:
    with (
        Service(store, jobs, {"FORECAST_DEFAULT_MODEL": "tiny"}) as service,
        service.client() as client,
    ):
        (store / "tiny" / "3").mkdir()
        wait_until(
            lambda: client.get("/health").json()["problems"], what="the broken version's report"
        )
        assert client.post("/predict", json={"series": PASSENGERS}).json()["version"] == 2
        shutil.rmtree(store / "tiny" / "3")
        wait_until(lambda: client.get("/health").json()["status"] == "ok", what="the all-clear")


def test_without_a_model_the_service_lives_but_is_not_ready(tmp_path: Path, jobs: Path) -> None:
    empty = tmp_path / "empty"
    with Service(empty, jobs, wait_ready=False) as service, service.client() as client:
        wait_until(
            lambda: client.get("/health").json()["status"] == "unavailable", what="the first look"
        )
        assert client.get("/health/live").status_code == 200
        assert client.get("/health/ready").status_code == 503
        answer = client.post("/predict", json={"series": PASSENGERS})
        assert (answer.status_code, answer.json()["code"]) == (404, "model_not_found")
        (problem,) = client.get("/health").json()["problems"]
        assert problem["reason"] == answer.json()["detail"]
        assert "training copy-models" in problem["reason"]


def test_production_is_served_where_there_is_one(store: Path, jobs: Path) -> None:
    (store / "tiny" / "aliases.json").write_text('{"production": 1}')
    with (
        Service(store, jobs, {"FORECAST_DEFAULT_MODEL": "tiny"}) as service,
        service.client() as client,
    ):
        assert client.post("/predict", json={"series": PASSENGERS}).json()["version"] == 1
        named = {"series": PASSENGERS, "version": "latest"}
        assert client.post("/predict", json=named).json()["version"] == 2
        (store / "tiny" / "aliases.json").write_text('{"production": 2}')
        wait_until(
            lambda: client.post("/predict", json={"series": PASSENGERS}).json()["version"] == 2,
            what="the moved alias",
        )


@pytest.mark.parametrize("path", ["/health", "/health/live", "/health/ready"])
def test_head_answers_as_get_does_without_a_body(client: httpx.Client, path: str) -> None:
    answer = client.head(path)
    same = client.get(path)
    assert (answer.status_code, answer.content) == (200, b"")
    for header in ("content-type", "content-length"):
        assert answer.headers[header] == same.headers[header]
    assert list(client.get("/openapi.json").json()["paths"][path]) == ["get"]


def test_health_says_what_a_request_may_hold(client: httpx.Client) -> None:
    limits = client.get("/health").json()["limits"]
    assert limits["max_series"] == Settings().max_series
    assert limits["max_body_bytes"] == Settings().max_body_bytes


def test_a_version_that_cannot_be_read_for_now_is_tried_again(
    store: Path, jobs: Path, tmp_path: Path
) -> None:
    """A link to itself stands for a disk that does not answer; the version's folder stays as it is
    when that is over."""
    network = store / "tiny" / "2" / "model.onnx"
    elsewhere = network.rename(tmp_path / "network")
    link = tmp_path / "link"
    link.symlink_to(link)
    network.symlink_to(link)
    named = {"series": PASSENGERS, "version": 2}
    with Service(store, jobs, TINY) as service, service.client() as client:
        assert served(client, "tiny") == 1
        ((version, reason),) = problems(client, "tiny")
        assert version == 2
        assert "Too many levels of symbolic links" in reason
        assert "tried again" in reason
        answer = client.post("/predict", json=named)
        assert (answer.status_code, answer.json()["code"]) == (503, "version_unavailable")
        assert f"Try again in {answer.headers['retry-after']} s." in answer.json()["detail"]
        link.unlink()
        link.symlink_to(elsewhere)
        wait_until(lambda: client.get("/health").json()["status"] == "ok", what="the all-clear")
        wait_until(lambda: served(client, "tiny") == 2, what="the version that is read again")
        assert client.post("/predict", json=named).status_code == 200
