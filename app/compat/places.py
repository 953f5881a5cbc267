"""Where in another protocol's body a mistake is that was found in the request made of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from pydantic import ValidationError

from app.requests.mistakes import list_mistakes
from forecasting.errors import ForecastingError, Path, RequestError


class Places(ABC):
    """What the places in a request to this service's operations are called in a protocol's body."""

    __slots__ = ()

    @abstractmethod
    def of(self, path: Path) -> Path:
        """Return the place in the protocol's body of a place in the request."""

    @contextmanager
    def named(self) -> Iterator[None]:
        """Give the errors that are raised within their place in the protocol's body."""
        try:
            yield
        except ForecastingError as error:
            if not error.path:
                raise
            raise error.at(*self.of(error.path)) from error
        except ValidationError as error:
            first = first_mistake(error)
            raise first.at(*self.of(first.path)) from error


@dataclass(frozen=True, slots=True)
class FieldPlaces(Places):
    """The places in a body that has a list of series, each with fields of its own."""

    series: str
    """The list of the series."""
    fields: Mapping[str, Path] = field(default_factory=dict)
    """The fields of a series that are called otherwise."""
    options: Mapping[str, Path] = field(default_factory=dict)
    """The options that are called otherwise, be they of the request or, here, of each series."""
    beside: Path = ()
    """Where all other options are."""

    def of(self, path: Path) -> Path:
        """Return the place in the protocol's body of a place in the request to `/predict`."""
        if not path:
            return path
        if path[0] != "series":
            option = self.options.get(str(path[0]), (*self.beside, path[0]))
            return (*option, *path[1:])
        if len(path) < 3:
            return (self.series, *path[1:])
        name = str(path[2])
        if name in self.options:
            return self.options[name]
        return (self.series, path[1], *self.fields.get(name, (name,)), *path[3:])


def first_mistake(error: ValidationError) -> RequestError:
    """Return the first mistake that pydantic has found, at its place."""
    found = list_mistakes(error, takes_tables=False)[0]
    return RequestError(found.detail, code=found.code, path=found.path)
