"""The layout of the code: small folders, short files, and a docstring for each public name."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.service import ROOT

PACKAGES = ("app", "bulk", "client", "forecasting", "guide", "training")
Documented = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def python_files(package: str) -> list[Path]:
    files = sorted((ROOT / package).rglob("*.py"))
    assert files
    return files


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def undocumented(body: list[ast.stmt], prefix: str = "") -> Iterator[str]:
    """Yield the public functions, classes and methods of a module that have no docstring."""
    for node in body:
        if isinstance(node, Documented) and not node.name.startswith("_"):
            name = prefix + node.name
            if ast.get_docstring(node) is None and not is_overload(node):
                yield name
            if isinstance(node, ast.ClassDef):
                yield from undocumented(node.body, f"{name}.")


def is_overload(node: Documented) -> bool:
    return any(
        isinstance(decorator, ast.Name) and decorator.id == "overload"
        for decorator in node.decorator_list
    )


@pytest.mark.parametrize("package", PACKAGES)
def test_no_folder_has_more_than_14_python_files(package: str) -> None:
    counts: dict[Path, int] = {}
    for path in python_files(package):
        counts[path.parent] = counts.get(path.parent, 0) + 1
    for folder, count in counts.items():
        assert count <= 14, f"{relative(folder)} has {count} files"


@pytest.mark.parametrize("package", PACKAGES)
def test_no_file_is_longer_than_400_lines(package: str) -> None:
    for path in python_files(package):
        lines = len(path.read_text().splitlines())
        assert lines <= 400, f"{relative(path)} has {lines} lines"


@pytest.mark.parametrize(("package", "most"), [("app", 7), ("forecasting", 5)])
def test_few_files_lie_outside_the_rooms_of_a_package(package: str, most: int) -> None:
    loose = sorted(path.name for path in (ROOT / package).glob("*.py"))
    assert len(loose) <= most, ", ".join(loose)


@pytest.mark.parametrize("path", python_files("forecasting"), ids=relative)
def test_every_public_name_of_the_core_has_a_docstring(path: Path) -> None:
    assert not list(undocumented(ast.parse(path.read_text()).body))
