"""Every request that the OpenAPI document allows or forbids gets an answer that it describes.

Schemathesis makes the requests and sends them to a running service. What would train is a stand-in
that fails at once (tests/support/stand_in).
"""

import asyncio
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings, strategies
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from app.main import create_app
from app.settings.settings import Settings
from forecasting.tables.formats import (
    ARROW_STREAM,
    GZIP,
    JSON_LINES,
    NDJSON,
    PARQUET,
    XLSX,
    ZIP,
)
from tests.support.service import ROOT, Service
from tests.support.training_jobs import train

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


async def read_document() -> Any:
    transport = httpx.ASGITransport(create_app(Settings()))
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        return (await client.get("/openapi.json")).json()


Case = schemathesis.Case[Any]
# Its requests are made when the test runs, which takes seconds that no other run has to wait for.
schema = schemathesis.pytest.from_fixture("document")
# Schemathesis cannot validate the bytes that it would make for this format, and fails on them.
schemathesis.openapi.format("binary", strategies.text())
BINARY = [PARQUET, ARROW_STREAM, XLSX, GZIP, ZIP]
schemathesis.serializer.alias(BINARY, "application/octet-stream")
schemathesis.serializer.alias([NDJSON, JSON_LINES], "text/plain")


@pytest.fixture
def document(request: pytest.FixtureRequest) -> BaseSchema:
    request.node._nodeid = request.node.nodeid  # noqa: SLF001  Schemathesis asks for what pytest 9.1 had.
    return schemathesis.openapi.from_dict(asyncio.run(read_document()))


@pytest.fixture(scope="module")
def changeable_service(
    trained_store: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """A service whose models may be deleted."""
    folder = tmp_path_factory.mktemp("changeable")
    env = {
        "FORECAST_DEFAULT_MODEL": "tiny",
        "STARTED": str(folder / "started"),
        "PYTHONPATH": str(ROOT / "tests" / "support" / "stand_in"),
    }
    with Service(shutil.copytree(trained_store, folder / "store"), folder, env) as service:
        yield service


@pytest.fixture(scope="module")
def existing(changeable_service: Service) -> dict[str, Any]:
    """For each parameter of a path, a value that the service knows."""
    with changeable_service.client() as client:
        job = train(client).rsplit("/", 1)[1]
    return {"model": "tiny", "version": 2, "alias": "production", "job_id": job}


@pytest.mark.timeout(1_200)  # It is one test, of all operations.
@schema.parametrize()
@settings(
    max_examples=30,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
def test_every_answer_is_as_the_document_says(
    case: Case, changeable_service: Service, existing: dict[str, Any]
) -> None:
    check(case, changeable_service)
    if case.path_parameters:
        case.path_parameters |= {name: existing[name] for name in case.path_parameters}
        check(case, changeable_service)


def check(case: Case, service: Service) -> None:
    response = case.call(service.url, timeout=60)
    case.validate_response(response, checks=CHECKS)
    if response.content and "json" in response.headers["content-type"][0]:
        json.loads(response.content, parse_constant=refuse_constant)


def refuse_constant(constant: str) -> NoReturn:
    pytest.fail(f"the answer contains {constant}")
