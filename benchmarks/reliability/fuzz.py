"""Send requests made from the OpenAPI document, allowed and forbidden, and count what is wrong.

    python -m benchmarks.reliability.fuzz --seconds 600

Schemathesis makes some of them from the schemas alone, of each operation by itself, and of
operations that follow one another; it makes few, of which few are accepted. The others are near the
examples. Schemathesis checks all answers: one is wrong if its status is 500, or if it is not what
the document says of it. Every five minutes it begins anew, with another service and the next seed,
because the requests delete the models.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from subprocess import Popen
from typing import Any

import httpx

from benchmarks.reliability.fuzz_counts import Counts, count
from benchmarks.reliability.fuzz_near import CHECKS, CONFIG, NearFuzz
from benchmarks.reliability.operations import read_document, table_forms
from benchmarks.reliability.service import ROOT, Service
from forecasting.tables.formats import PARQUET

_ROUND_SECONDS = 300
_LONGEST_FINDING = 3_000
_ENV = {"FORECAST_WORKERS": "2", "FORECAST_MAX_QUEUED_JOBS": "2", "FORECAST_MAX_JOB_SECONDS": "10"}


def main() -> int:
    """Fuzz services of its own; return 1 if an answer was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=600, help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=1, help="default: %(default)s")
    parser.add_argument("--keep", type=Path, help="a new folder, in which everything is left")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    counts = Counts()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(exist_ok=True)
        began = time.monotonic()
        seed = options.seed
        while (left := int(options.seconds - (time.monotonic() - began))) > 0:
            is_first = seed == options.seed
            counted = _run_round(folder / str(seed), min(left, _ROUND_SECONDS), seed, is_first)
            counts += counted
            print(f"{time.monotonic() - began:,.0f} s: {counted}", flush=True)
            seed += 1
    counts.print_operations()
    print(f"seeds {options.seed} to {seed - 1}: {counts}")
    return int(counts.wrong > 0)


def _run_round(folder: Path, seconds: int, seed: int, is_first: bool) -> Counts:
    """Fuzz a new service, whose models are all there again, and count."""
    tables = folder / "tables"
    tables.mkdir(parents=True)
    (tables / "sales.parquet").write_bytes(table_forms()[PARQUET])
    locations = {"FORECAST_BULK_LOCATIONS": str(tables)}
    locations = {"FORECAST_BULK_LOCATIONS": str(tables)}
    with Service(folder, _ENV | locations) as service, ExitStack() as running:
        document = _read_strictly(service.url)
        (folder / "openapi.json").write_text(json.dumps(document))
        made = running.enter_context(
            _start_schemathesis(folder, service.url, seconds, seed, is_first)
        )
        running.callback(made.terminate)
        found = NearFuzz(service.url, document, tables).run(seconds, seed)
        made.wait()
    if made.returncode:
        print((folder / "schemathesis.txt").read_text()[-_LONGEST_FINDING:])
    for wrong in found:
        print(wrong[:_LONGEST_FINDING], flush=True)
    return count(service.log, folder / "report.json", len(found), document)


def _read_strictly(url: str) -> dict[str, Any]:
    """Read the document of a service as if it allowed no fields but those that it names.

    Clients are told to expect more. Here, one that is not named is a fault of the document.
    """
    with httpx.Client(base_url=url) as client:
        document = read_document(client)
    for schema in document["components"]["schemas"].values():
        if "properties" in schema:
            schema.setdefault("additionalProperties", False)
    return document


def _start_schemathesis(
    folder: Path, url: str, seconds: int, seed: int, is_first: bool
) -> Popen[bytes]:
    """Start what makes requests from the schemas of the document alone.

    Those of the first two phases are the same for every seed. It has one thread, because Python
    3.11 reads sources wrongly in several at once.
    """
    config = folder / "schemathesis.toml"
    config.write_text(CONFIG)
    phases = "examples,coverage,fuzzing,stateful" if is_first else "fuzzing,stateful"
    with (folder / "schemathesis.txt").open("wb") as output:
        return Popen(
            [
                *(Path(sys.executable).with_name("schemathesis"), "--config-file", config),
                *("run", folder / "openapi.json", "--url", url),
                *("--checks", ",".join(check.__name__ for check in CHECKS)),
                *("--max-time", str(seconds), "--phases", phases, "--seed", str(seed)),
                *("--workers", "1", "--request-timeout", "60", "--no-shrink"),
                *("--continue-on-failure", "--suppress-health-check", "all", "--warnings", "off"),
                *("--report", "json", "--report-json-path", folder / "report.json"),
            ],
            cwd=folder,
            env=os.environ
            | {"SCHEMATHESIS_HOOKS": "benchmarks.reliability.fuzz_hooks", "PYTHONPATH": str(ROOT)},
            stdout=output,
            stderr=output,
        )


if __name__ == "__main__":
    sys.exit(main())
