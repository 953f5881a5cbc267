"""The mistakes in a request that pydantic finds, in words that name the cure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from app.requests.options import Schema, alternatives
from forecasting.errors import Path
from forecasting.networks.recipe import BASE, BASE_IN_WORDS
from forecasting.store.manifest import MODEL_NAME

_FIELDS_OF_SEVERAL_SHAPES = ("series", "version", "recipe", "repair", "days")
_PATTERNS_IN_WORDS = {
    MODEL_NAME: "should have 1 to 64 characters, of which the first is a lower case letter or a "
    "digit, and the others are lower case letters, digits, '-', '_' or '.'",
    BASE: BASE_IN_WORDS,
}
_TYPES_IN_WORDS = {
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "string": "a text",
    "array": "a list",
}
_SEND_A_TABLE = (
    'The rows of a table are the whole body, as a list: [{"ds": "2024-01-01", "y": 112}, …]. A '
    "table in a file is uploaded in the field 'file' of a form (curl -F file=@table.csv)"
)
_VALUE_OR_SERIES = (
    "should be a number, or null if it is missing. Several series are a list of objects: "
    '[{"values": [112, 118, …]}, …]'
)
_COLUMNS_OF_TABLES = {"unique_id", "ds", "y"}
_MISSING_IN_WORDS = {
    "series": f'is missing. Send one series as {{"series": [112, 118, …]}}. {_SEND_A_TABLE}',
    "values": f'is missing. A series is an object such as {{"values": [112, 118, …]}}. '
    f"{_SEND_A_TABLE}",
}


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake: its place in the body, its stable name, and what to do about it."""

    path: Path
    code: str
    detail: str


def list_mistakes(error: ValidationError, *, takes_tables: bool = True) -> list[Mistake]:
    """Return the mistakes that pydantic has found in a body.

    `takes_tables` says whether the body might be a table instead, and what is missing is explained
    by that: other systems' protocols have no such bodies.
    """
    details = error.errors(include_url=False, include_input=False)
    return [
        _explain(error.title, detail, takes_tables)
        for detail in details
        if detail["type"] != "too_short" or not _has_mistakes_within(detail["loc"], details)
    ]


def _has_mistakes_within(place: Path, details: Iterable[ErrorDetails]) -> bool:
    """Return whether a list has wrong items, which pydantic does not count."""
    return any(place == detail["loc"][: len(place)] != detail["loc"] for detail in details)


def explain_unknown(name: str, known: Iterable[str]) -> str:
    """Return what is said about a field that does not exist among those that do."""
    names = list(known)
    close = get_close_matches(name, names, 1)
    meant = f" Did you mean {close[0]!r}?" if close else ""
    return f"{name[:80]!r} is not known here.{meant} Known are {', '.join(names)}"


def _explain(model: str, detail: ErrorDetails, takes_tables: bool) -> Mistake:
    path, code = _without_tags(detail["loc"]), detail["type"]
    if code == "missing" and "ctx" in detail:  # a check of a whole object has missed a field
        path = (*path, detail["ctx"]["field"])
    message = _reword(_schema(model), path, detail, takes_tables)
    return Mistake(path, code, message or detail["msg"].removeprefix("Value error, "))


def _reword(root: Schema, path: Path, detail: ErrorDetails, takes_tables: bool) -> str | None:
    """Return our words for a mistake; None if pydantic's will do."""
    code, name = detail["type"], path[-1] if path else None
    if not isinstance(name, str):
        is_value = path[:-1] == ("series",) and code.endswith("_type")
        plain = _VALUE_OR_SERIES if is_value and takes_tables else None
        return _object(root, path) if code == "model_type" else plain
    if code == "extra_forbidden":
        return _elsewhere(root, path, name) or _unknown(
            name, _fields(root, path[:-1]), takes_tables
        )
    if code == "missing":
        words = _MISSING_IN_WORDS if takes_tables else {}
        return words.get(name, f"is missing. Give {name!r} a value")
    if code == "string_pattern_mismatch":
        pattern = detail["ctx"]["pattern"]
        fields = [schema.get("properties", {}).get(name, {}) for schema in _at(root, path[:-1])]
        about = " ".join(field.get("description", "") for field in fields)
        return _PATTERNS_IN_WORDS.get(pattern, f"is not written as it should be. {about.strip()}")
    if code.endswith("_type") or code == "literal_error":
        return _one_of_several_shapes(root, path) or (
            _object(root, path) if code == "model_type" else None
        )
    return None


def _elsewhere(root: Schema, path: Path, name: str) -> str | None:
    """Return where a field belongs that stands in a series, or else beside it, by mistake."""
    if len(path) == 1 and name in _fields(root, ("series",)):
        return f'belongs into the series: {{"series": {{"values": […], "{name}": …}}}}'
    if path[0] == "series" and name in _fields(root, ()):
        return f"is about the whole request: write {name!r} beside 'series', not into it"
    return None


def _unknown(name: str, known: Sequence[str], takes_tables: bool) -> str | None:
    """Return what is said about a field that an object with the `known` ones does not have."""
    if not known:
        return None
    is_of_table = takes_tables and name in _COLUMNS_OF_TABLES and "values" in known
    return explain_unknown(name, known) + (f". {_SEND_A_TABLE}" if is_of_table else "")


def _one_of_several_shapes(root: Schema, path: Path) -> str | None:
    """Return what a field should be that may have several shapes; None if it has one."""
    schemas = [schema for schema in _at(root, path) if schema.get("type") not in {None, "null"}]
    shapes = list(dict.fromkeys(map(_in_words, schemas)))
    return f"should be {', or '.join(shapes)}" if len(shapes) > 1 else None


def _object(root: Schema, path: Path) -> str | None:
    """Return what a place should be that takes an object."""
    fields = _fields(root, path)
    return f"should be an object with fields among {', '.join(fields)}" if fields else None


def _in_words(schema: Schema) -> str:
    if "enum" in schema:
        return f"one of {', '.join(map(repr, schema['enum']))}"
    if schema["type"] == "object":
        return f"an object with fields among {', '.join(schema.get('properties', {}))}"
    return _TYPES_IN_WORDS[schema["type"]]


def _fields(root: Schema, path: Path) -> list[str]:
    """Return the names of the fields that an object at this place may have."""
    return list(dict.fromkeys(name for s in _at(root, path) for name in s.get("properties", {})))


def _at(root: Schema, path: Path) -> list[Schema]:
    """Return the schemas, one for each shape, of a place in a body."""
    schemas = list(alternatives(root, root))
    for part in path:
        below = [
            schema.get("items", {})
            if isinstance(part, int)
            else schema.get("properties", {}).get(part, {})
            for schema in schemas
        ]
        schemas = [found for schema in below for found in alternatives(root, schema)]
    return schemas


@lru_cache
def _schema(model: str) -> Schema:
    """Return the JSON schema of a model by its name, by which pydantic's errors go."""
    kinds = [BaseModel]
    for kind in kinds:
        if kind.__name__ == model and kind is not BaseModel:
            return kind.model_json_schema()
        kinds += kind.__subclasses__()
    return {}


def _without_tags(location: Sequence[str | int]) -> Path:
    """Return pydantic's location of a mistake as a path in the body.

    In a field of several shapes, pydantic adds the tag of the shape that it has read.
    """
    fields = (None, *location[:-1])
    return tuple(
        part
        for field, part in zip(fields, location, strict=False)
        if field not in _FIELDS_OF_SEVERAL_SHAPES or isinstance(part, int)
    )
