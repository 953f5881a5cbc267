"""The answer to `/predict` as one long table: CSV, Parquet or an Arrow stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from app.errors import fault_of
from app.forecasts import Answer
from app.media import CSV, PARQUET
from forecasting.series import Series
from forecasting.zones import as_utc, zone_name

if TYPE_CHECKING:
    import pyarrow as pa


def to_table(answer: Answer, media_type: str) -> bytes:
    """`unique_id`, `ds` (`step`, from 1, for series without dates), `point`, one column a quantile,
    `lower-…` and `upper-…` a level; `error` where the request takes partial answers.

    Model, version and notes are in the metadata of the schema; CSV has no room for them.
    """
    import pyarrow as pa

    table = _long(answer, as_text=media_type == CSV)
    sink = pa.BufferOutputStream()
    if media_type == CSV:
        from pyarrow import csv

        csv.write_csv(table, sink)
    elif media_type == PARQUET:
        from pyarrow import parquet

        parquet.write_table(table, sink, compression="zstd")
    else:
        with pa.ipc.new_stream(sink, table.schema) as stream:
            stream.write_table(table)
    return bytes(sink.getvalue())


def _long(answer: Answer, *, as_text: bool) -> pa.Table:
    import pyarrow as pa

    question, horizon = answer.question, answer.question.horizon
    failed = {failure.place for failure in question.failures or ()}
    total = len(question.series) + len(failed)
    places = np.array([place for place in range(total) if place not in failed], dtype=np.int64)
    names = [
        str(place) if series.id is None else series.id
        for place, series in zip(places.tolist(), question.series, strict=True)
    ]
    columns: dict[str, Any] = {
        "unique_id": pa.array(names, pa.string()).take(_each(names, horizon))
    }
    if any(series.calendar is not None for series in question.series):
        columns["ds"] = _dates(question.series, horizon, as_text=as_text)
    if any(series.calendar is None for series in question.series) or not question.series:
        columns["step"] = pa.array(np.tile(np.arange(1, horizon + 1), len(names)))
    columns["point"] = answer.forecast.point.ravel()
    by_quantile = dict(zip(question.quantiles, answer.forecast.quantiles.T, strict=True))
    for name, quantile in question.asked.items():
        columns[name] = by_quantile[quantile].T.ravel()
    for level, (lower, upper) in question.intervals.items():
        columns[f"lower-{level}"] = by_quantile[lower].T.ravel()
        columns[f"upper-{level}"] = by_quantile[upper].T.ravel()
    table = pa.table(columns)
    if question.failures is not None:
        table = _with_errors(answer, table, places)
    return table.replace_schema_metadata(_metadata(answer, names))


def _each(names: list[str], horizon: int) -> np.ndarray:
    return np.repeat(np.arange(len(names)), horizon)


def _dates(series: list[Series], horizon: int, *, as_text: bool) -> pa.Array:
    """Times in the one zone that all share, else texts; null for series without dates."""
    import pyarrow as pa

    zones = {
        None if s.calendar.zone is None else zone_name(s.calendar.zone)
        for s in series
        if s.calendar is not None
    }
    if as_text or len(zones) > 1:
        nothing: list[str | None] = [None] * horizon
        texts = (one.future_timestamps(horizon) or nothing for one in series)
        return pa.array([text for some in texts for text in some], pa.string())
    stamps = np.full((len(series), horizon), np.datetime64("NaT", "us"))
    for place, one in enumerate(series):
        if one.calendar is not None:
            index = one.calendar.range(one.dropped + one.values.size, horizon)
            stamps[place] = index.to_numpy() if one.calendar.zone is None else as_utc(index)
    return pa.array(stamps.ravel(), pa.timestamp("us", zones.pop()))


def _with_errors(answer: Answer, table: pa.Table, places: np.ndarray) -> pa.Table:
    """A row for each series that failed, in its place, with nothing but its id and the error."""
    import pyarrow as pa

    failures = answer.question.failures or []
    table = table.append_column("error", pa.nulls(table.num_rows, pa.string()))
    failed = pa.table(
        {
            "unique_id": [str(one.place) if one.id is None else one.id for one in failures],
            "error": [f"{one.error.code}: {one.error.message}" for one in failures],
        },
        schema=pa.schema([("unique_id", pa.string()), ("error", pa.string())]),
    )
    order = np.concatenate(
        [np.repeat(places, answer.question.horizon), [one.place for one in failures]]
    )
    joined = pa.concat_tables([table, failed], promote_options="default")
    return joined.take(np.argsort(order, kind="stable"))


def _metadata(answer: Answer, names: list[str]) -> dict[str, bytes]:
    manifest = answer.question.served.manifest
    notes = [
        {"unique_id": name, "code": note.code, "message": note.message, "count": note.count}
        for place, name in enumerate(names)
        for note in answer.notes_on(place)
    ]
    failures = [
        {"place": one.place, "id": one.id, **fault_of(one.error).model_dump()}
        for one in answer.question.failures or ()
    ]
    return {
        "model": manifest.model.encode(),
        "version": str(manifest.version).encode(),
        "notes": orjson.dumps(notes),
        "errors": orjson.dumps(failures),
    }
