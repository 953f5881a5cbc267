"""Forecasts of the future and of the past."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeAlias

from forecast_client.data.given import payload_of
from forecast_client.data.parts import Cost, in_parts
from forecast_client.data.payload import ARROW, JSON, Payload
from forecast_client.http.exchange import (
    Operation,
    ask,
    checked_type,
    document_with,
    reading,
)
from forecast_client.options import AnomaliesOptions, InspectOptions, PredictOptions
from forecast_client.results.anomalies import Anomalies
from forecast_client.results.forecast import Forecast
from forecast_client.results.forecast_answers import read_arrow, read_json
from forecast_client.results.inspection import Inspection

Named: TypeAlias = Literal["predict", "backtest", "anomalies", "inspect"]
"""The names of the operations on series. All but `inspect` can answer with a table."""

_HISTORIES = 20
"""The history of so many series is read for plots and sparklines."""


def predict(
    data: Any, options: PredictOptions, ask_past: Callable[[], Inspection] | None = None
) -> Operation[Forecast]:
    """Forecast series. `ask_past` asks for their history, when a plot needs it."""
    payload = payload_of(data, options)
    in_json = options.get("scores", False) or options.get("explain", False)
    arrow = payload.is_arrow and not in_json
    accept = ARROW if arrow else JSON
    answers = yield from in_parts(
        payload,
        lambda part: part.request("/predict", options, accept),
        Cost("max_forecast_values", lambda _: _values(options)),
    )
    read = read_arrow if arrow else read_json
    with reading(answers[0]):
        return read(answers, payload.form, ask_past)


def anomalies(data: Any, options: AnomaliesOptions) -> Operation[Anomalies]:
    """Judge the values of series."""
    last = options.get("last")
    payload = payload_of(data, options)
    answers = yield from in_parts(
        payload,
        lambda part: part.request("/anomalies", options, JSON),
        Cost("max_windows", lambda size: size if last is None else min(size, last)),
    )
    with reading(answers[0]):
        return Anomalies.of([answer.json() for answer in answers], payload.form)


def inspect(data: Any, options: InspectOptions) -> Operation[Inspection]:
    """Find out what the service understands of series."""
    payload: Payload = payload_of(data, options)
    return (yield from ask(payload.request("/inspect", options, None), Inspection.of))


def history(data: Any, options: Mapping[str, Any]) -> Operation[Inspection]:
    """Read the history of the first series."""
    payload = payload_of(data, options).apart()
    sizes = payload.sizes()
    if sizes is not None and len(sizes) > _HISTORIES:
        payload = payload.part(0, _HISTORIES)
    asked = {**options, "values": True, "max_series": _HISTORIES}
    return (yield from ask(payload.request("/inspect", asked, None), Inspection.of))


def answer(
    operation: Named, data: Any, media_type: str, options: Mapping[str, Any]
) -> Operation[bytes]:
    """Ask for an answer in a format that the service writes: a table, or JSON."""
    payload = payload_of(data, options)
    (answer,) = yield [payload.request(f"/{operation}", options, media_type)]
    content = checked_type(answer, media_type).content
    if media_type == JSON:
        with reading(answer):
            document_with("model", "version")(answer.json())
    return content


def _values(options: PredictOptions) -> int:
    """Return about how many values the forecast of a series has, as far as the options say it."""
    quantiles = 2 * len(options.get("levels", (80,))) + len(options.get("quantiles", ()))
    return options.get("horizon", 1) * (quantiles + 2)
