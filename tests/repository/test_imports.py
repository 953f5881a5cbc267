"""Imports point one way: app → forecasting ← training, and nothing heavy loads at the start."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.service import ROOT

FORBIDDEN = {
    "forecasting": {"app", "bulk", "guide", "training", "fastapi", "starlette", "uvicorn"},
    "training": {"app", "bulk", "guide", "fastapi", "starlette", "uvicorn"},
    "bulk": {"app", "guide", "training", "fastapi", "starlette", "tensorflow", "keras"},
    "app": {"bulk", "forecast_client", "guide", "training", "tensorflow", "keras"},
    "client": {"app", "bulk", "forecasting", "guide", "training", "tensorflow", "keras"},
}
HEAVY = {"tensorflow", "keras", "sklearn", "pandas", "matplotlib", "opentelemetry.sdk", "psycopg"}


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module.partition(".")[0]


@pytest.mark.parametrize("package", FORBIDDEN)
def test_packages_import_only_what_they_may(package: str) -> None:
    files = list((ROOT / package).rglob("*.py"))
    assert files
    for path in files:
        wrong = FORBIDDEN[package] & set(imports(path))
        assert not wrong, f"{path.relative_to(ROOT)} imports {', '.join(wrong)}"


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("app.main", HEAVY),
        ("app.worker.process", HEAVY | {"fastapi", "starlette", "uvicorn", "onnxruntime"}),
        ("training.cli.main", HEAVY),
        ("forecasting.store.loader", HEAVY),
    ],
)
def test_nothing_heavy_is_loaded_at_import(module: str, heavy: set[str]) -> None:
    script = (
        f"import sys, {module}\n"
        f"loaded = {heavy} & set(sys.modules)\n"
        "sys.exit(f'loaded: {loaded}' if loaded else 0)"
    )
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True)
