"""JSON schemas in words."""

from __future__ import annotations

import json
from typing import Any

_FIRST = ("file", "series", "model", "version", "horizon", "levels", "quantiles")
"""The fields that people look for first; they are listed first where there are any of them."""
_LIMITS = {
    "minimum": "≥ {}",
    "exclusiveMinimum": "> {}",
    "maximum": "≤ {}",
    "exclusiveMaximum": "< {}",
}


def shape(schema: dict[str, Any]) -> str:
    """Say of what type a schema is, with links to the objects on the same page."""
    choices = schema.get("anyOf") or schema.get("oneOf")
    if choices:
        return " or ".join(dict.fromkeys(map(shape, choices)))
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    values = schema.get("enum", [schema["const"]] if "const" in schema else [])
    if values:
        return " or ".join(f"`{json.dumps(value)}`" for value in values)
    return _typed(schema)


def _typed(schema: dict[str, Any]) -> str:
    """Say of what type a schema is that has a plain one."""
    match schema:
        case {"type": "array", "items": dict(items)}:
            kind = shape(items)
            return f"array of ({kind})" if " or " in kind else f"array of {kind}"
        case {"type": "object", "additionalProperties": dict(values)}:
            return f"object of {shape(values)}"
    limits = [words.format(schema[key]) for key, words in _LIMITS.items() if key in schema]
    return ", ".join([schema.get("type", "anything"), *limits])


def field_rows(schema: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return the name, the type and the meaning of each field of an object."""
    required = schema.get("required", [])
    fields = schema["properties"]
    ordered = {name: fields[name] for name in (*_FIRST, *fields) if name in fields}
    return [
        (
            name,
            shape(field) + (", required" if name in required else ""),
            as_cell(field.get("description", "")),
        )
        for name, field in ordered.items()
    ]


def as_cell(text: str) -> str:
    """Return a text as it is written in the cell of a table."""
    return " ".join(text.split()).replace("|", "\\|")
