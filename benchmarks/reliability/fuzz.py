"""Send requests made from the OpenAPI document, allowed and forbidden, and count what is wrong.

    python -m benchmarks.reliability.fuzz --seconds 600

Schemathesis makes the requests: of each operation by itself, and of operations that follow one
another. An answer is wrong if its status is 500, or if it is not what the document says of it.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.reliability.service import ROOT, Service

_ENV = {"FORECAST_WORKERS": "2", "FORECAST_MAX_QUEUED_JOBS": "5", "FORECAST_MAX_JOB_SECONDS": "20"}
_CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)
_CONFIG = """
[checks.not_a_server_error]
expected-statuses = ["2xx", "3xx", "4xx", 503, 507]
"""
"""Under load and on a full disk, 503 and 507 are the right answers."""


def main() -> int:
    """Fuzz a service of its own; return 1 if an answer was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=600, help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=1, help="default: %(default)s")
    parser.add_argument("--workers", type=int, default=2, help="default: %(default)s")
    parser.add_argument("--keep", type=Path, help="a new folder, in which everything is left")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(exist_ok=True)
        with Service(folder, _ENV) as service:
            began = time.monotonic()
            _run_schemathesis(folder, service, options)
            seconds = time.monotonic() - began
        return _report(folder, service, seconds)


def _run_schemathesis(folder: Path, service: Service, options: argparse.Namespace) -> None:
    config = folder / "schemathesis.toml"
    config.write_text(_CONFIG)
    subprocess.run(
        [
            *(Path(sys.executable).with_name("schemathesis"), "--config-file", config),
            *("run", f"{service.url}/openapi.json", "--checks", ",".join(_CHECKS)),
            *("--max-time", str(options.seconds), "--seed", str(options.seed)),
            *("--workers", str(options.workers), "--request-timeout", "60", "--no-shrink"),
            *("--continue-on-failure", "--suppress-health-check", "all", "--warnings", "off"),
            *("--report", "json", "--report-json-path", folder / "report.json"),
        ],
        cwd=folder,
        env=os.environ
        | {"SCHEMATHESIS_HOOKS": "benchmarks.reliability.fuzz_hooks", "PYTHONPATH": str(ROOT)},
        check=False,
    )


def _report(folder: Path, service: Service, seconds: float) -> int:
    """Print the figures, and return the exit code."""
    report: dict[str, Any] = json.loads((folder / "report.json").read_text())
    log = service.log.read_text(errors="replace")
    statuses = re.findall(r"app\.requests: .* status=(\d+)", log)
    wrong = report["test_cases"]["with_failures"] + report["test_cases"]["errored"]
    failed, traces = statuses.count("500"), log.count("Traceback")
    accepted = sum(status.startswith("2") for status in statuses)
    print(f"\n{len(statuses):,} requests over {report['operations']['tested']} operations")
    print(f"in {seconds:,.0f} s; {accepted:,} were accepted")
    print(f"{failed} answers with a 500, {wrong} answers that the document does not describe,")
    print(f"{traces} tracebacks in the log")
    return int(failed + wrong + traces > 0)


if __name__ == "__main__":
    sys.exit(main())
