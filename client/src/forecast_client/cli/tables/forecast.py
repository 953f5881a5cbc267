"""Forecasts as a table in the terminal, with sparklines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table
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
from forecast_client.results.forecast import Forecast, SeriesForecast
from forecast_client.results.inspection import Inspection

_MOST_SERIES = 20
_PAST, _FUTURE = 36, 12


def show_forecast(forecast: Forecast) -> None:
    """Show the steps of one forecast, or a line for each of several."""
    console = new_console()
    say(console, f"{forecast.model}, version {forecast.version}")
    histories = _histories(forecast.past)
    shown = forecast.series[:_MOST_SERIES]
    if len(forecast) == 1:
        console.print(_picture(shown[0], _history(shown[0], histories)))
        console.print(_steps(shown[0]))
        return
    columns = ("series", "past | forecast", "first", "point", "last", "point")
    table = new_table(*columns, texts=("past | forecast", "first", "last"))
    for one in shown:
        times, picture = _times(one), _picture(one, _history(one, histories))
        first, last = number(one.point[0]), number(one.point[-1])
        table.add_row(_name(one), picture, times[0], first, times[-1], last)
    console.print(table)
    say_rest(console, len(forecast) - len(shown), "series")


def _steps(one: SeriesForecast) -> Table:
    edges = [f"{end}-{level}" for level in one.intervals for end in ("lower", "upper")]
    table = new_table("when", "point", *one.quantiles, *edges)
    times = _times(one)
    for step in range(min(len(one.point), MOST_ROWS)):
        columns = [one.point, *one.quantiles.values()]
        for interval in one.intervals.values():
            columns += [interval.lower, interval.upper]
        table.add_row(times[step], *(number(column[step]) for column in columns))
    return table


def _picture(one: SeriesForecast, past: Sequence[float | None]) -> Text:
    """Return the latest past and the forecast as a sparkline."""
    latest = past[-2 * _PAST :]
    span = span_of(latest, one.point)
    line = Text(sparkline(latest, _PAST, span), style="dim")
    return line.append("|" if past else "").append(sparkline(one.point, _FUTURE, span), "bold cyan")


def _histories(past: Inspection | None) -> dict[Any, Sequence[float | None]]:
    series = () if past is None else past.series
    return {
        (one["id"], one.get("target")): one["history"]["values"]
        for one in series
        if one.get("history")
    }


def _history(one: SeriesForecast, histories: Mapping[Any, Any]) -> Sequence[float | None]:
    found: Sequence[float | None] = histories.get((one.id, one.target), ())
    return found


def _name(one: SeriesForecast) -> str:
    return " · ".join(name for name in (one.id, one.target) if name is not None)


def _times(one: SeriesForecast) -> list[str]:
    times = one.times or [f"+{step + 1}" for step in range(len(one.point))]
    return [when(time) for time in times]
