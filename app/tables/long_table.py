"""Answers as one long table with several rows for each series."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from app.exception_handlers import error_detail
from app.requests.series_items import SeriesFailure
from forecasting.notes import Note
from forecasting.series.series import Series
from forecasting.series.time_zones import zone_name, zoned_to_utc
from forecasting.store.manifest import Manifest
from forecasting.tables.formats import CSV, write_table
from forecasting.tables.libraries import pa
from forecasting.types import Floats, Stamps

Positions = npt.NDArray[np.int64]
_MIDNIGHT = "T00:00:00"


@dataclass(frozen=True, slots=True)
class LongTable:
    """What all tables of answers have in common: ids, dates, series that failed, and notes."""

    series: Sequence[Series]
    counts: Sequence[int]
    """The number of rows of each series."""
    failures: Sequence[SeriesFailure] | None
    """The series of the request that failed, which get one row each; None if the request takes no
    partial answers."""
    media_type: str

    @property
    def dated(self) -> bool:
        """Whether some series have dates, or whole numbers in their place."""
        return any(_is_dated(series) for series in self.series)

    @property
    def undated(self) -> bool:
        """Whether some series have neither dates nor numbers, or there is no series."""
        return not all(_is_dated(series) for series in self.series) or not self.series

    def names(self) -> dict[str, pa.Array]:
        """Return the column `unique_id`, and `target` if some series is one of several targets."""
        places = np.repeat(self._places(), self.counts)
        columns = {"unique_id": pa.array(self._names(), pa.string()).take(places)}
        targets = self._targets()
        if any(targets):
            columns["target"] = pa.array(targets, pa.string()).take(places)
        return columns

    def dates(self, positions: Sequence[Positions]) -> pa.Array:
        """Return a column of dates: those at the positions on the calendar of each series, counted
        from its start.

        They are times if all series share a time zone, or else texts. CSV has texts, which are
        plain dates if all series keep to midnights without a zone. Series without dates have null.
        If the series have whole numbers in place of dates, as all series of a table have or none,
        they are those.
        """
        if any(series.steps is not None for series in self.series):
            pairs = zip(self.series, positions, strict=True)
            return pa.array(np.concatenate([_numbers(*pair) for pair in pairs]))
        zones = {
            None if series.calendar.zone is None else zone_name(series.calendar.zone)
            for series in self.series
            if series.calendar is not None
        }
        dated = list(zip(self.series, positions, strict=True))
        if self.media_type == CSV or len(zones) > 1:
            texts = [text for pair in dated for text in _texts(*pair)]
            daily = zones == {None} and all(map(_is_at_midnight, texts))
            if self.media_type == CSV and daily and all(map(_keeps_to_midnight, self.series)):
                texts = [text and text.removesuffix(_MIDNIGHT) for text in texts]
            return pa.array(texts, pa.string())
        stamps = np.concatenate([_stamps(*pair) for pair in dated])
        return pa.array(stamps, pa.timestamp("us", zones.pop()))

    def written(
        self,
        columns: dict[str, Any],
        manifest: Manifest,
        notes: Sequence[Sequence[Note]],
        table_notes: Sequence[Note] = (),
        **more: Any,
    ) -> bytes:
        """Return the table as a file, with a row for each series that failed, in its place.

        Model, version, the notes on the table of the request and on each of its series, and `more`
        are in the metadata of the schema; CSV has no room for them.
        """
        table = pa.table(columns)
        if self.failures is not None:
            table = self._with_errors(table, self.failures)
        metadata = {
            "model": manifest.model.encode(),
            "version": str(manifest.version).encode(),
            "notes": orjson.dumps(
                [{"unique_id": None, **asdict(note)} for note in table_notes]
                + self._note_objects(notes)
            ),
            "errors": orjson.dumps(
                [
                    {
                        "place": failure.position,
                        "id": failure.id,
                        **_target(failure.target),
                        **error_detail(failure.error).model_dump(),
                    }
                    for failure in self.failures or ()
                ]
            ),
        } | {name: orjson.dumps(value) for name, value in more.items()}
        return write_table(table.replace_schema_metadata(metadata), self.media_type)

    def _places(self) -> list[int]:
        """Return the place in the request of each series."""
        failed = {failure.position for failure in self.failures or ()}
        total = len(self.series) + len(failed)
        return [place for place in range(total) if place not in failed]

    def _names(self) -> list[str | None]:
        """Return the `unique_id` of each series of the request, those that failed among them.

        Without any ids, series are named by their places, and different targets alone are of one
        series. If only some have ids, the others have none: the place of one series could be the id
        of another.
        """
        ids = dict(zip(self._places(), (series.id for series in self.series), strict=True))
        ids |= {failure.position: failure.id for failure in self.failures or ()}
        if any(series_id is not None for series_id in ids.values()):
            return [ids[place] for place in range(len(ids))]
        targets = self._targets()
        if None not in targets and len(set(targets)) == len(targets):
            return ["0"] * len(ids)
        return [str(place) for place in range(len(ids))]

    def _targets(self) -> list[str | None]:
        """Return the target of each series of the request, those that failed among them."""
        targets = dict(zip(self._places(), (series.target for series in self.series), strict=True))
        targets |= {failure.position: failure.target for failure in self.failures or ()}
        return [targets[place] for place in range(len(targets))]

    def _note_objects(self, notes: Sequence[Sequence[Note]]) -> list[dict[str, Any]]:
        names, targets = self._names(), self._targets()
        return [
            {"unique_id": names[place], **_target(targets[place]), **asdict(note)}
            for place, series_notes in zip(self._places(), notes, strict=True)
            for note in series_notes
        ]

    def _with_errors(self, table: pa.Table, failures: Sequence[SeriesFailure]) -> pa.Table:
        """Return the table with a column `error`, and the rows of series that failed."""
        table = table.append_column("error", pa.nulls(table.num_rows, pa.string()))
        names = self._names()
        columns = {
            "unique_id": [names[failure.position] for failure in failures],
            "target": [failure.target for failure in failures],
            "error": [f"{failure.error.code}: {failure.error.message}" for failure in failures],
        }
        kept = [name for name in columns if name in table.column_names]
        failed = pa.table(
            {name: columns[name] for name in kept},
            schema=pa.schema([(name, pa.string()) for name in kept]),
        )
        places = np.array(self._places(), dtype=np.int64)
        order = np.concatenate(
            [np.repeat(places, self.counts), [failure.position for failure in failures]]
        )
        joined = pa.concat_tables([table, failed], promote_options="default")
        return joined.take(np.argsort(order, kind="stable"))


def _target(name: str | None) -> dict[str, str]:
    """Return the entry that names one of several targets; none if there is one."""
    return {} if name is None else {"target": name}


def present(values: Floats) -> pa.Array:
    """Return a column that is null for each value that is NaN."""
    return pa.array(values, from_pandas=True)


def _is_dated(series: Series) -> bool:
    return series.calendar is not None or series.steps is not None


def _is_at_midnight(text: str | None) -> bool:
    return text is None or text.endswith(_MIDNIGHT)


def _keeps_to_midnight(series: Series) -> bool:
    """Return whether the first two dates of a series are midnights, as those of hours are not."""
    if series.calendar is None:
        return True
    known = series.dropped + series.values.size
    return all(map(_is_at_midnight, series.calendar.timestamps(0, min(2, known))))


def _numbers(series: Series, positions: Positions) -> Positions:
    assert series.steps is not None
    first = int(positions[0])
    return series.steps.numbers(first, int(positions.max()) - first + 1)[positions - first]


def _texts(series: Series, positions: Positions) -> list[str | None]:
    if series.calendar is None:
        return [None] * positions.size
    first = int(positions[0])
    texts = series.calendar.timestamps(first, int(positions.max()) - first + 1)
    return [texts[position - first] for position in positions.tolist()]


def _stamps(series: Series, positions: Positions) -> Stamps:
    if series.calendar is None:
        return np.full(positions.size, np.datetime64("NaT", "us"))
    first = int(positions[0])
    index = series.calendar.range(first, int(positions.max()) - first + 1)
    stamps = index.to_numpy() if series.calendar.zone is None else zoned_to_utc(index)
    return stamps[positions - first]
