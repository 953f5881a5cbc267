"""Whether a series brings the covariates that a version was trained with, and no others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NoReturn

import numpy as np

from forecasting.covariates.given import FIELDS, FUTURE, PAST, STATIC, path_of
from forecasting.covariates.targets import TARGETS
from forecasting.errors import Path, SeriesError
from forecasting.networks.signature import CovariateInput
from forecasting.notes import Note
from forecasting.series.covariates import (
    CATEGORY,
    Covariates,
    StaticValue,
    category_of,
    given_name,
)
from forecasting.series.series import Series

_MOST_LISTED = 12


def check_wanted(series: Series, wanted: Sequence[CovariateInput], *, ends_now: bool) -> Series:
    """Return a series with the covariates that a version wants, as that knows them.

    What is known ahead of a covariate that the version knows only up to the last value is left out,
    with a note. `ends_now` says that nothing after the last value was given or is needed, so that
    covariates that seem to be known up to there alone may be known ahead.

    Raises:
        SeriesError: A covariate is missing, is not known to the version, or is of another role or
            type than it knows, or of a category that it never was; or one of the caller's own has
            the name of days of the calendar. The path leads to it from
            ("past_covariates",), ("future_covariates",), ("static",) or ("calendar",) on.
    """
    covariates = series.covariates
    _check_targets(series, wanted)
    known = {item.name: item for item in wanted if item.role != "static"}
    own = {} if covariates is None else dict.fromkeys(map(given_name, covariates.names))
    for name in own:
        if covariates is not None and name not in known:
            _refuse_unknown(name, path_of(covariates, name), wanted)
    for item in known.values():
        if item.name not in own:
            _refuse_missing(item)
    _check_static(series.static, wanted)
    if covariates is None:
        return series
    for item in known.values():
        _check_values(series, covariates, item)
    return _with_roles(series, covariates, known, ends_now=ends_now)


def _with_roles(
    series: Series, covariates: Covariates, known: Mapping[str, CovariateInput], *, ends_now: bool
) -> Series:
    """Return the series with its covariates known ahead as the version knows them.

    Raises SeriesError for one that should be known ahead and is not.
    """
    wanted = np.array([known[given_name(name)].role == "future" for name in covariates.names])
    given = covariates.known_ahead
    if not ends_now and (wanted & ~given).any():
        _refuse_missing(known[given_name(covariates.names[int((wanted & ~given).argmax())])])
    unused = {
        given_name(name)
        for column, name in enumerate(covariates.names)
        if given[column] and not wanted[column] and len(covariates.ahead)
    }
    ahead = np.where(wanted, covariates.ahead, np.nan)
    series = replace(series, covariates=replace(covariates, ahead=ahead, known_ahead=wanted))
    if not unused:
        return series
    message = (
        f"What was given after the last value of {_list(sorted(unused))} was not used: the model "
        "was trained with what is known up to there."
    )
    note = Note("covariates_ahead_not_used", message, len(unused))
    return replace(series, notes=(*series.notes, note))


def _check_targets(series: Series, wanted: Sequence[CovariateInput]) -> None:
    """Raise SeriesError if a version forecasts several targets, and a series has not just these."""
    names = [item.name for item in wanted if item.type == "target"]
    given = frozenset() if series.covariates is None else series.covariates.targets
    if set(names) == given:
        return
    raise SeriesError(
        f"the model was trained to forecast {_list(names)} together, each from the past of all, "
        + (f"and the series has {_list(sorted(given))}" if given else "and the series has no names")
        + ". Give the values of each in targets; in a table, name their columns in target_cols.",
        code="targets_differ",
        path=(TARGETS,),
    )


def _check_values(series: Series, covariates: Covariates, item: CovariateInput) -> None:
    """Raise SeriesError if the values of a covariate are not of the type that is wanted."""
    columns = [n for n, name in enumerate(covariates.names) if given_name(name) == item.name]
    path = path_of(covariates, item.name)
    if (item.type == "calendar") != (item.name in covariates.calendar):
        _refuse_origin(item, path)
    is_category = CATEGORY in covariates.names[columns[0]]
    if is_category != (item.type == "category"):
        _refuse_type(item, path, "texts" if is_category else "numbers")
    values = np.vstack([covariates.past[:, columns], covariates.ahead[:, columns]])
    if item.type == "boolean":
        other = ~np.isnan(values[:, 0]) & ~np.isin(values[:, 0], (0.0, 1.0))
        if other.any():
            step = int(other.argmax())
            _refuse_type(item, (*path, step + series.dropped), f"{values[step, 0]:g}")
    if item.type == "category":
        for place, column in enumerate(columns):
            category = category_of(covariates.names[column])
            shown = values[:, place] == 1
            if category not in item.categories and shown.any():
                step = int(shown.argmax()) + series.dropped
                _refuse_category(item, (*path, step), category)


def _check_static(static: Mapping[str, StaticValue], wanted: Sequence[CovariateInput]) -> None:
    """Raise SeriesError if what holds for a whole series is not what is wanted."""
    known = {item.name: item for item in wanted if item.role == "static"}
    for name in static:
        if name not in known:
            _refuse_unknown(name, (STATIC, name), wanted)
    for item in known.values():
        if item.name not in static:
            _refuse_missing(item)
        value, path = static[item.name], (STATIC, item.name)
        if isinstance(value, str) != (item.type == "category"):
            _refuse_type(item, path, "a text" if isinstance(value, str) else "a number")
        if isinstance(value, str) and value not in item.categories:
            _refuse_category(item, path, value)
        if item.type == "boolean" and value not in (0, 1):
            _refuse_type(item, path, f"{value:g}")


def _refuse_missing(item: CovariateInput) -> NoReturn:
    kind = {
        "past": "the past covariate",
        "future": "the future covariate",
        "static": "the static covariate",
    }[item.role]
    cure = {
        "past": f"Give it in {PAST}, with a value for each value of the series; in a table, name "
        "its column in covariates.",
        "future": f"Give it in {FUTURE}, with a value for each value of the series, and then one "
        "for each step that is forecast; in a table, name its column in covariates, and add rows "
        "for the steps ahead.",
        "static": "Give its value in static; in a table, name its column in static_cols.",
    }[item.role]
    raise SeriesError(
        f"the model was trained with {kind} {item.name!r} ({_in_words(item)}), which the series "
        f"does not have. {cure}",
        code="covariate_missing",
        path=(FIELDS[item.role],),
    )


def _refuse_unknown(name: str, path: Path, wanted: Sequence[CovariateInput]) -> NoReturn:
    names = [item.name for item in wanted]
    raise SeriesError(
        f"the model was trained without {name!r}. Leave it out, or train a version with it. The "
        f"covariates of the model are {_list(names)}.",
        code="covariate_unknown",
        path=path,
    )


def _refuse_type(item: CovariateInput, path: Path, found: str) -> NoReturn:
    raise SeriesError(
        f"{item.name!r} is {found} here, but was {_in_words(item)} when the model was trained. "
        "Give it as it was.",
        code="covariate_type",
        path=path,
    )


def _refuse_origin(item: CovariateInput, path: Path) -> NoReturn:
    """Refuse a column of the caller's own in place of days of the calendar, or the reverse."""
    if item.type == "calendar":
        message = (
            f"{item.name!r} is a covariate of your own here, but was days of the calendar when the "
            "model was trained, which it finds by itself. Leave it out."
        )
    else:
        message = (
            f"{item.name!r} is asked for as days of the calendar, but was a covariate of its own "
            f"({_in_words(item)}) when the model was trained. Give its values, and leave it out of "
            '"calendar".'
        )
    raise SeriesError(message, code="covariate_type", path=path)


def _refuse_category(item: CovariateInput, path: Path, category: str) -> NoReturn:
    instead = "" if item.role == "static" else ", or null, which stands for the one before it"
    raise SeriesError(
        f"{item.name!r} is {category[:80]!r} here, which it never was when the model was trained. "
        f"Write the nearest of {_list(item.categories)}{instead}, or train a version that has seen "
        "it.",
        code="covariate_category_new",
        path=path,
    )


def _in_words(item: CovariateInput) -> str:
    """Return what the values of a covariate are."""
    if item.type == "category":
        return f"texts: {_list(item.categories)}"
    return {"boolean": "false or true, or 0 or 1", "calendar": "days of the calendar"}.get(
        item.type, "numbers"
    )


def _list(names: Sequence[str]) -> str:
    listed = ", ".join(map(repr, names[:_MOST_LISTED]))
    return f"{listed} and {len(names) - _MOST_LISTED} more" if len(names) > _MOST_LISTED else listed
