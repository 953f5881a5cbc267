"""What starts the service elsewhere: compose and Kubernetes."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from app.settings.settings import Settings
from tests.support.service import ROOT

KUBERNETES = ROOT / "deploy" / "kubernetes"
MANY_MACHINES = ROOT / "deploy" / "many-machines"
KUSTOMIZATION = yaml.safe_load((KUBERNETES / "kustomization.yaml").read_text())
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
OLDEST = "1.30"


def manifests() -> list[dict[str, Any]]:
    files = [KUBERNETES / name for name in KUSTOMIZATION["resources"]]
    return [item for file in files for item in yaml.safe_load_all(file.read_text())]


def name_of(manifest: dict[str, Any]) -> str:
    return f"{manifest['kind']} {manifest['metadata']['name']}"


def values(value: Any, key: str) -> Iterator[Any]:
    """Yield whatever stands under a key, however deep."""
    if isinstance(value, dict):
        if key in value:
            yield value[key]
        for inner in value.values():
            yield from values(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from values(inner, key)


@pytest.mark.parametrize("version", [OLDEST, kubernetes_validate.latest_version()])
@pytest.mark.parametrize(
    "manifest", manifests(), ids=lambda m: f"{m['kind']}-{m['metadata']['name']}"
)
def test_a_manifest_is_what_kubernetes_takes(manifest: dict[str, Any], version: str) -> None:
    kubernetes_validate.validate(manifest, version, strict=True)


def test_the_kustomization_has_every_manifest() -> None:
    files = {path.name for path in KUBERNETES.glob("*.yaml")} - {"kustomization.yaml"}
    assert set(KUSTOMIZATION["resources"]) == files


def test_manifests_refer_to_what_there_is() -> None:
    names = {(item["kind"], item["metadata"]["name"]) for item in manifests()}
    names |= {("Secret", secret["name"]) for secret in KUSTOMIZATION["secretGenerator"]}
    used = (
        {("PersistentVolumeClaim", name) for name in values(manifests(), "claimName")}
        | {("Secret", name) for name in values(manifests(), "secretName")}
        | {("ConfigMap", place["name"]) for place in values(manifests(), "configMapRef")}
        | {(place["kind"], place["name"]) for place in values(manifests(), "scaleTargetRef")}
    )
    assert len(used) >= 5
    assert used <= names


def test_selectors_choose_pods_that_there_are() -> None:
    pods = [
        item["spec"]["template"]["metadata"]["labels"]
        for item in manifests()
        if "template" in item.get("spec", {})
    ]
    selectors = [*values(manifests(), "matchLabels")]
    selectors += [item["spec"]["selector"] for item in manifests() if item["kind"] == "Service"]
    assert len(selectors) >= 5
    for selector in selectors:
        assert any(selector.items() <= labels.items() for labels in pods)


def test_images_are_those_that_compose_builds() -> None:
    built = {service["image"] for service in COMPOSE["services"].values() if "build" in service}
    used = set(values(manifests(), "image"))
    assert used <= built
    assert {image["name"] for image in KUSTOMIZATION["images"]} == used


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl puts them together")
def test_manifests_for_many_machines_bind_pods_to_no_machine(tmp_path: Path) -> None:
    deploy = shutil.copytree(ROOT / "deploy", tmp_path / "deploy")
    (deploy / "kubernetes" / "keys.json").write_text("{}")
    (deploy / "many-machines" / "shared.env").write_text("AWS_REGION=eu-central-1")
    command = ["kubectl", "kustomize", str(deploy / "many-machines")]
    built = subprocess.run(command, capture_output=True, text=True, check=True)
    together = list(yaml.safe_load_all(built.stdout))
    for manifest in together:
        kubernetes_validate.validate(manifest, OLDEST, strict=True)
    assert list(values(together, "accessModes")) == [["ReadWriteMany"]]
    assert not list(values(together, "affinity"))
    assert {claim["metadata"]["name"] for claim in together if "Claim" in claim["kind"]} == set(
        values(together, "claimName")
    )
    secrets = {
        manifest["metadata"]["name"] for manifest in together if manifest["kind"] == "Secret"
    }
    assert secrets == {"forecasting-keys", "forecasting-shared"}  # as Ray's nodes name them
    names = {image.rsplit("/", 1)[-1].partition(":")[0] for image in values(together, "image")}
    assert names == {"forecasting-api", "forecasting-cluster"}


def test_the_profile_cluster_starts_with_its_proxy() -> None:
    """What `docker compose --profile cluster up proxy` starts is the profile, and nothing else."""
    services = COMPOSE["services"]
    started = ["proxy"]
    for name in started:
        started += [other for other in services[name].get("depends_on", ()) if other not in started]
    assert set(started) == {
        name for name, service in services.items() if service.get("profiles") == ["cluster"]
    }


@pytest.mark.parametrize(
    "path",
    [
        ROOT / "Dockerfile",
        ROOT / "docker-compose.yml",
        *sorted(KUBERNETES.glob("*.yaml")),
        *sorted(MANY_MACHINES.glob("*.yaml")),
    ],
    ids=lambda path: f"{path.parent.name}-{path.name}",
)
def test_settings_that_are_set_exist(path: Path) -> None:
    known = {f"FORECAST_{name.upper()}" for name in Settings.model_fields}
    assert set(re.findall(r"\bFORECAST_[A-Z_]+", path.read_text())) <= known
