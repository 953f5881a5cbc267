"""The command inspect."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from forecasting.errors import DataFileError, ForecastingError
from forecasting.evaluation.inspection import SeriesInspection, inspect_series, inspect_training
from forecasting.notes import merge_notes
from forecasting.prediction.pipeline import fallback_note
from forecasting.series.series import Series, read_each
from forecasting.tables.formats import FORMATS_IN_WORDS
from forecasting.tables.table_content import UnclearTableError
from training.cli.file_options import (
    CovariateCols,
    DateFormat,
    DecimalSign,
    Delimiter,
    IdCol,
    KnownAhead,
    Layout,
    OpenTimes,
    RepairDates,
    Sheet,
    StaticCols,
    TableLayout,
    TargetCol,
    TargetCols,
    TimeCol,
    read_date_rules,
    read_table_options,
)
from training.cli.options import DEFAULT_STORE, Store, report_errors
from training.model_store import open_store

_SHORTEST_CONTEXT = 3
"""What the network of zero-shot needs at least."""


def inspect_(
    file: Annotated[Path, typer.Argument(help=f"File with dates and values: {FORMATS_IN_WORDS}.")],
    most: Annotated[
        int, typer.Option("--series", min=0, help="Most series that are described.")
    ] = 20,
    frequency: Annotated[
        str | None, typer.Option(help="Pandas alias of the frequency, such as MS, D or h.")
    ] = None,
    id_col: IdCol = None,
    time_col: TimeCol = None,
    target_col: TargetCol = None,
    target_cols: TargetCols = None,
    covariates: CovariateCols = None,
    known_ahead: KnownAhead = None,
    static_cols: StaticCols = None,
    layout: Layout = TableLayout.LONG,
    delimiter: Delimiter = None,
    decimal: DecimalSign = None,
    date_format: DateFormat = None,
    sheet: Sheet = None,
    repair: RepairDates = None,
    open_times: OpenTimes = None,
    store: Store = DEFAULT_STORE,
) -> None:
    """Say what is understood of FILE, without training on it.

    The exit code is 1 if no series can be read.

    Example: python -m training inspect sales.csv
    """
    from training.dataset import for_command_line, open_series

    table = read_table_options(
        id_col=id_col,
        time_col=time_col,
        target_col=target_col,
        target_cols=target_cols,
        covariates=covariates,
        known_ahead=known_ahead,
        static_cols=static_cols,
        layout=layout,
        delimiter=delimiter,
        decimal=decimal,
        date_format=date_format,
        sheet=sheet,
    )
    with report_errors():
        try:
            content, items = open_series(file, frequency, table)
        except DataFileError as error:
            if isinstance(error.__cause__, UnclearTableError):
                print("\n".join(_describe_table(file, error.__cause__.understood)))
            raise
        results = read_each(items, read_date_rules(repair, open_times))
        print("\n".join(_describe_table(file, content.understood)))
        for note in content.notes:
            print(f"note: {for_command_line(note.message)}")
        readable = [series for series in results if isinstance(series, Series)]
        print(f"{len(results)} series, {len(results) - len(readable)} of them cannot be read")
        for note in merge_notes(note for series in readable for note in series.notes):
            print(f"note: {for_command_line(note.message)}")
        print(f"training: {inspect_training(readable, open_store(store)).detail}")
        for result in results[:most]:
            if isinstance(result, ForecastingError):
                print(for_command_line(result.message))
            else:
                fallback = fallback_note(result, _SHORTEST_CONTEXT)
                name = ", ".join(filter(None, result.names.values()))
                print(f"{name}: {_describe(inspect_series(result, fallback))}")
    if not readable:
        raise typer.Exit(1)


def _describe_table(file: Path, understood: Mapping[str, Any]) -> list[str]:
    """Return lines about the file and its columns."""
    columns = understood.get("columns", [])
    facts = ", ".join(f"{name} {understood[name]!r}" for name in understood if name != "columns")
    return [f"{file}: {facts}"] + [
        f"  column {column['name']!r}: {column['looks_like']}"
        + (f", read as the {column['taken_for']}" if column.get("taken_for") else "")
        for column in columns
    ]


def _describe(series: SeriesInspection) -> str:
    """Return one line about a series."""
    facts = [f"{series.observed} values"]
    if series.missing:
        facts.append(f"{series.missing} missing")
    if series.start is not None:
        facts.append(f"{series.start} to {series.end}, frequency {series.frequency}")
    facts += [f"season of {season.length} ({season.strength:.2f})" for season in series.seasons]
    if series.fallback is not None:
        facts.append(series.fallback.message)
    return "; ".join(facts)
