"""A body read although some of its series are broken, where it asks for that."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError
from pydantic_core import from_json

from app.requests.options import Options
from app.requests.series_items import BrokenItem, Item, ObjectItem
from app.requests.series_schemas import BoundedSeriesObject
from forecasting.errors import Path, SeriesError


def read_partially(
    body: bytes, error: ValidationError, model: type[Options]
) -> tuple[Options, list[Item]]:
    """Read a request of many series that failed as a whole with `error`.

    Raises that error unless the request says `"on_error": "partial"`, or ValidationError where more
    than its series is at fault.
    """
    try:
        given = from_json(body)
    except ValueError:
        raise error from None
    series = given.pop("series", None) if isinstance(given, dict) else None
    if not isinstance(series, list) or not series or given.get("on_error") != "partial":
        raise error
    if not any(isinstance(item, dict) for item in series):
        raise error
    options = model.model_validate(given)
    return options, [_item(item, ("series", place)) for place, item in enumerate(series)]


def _item(given: Any, path: Path) -> Item:
    try:
        return ObjectItem(BoundedSeriesObject.model_validate(given), path)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        named = given.get("id") if isinstance(given, dict) else None
        fault = SeriesError(first["msg"], code=first["type"], path=first["loc"])
        return BrokenItem(fault, named if isinstance(named, str) else None, path)
