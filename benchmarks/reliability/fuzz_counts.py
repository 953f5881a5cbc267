"""What a service and Schemathesis say of the requests of `benchmarks.reliability.fuzz`."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

_REQUEST = re.compile(r'app\.requests: method=(\w+) path=(\S+|".*") status=(\d+)')


@dataclass(slots=True)
class Counts:
    """What was counted in one round, or in several."""

    requests: Counter[str] = field(default_factory=Counter)
    """By operation, as the log of the service has them; those to no operation have the key ""."""
    accepted: Counter[str] = field(default_factory=Counter)
    failed: int = 0
    undescribed: int = 0
    tracebacks: int = 0

    @property
    def wrong(self) -> int:
        """How much there is to be mended."""
        return self.failed + self.undescribed + self.tracebacks

    def __iadd__(self, other: Self) -> Self:
        self.requests += other.requests
        self.accepted += other.accepted
        self.failed += other.failed
        self.undescribed += other.undescribed
        self.tracebacks += other.tracebacks
        return self

    def __str__(self) -> str:
        return (
            f"{self.requests.total():,} requests, {self.accepted.total():,} of them accepted; "
            f"{self.failed} answers with a 500, {self.undescribed} that the document does not "
            f"describe, {self.tracebacks} tracebacks in the log"
        )

    def print_operations(self) -> None:
        """Print for each operation how many requests it had, and how many were accepted."""
        for operation, number in sorted(self.requests.items()):
            print(f"{operation or 'no operation':60} {number:9,} {self.accepted[operation]:9,}")


def count(log: Path, report: Path, undescribed: int, document: dict[str, Any]) -> Counts:
    """Count what a service has logged and Schemathesis has reported, beside what is known."""
    text = log.read_text(errors="replace")
    counts = Counts(tracebacks=text.count("Traceback"))
    operations = {
        f"{method.upper()} {path}": re.compile(f"{method} {_pattern(path)}", re.IGNORECASE)
        for path, methods in document["paths"].items()
        for method in methods
    }
    for method, path, status in _REQUEST.findall(text):
        asked = f"{method} {path.strip(chr(34))}"
        name = next((name for name, known in operations.items() if known.fullmatch(asked)), "")
        counts.requests[name] += 1
        counts.accepted[name] += status.startswith("2")
        counts.failed += status == "500"
    cases = json.loads(report.read_text())["test_cases"]
    counts.undescribed = undescribed + cases["with_failures"] + cases["errored"]
    return counts


def _pattern(path: str) -> str:
    return re.sub(r"\\{.*?\\}", "[^/]*", re.escape(path))
