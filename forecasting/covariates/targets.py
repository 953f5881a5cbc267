"""Several targets of one series: each becomes a series of its own that sees the past of all.

A network that is trained on them gets the past of every target as a past covariate, and the name of
the target that it is to forecast as a static one. So one network forecasts all of them.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Mapping, Sequence
from dataclasses import replace
from typing import Any

from forecasting.covariates.given import MOST_COVARIATES, STATIC, check_name
from forecasting.errors import SeriesError
from forecasting.notes import Note
from forecasting.series.covariates import given_name
from forecasting.series.series import Series

TARGET = "target"
"""The name of the static covariate that says which target is to be forecast."""
TARGETS = "targets"
"""The field of a series object that holds its targets."""


def check_targets(
    targets: Mapping[str, Sequence[Any]], beside: Mapping[str, Collection[str]]
) -> None:
    """Check the targets of one series, which has other things with names `beside` them.

    These are those of each field, such as "past_covariates". Raises SeriesError, its path from
    ("targets",) or a field on, if there are no targets, if they are not of one length, or if a name
    will not do.
    """
    if not targets:
        raise SeriesError(
            "there are no targets. Give the past values of each by its name.",
            code="series_empty",
            path=(TARGETS,),
        )
    for field, names in {TARGETS: targets, **beside}.items():
        check_not_reserved(names, field)
    others = {name for field, names in beside.items() if field != STATIC for name in names}
    first = next(iter(targets))
    for name, values in targets.items():
        check_name(name, (TARGETS, name))
        if name in others:
            raise SeriesError(
                f"{name!r} is the name of a covariate, too. The past of each target is known to "
                "the others: leave the covariate out.",
                code="covariate_name_invalid",
                path=(TARGETS, name),
            )
        if len(values) != len(targets[first]):
            raise SeriesError(
                f"{name!r} has {len(values)} values, and {first!r} has {len(targets[first])}. Give "
                "one for each step, and null where a target was not observed.",
                code="targets_length",
                path=(TARGETS, name),
            )


def check_few(targets: Collection[str], covariates: Collection[str]) -> None:
    """Raise SeriesError if a model cannot see so many targets and covariates together."""
    if len(targets) + len(covariates) > MOST_COVARIATES:
        beside = f" and {len(covariates)} covariates" if covariates else ""
        raise SeriesError(
            f"there are {len(targets)} targets{beside}; {MOST_COVARIATES} is the most together for "
            "a model that forecasts each target from the past of all. Send fewer targets.",
            code="too_many_targets",
            path=(TARGETS,),
        )


def check_not_reserved(names: Container[str], *path: str) -> None:
    """Raise SeriesError if something beside several targets has the name that tells them apart.

    `path` leads to the field, or the file, that has the names.
    """
    if TARGET in names:
        raise SeriesError(
            f"{TARGET!r} is the name that says which of several targets a series is. Call this "
            "otherwise.",
            code="covariate_name_invalid",
            path=(*path, TARGET),
        )


def name_target(series: Series) -> Series:
    """Return a series whose target, if it is one of several, is named for a network to see."""
    if series.target is None:
        return series
    return replace(series, static={**series.static, TARGET: series.target})


def without_targets(series: Series) -> Series:
    """Return a series whose covariates are those that the caller gave, without targets."""
    covariates = series.covariates
    if covariates is None or not covariates.targets:
        return series
    of_targets = [name for name in covariates.names if given_name(name) in covariates.targets]
    return replace(series, covariates=covariates.without(of_targets))


def note_apart(series: Series, count: int) -> Series:
    """Return one of `count` targets, read without the others, with a note that says so."""
    message = (
        "This target was forecast by itself, because the model does not see the others. One that "
        "forecasts each from the past of all is trained on them by the recipe 'covariates'."
    )
    return replace(series, notes=(*series.notes, Note("targets_apart", message, count)))
