"""The options that several operations take, and what holds if a request leaves one out.

Those about dates come first, then those about forecasts.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag
from pydantic_core import PydanticCustomError
from typing_extensions import TypeAliasType

from app.requests.limits import check_horizon
from forecasting.networks.signature import Signature
from forecasting.prediction.bounds import ANY, Bounds
from forecasting.prediction.defaults import decimal_name
from forecasting.series.opening import Opening, parse_opening
from forecasting.series.repair import NO_RULES, DateRules, Gaps, Jitter, Order, Repair, Repeated
from forecasting.store.manifest import ModelName

Schema = dict[str, Any]
"""A JSON schema."""


class RepairChoices(BaseModel):
    """What is done to dates that are not as they should be."""

    model_config = ConfigDict(extra="forbid", strict=True)

    order: Order = Field(
        "error", description="With `sort`, timestamps that are out of order are sorted."
    )
    repeated: Repeated = Field(
        "error",
        description="Which of several values at the same time is kept, or whether their mean or "
        "their sum is taken.",
    )
    jitter: Jitter = Field(
        "error",
        description="With `snap`, timestamps slightly off regular steps are moved to the nearest "
        "step.",
    )
    gaps: Gaps = Field(
        "interpolate",
        description="What takes the place of values and dates that are missing: a straight line, "
        "zeros, or the value before. With `error`, they are refused.",
    )


class OpeningObject(BaseModel):
    """When values can be observed, by the clock on the wall."""

    model_config = ConfigDict(extra="forbid", strict=True)

    days: (
        Annotated[
            Annotated[Annotated[str, Field(max_length=64)], Tag("text")]
            | Annotated[
                list[Annotated[str, Field(max_length=64)]], Tag("list"), Field(max_length=7)
            ],
            Discriminator(lambda given: "list" if isinstance(given, list) else "text"),
        ]
        | None
    ) = Field(
        None,
        description='The open days of the week, such as "Mon-Sat" or ["Mon", "Wed"]. By default, '
        "every day.",
    )
    hours: str | None = Field(
        None,
        max_length=32,
        description='The first and the last time of day of a value, such as "10-16" or '
        '"09:30-16:00". They matter to steps shorter than a day. By default, all hours.',
    )
    holidays: list[Annotated[str, Field(max_length=10)]] = Field(
        [], max_length=1_000, description="Dates on which nothing is open, in ISO 8601."
    )

    def opening(self) -> Opening:
        """Return the opening. Raises SeriesError, its path from ("open",) on."""
        return parse_opening(self.days, self.hours, self.holidays)


class DateOptions(BaseModel):
    """What holds for the dates of all series of a request."""

    repair: Annotated[
        Annotated[Annotated[bool, Field(strict=True)], Tag("switch")]
        | Annotated[RepairChoices, Tag("choices")],
        Discriminator(
            lambda given: "choices" if isinstance(given, dict | RepairChoices) else "switch"
        ),
    ] = Field(
        False,
        description="What is done to timestamps that are out of order, repeated or slightly off "
        "regular steps, and to gaps; the notes say what was done. `true` sorts timestamps, keeps "
        "the last of repeated ones and moves those off their steps. By default, such a series is "
        "refused, and gaps are filled by straight lines.",
    )
    open: OpeningObject | None = Field(
        None,
        description="When values can be observed, such as the hours of a shop. Steps outside are "
        "neither missing nor forecast.",
    )

    def date_rules(self) -> DateRules:
        """Return the rules to read dates by.

        Raises SeriesError, its path within the request, for opening times that make no sense.
        """
        if self.repair is False and self.open is None:
            return NO_RULES
        if isinstance(self.repair, RepairChoices):
            repair = Repair(**self.repair.model_dump())
        else:
            repair = Repair.of_switch(self.repair)
        return DateRules(repair, None if self.open is None else self.open.opening())


VersionChoice = Annotated[
    Annotated[int, Field(ge=1, strict=True), Tag("number")] | Annotated[ModelName, Tag("alias")],
    Discriminator(lambda given: "alias" if isinstance(given, str) else "number"),
]
"""The number of a version, or an alias that names one."""


def _check_percent(level: float) -> float:
    """Refuse a share, such as 0.9, in the place of a percentage."""
    if 0 < level < 1:
        percent = decimal_name(float(f"{100 * level:.6g}"))
        raise PydanticCustomError(
            "level_not_in_percent",
            "levels are in percent: write {percent}, not {level}",
            {"percent": percent, "level": decimal_name(level)},
        )
    return level


Level = Annotated[
    float,
    Field(gt=0, le=99.9999, allow_inf_nan=False, json_schema_extra={"minimum": 1}),
    AfterValidator(_check_percent),
]
"""The level of a central interval, in percent."""

OnError = TypeAliasType("OnError", Literal["fail", "partial"])
"""What happens if a series cannot be forecast."""

Options = TypeVar("Options", bound=BaseModel)


class BoundsInput(BaseModel):
    """The values that are possible."""

    lower: float | None = Field(
        None,
        strict=True,
        allow_inf_nan=False,
        description="The lowest possible value. Forecasts are never below it.",
    )
    upper: float | None = Field(
        None,
        strict=True,
        allow_inf_nan=False,
        description="The highest possible value. Forecasts are never above it.",
    )
    integer: bool | None = Field(
        None, strict=True, description="If true, forecasts are whole numbers."
    )
    non_negative: bool | None = Field(
        None,
        strict=True,
        description="If true, forecasts are never below 0. By default, that holds for a series "
        "with at least 10 values, none of them negative, and no `lower`.",
    )

    def bounds(self, otherwise: Bounds = ANY) -> Bounds:
        """Return the bounds that were given; a field that was left out is that of `otherwise`."""
        if (
            self.lower is None
            and self.upper is None
            and self.integer is None
            and self.non_negative is None
        ):
            return otherwise
        return Bounds(
            otherwise.lower if self.lower is None else self.lower,
            otherwise.upper if self.upper is None else self.upper,
            otherwise.integer if self.integer is None else self.integer,
            otherwise.non_negative if self.non_negative is None else self.non_negative,
        )


class CalendarOption(BaseModel):
    """Days of the calendar that all series of a request may depend on."""

    calendar: list[Annotated[str, Field(max_length=128)]] | None = Field(
        None,
        max_length=16,
        description="Days that series with dates may depend on, by name: `holidays:DE` (a country "
        "by ISO 3166), `holidays:US-CA` (a part of it), `weekend`, `month_start`, `month_end`, "
        "`payday` (the 15th and the last of the month) and `payday:25`; on a weekend, a payday is "
        "the Friday before. They are covariates that are known ahead.",
    )


class VersionOption(BaseModel):
    """Which version forecasts."""

    model: ModelName | None = Field(
        None, description="The model that forecasts. By default, the service's default model."
    )
    version: VersionChoice | None = Field(
        None,
        description="The version of the model: a number, an alias or `latest`. By default, "
        "`production` if the model has that alias, or else `latest`.",
    )


class ForecastOptions(VersionOption, BoundsInput, DateOptions, CalendarOption):
    """The options of every operation that forecasts, be it the future or the past."""

    on_error: OnError = Field(
        "fail",
        description="What happens if a series cannot be forecast. With `fail`, the whole request "
        "is refused. With `partial`, that series gets an entry with its `error`, and the others "
        "are answered.",
    )


@lru_cache
def json_types(options: type[BaseModel]) -> dict[str, set[str]]:
    """Return the JSON types that each field of a model takes, apart from null."""
    root = options.model_json_schema()
    return {
        name: {shape["type"] for shape in alternatives(root, field)} - {"null"}
        for name, field in root["properties"].items()
    }


@lru_cache
def lists_of_texts(options: type[BaseModel]) -> set[str]:
    """Return the fields of a model that take a list of texts."""
    root = options.model_json_schema()
    return {
        name
        for name, field in root["properties"].items()
        for shape in alternatives(root, field)
        if shape.get("items", {}).get("type") == "string"
    }


def alternatives(root: Schema, schema: Schema) -> Iterator[Schema]:
    """Yield each shape that a schema within the schema `root` allows."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        yield from alternatives(root, root["$defs"][name])
        return
    among = schema.get("anyOf") or schema.get("oneOf")
    if among is None:
        yield schema
        return
    for alternative in among:
        yield from alternatives(root, alternative)


def choose_horizon(requested: int | None, signature: Signature, most: int) -> int:
    """Return the requested horizon, or else the model's usual one.

    Raises RequestError if it has more than `most` steps.
    """
    horizon = requested or signature.usual_horizon
    check_horizon(horizon, most)
    return horizon
