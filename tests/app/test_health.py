"""Broken version folders are refused, reported, never run, and the service goes on."""

import json
import os
import pickle
import shutil
from pathlib import Path
from typing import Any

import pytest

from forecasting.manifest import Manifest
from forecasting.store import ModelStore
from tests.running import Service, wait_until
from tests.tiny import PASSENGERS

TINY = {"FORECAST_DEFAULT_MODEL": "tiny"}


class RunsACommand:
    def __init__(self, command: str) -> None:
        self.command = command

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (self.command,)


def break_newest(store: Path, how: str, proof: Path) -> str:
    """Break version 2 of `tiny`; returns words of the reason that is to be reported."""
    folder = store / "tiny" / "2"
    if how == "no manifest":
        (folder / "manifest.json").unlink()
        return "manifest.json"
    if how == "wrong digest":
        network = (folder / "model.keras").read_bytes()
        (folder / "model.keras").write_bytes(network[:-1] + b"!")
        return "model.keras is not the file that was published"
    if how == "truncated network":
        shutil.rmtree(folder)
        truncated = (store / "tiny" / "1" / "model.keras").read_bytes()[:2_000]
        republish(store, "model.keras", truncated)
        return "model.keras cannot be loaded"
    shutil.rmtree(folder)
    republish(store, "scaler.pkl", pickle.dumps(RunsACommand(f"touch {proof}")))
    return "system"


def republish(store: Path, name: str, content: bytes) -> None:
    """Version 2 as 1 with one file changed, its digest right: only its content is at fault."""
    versions = ModelStore(store)
    template = versions.manifest("tiny", 1)
    with versions.publishing("tiny") as draft:
        for file in ("model.keras", "scaler.pkl"):
            shutil.copy(store / "tiny" / "1" / file, draft.folder)
        (draft.folder / name).write_bytes(content)
        draft.publish(
            lambda version, files: Manifest.model_validate(
                template.model_dump() | {"version": version, "files": files, "promotion": None}
            )
        )


@pytest.mark.parametrize(
    "how", ["no manifest", "wrong digest", "truncated network", "pickle runs a command"]
)
def test_a_broken_version_is_reported_and_the_one_before_serves(
    store: Path, jobs: Path, tmp_path: Path, how: str
) -> None:
    proof = tmp_path / "ran"
    reason = break_newest(store, how, proof)
    with (
        Service(store, jobs, {"FORECAST_DEFAULT_MODEL": "tiny"}) as service,
        service.client() as client,
    ):
        health = client.get("/health").json()
        assert health["status"] == "degraded"
        (problem,) = health["problems"]
        assert (problem["model"], problem["version"]) == ("tiny", 2)
        assert reason in problem["reason"]
        assert client.post("/predict", json={"series": PASSENGERS}).json()["version"] == 1
        named = client.post("/predict", json={"series": PASSENGERS, "version": 2})
        assert (named.status_code, named.json()["code"]) == (503, "version_broken")
    assert not proof.exists()


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


@pytest.mark.parametrize(
    "signature",
    [
        {"quantiles": None},
        {"quantiles": [0.9, 0.5, 0.1]},
        {"horizon": 3},
        {"context_length": 10**12},
    ],
)
def test_a_manifest_that_does_not_fit_its_network_is_refused(
    store: Path, jobs: Path, signature: dict[str, Any]
) -> None:
    path = store / "tiny" / "2" / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["signature"] |= signature
    path.write_text(json.dumps(manifest))
    with Service(store, jobs, TINY) as service, service.client() as client:
        assert client.post("/predict", json={"series": PASSENGERS}).json()["version"] == 1
        assert [problem["version"] for problem in client.get("/health").json()["problems"]] == [2]


@pytest.mark.parametrize("aliases", ["[" * 100_000, '{"production": 99}', '{"\\ud800": 1}', "{}}"])
def test_broken_aliases_are_reported_and_the_other_models_served(
    store: Path, jobs: Path, aliases: str
) -> None:
    (store / "plain" / "aliases.json").write_text(aliases)
    with Service(store, jobs, TINY) as service, service.client() as client:
        assert client.post("/predict", json={"series": PASSENGERS}).status_code == 200
        (problem,) = client.get("/health").json()["problems"]
        assert (problem["model"], problem["version"]) == ("plain", None)
        assert len(client.get("/models").json()["models"]) == 3


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
