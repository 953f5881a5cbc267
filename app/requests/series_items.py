"""The series of a request, one by one, whichever way they came; and reading them all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol, cast

from app.exception_handlers import error_detail
from app.requests.covariates import complete_covariates, find_days
from app.requests.options import ForecastOptions
from app.requests.series_schemas import BoundedSeriesInput, SeriesInput, SeriesObject, objects_of
from forecasting.errors import ForecastingError, Path, SeriesError
from forecasting.networks.signature import Signature
from forecasting.prediction.bounds import ANY, Bounds
from forecasting.series.repair import DateRules
from forecasting.series.series import Series, read_each
from forecasting.series.soundness import whole_values
from forecasting.types import Floats

if TYPE_CHECKING:
    from forecasting.covariates.day_features import DayFeature


class SeriesItem(Protocol):
    """One series as the request holds it, not read yet."""

    @property
    def id(self) -> str | None:
        """The id that the caller gave the series."""
        ...

    @property
    def target(self) -> str | None:
        """Which target it is, of a series with several."""
        ...

    @property
    def values(self) -> Sequence[float | None] | Floats:
        """The values as they were given."""
        ...

    def alone(self) -> SeriesItem:
        """Return the series as a model reads it that does not see the other targets beside it."""
        ...

    def bounds(self, default: Bounds) -> Bounds:
        """Return the bounds of this series, which go before those of the request."""
        ...

    def read(self, rules: DateRules) -> Series:
        """Check and read the series.

        Raises SeriesError, its path as in a series object: ("values", 3).
        """
        ...

    def locate(self, path: Path) -> Path:
        """Return where in the request a path within the series lies."""
        ...


@dataclass(frozen=True, slots=True)
class RawSeriesItem:
    """A series that is the whole of `"series": [112, 118, …]`."""

    values: Sequence[float | None]
    id: str | None = None
    target: str | None = None

    def alone(self) -> SeriesItem:
        return self

    def bounds(self, default: Bounds) -> Bounds:
        return default

    def read(self, rules: DateRules) -> Series:
        try:
            return Series.from_values(self.values, gaps=rules.repair.gaps)
        except SeriesError as error:
            raise error.under("values") from error

    def locate(self, path: Path) -> Path:
        if path[:1] == ("calendar",):
            return path
        return ("series", *(path[1:] if path[:1] == ("values",) else path))


@dataclass(frozen=True, slots=True)
class ObjectSeriesItem:
    """A series that is a JSON object, at `path` in the body, or one of its targets."""

    given: SeriesObject
    path: Path
    whole: Floats | None = None
    """The values as an array, if they need no repair and the series is plain."""
    target: str | None = None
    together: bool = True
    """Whether the past of all targets is read beside this one."""

    @property
    def id(self) -> str | None:
        return self.given.id

    @property
    def _targets(self) -> Mapping[str, Sequence[float | None]]:
        return self.given.targets or {}

    @property
    def values(self) -> Sequence[float | None]:
        return self.given.values if self.target is None else self._targets[self.target]

    def alone(self) -> SeriesItem:
        return replace(self, together=False)

    def bounds(self, default: Bounds) -> Bounds:
        return self.given.bounds(default)

    def read(self, rules: DateRules) -> Series:
        if self.whole is not None:
            return Series(self.whole, self.given.id)
        return self.given.to_series(rules, self.target, together=self.together)

    def locate(self, path: Path) -> Path:
        if self.target is not None and path[:1] == ("values",):
            path = ("targets", self.target, *path[1:])
        elif (
            path[:1] == ("past_covariates",) and path[1:2] and path[1] in (self.given.targets or ())
        ):
            path = ("targets", *path[1:])
        of_request = path[:1] == ("calendar",) or (path[:1] == ("open",) and not self.given.open)
        return path if of_request else (*self.path, *path)


@dataclass(frozen=True, slots=True)
class InvalidSeriesItem:
    """Something that is not a series, in a request whose other series are to be answered."""

    error: SeriesError
    id: str | None
    path: Path
    values: Sequence[float | None] = ()
    target: str | None = None

    def alone(self) -> SeriesItem:
        return self

    def bounds(self, default: Bounds) -> Bounds:
        return default

    def read(self, rules: DateRules) -> Series:
        raise self.error

    def locate(self, path: Path) -> Path:
        return (*self.path, *path)


def to_items(given: BoundedSeriesInput | SeriesInput) -> list[SeriesItem]:
    """Return the series of a JSON body one by one."""
    if isinstance(given, SeriesObject):
        return items_of(given, ("series",))
    objects = objects_of(given)
    if not objects:
        return [RawSeriesItem(cast("list[float | None]", given))]
    plain = all(item.plain for item in objects)
    whole = whole_values([item.values for item in objects]) if plain else [None] * len(objects)
    return [
        item
        for position, (given_object, values) in enumerate(zip(objects, whole, strict=True))
        for item in items_of(given_object, ("series", position), values)
    ]


def items_of(given: SeriesObject, path: Path, whole: Floats | None = None) -> list[SeriesItem]:
    """Return the series of one object: itself, or each of its targets."""
    if given.targets is None:
        return [ObjectSeriesItem(given, path, whole)]
    try:
        given.check_targets()
    except SeriesError as error:
        return [InvalidSeriesItem(error, given.id, path)]
    return [ObjectSeriesItem(given, path, target=target) for target in given.targets]


def as_seen(items: Sequence[SeriesItem], signature: Signature) -> Sequence[SeriesItem]:
    """Return the series as a version reads them: targets alone, unless it sees all of them."""
    if any(item.type == "target" for item in signature.covariates):
        return items
    return [item if item.target is None else item.alone() for item in items]


def complete(
    item: SeriesItem,
    found: Series,
    days: Sequence[DayFeature],
    horizon: int | None,
    signature: Signature,
) -> Series:
    """Return the series that an item was read as, with its covariates as a version wants them.

    Raises SeriesError as `complete_covariates` does, which says what `horizon` is.
    """
    if not (days or found.covariates is not None or found.static or signature.covariates):
        return found
    exact = isinstance(item, ObjectSeriesItem)
    return complete_covariates(found, days, horizon, signature, exact=exact)


def read_all(items: Sequence[SeriesItem], rules: DateRules) -> list[Series]:
    """Read all series of a request. Raises SeriesError, its path within the request."""
    series = []
    for item, found in zip(items, read_each(items, rules), strict=True):
        if isinstance(found, ForecastingError):
            raise found.at(*item.locate(found.path)) from found
        series.append(found)
    return series


@dataclass(frozen=True, slots=True)
class SeriesFailure:
    """A series that cannot be answered, and why."""

    position: int
    """Its position among all series of the request."""
    id: str | None
    target: str | None
    error: ForecastingError

    def document(self) -> dict[str, Any]:
        """Return what the answer has in the place of the series, in the shape of FailedObject."""
        target = {} if self.target is None else {"target": self.target}
        return {"id": self.id, **target, "error": error_detail(self.error).model_dump()}


def insert_failures(
    answers: list[dict[str, Any]], failures: Sequence[SeriesFailure] | None
) -> None:
    """Insert the failures, whose positions rise, in their places among the answers."""
    for failure in failures or ():
        answers.insert(failure.position, failure.document())


@dataclass(frozen=True, slots=True)
class ReadSeries:
    """The series of a request that can be answered, and those that cannot."""

    series: list[Series]
    bounds: list[Bounds]
    """The bounds of each of `series`."""
    failures: list[SeriesFailure] | None
    """The series that failed, in the order of their positions. None if the request takes no partial
    answers."""

    def raise_if_none_is_left(self) -> None:
        """Raise the first failure's ForecastingError if every series failed."""
        if self.failures and not self.series:
            raise self.failures[0].error


