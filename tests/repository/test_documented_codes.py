"""Every code of an error or a note that the code can answer is explained in the pages."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.support.service import ROOT

PAGE = (ROOT / "docs" / "reference" / "errors.md").read_text()
JOBS = (ROOT / "docs" / "guides" / "jobs.md").read_text()
BASES = {"forecasting_error", "bad_request", "series_invalid", "conflict"}
"""Codes of classes whose every error has a code of its own."""
UNANSWERED = {"attempt_over", "data_file_invalid"}
"""Codes that are seen by training processes and the command line alone."""
STATUSES = {"method_not_allowed"}
"""Codes that are the names of HTTP statuses, for what FastAPI itself refuses."""


class Inlined(ast.NodeTransformer):
    """Writes the texts that a module gives names to in the places of these names."""

    def __init__(self, module: ast.Module) -> None:
        self.texts = {
            name_of(line.targets[0]): line.value
            for line in module.body
            if isinstance(line, ast.Assign) and isinstance(line.value, ast.Constant)
        }

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.texts.get(node.id, node) if isinstance(node.ctx, ast.Load) else node


def name_of(node: ast.AST) -> str:
    return str(getattr(node, "id", ""))


def parse(path: Path) -> ast.Module:
    module = ast.parse(path.read_text())
    Inlined(module).visit(module)
    return module


MODULES = [
    parse(path)
    for package in ("app", "bulk", "forecasting", "training")
    for path in sorted((ROOT / package).rglob("*.py"))
]


def patterns(value: ast.expr | None) -> Iterator[str]:
    """Yield patterns for the texts of an expression; a part that is filled in may be any word."""
    match value:
        case ast.Constant(value=str(text)):
            yield re.escape(text)
        case ast.JoinedStr(values=parts):
            texts = (part.value if isinstance(part, ast.Constant) else r"\w+" for part in parts)
            yield "".join(map(str, texts))
        case ast.IfExp(body=body, orelse=other):
            yield from patterns(body)
            yield from patterns(other)


def calls_in(module: ast.Module) -> Iterator[ast.Call]:
    return (node for node in ast.walk(module) if isinstance(node, ast.Call))


def codes_of_classes(module: ast.Module) -> Iterator[str]:
    for node in ast.walk(module):
        if isinstance(node, ast.ClassDef):
            for line in node.body:
                if isinstance(line, ast.Assign) and name_of(line.targets[0]) == "code":
                    yield from patterns(line.value)


def codes_of_functions(module: ast.Module) -> Iterator[str]:
    """Yield the defaults of parameters called `code`, and what calls within the module give."""
    places = {"PydanticCustomError": 0}
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef):
            names = [argument.arg for argument in node.args.args]
            if "code" in names:
                places[node.name] = names.index("code")
            for argument, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True):
                if argument.arg == "code":
                    yield from patterns(default)
    for call in calls_in(module):
        place = places.get(name_of(call.func), len(call.args))
        for value in call.args[place : place + 1]:
            yield from patterns(value)


def error_codes(module: ast.Module) -> Iterator[str]:
    yield from codes_of_classes(module)
    yield from codes_of_functions(module)
    for call in calls_in(module):
        for keyword in call.keywords:
            if keyword.arg == "code":
                yield from patterns(keyword.value)


def note_codes(module: ast.Module) -> Iterator[str]:
    for call in calls_in(module):
        if name_of(call.func) == "Note" and call.args:
            yield from patterns(call.args[0])


def section(page: str, heading: str) -> str:
    _, _, rest = page.partition(f"\n## {heading}\n")
    return rest.partition("\n## ")[0]


def codes_in(rows: list[str]) -> set[str]:
    return {code for row in rows for code in re.findall(r"`(\w+)`", row)}


def check(found: set[str], explained: set[str]) -> None:
    """Check that each pattern fits a code that is explained, and the other way round."""
    assert found
    missing = [p for p in found if not any(re.fullmatch(p, code) for code in explained)]
    stale = [code for code in explained if not any(re.fullmatch(p, code) for p in found)]
    assert (sorted(missing), sorted(stale)) == ([], [])


def test_every_code_of_an_error_is_explained() -> None:
    rows = re.findall(r"^\| [45][\d, ]+ \| ([^|]*) \|", section(PAGE, "Errors"), re.MULTILINE)
    of_jobs = re.findall(r"^\| (`[^|]*) \|", section(JOBS, "When a job fails"), re.MULTILINE)
    found = {code for module in MODULES for code in error_codes(module)} | STATUSES
    check(found - BASES - UNANSWERED, codes_in(rows + of_jobs))


def test_every_code_of_a_note_is_explained() -> None:
    rows = re.findall(r"^\| (`[^|]*) \|", section(PAGE, "Notes"), re.MULTILINE)
    check({code for module in MODULES for code in note_codes(module)}, codes_in(rows))
