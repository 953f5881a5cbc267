"""The answers of operations as short texts, which an agent reads beside the whole answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

Answer = Mapping[str, Any]
"""An answer of the service, from its JSON."""
Tell = Callable[[Answer], tuple[list[str], list[str]]]
"""Says what an answer holds about one series: first lines, and rows of numbers."""

_MOST_ROWS = 60
"""More rows of numbers are in the whole answer alone."""
_MIDNIGHT = "T00:00:00"


def tell_forecast(answer: Answer) -> str:
    """Say what `/predict` has answered."""
    return _join(answer, answer["forecasts"], _forecast)


def tell_backtest(answer: Answer) -> str:
    """Say what `/backtest` has answered."""
    counts = f"{answer['windows']} windows of {answer['horizon']} steps in each series"
    lines = [f"{_version(answer)}, over {counts}; less is better."]
    lines += ["method | MASE | sMAPE | RMSE | WQL"]
    for method, scores in answer["overall"].items():
        numbers = (scores[name] for name in ("mase", "smape", "rmse", "wql"))
        lines.append(" | ".join([method, *map(_number, numbers)]))
    coverage = answer["overall"]["model"]["coverage"]
    lines += [
        f"{_number(100 * share)}% of the values lie within the {level}% intervals."
        for level, share in coverage.items()
        if share is not None
    ]
    for series in answer["series"]:
        lines += _errors_and_notes(series)
    return "\n".join([*lines, *_told(answer["notes"])])


def tell_anomalies(answer: Answer) -> str:
    """Say what `/anomalies` has answered."""
    return _join(answer, answer["series"], _anomalies)


def tell_inspection(answer: Answer) -> str:
    """Say what `/inspect` has answered."""
    lines = [f"{answer['count']} series, {answer['unreadable']} of them not readable."]
    if answer["error"] is not None:
        lines = [f"The table cannot be read: {answer['error']['detail']}"]
    for series in answer["series"]:
        lines += _inspection(series) if "error" not in series else _errors_and_notes(series)
    return "\n".join([*lines, *_told(answer["notes"]), answer["training"]["detail"]])


def tell_models(answer: Answer) -> str:
    """Say which models there are."""
    lines = []
    for model in answer["models"]:
        aliases = ", ".join(f"{alias} is {version}" for alias, version in model["aliases"].items())
        default = ", the default" if model["default"] else ""
        versions = ", ".join(map(str, model["versions"]))
        lines.append(f"{model['model']}{default}: versions {versions}; {aliases or 'no aliases'}")
    return "\n".join(lines) or "There are no models."


def _join(answer: Answer, parts: Sequence[Answer], tell: Tell) -> str:
    """Return the text of an answer about several series, with a limited number of rows."""
    lines, left = [_version(answer)], _MOST_ROWS
    for place, part in enumerate(parts):
        if left <= 0:
            lines.append(f"… {len(parts) - place} more series are in the structured content.")
            break
        if "error" not in part:
            head, rows = tell(part)
            lines += [*head, *rows[:left]]
            if len(rows) > left:
                lines.append(f"… {len(rows) - left} more rows are in the structured content.")
            left -= len(rows)
        lines += _errors_and_notes(part)
    return "\n".join([*lines, *_told(answer["notes"])])


def _forecast(forecast: Answer) -> tuple[list[str], list[str]]:
    points, intervals = forecast["point"], forecast["intervals"]
    columns = ["time", "forecast", *(f"{level}% interval" for level in intervals)]
    rows = [
        [time, _number(points[step])]
        + [
            f"{_number(edges['lower'][step])} to {_number(edges['upper'][step])}"
            for edges in intervals.values()
        ]
        for step, time in enumerate(_times(forecast, range(1, len(points) + 1)))
    ]
    head = [f"{_name(forecast)}: {len(points)} steps", " | ".join(columns)]
    return head, [" | ".join(row) for row in rows]


def _anomalies(series: Answer) -> tuple[list[str], list[str]]:
    outside, times = series["outside"], _times(series, series["index"])
    rows = [
        f"{times[place]}: {_number(series['actual'][place])}, where "
        f"{_number(series['expected'][place])} was expected, between "
        f"{_number(series['lower'][place])} and {_number(series['upper'][place])}"
        for place, is_outside in enumerate(outside)
        if is_outside
    ]
    return [f"{_name(series)}: {len(rows)} of {len(outside)} judged values are anomalies"], rows


def _inspection(series: Answer) -> Iterator[str]:
    when = "without dates" if series["start"] is None else f"{series['start']} to {series['end']}"
    frequency = f" at {series['frequency']}" if series["frequency"] else ""
    seasons = ", ".join(f"{season['length']} steps" for season in series["seasons"]) or "none"
    yield (
        f"{_name(series)}: {series['observed']} values, {series['missing']} missing, {when}"
        f"{frequency}; from {_number(series['lowest'])} to {_number(series['highest'])}; seasons: "
        f"{seasons}"
    )
    yield from _errors_and_notes(series)
    if series["fallback"] is not None:
        yield f"- {series['fallback']['message']}"


def _errors_and_notes(series: Answer) -> Iterator[str]:
    if "error" in series:
        yield f"{_name(series)}: {series['error']['pointer']}: {series['error']['detail']}"
    yield from _told(series.get("notes", ()))


def _told(notes: Iterable[Answer]) -> Iterator[str]:
    return (f"- {note['message']}" for note in notes)


def _times(series: Answer, positions: Sequence[int]) -> list[str]:
    """Return when the values of an answer are: by dates, by numbers in their place, or by place."""
    if series["timestamps"] is not None:
        times = series["timestamps"]
        whole_days = all(time.endswith(_MIDNIGHT) for time in times)
        return [time.removesuffix(_MIDNIGHT) for time in times] if whole_days else times
    return [str(number) for number in series["steps"] or positions]


def _name(series: Answer) -> str:
    names = [name for name in (series["id"], series.get("target")) if name]
    return " ".join(names) or "The series"


def _version(answer: Answer) -> str:
    return f"{answer['model']} {answer['version']}"


def _number(value: float | None) -> str:
    return "missing" if value is None else f"{value:.6g}"
