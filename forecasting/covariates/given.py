"""Covariates as a caller gives them: columns of numbers, of true and false, or of categories."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from forecasting.errors import Path, SeriesError
from forecasting.notes import Note
from forecasting.series.covariates import CATEGORY, Covariates, StaticValue, given_name
from forecasting.series.repair import Gaps
from forecasting.series.series import Series
from forecasting.series.soundness import LARGEST_VALUE

PAST, FUTURE, STATIC = "past_covariates", "future_covariates", "static"
FIELDS = {"past": PAST, "future": FUTURE, "static": STATIC}
"""The fields of a series object that hold covariates, by their role."""
MOST_COVARIATES = 32
"""How many covariates, with an indicator for each category, may stand beside a series."""
LONGEST_NAME = 256
_KINDS: dict[type, str] = {bool: "true and false", float: "numbers", int: "numbers", str: "texts"}

Cells = Sequence[Any]
"""What a caller gave as the values of one covariate."""


def read_columns(past: Mapping[str, Cells], future: Mapping[str, Cells], count: int) -> Covariates:
    """Check the columns beside a series of `count` values, and put them beside each other.

    Those of `past` have a value for each value of the series; those of `future` have as many, and
    then those of the steps that follow. A missing one is None.

    Raises:
        SeriesError: A column has a name that will not do, or not as many values as it needs, or
            values that are no finite numbers, truths or texts of one kind, or are all missing; or
            there are too many. The path leads to it from ("past_covariates",) or
            ("future_covariates",) on.
    """
    check_count(dict.fromkeys([*past, *future], ()), future)
    for field, columns in ((PAST, past), (FUTURE, future)):
        for name, cells in columns.items():
            check_name(name, (field, name))
            _check_cells(cells, name, (field, name))
    for name in past.keys() & future.keys():
        raise SeriesError(
            f"{name!r} is given among the past covariates, too. Give each covariate once: among "
            "the future ones if its values after the end of the series are known.",
            code="covariate_name_invalid",
            path=(FUTURE, name),
        )
    steps = _count_ahead(past, future, count)
    whole = {name: [*cells, *[None] * steps] for name, cells in past.items()} | dict(future)
    check_count(whole, future)
    covariates = Covariates.from_columns(whole, {name: [] for name in future}).split(count)
    check_shown(covariates)
    return covariates


def check_count(columns: Mapping[str, Cells], known_ahead: Container[str]) -> None:
    """Check that covariates, each category of a text counting as one, are not too many.

    This comes before any work on them that grows faster than their number.

    Raises:
        SeriesError: They are too many. The path leads to the one with most categories, as in
            `read_columns`; `known_ahead` has the names of those that are known ahead.
    """
    sizes = {
        name: max(1, len({cell for cell in cells if isinstance(cell, str)}))
        for name, cells in columns.items()
    }
    count = sum(sizes.values())
    if count <= MOST_COVARIATES:
        return
    most = max(sizes, key=lambda name: sizes[name])
    counted = ""
    if sizes[most] > 1:
        counted = f", counting each category of a text as one ({most!r} has the most)"
    raise SeriesError(
        f"there are {count} covariates{counted}; {MOST_COVARIATES} is the most. Leave out those "
        "that matter least.",
        code="too_many_covariates",
        path=(FUTURE if most in known_ahead else PAST, most),
    )


def check_name(name: str, path: Path) -> None:
    """Raise SeriesError with this path if a name cannot be that of a covariate."""
    if not name.strip() or len(name) > LONGEST_NAME or CATEGORY in name:
        raise SeriesError(
            f"{name[:80]!r} cannot be the name of a covariate. Write 1 to {LONGEST_NAME} "
            f"characters, without {CATEGORY!r}.",
            code="covariate_name_invalid",
            path=path,
        )


def check_shown(covariates: Covariates) -> None:
    """Check that each covariate is known beside some value of a series.

    Raises:
        SeriesError: A covariate is missing in all of the past. The path leads to it, as in
            `read_columns`.
    """
    for column, name in enumerate(covariates.names):
        if np.isnan(covariates.past[:, column]).all():
            raise SeriesError(
                f"every value of {given_name(name)!r} beside those of the series is missing. Give "
                "at least one, or leave it out.",
                code="covariate_all_missing",
                path=_path(covariates, column),
            )


def check_categories_shown(covariates: Covariates) -> None:
    """Check that the categories at the steps ahead show beside the values of a series.

    Raises:
        SeriesError: A covariate is of a category ahead that it never is beside the values. The path
            leads to the first such step, as in `read_columns`.
    """
    past, ahead = covariates.past, covariates.ahead
    for column, name in enumerate(covariates.names):
        given, is_category, category = name.partition(CATEGORY)
        later = ahead[:, column] == 1
        if is_category and later.any() and not (past[:, column] == 1).any():
            raise SeriesError(
                f"{given!r} is {category!r} at a step ahead, which it never is beside the values "
                "of the series, so that nothing shows what that does to them. Write a category "
                "that they show, or null, which stands for the one before it.",
                code="covariate_category_new",
                path=(*_path(covariates, column), len(past) + int(later.argmax())),
            )


def fill_missing(series: Series, gaps: Gaps) -> Series:
    """Return a series with a note on the values of its covariates that are missing.

    They are filled where forecasts need them, from what is known then: categories with the one
    before, and others by straight lines. If `gaps` is "previous", all are filled here, with the
    value before.

    Raises:
        SeriesError: A value is missing, and `gaps` is "error". The path leads to its covariate.
    """
    covariates = series.covariates
    if covariates is None:
        return series
    beside = np.isnan(covariates.past)
    ahead = np.isnan(covariates.ahead) & covariates.known_ahead
    missing = {
        given_name(name): int(count)
        for name, count in zip(covariates.names, beside.sum(0) + ahead.sum(0), strict=True)
        if count
    }
    if not missing:
        return series
    first, count = next(iter(missing)), sum(missing.values())
    if gaps == "error":
        raise SeriesError(
            f"{count} values of covariates are missing, the first of {first!r}, and gaps are "
            'refused. Give the values, or set "gaps" of "repair" to "previous" or "interpolate".',
            code="values_missing",
            path=path_of(covariates, first),
        )
    texts = {given_name(name) for name in covariates.names if CATEGORY in name}
    how = "with the value before them"
    if gaps == "previous":
        covariates = _hold(covariates, np.ones(len(covariates.names), bool))
    elif not missing.keys() <= texts:
        how = "by straight lines, and at the end with the last one"
        if missing.keys() & texts:
            how += "; texts with the one before them"
    listed = ", ".join(map(repr, list(missing)[:3])) + (" and others" if len(missing) > 3 else "")
    note = Note(
        "covariate_values_filled",
        f"Missing values of covariates ({listed}) were filled {how}.",
        count,
    )
    return replace(series, covariates=covariates, notes=(*series.notes, note))


def hold_categories(covariates: Covariates) -> Covariates:
    """Return covariates whose missing categories are those before them."""
    held = np.array([CATEGORY in name for name in covariates.names])
    return _hold(covariates, held) if held.any() else covariates


def _hold(covariates: Covariates, held: npt.NDArray[np.bool_]) -> Covariates:
    """Return covariates with what is missing in the columns `held` (k,) filled by the value before.

    The first ones stay missing.
    """
    whole = np.concatenate([covariates.past, covariates.ahead])
    missing, rows = np.isnan(whole) & held, np.arange(len(whole))[:, None]
    last = np.maximum.accumulate(np.where(missing, 0, rows))
    past, ahead = np.split(np.take_along_axis(whole, last, axis=0), [len(covariates.past)])
    return replace(covariates, past=past, ahead=np.where(covariates.known_ahead, ahead, np.nan))


def read_static(
    static: Mapping[str, Any], beside: Container[str] = ()
) -> Mapping[str, StaticValue]:
    """Check what holds for a whole series, and return it.

    `beside` are the names of its covariates and targets, which must be others. Raises SeriesError,
    its path from ("static",) on.
    """
    if len(static) > MOST_COVARIATES:
        raise SeriesError(
            f"there are {len(static)} static covariates; {MOST_COVARIATES} is the most.",
            code="too_many_covariates",
            path=(STATIC,),
        )
    for name, value in static.items():
        check_name(name, (STATIC, name))
        if name in beside:
            raise SeriesError(
                f"{name!r} is the name of a covariate or a target, too, and a model knows them by "
                "their names. Call one of the two otherwise.",
                code="covariate_name_invalid",
                path=(STATIC, name),
            )
        if type(value) not in _KINDS or not _is_finite(value):
            raise SeriesError(
                f"{name!r} should be a finite number, true, false or a text.",
                code="covariate_value_invalid",
                path=(STATIC, name),
            )
    return static


def take_horizon(series: Series, horizon: int, *, exact: bool) -> Series:
    """Return a series whose covariates are known for `horizon` steps ahead, and no further.

    A note says how many further steps were left out, unless they have to be `exact`.

    Raises:
        SeriesError: They are known for fewer steps, or for more although they have to be exact. Its
            path is ("future_covariates",).
    """
    covariates = series.covariates
    if covariates is None or not covariates.known_ahead.any():
        return series
    known = len(covariates.ahead)
    if known == horizon:
        return series
    if known < horizon or exact:
        rows = "" if exact else " In a table, each step has a row after the last value."
        shorter = f", or ask for a horizon of {known}" if known else ""
        name = "" if series.id is None else f"series {series.id!r}: "
        raise SeriesError(
            f"{name}the future covariates are known for {known} steps after the last value, and "
            f"the horizon has {horizon}. Give them for {horizon} steps{shorter}.{rows}",
            code="covariate_length",
            path=(FUTURE,),
        )
    message = f"The future covariates were used for the {horizon} steps that are forecast."
    note = Note("covariates_beyond_horizon", message, known - horizon)
    kept = replace(covariates, ahead=covariates.ahead[:horizon])
    return replace(series, covariates=kept, notes=(*series.notes, note))


def end_with_values(series: Series) -> Series:
    """Return a series that is to be trained on without what is known after its last value.

    A note says how many steps were left out.
    """
    covariates = series.covariates
    if covariates is None or not len(covariates.ahead):
        return series
    message = (
        "What is known of covariates after the last value was left out: nothing can be learned "
        "there."
    )
    note = Note("covariates_beyond_horizon", message, len(covariates.ahead))
    return replace(series, covariates=covariates.ending(), notes=(*series.notes, note))


def path_of(covariates: Covariates, name: str) -> Path:
    """Return the path, as in `read_columns`, to the covariate that was given by a name.

    That to days of the calendar is ("calendar",).
    """
    if name in covariates.calendar:
        return ("calendar",)
    return _path(covariates, next(n for n, own in enumerate(covariates.names) if _of(name, own)))


def _path(covariates: Covariates, column: int) -> Path:
    """Return the path, as in `read_columns`, to the covariate of a column."""
    field = FUTURE if covariates.known_ahead[column] else PAST
    return (field, given_name(covariates.names[column]))


def _of(name: str, own: str) -> bool:
    """Return whether a column that is called `own` is the covariate of a name or a part of it."""
    return given_name(own) == name


def _count_ahead(past: Mapping[str, Cells], future: Mapping[str, Cells], count: int) -> int:
    """Return how many steps ahead the columns reach. Raises SeriesError for a wrong length."""
    for name, cells in past.items():
        if len(cells) != count:
            raise SeriesError(
                f"{name!r} has {len(cells)} values and the series {count}. Give one for each "
                "value of the series; if its values after the end are known, too, give it among "
                "the future covariates.",
                code="covariate_length",
                path=(PAST, name),
            )
    lengths = {name: len(cells) for name, cells in future.items()}
    longest = max([count, *lengths.values()])
    for name, length in lengths.items():
        if length < longest:
            others = f", and others have {longest}" if longest > count else ""
            raise SeriesError(
                f"{name!r} has {length} values, and the series has {count}{others}. Give one for "
                "each value of the series, and then one for each step that is forecast.",
                code="covariate_length",
                path=(FUTURE, name),
            )
    return longest - count


def _check_cells(cells: Cells, name: str, path: Path) -> None:
    """Raise SeriesError for cells that are not numbers, truths or texts, or not of one kind."""
    kinds = {_KINDS.get(kind) for kind in set(map(type, cells)) - {type(None)}}
    if len(kinds) > 1 or None in kinds:
        first = next((_KINDS[type(cell)] for cell in cells if type(cell) in _KINDS), None)
        position = next(
            position
            for position, cell in enumerate(cells)
            if cell is not None and (type(cell) not in _KINDS or _KINDS[type(cell)] != first)
        )
        raise SeriesError(
            f"{name!r} should have numbers, or true and false, or texts, and null where a value is "
            f"missing{f'; it begins with {first}' if first else ''}. Write this value like the "
            "others.",
            code="covariate_value_invalid",
            path=(*path, position),
        )
    if kinds == {_KINDS[float]} and not all(map(_is_finite, cells)):
        position = next(at for at, cell in enumerate(cells) if not _is_finite(cell))
        raise SeriesError(
            f"{name!r} should have finite numbers within ±{LARGEST_VALUE:g}. Write null if a "
            "value is missing.",
            code="covariate_value_invalid",
            path=(*path, position),
        )


def _is_finite(value: object) -> bool:
    """Return whether a value is no number, or one that can be computed with."""
    if not isinstance(value, int | float):
        return True
    return abs(value) <= LARGEST_VALUE
