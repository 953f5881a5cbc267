"""TimeGPT's series, one after another in long lists, as series of this service."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

import numpy as np
from pydantic import ValidationError

from app.compat.places import first_mistake
from app.compat.timegpt.schemas import PayloadSeries
from app.requests.series_items import SeriesItem, to_items
from app.requests.series_schemas import BoundedSeriesObject
from forecasting.errors import RequestError, SeriesError

_WITHOUT_CALENDAR = {"bh", "cbh", "C"}
"""Frequencies whose hours or days off only the client knows: series go by their order alone."""

_INFINITE = float(np.finfo(np.float32).max)
"""What the client writes for infinity."""


class _Feature(NamedTuple):
    """An exogenous feature of all series."""

    name: str
    past: list[Any]
    """A value for each of `y`."""
    future: list[Any]
    """A value for each step that is forecast, series after series, if that is known."""
    known_ahead: bool


def to_series_items(
    series: PayloadSeries, freq: str | None, past_only: Collection[int], h: int = 0
) -> list[SeriesItem]:
    """Return the series of a payload one by one.

    `past_only` are the rows of `X` that are not known at the steps that are forecast, which are the
    `h` steps after each series if there is an `X_future`.

    Raises SeriesError or RequestError if the payload contradicts itself.
    """
    _check_finite(series.y, "y")
    for field, rows in (("X", series.X), ("X_future", series.X_future)):
        for number, row in enumerate(rows or ()):
            _check_finite(row, field, number)
    features = _features(series, past_only, h)
    starts: Sequence[str | None] = series.start_datetime or [None] * len(series.sizes)
    dated = freq is not None and freq not in _WITHOUT_CALENDAR
    ends = pairwise(accumulate(series.sizes, initial=0))
    objects = []
    for place, ((begin, end), start) in enumerate(zip(ends, starts, strict=True)):
        fields: dict[str, Any] = {"values": series.y[begin:end]}
        if dated and start is not None:
            fields |= {"start": start, "frequency": freq}
        ahead = slice(place * h, (place + 1) * h)
        known = {f.name: f.past[begin:end] + f.future[ahead] for f in features if f.known_ahead}
        seen = {f.name: f.past[begin:end] for f in features if not f.known_ahead}
        fields |= {"future_covariates": known} if known else {}
        fields |= {"past_covariates": seen} if seen else {}
        try:
            objects.append(BoundedSeriesObject(**fields))
        except ValidationError as error:
            raise first_mistake(error).under("series", place) from error
    return to_items(objects)


def feature_name(number: int) -> str:
    """Return what the feature in a row of `X` is called here; the client keeps its own name."""
    return f"x{number}"


def feature_number(name: str) -> int | None:
    """Return the row of `X` with the feature that is called so here; None if there is none."""
    found = re.fullmatch(r"x(\d{1,9})", name, re.ASCII)
    return None if found is None else int(found[1])


def _features(series: PayloadSeries, past_only: Collection[int], h: int) -> list[_Feature]:
    rows, future = series.X or [], series.X_future or []
    if len(future) > len(rows):
        raise RequestError(
            f"X_future has {len(future)} features, but X has {len(rows)}, which has those of the "
            "past, too.",
            path=("series", "X_future"),
        )
    steps = h * len(series.sizes)
    for row in future:
        if len(row) != steps:
            raise RequestError(
                f"X_future needs {steps} values of each feature, {h} for each of the "
                f"{len(series.sizes)} series, but has {len(row)}.",
                path=("series", "X_future"),
            )
    categories = set(series.categorical_exog or ())
    if unknown := {*categories, *past_only} - {*range(len(rows))}:
        raise RequestError(
            f"there is no feature {min(unknown)}; X has {len(rows)}, counted from 0.",
            path=("series", "X"),
        )
    texts = [_texts if number in categories else list for number in range(len(rows))]
    return [
        _Feature(
            feature_name(number),
            texts[number](row),
            texts[number](future[number]) if number < len(future) else [],
            number not in past_only,
        )
        for number, row in enumerate(rows)
    ]


def _texts(row: Sequence[Any]) -> list[Any]:
    """Return categories as texts, for numbers would be taken as quantities."""
    return [value if value is None else str(value) for value in row]


def _check_finite(values: Sequence[Any], *place: str | int) -> None:
    """Raise SeriesError if one of the values at a place of the series is infinite."""
    numbers = [value if isinstance(value, float) else 0.0 for value in values]
    infinite = np.flatnonzero(np.abs(np.array(numbers)) >= _INFINITE)
    if infinite.size:
        raise SeriesError(
            f"{place[0]} has an infinite value at position {infinite[0]}. Write null where a value "
            "is missing.",
            code="value_too_large",
            path=("series", *place, int(infinite[0])),
        )
