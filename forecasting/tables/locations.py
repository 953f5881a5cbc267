"""Where tables of bulk jobs may lie: in folders of this machine, or below URLs of object stores."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from forecasting.errors import RequestError
from forecasting.store.storage.location import is_url

SETTING = "FORECAST_BULK_LOCATIONS"
SCHEMES = ("s3", "gs")
_PLAIN_PATH = re.compile(r"[^/?#%\x00-\x1f]+(/[^/?#%\x00-\x1f]+)*")
"""Without %, for `%2e%2e` is `..` to whoever reads the URL."""


@dataclass(frozen=True, slots=True)
class AllowedLocations:
    """The folders and URLs below which tables are read and written; none by default."""

    roots: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read locations with commas between them. Raises ValueError for one that is none."""
        given = (part.strip() for part in text.split(","))
        return cls(tuple(map(_normal, filter(None, given))))

    def check(self, location: str, option: str) -> str:
        """Return a location in its normal form: a path without links, or a URL.

        Raises RequestError, its path the option, if it is no location or none that is allowed.
        """
        try:
            normal = _normal(location)
        except ValueError as error:
            raise RequestError(f"{error}.", code="location_invalid", path=(option,)) from error
        if not any(_is_below(normal, root) for root in self.roots):
            raise RequestError(
                f"{location!r} is not among the locations that bulk jobs may use. Whoever runs the "
                f"service can allow it: {SETTING} takes folders, and URLs such as s3://bucket/sales,"
                " with commas between them.",
                code="location_not_allowed",
                path=(option,),
            )
        return normal


def check_apart(source: str, destination: str) -> None:
    """Raise RequestError, its path "output", if one of two normal locations lies in the other."""
    if _is_below(source, destination) or _is_below(destination, source):
        raise RequestError(
            "the input and the output lie in each other. Name an output outside the input.",
            code="locations_overlap",
            path=("output",),
        )


def _normal(location: str) -> str:
    """Return a location in its normal form. Raises ValueError with a message for people."""
    if not is_url(location):
        return _normal_path(location)
    given, _, rest = location.partition("://")
    scheme, path = given.lower(), rest.rstrip("/")
    if scheme not in SCHEMES:
        known = " and ".join(f"{name}://" for name in SCHEMES)
        raise ValueError(f"{location!r}: tables are read from paths and from {known}")
    parts: Sequence[str] = path.split("/")
    if not _PLAIN_PATH.fullmatch(path) or not {".", ".."}.isdisjoint(parts):
        raise ValueError(f"{location!r} is not a bucket and a plain path in it")
    return f"{scheme}://{path}"


def _normal_path(location: str) -> str:
    path = Path(location)
    if not path.is_absolute() or "\0" in location:
        raise ValueError(f"{location!r} is not absolute: the service does not know from where")
    try:
        return str(path.resolve())
    except (OSError, RuntimeError) as error:
        raise ValueError(f"{location!r} cannot be looked up: {error}") from error


def _is_below(location: str, root: str) -> bool:
    return location == root or location.startswith(root.rstrip("/") + "/")
