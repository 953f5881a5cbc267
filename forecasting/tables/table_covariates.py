"""What stands beside the values of a table: covariates, and what holds for a whole series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from forecasting.covariates.given import (
    check_count,
    check_name,
    check_shown,
    fill_missing,
    read_static,
)
from forecasting.covariates.targets import check_few, check_not_reserved, note_apart
from forecasting.errors import SeriesError
from forecasting.series.covariates import CATEGORY, Covariates
from forecasting.series.repair import Gaps
from forecasting.series.series import Series
from forecasting.tables.libraries import pd
from forecasting.tables.table_content import COVARIATE, IN_PAST, KNOWN_AHEAD, STATIC, TARGET
from forecasting.types import Floats, Positions

if TYPE_CHECKING:
    import pyarrow as pa

_SHOWN = f"{CATEGORY}shown"
"""Stands among covariates, of which none can be called so, for the rows of the past."""


@dataclass(frozen=True, slots=True)
class TableCovariates:
    """The columns beside the values of all series of a table of n rows."""

    columns: Mapping[str, npt.NDArray[Any]]
    """The covariates by name, each (n,): numbers with NaN, or texts with None, if missing."""
    static: Mapping[str, npt.NDArray[Any]]
    """What holds for whole series, in the same way."""
    known_ahead: frozenset[str] = frozenset()
    """The covariates that are known ahead."""
    targets: Mapping[str, Floats] = field(default_factory=dict)
    """The targets by name, if the table has several, each (n,) with NaN if missing."""
    any_target: npt.NDArray[np.bool_] | None = None
    """(n,): whether a row has a value of any of them; None until `seen_ahead` has found out."""
    in_past: npt.NDArray[np.bool_] | None = None
    """(n,): whether a row is of the past; None if only its values say so."""

    @classmethod
    def of_table(cls, table: pa.Table) -> TableCovariates | None:
        """Return the columns of a long table; None if there are none.

        Raises SeriesError, its path within the request, for a name that will not do.
        """
        covariates: dict[str, npt.NDArray[Any]] = {}
        static: dict[str, npt.NDArray[Any]] = {}
        targets: dict[str, npt.NDArray[Any]] = {}
        known_ahead = set()
        columns = {
            TARGET: targets,
            COVARIATE: covariates,
            KNOWN_AHEAD: covariates,
            STATIC: static,
        }
        for column_name in table.column_names:
            for prefix, found in columns.items():
                if column_name.startswith(prefix):
                    name = column_name.removeprefix(prefix)
                    check_name(name, ("file", name))
                    found[name] = table[column_name].to_numpy()
                    known_ahead |= {name} if prefix == KNOWN_AHEAD else set()
        if not covariates and not static and not targets:
            return None
        if targets:
            check_not_reserved({*targets, *covariates, *static}, "file")
        in_past = table[IN_PAST].to_numpy() if IN_PAST in table.column_names else None
        return cls(covariates, static, frozenset(known_ahead), targets, in_past=in_past)

    def seen_ahead(
        self, values: Floats, order: Positions, groups: Sequence[Positions]
    ) -> TableCovariates:
        """Find out which other covariates are known ahead: some series has a later value of them.

        `values` (n,) are NaN where a row has none, `order` (n,) rises with the time of the rows,
        and `groups` are the rows of each series. If there are several targets, a row has a value if
        it has one of any of them.
        """
        ahead = np.zeros(values.size, bool)
        of_rows: list[npt.NDArray[Any]] = [values, *self.targets.values()]
        missing = np.isnan(np.column_stack(of_rows)).all(axis=1)
        for rows in groups:
            observed = ~missing[rows]
            if observed.any():
                ahead[rows] = order[rows] > order[rows][observed].max()
        known = frozenset(
            name for name, cells in self.columns.items() if not _is_missing(cells[ahead]).all()
        )
        return replace(self, known_ahead=self.known_ahead | known, any_target=~missing)

    def beside(self, rows: Positions, *, together: bool) -> Covariates | None:
        """Return the covariates in the rows of one series; None if there are no covariates.

        If its targets are `together`, they are among them. Otherwise `_SHOWN` is, which is missing
        where all of them are, so that the past of the series ends where that of the last one does.
        It is also there if the table says which rows are of the past, and missing in the others.

        Raises SeriesError if they are too many.
        """
        alone = bool(self.targets) and not together
        if together and self.targets:
            check_few(self.targets, self.columns)
        check_count(dict.fromkeys(self.columns, ()), self.known_ahead)
        columns = {**self.targets, **self.columns} if together else self.columns
        given = {name: [cells[row] for row in rows.tolist()] for name, cells in columns.items()}
        check_count(given, self.known_ahead)
        shown = self.any_target if alone else self.in_past
        if shown is not None:
            given[_SHOWN] = np.where(shown[rows], 1.0, np.nan).tolist()
        if not given:
            return None
        covariates = Covariates.from_columns(given, {name: [] for name in self.known_ahead})
        return covariates if alone else replace(covariates, targets=frozenset(self.targets))

    def complete(self, series: Series, rows: Positions, gaps: Gaps, *, together: bool) -> Series:
        """Check the covariates of a series that was read from some rows, and add what is static.

        `together` is that of `beside`.

        Raises SeriesError if a covariate is missing in all of the past, or at all although `gaps`
        refuses that, or if what should hold for the whole series changes.
        """
        if series.covariates is not None:
            series = replace(series, covariates=series.covariates.without([_SHOWN]))
        if series.covariates is not None:
            check_shown(series.covariates)
            series = fill_missing(series, gaps)
        if self.targets and not together:
            series = note_apart(series, len(self.targets))
        if not self.static:
            return series
        static = {name: _one(name, cells[rows]) for name, cells in self.static.items()}
        return replace(series, static=read_static(static))


def _one(name: str, cells: npt.NDArray[Any]) -> Any:
    """Return the one value that the cells (n,) of a series hold."""
    different = set(cells[~_is_missing(cells)].tolist())
    if len(different) == 1:
        return different.pop()
    listed = ", ".join(map(repr, sorted(map(str, different))[:3]))
    raise SeriesError(
        f"{name!r} should have the same value in all rows of a series"
        + (f", but has {listed}. Name it among the covariates if it changes." if listed else "."),
        code="covariate_value_invalid",
        path=("static", name),
    )


def _is_missing(cells: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    missing: npt.NDArray[np.bool_] = pd.isna(cells)
    return missing
