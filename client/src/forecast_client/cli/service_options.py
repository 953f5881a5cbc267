"""The options of the service as options of commands, made from their types in `options`."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import wraps
from types import MappingProxyType
from typing import Annotated, Any, get_type_hints

import typer

HELP = MappingProxyType(
    {
        "operation": "`predict`, `backtest` or `anomalies`.",
        "overwrite": "Replace what is there.",
        "horizon": "Steps to forecast. By default, the horizon of the model.",
        "levels": "Levels of the intervals in percent: 80,95.",
        "quantiles": "Quantiles to forecast: 0.1,0.5.",
        "model": "Name of the model. By default, the default model of the service.",
        "version": "Number of the version, or an alias of it.",
        "effort": "`standard`; `best`, which takes longer and is a little more accurate; or "
        "`fast`, which is the same as `standard` for the models that are shipped.",
        "season_length": "Steps in a season. By default, it is found out.",
        "lower": "No forecast is below.",
        "upper": "No forecast is above.",
        "integer": "Forecast whole numbers.",
        "non_negative": "Keep forecasts at 0 or above.",
        "calibrate": "Correct the intervals by how well the latest past was forecast.",
        "explain": "Say what makes up each forecast.",
        "track": "Keep the forecasts, so that it can be said later what really happened.",
        "scores": "Add the scores of a quick backtest. For JSON.",
        "on_error": "`fail`, or `partial`, which answers the series that can be forecast.",
        "windows": "Forecasts of each series.",
        "step": "Steps from one forecast to the next. By default, the horizon.",
        "forecasts": "Answer with the forecasts, too.",
        "refit": "Train a version for each window, as a job.",
        "job": "Run the backtest as a job.",
        "level": "Percentage of values that the band is meant to hold.",
        "warm_up": "Values at the start that are not judged.",
        "last": "Judge only so many values at the end.",
        "max_series": "Most series that are described.",
        "values": "Answer with the values, too.",
        "base": "Version to go on training from: zero-shot, or sales/3.",
        "recipe": "Name of a recipe, or its fields as JSON.",
        "tune": "How many recipes to try: 20.",
        "seed": "The same seed and series give the same version.",
        "promote": "Whether the version is served: `if_better`, `always` or `never`.",
        "repair": "Repair dates that are not as they should be: true, or JSON.",
        "open": 'When values can be observed, as JSON: {"days": "Mon-Sat"}.',
        "calendar": "Days of the calendar that matter: weekend,holidays:DE.",
        "frequency": "Frequency of the series, as an alias of pandas: MS, D, h.",
        "timezone": "Time zone of the dates: Europe/Berlin.",
        "id_col": "Column that names the series.",
        "time_col": "Column with the dates.",
        "target_col": "Column with the values to forecast.",
        "target_cols": "Columns with several values that are forecast: sales,visits.",
        "covariates": "Columns of what else was observed: price,promo.",
        "known_ahead": "Those of the covariates that are known ahead.",
        "static_cols": "Columns of what holds for a whole series: region.",
        "layout": "`long`, a row for each value, or `wide`, a column for each series.",
        "by": "What the ids of a table are: `series`, or `forecast`, for those of forecasts.",
        "delimiter": "Sign between the cells of a CSV file.",
        "decimal": "Decimal sign, `.` or `,`.",
        "date_format": "How dates are written: %d.%m.%Y.",
        "sheet": "Sheet of a workbook.",
    }
)


def with_service_options(
    options: type, leave_out: tuple[str, ...] = ()
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command all options of a TypedDict; those that are given reach it as `**options`."""

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        hints = get_type_hints(options)
        own = inspect.signature(command, eval_str=True).parameters.values()
        made = [
            _parameter(name, hints[name])
            for name in HELP
            if name in hints and name not in leave_out
        ]

        @wraps(command)
        def run(**given: Any) -> None:
            command(**{name: value for name, value in given.items() if value is not None})

        kept = [parameter for parameter in own if parameter.kind is parameter.KEYWORD_ONLY]
        signature = inspect.Signature([*kept, *made])
        run.__signature__ = signature  # type: ignore[attr-defined]  # This is how it is told.
        run.__annotations__ = {
            name: parameter.annotation for name, parameter in signature.parameters.items()
        }
        return run

    return decorate


def _parameter(name: str, hint: Any) -> inspect.Parameter:
    """Return the parameter of a command for an option: numbers and switches as such, everything
    else as text, which the service reads; the numbers of a list are looked at here, too."""
    kinds: dict[Any, Any] = {bool: bool, int: int, float: float}
    kind = kinds.get(hint, str)
    callback = _as_trials if name == "tune" else _check_numbers if hint == Sequence[float] else None
    flag = f"--{name.replace('_', '-')}"
    declared = f"{flag}/--no-{name.replace('_', '-')}" if kind is bool else flag
    annotation: Any = Annotated[
        kind | None, typer.Option(declared, help=HELP[name], callback=callback)
    ]
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation
    )


def _as_trials(given: str | None) -> str | None:
    """Return the JSON that the service takes for a number of trials; JSON stays as it is."""
    return f'{{"trials": {given}}}' if given is not None and given.strip().isdecimal() else given


def _check_numbers(given: str | None) -> str | None:
    """Return a list of numbers as it was given: 80,95 or [80, 95]."""
    listed = (given or "").strip().removeprefix("[").removesuffix("]")
    for number in listed.split(",") if listed else ():
        try:
            float(number)
        except ValueError:
            raise typer.BadParameter(f"{number.strip()!r} is no number.") from None
    return given
