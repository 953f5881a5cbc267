"""Series as a request holds them: raw values, one object, or a list of objects."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, Self, cast

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    GetJsonSchemaHandler,
    Tag,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import CoreSchema, PydanticCustomError
from typing_extensions import TypeAliasType

from app.requests.options import BoundsInput, OpeningObject
from forecasting.errors import SeriesError
from forecasting.prediction.bounds import Bounds
from forecasting.series.calendar import Calendar
from forecasting.series.repair import DateRules
from forecasting.series.series import Series
from forecasting.series.time_zones import parse_zone
from forecasting.series.timestamps import parse_times

if TYPE_CHECKING:
    from forecasting.series.covariates import Covariates

Value = Annotated[float, Field(strict=True, allow_inf_nan=False)] | None
Values = Annotated[
    list[Value],
    Field(
        fail_fast=True,
        description="The observations, oldest first and evenly spaced. A missing one is null.",
    ),
]

_Cell = {"anyOf": [{"type": "number"}, {"type": "boolean"}, {"type": "string"}]}
_Column = Annotated[
    list[Any],
    WithJsonSchema({"type": "array", "items": {"anyOf": [*_Cell["anyOf"], {"type": "null"}]}}),
]
CovariateColumns = TypeAliasType("CovariateColumns", dict[str, _Column])
"""Columns by name: numbers, or true and false, or texts that name categories, or null if missing.
The core checks what they hold, for pydantic would say it of each type that a cell may have."""
StaticValues = TypeAliasType("StaticValues", dict[str, Annotated[Any, WithJsonSchema(_Cell)]])
"""A number, true, false or a text by name."""

Targets = TypeAliasType("Targets", dict[str, Values])
"""The values of each target by its name."""

_NOT_PLAIN = {
    *("frequency", "timestamps"),
    *("past_covariates", "future_covariates", "static", "targets"),
}


class SeriesObject(BaseModel):
    """One series with what is known about it."""

    model_config = ConfigDict(extra="forbid")

    values: Values = Field(default_factory=list)
    targets: Targets | None = Field(
        None,
        description="In place of `values`: several, observed at the same steps, by name, such as "
        "sales and visits. Each is forecast; a model that was trained with them forecasts each "
        "from the past of all.",
    )
    id: str | None = Field(
        None, max_length=256, description="A name for the series, which comes back in the answer."
    )
    start: str | None = Field(
        None,
        max_length=64,
        description="The time of the first value in ISO 8601. It needs a `frequency`.",
    )
    frequency: str | None = Field(
        None,
        max_length=32,
        description='How often the series is observed, as a pandas alias: "MS", "QS", "W-MON", '
        '"D", "h", "30min".',
    )
    timestamps: list[Annotated[str, Field(max_length=64)]] | None = Field(
        None,
        fail_fast=True,
        description="The time of every value in ISO 8601, in place of `start`.",
    )
    timezone: str | None = Field(
        None,
        max_length=64,
        description='The time zone of the dates, by its IANA name, such as "Europe/Berlin". Times '
        "without an offset are its local times, and so are those of the answer.",
    )

    past_covariates: CovariateColumns | None = Field(
        None,
        description="What else was observed beside the values, by name, such as a temperature: a "
        "value for each of `values`.",
    )
    future_covariates: CovariateColumns | None = Field(
        None,
        description="What is also known of the steps that are forecast, by name, such as prices or "
        "promotions: a value for each of `values`, and then one for each step of the horizon.",
    )
    static: StaticValues | None = Field(
        None,
        description="What holds for the whole series, by name, such as the region of a shop, for a "
        "model that is trained with it.",
    )

    open: OpeningObject | None = Field(
        None,
        description="When values of this series can be observed, in place of the `open` of the "
        "request. It needs dates.",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.targets is None and "values" not in self.model_fields_set:
            raise PydanticCustomError("missing", "is missing", {"field": "values"})
        if self.targets is not None and "values" in self.model_fields_set:
            raise ValueError("give either values, for one target, or targets, not both")
        if self.timestamps is not None and self.start is not None:
            raise ValueError("give either timestamps or start, not both")
        if self.start is not None and self.frequency is None:
            raise ValueError('start needs a frequency, such as "MS" for months')
        if self.frequency is not None and self.start is None and self.timestamps is None:
            raise ValueError("frequency needs a start or timestamps")
        if self.timezone is not None and not self.dated:
            raise ValueError("timezone needs a start or timestamps")
        if self.open is not None and not self.dated:
            raise ValueError("open needs a start or timestamps")
        return self

    @property
    def dated(self) -> bool:
        """Whether the series comes with dates."""
        return self.frequency is not None or self.timestamps is not None

    @property
    def plain(self) -> bool:
        """Whether the series comes without dates and covariates."""
        return self.model_fields_set.isdisjoint(_NOT_PLAIN)

    def bounds(self, otherwise: Bounds) -> Bounds:
        """Return the bounds of the series, which are `otherwise` if it has none of its own."""
        return otherwise

    def check_targets(self) -> None:
        """Raise SeriesError if the targets do not go together; its path is as in `to_series`."""
        from forecasting.covariates.targets import check_targets

        beside = {
            "past_covariates": self.past_covariates,
            "future_covariates": self.future_covariates,
            "static": self.static,
        }
        given = {field: names or () for field, names in beside.items()}
        check_targets(self.targets or {}, given)

    def to_series(
        self, rules: DateRules, target: str | None = None, *, together: bool = True
    ) -> Series:
        """Return the checked series; of one with several targets, that of `target`.

        If these are `together`, the past of all of them is beside it.

        Raises:
            SeriesError: The series makes no sense. The path of the error leads into an object with
                `values`, or into `targets` if they are too many.
        """
        if self.open is not None:
            rules = replace(rules, opening=self.open.opening())
        targets = self.targets or {}
        values = self.values if target is None else targets[target]
        covariates = self._covariates(values, targets if together else {})
        series = replace(self._read(values, rules, covariates), target=target)
        if covariates is not None:
            from forecasting.covariates.given import fill_missing

            series = fill_missing(series, rules.repair.gaps)
        if self.static:
            from forecasting.covariates.given import read_static

            beside = {*(self.past_covariates or ()), *(self.future_covariates or ()), *targets}
            series = replace(series, static=read_static(self.static, beside))
        if target is not None and not together:
            from forecasting.covariates.targets import note_apart

            series = note_apart(series, len(targets))
        return series

    def _covariates(self, values: Values, targets: dict[str, Values]) -> Covariates | None:
        """Return what stands beside values: the covariates, and the past of targets."""
        past, future = self.past_covariates or {}, self.future_covariates or {}
        if targets:
            from forecasting.covariates.targets import check_few

            check_few(targets, [*past, *future])
        if not values or not (past or future or targets):
            return None
        from forecasting.covariates.given import read_columns

        covariates = read_columns({**past, **targets}, future, len(values))
        return replace(covariates, targets=frozenset(targets))

    def _read(self, values: Values, rules: DateRules, covariates: Covariates | None) -> Series:
        zone = None if self.timezone is None else parse_zone(self.timezone)
        if self.timestamps is not None:
            try:
                times = parse_times(self.timestamps).in_zone(zone)
            except SeriesError as error:
                raise error.under("timestamps") from error
            return Series.from_dates(
                values,
                times,
                id=self.id,
                frequency=self.frequency,
                rules=rules,
                covariates=covariates,
            )
        calendar = None
        if self.start is not None and self.frequency is not None:
            calendar = Calendar.from_start(self.start, self.frequency, zone, rules.opening)
        try:
            return Series.from_values(
                values,
                id=self.id,
                calendar=calendar,
                gaps=rules.repair.gaps,
                covariates=covariates,
            )
        except SeriesError as error:
            raise error.under("values") from error


class BoundedSeriesObject(BoundsInput, SeriesObject):
    """One series to forecast, with what is known about it."""


def _shape(given: Any) -> str:
    """Return the tag of the shape that `series` has; the first item decides about a list."""
    if isinstance(given, dict | SeriesObject):
        return "object"
    first = given[0] if isinstance(given, list) and given else None
    return "list" if isinstance(first, dict | SeriesObject) else "values"


@dataclass(frozen=True)
class _DescribedAsOneArray:
    """Has the OpenAPI document describe raw values and a list of objects as one array.

    Generators of clients cannot tell two kinds of arrays apart. They name the union by its title.
    """

    title: str

    def __get_pydantic_json_schema__(
        self, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        values, one_object, objects = handler(core_schema)["oneOf"]
        alternatives = [*values["items"]["anyOf"], objects["items"]]
        items = {"anyOf": alternatives, "title": f"{self.title}Item"}
        return {"oneOf": [{"type": "array", "items": items}, one_object], "title": self.title}


_DESCRIPTION = (
    "One raw series (an array of numbers, null where a value is missing), one series object, or an "
    "array of series objects of any lengths."
)
SeriesInput = Annotated[
    Annotated[Values, Tag("values")]
    | Annotated[SeriesObject, Tag("object")]
    | Annotated[list[SeriesObject], Tag("list"), Field(fail_fast=True)],
    Discriminator(_shape),
    _DescribedAsOneArray("Series"),
    Field(description=_DESCRIPTION),
]
BoundedSeriesInput = Annotated[
    Annotated[Values, Tag("values")]
    | Annotated[BoundedSeriesObject, Tag("object")]
    | Annotated[list[BoundedSeriesObject], Tag("list"), Field(fail_fast=True)],
    Discriminator(_shape),
    _DescribedAsOneArray("BoundedSeries"),
    Field(description=_DESCRIPTION),
]


def objects_of(given: BoundedSeriesInput | SeriesInput) -> list[SeriesObject]:
    """Return the series objects that were given, which are none for raw values."""
    if isinstance(given, SeriesObject):
        return [given]
    first = given[0] if given else None
    return cast("list[SeriesObject]", given) if isinstance(first, SeriesObject) else []


def are_plain(given: BoundedSeriesInput) -> bool:
    """Return whether all of the series come without dates and covariates."""
    return all(series.plain for series in objects_of(given))
