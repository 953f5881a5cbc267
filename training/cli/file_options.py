"""The options that say how a file of series is read, for the commands that read one."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import ConfigDict, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from forecasting.errors import RequestError, SeriesError
from forecasting.series.opening import Opening, parse_opening
from forecasting.series.repair import DateRules, Repair
from forecasting.tables.options import TableOptions

if TYPE_CHECKING:
    from forecasting.covariates.day_features import DayFeature


class TableLayout(StrEnum):
    """Whether a table has a row for each value, or a column for each series."""

    LONG = "long"
    WIDE = "wide"


IdCol = Annotated[
    str | None,
    typer.Option(help="The column that names the series; several have commas between them."),
]
TimeCol = Annotated[str | None, typer.Option(help="The column of dates or whole numbers.")]
TargetCol = Annotated[str | None, typer.Option(help="The column of the values to forecast.")]
TargetCols = Annotated[
    str | None,
    typer.Option(help="The columns of several targets, with commas between them."),
]
CovariateCols = Annotated[
    str | None,
    typer.Option(
        "--covariates", help="The columns of what else was observed, with commas between them."
    ),
]
KnownAhead = Annotated[
    str | None, typer.Option(help="Those of the covariates that are known ahead of the values.")
]
StaticCols = Annotated[
    str | None,
    typer.Option(help="The columns of what holds for a whole series, with commas between them."),
]
Calendar = Annotated[
    str | None,
    typer.Option(help="Days of the calendar by name, such as holidays:DE,weekend."),
]
Layout = Annotated[
    TableLayout,
    typer.Option(help="long: a row for each value; wide: a column for each series."),
]
Delimiter = Annotated[
    str | None, typer.Option(help="What separates the cells of a CSV file: , ; | or tab.")
]
DecimalSign = Annotated[
    str | None, typer.Option("--decimal", help="The decimal sign in texts: . or ,")
]
DateFormat = Annotated[
    str | None, typer.Option(help="How dates are written, as for strptime, such as %d.%m.%Y.")
]
RepairDates = Annotated[
    str | None,
    typer.Option(
        "--repair",
        help="What is done to dates that are repeated, off their steps or missing: true, or JSON "
        'such as {"repeated": "sum"}.',
    ),
]
OpenTimes = Annotated[
    str | None,
    typer.Option(
        "--open",
        help="When values can be observed, as JSON such as "
        '{"days": "Mon-Sat", "hours": "9-18", "holidays": ["2024-12-25"]}.',
    ),
]
Sheet = Annotated[str | None, typer.Option(help="The sheet of a workbook.")]


class _OpeningFields(TypedDict, total=False):
    """An opening as JSON."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[misc]  # pydantic reads it

    days: str | list[str]
    hours: str
    holidays: list[str]


def read_table_options(
    *,
    id_col: str | None,
    time_col: str | None,
    target_col: str | None,
    target_cols: str | None,
    covariates: str | None,
    known_ahead: str | None,
    static_cols: str | None,
    layout: TableLayout,
    delimiter: str | None,
    decimal: str | None,
    date_format: str | None,
    sheet: str | None,
) -> TableOptions:
    """Return what the command line says about a table. Raises BadParameter."""
    if decimal not in {None, ".", ","}:
        reason = f"{decimal!r}: the decimal sign is a point or a comma."
        raise typer.BadParameter(reason, param_hint="--decimal")
    return TableOptions(
        id_col=id_col,
        time_col=time_col,
        target_col=target_col,
        target_cols=target_cols,
        covariates=covariates,
        known_ahead=known_ahead,
        static_cols=static_cols,
        layout=layout.value,
        delimiter=delimiter,
        decimal=decimal,
        date_format=date_format,
        sheet=sheet,
    )


def read_days(calendar: str | None) -> Sequence[DayFeature]:
    """Return the days of the calendar that the command line names. Raises BadParameter."""
    if calendar is None:
        return ()
    from forecasting.covariates.day_features import parse_features

    try:
        return parse_features([name.strip() for name in calendar.split(",")])
    except RequestError as error:
        raise typer.BadParameter(error.message, param_hint="--calendar") from error


def read_date_rules(repair: str | None, open_times: str | None) -> DateRules:
    """Return what the command line says about dates. Raises BadParameter."""
    return DateRules(_read_repair(repair), _read_opening(open_times))


def _read_repair(text: str | None) -> Repair:
    """Return the repair that `true` or a text of JSON stands for. Raises BadParameter."""
    if text is None or text == "true":
        return Repair.of_switch(text == "true")
    try:
        return TypeAdapter(Repair).validate_json(text)
    except ValidationError as error:
        raise typer.BadParameter(
            f'{text!r}: write true, or JSON such as {{"repeated": "sum"}}.',
            param_hint="--repair",
        ) from error


def _read_opening(text: str | None) -> Opening | None:
    """Return the opening that a text of JSON describes. Raises BadParameter."""
    if text is None:
        return None
    try:
        given = TypeAdapter(_OpeningFields).validate_json(text)
        return parse_opening(given.get("days"), given.get("hours"), given.get("holidays", []))
    except ValidationError as error:
        reason = f'{text!r}: write JSON such as {{"days": "Mon-Sat", "hours": "9-18"}}.'
        raise typer.BadParameter(reason, param_hint="--open") from error
    except SeriesError as error:
        raise typer.BadParameter(error.message, param_hint="--open") from error
