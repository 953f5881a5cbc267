"""What an agent is told to send: the fields of a request that matter to it, in plain JSON schema.

The requests themselves are those of the service's own operations.
"""

from __future__ import annotations

from pydantic import BaseModel

from app.predict.examples import PASSENGERS, PASSENGERS_TABLE
from app.requests.options import Schema, alternatives
from app.requests.series_schemas import BoundedSeriesObject

_OF_SERIES = ("id", "values", "start", "frequency", "timestamps", "future_covariates")
_MONTHS = {"id": "passengers", "values": PASSENGERS[:24], "start": "1949-01-01", "frequency": "MS"}
TABLE: Schema = {
    "type": "string",
    "description": "In place of `series`: a table as text, such as the content of a CSV file, with "
    "a header. Its columns of dates, values and ids of series are found by themselves.",
    "examples": [PASSENGERS_TABLE[:100].rpartition("\n")[0]],
}
DRAWING: Schema = {
    "type": "boolean",
    "default": False,
    "description": "If true, the answer has a picture of the forecast, too, and of what it is made "
    "of. It needs a single series.",
}


def input_schema(request: type[BaseModel], names: tuple[str, ...], **also: Schema) -> Schema:
    """Return the schema of a tool that takes series or a table, and the named fields of a request.

    `also` are fields that the request does not have.
    """
    fields = _plain_fields(request, names)
    return {
        "type": "object",
        "properties": {"series": _series(), "table": TABLE, **fields, **also},
        "additionalProperties": False,
    }


def _series() -> Schema:
    return {
        "type": "array",
        "items": {
            "type": "object",
            "properties": _plain_fields(BoundedSeriesObject, _OF_SERIES),
            "required": ["values"],
        },
        "description": "One or more series, of any lengths. Give `start` and `frequency` if the "
        "dates are known, or else the values alone.",
        "examples": [[_MONTHS], [{"values": PASSENGERS[:24]}]],
    }


def _plain_fields(model: type[BaseModel], names: tuple[str, ...]) -> dict[str, Schema]:
    """Return the schemas of some fields, without titles, and without the null of an optional one.

    Each field has one shape besides null.
    """
    root = model.model_json_schema()
    fields = {name: root["properties"][name] for name in names}
    return {name: _shape(root, field) | _about(field) for name, field in fields.items()}


def _shape(root: Schema, field: Schema) -> Schema:
    (shape,) = (part for part in alternatives(root, field) if part.get("type") != "null")
    return {name: value for name, value in shape.items() if name != "title"}


def _about(field: Schema) -> Schema:
    return {name: field[name] for name in ("description", "default") if field.get(name) is not None}
