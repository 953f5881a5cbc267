"""The series of a request one by one, whichever way they came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, cast

from app.requests.series_schemas import BoundedSeriesInput, SeriesInput, SeriesObject, objects_of
from forecasting.errors import ForecastingError, Path, SeriesError
from forecasting.prediction.bounds import Bounds
from forecasting.series.series import Series, whole_values
from forecasting.types import Floats


class Item(Protocol):
    @property
    def id(self) -> str | None: ...

    @property
    def values(self) -> Sequence[float | None] | Floats:
        """As they were given."""
        ...

    def bounds(self, otherwise: Bounds) -> Bounds:
        """Its own, where it has some."""
        ...

    def read(self, *, repair: bool) -> Series:
        """Raises SeriesError, its path as in a series object: ("values", 3)."""
        ...

    def place(self, path: Path) -> Path:
        """Where in the request a path within the series lies."""
        ...


@dataclass(frozen=True, slots=True)
class RawItem:
    """`"series": [112, 118, …]`."""

    values: Sequence[float | None]
    id: str | None = None

    def bounds(self, otherwise: Bounds) -> Bounds:
        return otherwise

    def read(self, *, repair: bool) -> Series:
        try:
            return Series.from_values(self.values)
        except SeriesError as error:
            raise error.under("values") from error

    def place(self, path: Path) -> Path:
        return ("series", *(path[1:] if path[:1] == ("values",) else path))


@dataclass(frozen=True, slots=True)
class ObjectItem:
    """A series object, at `path` in the body."""

    given: SeriesObject
    path: Path
    whole: Floats | None = None
    """Its values, where nothing is to be said about them or its dates."""

    @property
    def id(self) -> str | None:
        return self.given.id

    @property
    def values(self) -> Sequence[float | None]:
        return self.given.values

    def bounds(self, otherwise: Bounds) -> Bounds:
        return self.given.bounds(otherwise)

    def read(self, *, repair: bool) -> Series:
        if self.whole is not None:
            return Series(self.whole, self.given.id)
        return self.given.to_series(repair=repair)

    def place(self, path: Path) -> Path:
        return (*self.path, *path)


@dataclass(frozen=True, slots=True)
class BrokenItem:
    """What does not look like a series, where the others are to be answered all the same."""

    error: SeriesError
    id: str | None
    path: Path
    values: Sequence[float | None] = ()

    def bounds(self, otherwise: Bounds) -> Bounds:
        return otherwise

    def read(self, *, repair: bool) -> Series:
        raise self.error

    def place(self, path: Path) -> Path:
        return (*self.path, *path)


def to_items(given: BoundedSeriesInput | SeriesInput) -> list[Item]:
    if isinstance(given, SeriesObject):
        return [ObjectItem(given, ("series",))]
    objects = objects_of(given)
    if not objects:
        return [RawItem(cast("list[float | None]", given))]
    dated = any(item.dated for item in objects)
    whole = [None] * len(objects) if dated else whole_values([item.values for item in objects])
    return [
        ObjectItem(item, ("series", place), values)
        for place, (item, values) in enumerate(zip(objects, whole, strict=True))
    ]


def to_series(items: Sequence[Item], *, repair: bool) -> list[Series]:
    """Raises SeriesError, its path within the request."""
    return [_read(item, repair=repair) for item in items]


def _read(item: Item, *, repair: bool) -> Series:
    try:
        return item.read(repair=repair)
    except ForecastingError as error:
        raise error.at(*item.place(error.path)) from error


def check_number(items: Sequence[object], limit: int, setting: str) -> None:
    if len(items) > limit:
        raise SeriesError(
            f"the request holds {len(items)} series; {limit} is the most ({setting}).",
            code="too_many_series",
            path=("series",),
        )
