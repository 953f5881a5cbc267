"""Send requests near the examples of the document, and let Schemathesis check every answer."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import Any

import requests
import schemathesis
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

import benchmarks.reliability.fuzz_hooks  # noqa: F401  # lets Schemathesis send tables
from benchmarks.reliability.near_examples import Case, NearExamples

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
CONFIG = """
[checks.not_a_server_error]
expected-statuses = ["2xx", "3xx", "4xx", 503, 507]
"""
"""Under load and on a full disk, 503 and 507 are the right answers."""
_THREADS = 4
"""Some wait for the end of a job meanwhile."""


class NearFuzz:
    """Requests near the examples, for as long as asked."""

    def __init__(self, url: str, document: dict[str, Any], tables: Path) -> None:
        """Prepare them for the service at `url`, which may read the folder `tables`."""
        self._url = url
        schema = schemathesis.openapi.from_dict(
            document, config=schemathesis.Config.from_str(CONFIG)
        )
        self._near = NearExamples(schema, tables)
        self._is_over = threading.Event()

    def run(self, seconds: float, seed: int) -> list[str]:
        """Send requests; return what was wrong with each answer that was."""
        timer = threading.Timer(seconds, self._is_over.set)
        timer.start()
        with ThreadPoolExecutor(_THREADS) as pool:
            try:
                found = pool.map(self._send, [f"{seed}/{thread}" for thread in range(_THREADS)])
                return [wrong for each in found for wrong in each]
            finally:
                self._is_over.set()
                timer.cancel()

    def _send(self, seed: str) -> list[str]:
        chance, found = Random(seed), []
        with requests.Session() as session:
            while not self._is_over.is_set():
                case = self._near.make(chance)
                if wrong := self._ask(case, session):
                    found.append(wrong)
        return found

    def _ask(self, case: Case, session: requests.Session) -> str:
        """Send a request; return what is wrong with its answer, or nothing."""
        try:
            answer = case.call(self._url, session=session, timeout=60)
            self._near.learn(answer)
            case.validate_response(answer, checks=CHECKS)
        except (Failure, FailureGroup, requests.RequestException) as wrong:
            return f"{wrong}\n{case.as_curl_command()}"
        return ""
