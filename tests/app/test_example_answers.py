"""The answers that the OpenAPI document shows are those that its requests get."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.service import ROOT, Service

EXAMPLES = {
    "/predict": "dated",
    "/backtest": "dated",
    "/anomalies": "latest",
    "/inspect": "dated",
    "/train": "small",
}
OF_THE_MOMENT = {"id", "created_at"}
"""The fields of a job that are different each time."""


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of a service with the models that are shipped."""
    folder: Path = tmp_path_factory.mktemp("jobs")
    with Service(ROOT / "model_store", folder) as service, service.client() as client:
        yield client


def assert_alike(shown: Any, got: Any) -> None:
    """Numbers are rounded in what is shown."""
    if isinstance(shown, dict):
        assert list(shown) == list(got)
        for name, value in shown.items():
            assert_alike(value, got[name])
    elif isinstance(shown, list):
        assert len(shown) == len(got)
        for value, other in zip(shown, got, strict=True):
            assert_alike(value, other)
    else:
        assert got == (pytest.approx(shown, rel=2e-3) if isinstance(shown, float) else shown)


@pytest.mark.parametrize("path", EXAMPLES)
def test_the_answer_that_is_shown_is_the_one_that_comes(shipped: httpx.Client, path: str) -> None:
    operation = shipped.get("/openapi.json").json()["paths"][path]["post"]
    examples = operation["requestBody"]["content"]["application/json"]["examples"]
    answer = shipped.post(path, json=examples[EXAMPLES[path]]["value"])
    shown = operation["responses"][str(answer.status_code)]["content"]["application/json"]
    got = answer.json()
    if "location" in answer.headers:
        shipped.delete(answer.headers["location"])
        got |= {name: shown["example"][name] for name in OF_THE_MOMENT}
    assert_alike(shown["example"], got)
