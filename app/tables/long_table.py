"""Answers as one long table, some rows a series: CSV, Parquet or an Arrow stream."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import orjson

from app.exception_handlers import error_detail
from app.requests.content_negotiation import CSV, PARQUET
from app.requests.partial_errors import Failure
from forecasting.notes import Note
from forecasting.series.series import Series
from forecasting.series.time_zones import zone_name, zoned_to_utc
from forecasting.store.manifest import Manifest
from forecasting.types import Floats, Stamps

if TYPE_CHECKING:
    import pyarrow as pa

Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class LongTable:
    """What tables of series have in common: ids, dates, those that failed, and the notes."""

    series: Sequence[Series]
    counts: Sequence[int]
    """Rows of each."""
    failures: Sequence[Failure] | None
    """In between, one row each; None where the request takes no partial answers."""
    media_type: str

    @property
    def dated(self) -> bool:
        return any(one.calendar is not None for one in self.series)

    @property
    def undated(self) -> bool:
        """Whether some series have no dates, or there is none."""
        return not self.series or any(one.calendar is None for one in self.series)

    def ids(self) -> pa.Array:
        import pyarrow as pa

        return pa.array(self._names(), pa.string()).take(
            np.repeat(np.arange(len(self.series)), self.counts)
        )

    def dates(self, positions: Sequence[Places]) -> pa.Array:
        """Of positions on each series' calendar, counted from its start: times in the one zone that
        all share, else texts; null for series without dates."""
        import pyarrow as pa

        zones = {
            None if s.calendar.zone is None else zone_name(s.calendar.zone)
            for s in self.series
            if s.calendar is not None
        }
        pairs = list(zip(self.series, positions, strict=True))
        if self.media_type == CSV or len(zones) > 1:
            return pa.array([text for pair in pairs for text in _texts(*pair)], pa.string())
        stamps = np.concatenate([_stamps(*pair) for pair in pairs])
        return pa.array(stamps, pa.timestamp("us", zones.pop()))

    def written(
        self,
        columns: dict[str, Any],
        manifest: Manifest,
        notes: Sequence[Sequence[Note]],
        **more: Any,
    ) -> bytes:
        """The table with a row for each series that failed, in its place. Model, version, the notes
        on each series and `more` are in the metadata of the schema; CSV has no room for them."""
        import pyarrow as pa

        table = pa.table(columns)
        if self.failures is not None:
            table = self._with_errors(table, self.failures)
        metadata = {
            "model": manifest.model.encode(),
            "version": str(manifest.version).encode(),
            "notes": orjson.dumps(self._said(notes)),
            "errors": orjson.dumps(
                [
                    {"place": one.place, "id": one.id, **error_detail(one.error).model_dump()}
                    for one in self.failures or ()
                ]
            ),
        } | {name: orjson.dumps(value) for name, value in more.items()}
        return _packed(table.replace_schema_metadata(metadata), self.media_type)

    def _places(self) -> list[int]:
        """Of each series among those of the request."""
        failed = {failure.place for failure in self.failures or ()}
        total = len(self.series) + len(failed)
        return [place for place in range(total) if place not in failed]

    def _names(self) -> list[str]:
        return [
            str(place) if one.id is None else one.id
            for place, one in zip(self._places(), self.series, strict=True)
        ]

    def _said(self, notes: Sequence[Sequence[Note]]) -> list[dict[str, Any]]:
        return [
            {"unique_id": name, "code": note.code, "message": note.message, "count": note.count}
            for name, own in zip(self._names(), notes, strict=True)
            for note in own
        ]

    def _with_errors(self, table: pa.Table, failures: Sequence[Failure]) -> pa.Table:
        import pyarrow as pa

        table = table.append_column("error", pa.nulls(table.num_rows, pa.string()))
        failed = pa.table(
            {
                "unique_id": [str(one.place) if one.id is None else one.id for one in failures],
                "error": [f"{one.error.code}: {one.error.message}" for one in failures],
            },
            schema=pa.schema([("unique_id", pa.string()), ("error", pa.string())]),
        )
        places = np.array(self._places(), dtype=np.int64)
        order = np.concatenate([np.repeat(places, self.counts), [one.place for one in failures]])
        joined = pa.concat_tables([table, failed], promote_options="default")
        return joined.take(np.argsort(order, kind="stable"))


def present(values: Floats) -> pa.Array:
    """A column with null where a value is NaN."""
    import pyarrow as pa

    return pa.array(values, from_pandas=True)


def _texts(series: Series, positions: Places) -> list[str | None]:
    if series.calendar is None:
        return [None] * positions.size
    first = int(positions[0])
    texts = series.calendar.timestamps(first, int(positions.max()) - first + 1)
    return [texts[position - first] for position in positions.tolist()]


def _stamps(series: Series, positions: Places) -> Stamps:
    if series.calendar is None:
        return np.full(positions.size, np.datetime64("NaT", "us"))
    first = int(positions[0])
    index = series.calendar.range(first, int(positions.max()) - first + 1)
    stamps = index.to_numpy() if series.calendar.zone is None else zoned_to_utc(index)
    return stamps[positions - first]


def _packed(table: pa.Table, media_type: str) -> bytes:
    import pyarrow as pa

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
