"""Reads the answers to `/predict`, in JSON or as Arrow tables."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Any

import httpx

from forecast_client.results.forecast import Forecast, Interval, SeriesForecast
from forecast_client.results.frames import FrameForm
from forecast_client.results.inspection import Inspection
from forecast_client.results.names import answered
from forecast_client.results.notes import Note, SeriesError, errors_of, notes_of

Past = Callable[[], Inspection]


def read_json(answers: Sequence[httpx.Response], form: FrameForm, past: Past | None) -> Forecast:
    """Return the forecasts of answers in JSON, which belong together."""
    documents = [answer.json() for answer in answers]
    entries = [entry for document in documents for entry in document["forecasts"]]
    found = answered(entries)
    series = [SeriesForecast.of(entry) for _, entry in found]
    notes = [note for document in documents for note in notes_of(document, document["forecasts"])]
    return Forecast(
        documents[0]["model"],
        documents[0]["version"],
        notes,
        errors_of(entries),
        lambda: series,
        lambda: form.of_columns(_columns(series, [name for name, _ in found])),
        past,
    )


def read_arrow(answers: Sequence[httpx.Response], form: FrameForm, past: Past | None) -> Forecast:
    """Return the forecasts of answers as Arrow tables, which belong together."""
    import pyarrow as pa

    tables = [pa.ipc.open_stream(answer.content).read_all() for answer in answers]
    metadata = [table.schema.metadata for table in tables]
    table = pa.concat_tables(
        [table.replace_schema_metadata(None) for table in tables], promote_options="permissive"
    )
    notes = [note for own in metadata for note in json.loads(own[b"notes"])]
    errors = [
        SeriesError(error["code"], error["detail"], error["pointer"], error["id"])
        for own in metadata
        for error in json.loads(own[b"errors"])
    ]
    return Forecast(
        metadata[0][b"model"].decode(),
        int(metadata[0][b"version"]),
        [Note.of(note) for note in notes],
        errors,
        lambda: _series_of(table.to_pydict(), notes),
        lambda: form.of_arrow(table),
        past,
    )


def _columns(series: Sequence[SeriesForecast], names: Sequence[str | None]) -> dict[str, list[Any]]:
    """Return forecasts as the columns of a long table."""
    steps = [len(one.point) for one in series]
    columns = {"unique_id": _repeated(names, steps)}
    if any(one.target is not None for one in series):
        columns["target"] = _repeated([one.target for one in series], steps)
    if any(one.times is not None for one in series):
        columns["ds"] = [
            time
            for one, count in zip(series, steps, strict=True)
            for time in (one.times or [None] * count)
        ]
    if any(one.times is None for one in series):
        columns["step"] = [step for count in steps for step in range(1, count + 1)]
    columns["point"] = _joined([one.point for one in series])
    for name in series[0].quantiles if series else ():
        columns[name] = _joined([one.quantiles[name] for one in series])
    for level in series[0].intervals if series else ():
        columns[f"lower-{level}"] = _joined([one.intervals[level].lower for one in series])
        columns[f"upper-{level}"] = _joined([one.intervals[level].upper for one in series])
    if any(one.forecast_id is not None for one in series):
        columns["forecast_id"] = _repeated([one.forecast_id for one in series], steps)
    return columns


def _repeated(names: Sequence[Any], counts: Sequence[int]) -> list[Any]:
    pairs = zip(names, counts, strict=True)
    return [name for name, count in pairs for _ in range(count)]


def _joined(columns: Sequence[list[float]]) -> list[float]:
    return [value for column in columns for value in column]


def _series_of(
    columns: Mapping[str, list[Any]], notes: Sequence[Mapping[str, Any]]
) -> list[SeriesForecast]:
    """Return the forecasts in the columns of a long table, whose rows are in order.

    Each has those of the notes of the answer that are about it.
    """
    ids = columns["unique_id"]
    targets = columns.get("target", [None] * len(ids))
    failed = columns.get("error", [None] * len(ids))
    rows = [row for row in range(len(ids)) if failed[row] is None]

    def key(row: int) -> tuple[Any, ...]:
        return ids[row], targets[row]

    about: dict[tuple[Any, ...], list[Note]] = {}
    for note in notes:
        about.setdefault((note["unique_id"], note.get("target")), []).append(Note.of(note))
    return [
        _one_of(
            {name: [column[row] for row in group] for name, column in columns.items()},
            about.get(names, []),
        )
        for names, group in ((names, list(group)) for names, group in groupby(rows, key))
    ]


def _one_of(columns: Mapping[str, list[Any]], notes: list[Note]) -> SeriesForecast:
    levels = [name.removeprefix("lower-") for name in columns if name.startswith("lower-")]
    quantiles = [name for name in columns if name[0].isdigit()]
    times = columns.get("ds")
    return SeriesForecast(
        columns["unique_id"][0],
        columns.get("target", [None])[0],
        None if times is None or times[0] is None else times,
        columns["point"],
        {name: columns[name] for name in quantiles},
        {level: Interval(columns[f"lower-{level}"], columns[f"upper-{level}"]) for level in levels},
        forecast_id=columns.get("forecast_id", [None])[0],
        notes=notes,
    )
