"""Options that several operations take, and those of a request whose series are a table."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from app.requests.bounds import BoundsInput
from forecasting.store.manifest import ModelName

VersionChoice = Annotated[
    Annotated[int, Field(ge=1, strict=True), Tag("number")] | Annotated[ModelName, Tag("alias")],
    Discriminator(lambda given: "alias" if isinstance(given, str) else "number"),
]
Level = Annotated[float, Field(gt=0, le=99.9999, allow_inf_nan=False)]
Options = TypeVar("Options", bound=BaseModel)


class RepairOption(BaseModel):
    repair: bool = Field(
        False,
        strict=True,
        description="Sort timestamps that are out of order, and keep the last of those that are "
        "repeated, instead of refusing them. The notes say what was done.",
    )


class ForecastOptions(BoundsInput, RepairOption):
    """What requests for forecasts, of the future or of the past, take alike."""

    model: ModelName | None = Field(None, description="Default: the service's default model.")
    version: VersionChoice | None = Field(
        None,
        description="A number, an alias or `latest`; default: `production` if the model has one, "
        "else `latest`.",
    )
    on_error: Literal["fail", "partial"] = Field(
        "fail",
        description="`partial`: a series that cannot be forecast gets an entry with its `error`, "
        "and the others are answered.",
    )


class TableFields(BaseModel):
    """What is said of the series of a table beside it, the other options apart."""

    model_config = ConfigDict(strict=True)

    frequency: str | None = Field(
        None, max_length=32, description="Of all series; default: read from their dates."
    )
    timezone: str | None = Field(
        None, max_length=64, description="IANA name of the zone of all dates."
    )


@lru_cache
def json_types(options: type[BaseModel]) -> dict[str, set[str]]:
    """The types in JSON that each field takes beside null."""
    schema = options.model_json_schema()
    known = schema.get("$defs", {})
    return {name: _types(field, known) - {"null"} for name, field in schema["properties"].items()}


def _types(schema: dict[str, Any], known: dict[str, Any]) -> set[str]:
    if "$ref" in schema:
        schema = known[schema["$ref"].rpartition("/")[2]]
    shapes = schema.get("anyOf") or schema.get("oneOf")
    if shapes is None:
        return {schema["type"]}
    return set().union(*(_types(shape, known) for shape in shapes))
