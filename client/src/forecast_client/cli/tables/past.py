"""Backtests, anomalies and inspections as tables in the terminal."""

from __future__ import annotations

from rich.text import Text

from forecast_client.cli.tables.rows import (
    MOST_ROWS,
    new_console,
    new_table,
    number,
    say,
    say_rest,
    when,
)
from forecast_client.cli.tables.sparkline import span_of, sparkline
from forecast_client.results.anomalies import Anomalies
from forecast_client.results.backtest import Backtest
from forecast_client.results.inspection import Inspection

_WIDTH = 36
_METHODS = {"model": "the model", "seasonal_naive": "seasonal naive", "theta": "Theta"}


def show_backtest(backtest: Backtest) -> None:
    """Show the scores of the model and of two baselines."""
    console = new_console()
    title = f"{backtest.model}, version {backtest.version}: {backtest.windows} windows of "
    say(console, f"{title}{backtest.horizon} steps of each series")
    coverage = backtest.overall["model"]["coverage"]
    columns = [f"coverage of {level} %" for level in coverage]
    table = new_table("", "MASE", "sMAPE", "RMSE", "WQL", *columns)
    for method, name in _METHODS.items():
        scores = backtest.overall[method]
        cells = [scores[score] for score in ("mase", "smape", "rmse", "wql")]
        covered = [scores["coverage"].get(level) for level in coverage]
        table.add_row(name, *map(number, [*cells, *covered]))
    console.print(table)


def show_anomalies(anomalies: Anomalies) -> None:
    """Show the values outside the band, the strangest first."""
    console = new_console()
    judged = sum(len(series["index"]) for series in anomalies.series)
    rows = [
        (series, row)
        for series in anomalies.series
        for row, outside in enumerate(series["outside"])
        if outside
    ]
    rows.sort(key=lambda found: -abs(found[0]["score"][found[1]] or 0))
    said = f"{anomalies.model}, version {anomalies.version}: {len(rows)} of {judged} values lie "
    say(console, f"{said}outside the band of {anomalies.level:g} %")
    columns = ("series", "when", "value", "expected", "lower", "upper", "score")
    table = new_table(*columns, texts=("when",))
    for series, row in rows[:MOST_ROWS]:
        times = series["timestamps"] or series["steps"] or series["index"]
        cells = [series[name][row] for name in ("actual", "expected", "lower", "upper", "score")]
        table.add_row(series["id"] or "", when(times[row]), *map(number, cells))
    if rows:
        console.print(table)
    say_rest(console, len(rows) - MOST_ROWS, "values")


def show_inspection(inspection: Inspection) -> None:
    """Show what was understood of the data."""
    console = new_console()
    if inspection.error is not None:
        console.print(Text(inspection.error["detail"], style="bold"))
        return
    columns = ("series", "values", "from", "to", "frequency", "known", "missing", "seasons")
    table = new_table(*columns, texts=("values", "from", "to"))
    for series in inspection.series:
        name = series["id"] or ""
        if series.get("error") is not None:
            table.add_row(name, Text(series["error"]["detail"], style="bold"))
            continue
        values = (series.get("history") or {}).get("values", ())
        seasons = ", ".join(str(season["length"]) for season in series["seasons"])
        start, end = when(series["start"] or ""), when(series["end"] or "")
        counts = map(str, (series["observed"], series["missing"]))
        line = sparkline(values, _WIDTH, span_of(values))
        table.add_row(name, line, start, end, series["frequency"] or "", *counts, seasons)
    console.print(table)
    say_rest(console, inspection.count - len(inspection.series), "series")
    say(console, f"Training: {inspection.training['detail']}")
