"""What endpoints add to their description: bodies that they read themselves, tables, problems."""

from __future__ import annotations

import csv
import json
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel

from app.exception_handlers import Problem
from app.requests.content import JSON, MULTIPART
from app.requests.options import json_types
from app.requests.table_fields import TableFields
from forecasting.tables.formats import (
    CSV,
    FORMATS_IN_WORDS,
    JSON_LINES,
    NDJSON,
    READABLE,
    TABLES,
    UNKNOWN,
)

REFERENCE = "#/components/schemas/{model}"
_BINARY = {"type": "string", "format": "binary"}
_FILE = _BINARY | {
    "description": f"A table as {FORMATS_IN_WORDS}, which may be packed with gzip or zip."
}
_RECORDS = {
    "type": "array",
    "items": {"type": "object"},
    "description": "The rows of a table, one object a line. A list of them is read, too.",
}
"""The page, and generated clients, send JSON lines as a list."""
_FIRST = ("horizon", "model", "id_col", "time_col", "target_col")
_LAST = ("repair", "open")
FORM_BOOLEAN = "FormBoolean"
FORM_BOOLEAN_SCHEMA = {"type": "string", "enum": ["true", "false"]}
"""A boolean in a form, where every field is text. Clients that know of booleans write False."""


def json_body(
    model: type[BaseModel], examples: dict[str, Any], *, required: bool = True
) -> dict[str, Any]:
    """Return the request body of an operation whose endpoint reads the body itself."""
    schema = {"$ref": REFERENCE.format(model=model.__name__)}
    content = {JSON: {"schema": schema, "examples": examples}}
    return {"requestBody": {"required": required, "content": content}}


def with_tables(
    body: dict[str, Any], options: type[BaseModel], form: dict[str, Any]
) -> dict[str, Any]:
    """Return `body` for an operation that reads tables, too.

    A table comes as the file of a form such as `form`, with the options as the form's fields, or as
    the body itself, with the options as parameters of the address.
    """
    schema = options.model_json_schema(ref_template=REFERENCE)
    required = schema.get("required", [])
    about_table = TableFields.model_json_schema(ref_template=REFERENCE)["properties"]
    fields = {
        name: default_in_words(_without_null(field))
        for name, field in _most_wanted_first(schema["properties"], about_table).items()
    }
    types = json_types(options) | json_types(TableFields)
    # The page would make up an example for a field that has none, and send it.
    properties = {
        name: _form_field(field, types[name]) | {"example": form.get(name, "")}
        for name, field in fields.items()
    }
    upload = {
        "type": "object",
        "properties": {"file": _FILE} | properties,
        "required": [*required, "file"],
        "additionalProperties": False,
    }
    content: dict[str, Any] = {MULTIPART: {"schema": upload, "example": form}}
    content |= {media_type: {"schema": _BINARY} for media_type in (*READABLE, UNKNOWN)}
    records = {"schema": _RECORDS, "example": _records(form["file"])}
    content |= dict.fromkeys((NDJSON, JSON_LINES), records)
    content[CSV] = {"schema": {"type": "string"}, "example": form["file"]}
    parameters = [
        _parameter(name, field, types[name], form[name] if name in required else "")
        for name, field in fields.items()
    ]
    content = body["requestBody"]["content"] | content
    return {"requestBody": body["requestBody"] | {"content": content}, "parameters": parameters}


def default_in_words(field: dict[str, Any]) -> dict[str, Any]:
    """Return a field whose description names its default.

    The page sends a default of the schema whatever the body is, and TypeScript's generated clients
    take a field that has one for required.
    """
    described = {key: value for key, value in field.items() if key != "default"}
    if field.get("default") is not None:
        text = f"{field.get('description', '')} Default: `{json.dumps(field['default'])}`."
        described["description"] = text.lstrip()
    return described


def tables_too(description: str) -> dict[int | str, dict[str, Any]]:
    """Return the answer of an operation that can be a table, if the header `Accept` says so."""
    content = {media_type: {"schema": _BINARY} for media_type in TABLES}
    return {200: {"description": description, "content": content}}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the answers of an operation that are problem documents."""
    schema = {"$ref": REFERENCE.format(model=Problem.__name__)}
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {"application/problem+json": {"schema": schema}},
        }
        for status in statuses
    }


def _most_wanted_first(options: dict[str, Any], about_table: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of an operation on tables in the order in which people look for them."""
    fields = options | about_table
    first = [name for name in (*_FIRST, *about_table, *options) if name in fields]
    ordered = {name: fields[name] for name in first if name not in _LAST}
    return ordered | {name: fields[name] for name in _LAST if name in fields}


def _records(table: str) -> list[dict[str, Any]]:
    """Return the rows of a table with values `y` that is written as CSV."""
    return [row | {"y": int(row["y"])} for row in csv.DictReader(table.splitlines())]


def _form_field(field: dict[str, Any], types: set[str]) -> dict[str, Any]:
    """Return an option as a field of a form, which is text."""
    about = {key: field[key] for key in ("title", "description") if key in field}
    boolean = {"$ref": REFERENCE.format(model=FORM_BOOLEAN)}
    if types == {"boolean"}:
        return about | boolean
    if "boolean" in types:
        shapes = [boolean if shape.get("type") == "boolean" else shape for shape in field["oneOf"]]
        return about | {"oneOf": shapes}
    if types == {"array"}:
        about["description"] += " The values are separated by commas."
        return about | {"type": "string"}
    return field


def _parameter(
    name: str, field: dict[str, Any], types: set[str], example: object
) -> dict[str, Any]:
    """Return an option as a parameter of the address: lists with commas, objects as JSON.

    The page fills in the example, or one that it makes up for an object that has none. An example
    that is empty makes it leave the parameter out.
    """
    schema = {key: value for key, value in field.items() if key != "description"}
    described: dict[str, Any] = {"schema": schema}
    if "object" in types:
        described = {"content": {JSON: {"schema": schema, "example": example}}}
    elif example != "":
        described |= {"example": example}
    if "array" in types and "object" not in types:
        described |= {"style": "form", "explode": False}
    description = f"With a table as the body. {field.get('description', '')}".rstrip()
    return {"name": name, "in": "query", "description": description, **described}


def _without_null(field: dict[str, Any]) -> dict[str, Any]:
    """Return a field that is left out in place of being null, as in forms and addresses."""
    if "anyOf" not in field:
        return field
    shapes = [shape for shape in field["anyOf"] if shape != {"type": "null"}]
    other_keys = {key: value for key, value in field.items() if key != "anyOf"}
    return shapes[0] | other_keys if len(shapes) == 1 else other_keys | {"anyOf": shapes}
