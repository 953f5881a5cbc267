"""What a caller says about a table; what is left out is found out from the file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from forecasting.errors import SeriesError


@dataclass(frozen=True, slots=True)
class TableOptions:
    """How a table is to be read. An option that is None is found out."""

    id_col: str | None = None
    """The column that names the series."""
    time_col: str | None = None
    """The column of dates, times or whole numbers."""
    target_col: str | None = None
    """The column of the values to forecast."""
    target_cols: str | None = None
    """The columns of several targets, with commas between them, in place of `target_col`."""
    covariates: str | None = None
    """The columns of what else was observed, or is known ahead, with commas between them."""
    known_ahead: str | None = None
    """Those of the covariates that are known ahead, even if no row after the last value says so."""
    static_cols: str | None = None
    """The columns of what holds for a whole series, with commas between them."""
    layout: Literal["long", "wide"] = "long"
    """Whether there is a row for each value, or a column for each series."""
    delimiter: str | None = None
    """What separates the fields of a CSV file: a comma, a semicolon, a bar, or a tab, also
    as the word `tab`."""
    decimal: str | None = None
    """The decimal sign of numbers in texts: a point or a comma."""
    date_format: str | None = None
    """How dates are written, in the notation of `strptime`."""
    sheet: str | None = None
    """The sheet of a workbook."""


def check_without_dates(step: int | None, **options: str | None) -> None:
    """Check that no option is given that only dates can have.

    `step` is one of the whole numbers in place of dates, None if there is no column of them. Raises
    SeriesError, its path the name of the option.
    """
    what = "The table has no column of dates, so its rows"
    if step is not None:
        what = f"The column of dates holds whole numbers, such as {step}, which"
    for name, value in options.items():
        if value is not None:
            raise SeriesError(
                f"{what} count steps and have no {name}. Leave {name} out, or write dates as "
                "ISO 8601, for example 2024-01-31.",
                code=f"{name}_without_dates",
                path=(name,),
            )
