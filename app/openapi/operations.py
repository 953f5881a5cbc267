"""What endpoints add to their description: bodies that they read themselves, tables, problems."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel

from app.exception_handlers import Problem
from app.requests.content_negotiation import JSON, MULTIPART
from app.requests.options import TableFields, json_types
from app.tables.formats import CSV, TABLES

REFERENCE = "#/components/schemas/{model}"
_BINARY = {"type": "string", "format": "binary"}
_FILE = _BINARY | {
    "description": "CSV, Parquet or an Arrow stream, in the long format `unique_id, ds, y`."
}


def json_body(
    model: type[BaseModel], examples: dict[str, Any], *, required: bool = True
) -> dict[str, Any]:
    """The request body of an operation whose handler reads the body itself."""
    schema = {"$ref": REFERENCE.format(model=model.__name__)}
    content = {"application/json": {"schema": schema, "examples": examples}}
    return {"requestBody": {"required": required, "content": content}}


def with_tables(
    body: dict[str, Any], options: type[BaseModel], form: dict[str, Any]
) -> dict[str, Any]:
    """`body`, or a table: as an upload, such as `form`, or alone with the options as parameters of
    the address. Fields that `form` leaves out have an empty example: the page would make one up,
    and send it."""
    schema = options.model_json_schema(ref_template=REFERENCE)
    required = schema.get("required", [])
    fields = schema["properties"] | TableFields.model_json_schema()["properties"]
    types = json_types(options) | json_types(TableFields)
    upload = {
        "type": "object",
        "properties": {
            name: field | {"example": form.get(name, [] if "array" in types[name] else "")}
            for name, field in fields.items()
        }
        | {"file": _FILE},
        "required": [*required, "file"],
        "additionalProperties": False,
    }
    content: dict[str, Any] = {MULTIPART: {"schema": upload, "example": form}}
    content |= {media_type: {"schema": _BINARY} for media_type in TABLES}
    content[CSV] = {"schema": {"type": "string"}, "example": form["file"]}
    parameters = [
        _parameter(name, field, types[name]) | ({"example": form[name]} if name in required else {})
        for name, field in fields.items()
    ]
    content = body["requestBody"]["content"] | content
    return {"requestBody": body["requestBody"] | {"content": content}, "parameters": parameters}


def _parameter(name: str, field: dict[str, Any], types: set[str]) -> dict[str, Any]:
    """An option in the address: lists with commas, objects as JSON. Its default is told in words:
    one in the schema is sent by the page, whatever the body."""
    schema = {key: value for key, value in field.items() if key not in {"default", "description"}}
    described: dict[str, Any] = {"schema": schema}
    if "object" in types:
        described = {"content": {JSON: {"schema": schema}}}
    elif "array" in types:
        described |= {"style": "form", "explode": False}
    description = f"With a table as the body. {field.get('description', '')}".rstrip()
    if field.get("default") is not None:
        description += f" Default: `{json.dumps(field['default'])}`."
    return {"name": name, "in": "query", "description": description, **described}


def tables_too(description: str) -> dict[int | str, dict[str, Any]]:
    """The response of an operation that answers with a table, too, where `Accept` asks for one."""
    content = {media_type: {"schema": _BINARY} for media_type in TABLES}
    return {200: {"description": description, "content": content}}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problem responses of an operation."""
    schema = {"$ref": REFERENCE.format(model=Problem.__name__)}
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {"application/problem+json": {"schema": schema}},
        }
        for status in statuses
    }
