"""The mistakes in a request that pydantic finds, in words that name the cure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from app.jobs.request_key import IDEMPOTENCY_KEY
from app.requests.options import Schema, alternatives
from forecasting.errors import Path
from forecasting.networks.recipe import BASE, BASE_IN_WORDS
from forecasting.store.manifest import MODEL_NAME

ANY_TAG = r"^\*$"
"""`*`, which stands for whatever is there, as the header `If-None-Match` may have it."""
_FIELDS_OF_SEVERAL_SHAPES = ("series", "version", "recipe", "repair", "days")
_PATTERNS_IN_WORDS = {
    MODEL_NAME: "should have 1 to 64 characters, of which the first is a lower case letter or a "
    "digit, and the others are lower case letters, digits, '-', '_' or '.'",
    BASE: BASE_IN_WORDS,
    IDEMPOTENCY_KEY: "should have 1 to 255 characters of ASCII, and no blanks",
    ANY_TAG: "should be *, or be left out",
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
_ACTUALS = '{"id": "shop 1", "timestamps": ["2024-01-01", …], "values": [112, …]}'


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


def pattern_in_words(pattern: str) -> str | None:
    """Return what is said about a text that is not as a pattern wants it, if it has such words."""
    return _PATTERNS_IN_WORDS.get(pattern)


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
    message = _count_in_words(detail) or _reword(_schema(model), path, detail, takes_tables)
    return Mistake(path, code, message or detail["msg"].removeprefix("Value error, "))


def _reword(root: Schema, path: Path, detail: ErrorDetails, takes_tables: bool) -> str | None:
    """Return our words for a mistake; None if pydantic's will do."""
    code, name = detail["type"], path[-1] if path else None
    if not isinstance(name, str):
        return _reword_item(root, path, code, takes_tables)
    if code == "extra_forbidden":
        meant = _elsewhere(root, path, name) if takes_tables else None
        return meant or _unknown(name, _fields(root, path[:-1]), takes_tables)
    if code == "missing":
        example = _example(root, name) if takes_tables else None
        return f"is missing. {example or f'Give {name!r} a value'}"
    if code == "string_pattern_mismatch":
        pattern = detail["ctx"]["pattern"]
        fields = [schema.get("properties", {}).get(name, {}) for schema in _at(root, path[:-1])]
        about = " ".join(field.get("description", "") for field in fields)
        return _PATTERNS_IN_WORDS.get(pattern, f"is not written as it should be. {about.strip()}")
    if code.endswith("_type") or code == "literal_error":
        shape = {"model_type": _object(root, path), "bool_type": "should be true or false"}.get(
            code
        )
        return _one_of_several_shapes(root, path) or shape
    return None


def _reword_item(root: Schema, path: Path, code: str, takes_tables: bool) -> str | None:
    """Return our words for a mistake that is an item of a list, or the whole body."""
    if code == "model_type":
        return _object(root, path)
    is_value = path[:-1] == ("series",) and code.endswith("_type")
    return _VALUE_OR_SERIES if is_value and takes_tables else None


def _count_in_words(detail: ErrorDetails) -> str | None:
    """Return how many items a list should have, if it has too few or too many."""
    limits = detail.get("ctx", {})
    if detail["type"] == "too_short":
        least = limits["min_length"]
        return f"should have at least {least} item{'s' if least > 1 else ''}"
    return (
        f"should have at most {limits['max_length']} items"
        if detail["type"] == "too_long"
        else None
    )


def _example(root: Schema, name: str) -> str | None:
    """Return what a series that is missing, or its values, may look like; None for other fields."""
    if name not in {"series", "values"}:
        return None
    is_of_actuals = "forecast_id" in _fields(root, ("series",))
    if name == "series":
        one = _ACTUALS if is_of_actuals else "[112, 118, …]"
        return f'Send one series as {{"series": {one}}}. {_SEND_A_TABLE}'
    one = _ACTUALS if is_of_actuals else '{"values": [112, 118, …]}'
    return f"A series is an object such as {one}. {_SEND_A_TABLE}"


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