def read_series(
    items: Sequence[SeriesItem],
    options: ForecastOptions,
    signature: Signature,
    check: Callable[[Series], object],
    *,
    horizon: int | None = None,
    observed_within: bool = True,
) -> ReadSeries:
    """Read the series of a request and check each of them.

    `signature` is that of the version that forecasts them, which says what covariates it wants.
    `check` raises a ForecastingError for a series that will not do. If `observed_within` is true,
    a series whose observed values lie outside its bounds fails, too. `horizon` is the number of
    steps after the series that its covariates have to be known for; None if these do not matter.

    Raises the first ForecastingError, its path within the request, unless the request takes partial
    answers.
    """
    failures: list[SeriesFailure] | None = [] if options.on_error == "partial" else None
    default = options.bounds()
    if default is not ANY:
        default.check()
    days = find_days(options.calendar)
    items = as_seen(items, signature)
    series, bounds = [], []
    for position, (item, found) in enumerate(
        zip(items, read_each(items, options.date_rules()), strict=True)
    ):
        try:
            if isinstance(found, ForecastingError):
                raise found
            check(found)
            completed = complete(item, found, days, horizon, signature)
            item_bounds = item.bounds(default)
            if item_bounds is not ANY:
                item_bounds.check()
                if observed_within:
                    item_bounds.check_observed(item.values)
        except ForecastingError as error:
            located = error.at(*item.locate(error.path))
            if failures is None:
                raise located from error
            failures.append(SeriesFailure(position, item.id, item.target, located))
        else:
            series.append(completed)
            bounds.append(item_bounds)
    return ReadSeries(series, bounds, failures)
