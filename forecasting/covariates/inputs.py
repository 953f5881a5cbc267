"""Which covariates a network is trained with: those that all of its series have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Literal, NamedTuple

import numpy as np

from forecasting.covariates.given import FIELDS
from forecasting.covariates.targets import TARGETS
from forecasting.errors import Path, SeriesError
from forecasting.networks.signature import CovariateInput
from forecasting.series.covariates import Covariates, category_of, given_name
from forecasting.series.series import Series

Role = Literal["past", "future", "static"]
_IN_WORDS = {"past": "past covariate", "future": "future covariate"}


class _Kind(NamedTuple):
    """What must be the same of a covariate in all series."""

    role: Role
    is_category: bool
    origin: Literal["calendar", "target"] | None = None
    """Where it comes from, unless the caller gave it as a covariate."""

    def in_words(self, name: str) -> str:
        if self.origin == "target":
            return f"the target {name!r}"
        if self.role == "static":
            return f"the static covariate {name!r} as a {'text' if self.is_category else 'number'}"
        texts = "texts" if self.is_category else "numbers"
        return f"the {_IN_WORDS[self.role]} {name!r} of {texts}"

    def lacking(self, name: str) -> str:
        """Return what a series without it has."""
        return f"no {'target' if self.origin == 'target' else 'covariate'} {name!r}"

    def place(self, name: str, *, given: bool) -> Path:
        """Return the path in a series to it, or to the field that lacks it."""
        if self.origin == "calendar":
            return ("calendar",)
        field = TARGETS if self.origin == "target" else FIELDS[self.role]
        return (field, name) if given else (field,)


class _Shown(NamedTuple):
    """What one series shows of a covariate."""

    name: str
    kind: _Kind
    binary: bool
    """Whether it is 0 or 1 wherever it is known."""
    categories: tuple[str, ...]


def covariate_inputs(series: Sequence[Series]) -> tuple[CovariateInput, ...]:
    """Return the covariates that a network of n ≥ 1 series takes, in the order of the first series.

    Those that are static come last. A category counts as known if any of the series has it.

    Raises:
        SeriesError: The series have not all the same covariates. The path leads to one that differs
            from the first, ("series", position), and to what differs in it.
    """
    shown = [{item.name: item for item in _shown(one)} for one in series]
    first = {name: item.kind for name, item in shown[0].items()}
    for position, own in enumerate(shown):
        kinds = {name: item.kind for name, item in own.items()}
        if kinds != first:
            raise _differ(series, position, first, kinds)
    return tuple(_joined([own[name] for own in shown], kind) for name, kind in first.items())


def _shown(series: Series) -> Iterator[_Shown]:
    covariates = series.covariates
    if covariates is not None:
        columns = zip(covariates.names, covariates.known_ahead.tolist(), strict=True)
        parts = groupby(enumerate(columns), key=lambda item: given_name(item[1][0]))
        for name, part in parts:
            places = [(place, own, ahead) for place, (own, ahead) in part]
            is_category = places[0][1] != name
            values = covariates.past[:, places[0][0]]
            binary = bool(np.isin(values[~np.isnan(values)], (0.0, 1.0)).all())
            found = tuple(category_of(own) for _, own, _ in places if is_category)
            role: Role = "future" if places[0][2] else "past"
            kind = _Kind(role, is_category, _origin(name, covariates))
            yield _Shown(name, kind, binary, found)
    for name, value in series.static.items():
        is_category = isinstance(value, str)
        found = (value,) if isinstance(value, str) else ()
        yield _Shown(name, _Kind("static", is_category), value in (0, 1), found)


def _origin(name: str, covariates: Covariates) -> Literal["calendar", "target"] | None:
    if name in covariates.calendar:
        return "calendar"
    return "target" if name in covariates.targets else None


def _joined(shown: Sequence[_Shown], kind: _Kind) -> CovariateInput:
    """Return the covariate that all series show in the same kind."""
    if kind.is_category:
        categories = sorted({category for item in shown for category in item.categories})
        return CovariateInput(
            name=shown[0].name, role=kind.role, type="category", categories=tuple(categories)
        )
    if kind.origin is not None:
        return CovariateInput(name=shown[0].name, role=kind.role, type=kind.origin)
    binary = all(item.binary for item in shown)
    return CovariateInput(
        name=shown[0].name, role=kind.role, type="boolean" if binary else "number"
    )


def _differ(
    series: Sequence[Series], position: int, first: dict[str, _Kind], kinds: dict[str, _Kind]
) -> SeriesError:
    """Return the error for a series whose covariates are not those of the first."""
    name = next(name for name in (*first, *kinds) if first.get(name) != kinds.get(name))
    own, others = series[position].id, series[0].id
    wanted, found = first.get(name), kinds.get(name)
    kind = found or wanted
    assert kind is not None
    has, lacks = (
        kind.lacking(name) if shown is None else shown.in_words(name) for shown in (wanted, found)
    )
    what = "targets" if kind.origin == "target" else "covariates"
    return SeriesError(
        f"Series {0 if others is None else others!r} has {has}, but series "
        f"{position if own is None else own!r} has {lacks}. Give all series the same {what}.",
        code="covariates_differ",
        path=("series", position, *kind.place(name, given=found is not None)),
    )
