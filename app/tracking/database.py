"""The forecasts that are kept, in a SQLite file that all processes of the service share."""

from __future__ import annotations

import json
import logging
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from app.access.seen import Seen
from app.database.database import Database
from app.tracking.actual_values import OLDEST, ActualValues, Matched
from app.tracking.tracked import Past, TimeUnit, TrackedForecast

_MIGRATIONS = (
    """
CREATE TABLE forecasts (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    model TEXT NOT NULL,
    version INTEGER NOT NULL,
    owner TEXT,
    made_at REAL NOT NULL,
    series TEXT,
    target TEXT,
    unit TEXT NOT NULL,
    zone TEXT,
    times BLOB NOT NULL,
    last INTEGER NOT NULL,
    scale REAL,
    levels TEXT NOT NULL,
    "values" BLOB NOT NULL,
    actual BLOB NOT NULL,
    known_at REAL
);
CREATE INDEX forecasts_by_series ON forecasts (series, target, last);
CREATE INDEX forecasts_by_version ON forecasts (model, version, known_at);
CREATE TABLE standings (
    model TEXT NOT NULL,
    version INTEGER NOT NULL,
    changes INTEGER NOT NULL,
    judged INTEGER NOT NULL DEFAULT 0,
    claimed_until REAL NOT NULL DEFAULT 0,
    judged_at REAL,
    document TEXT,
    PRIMARY KEY (model, version)
);
CREATE TABLE pasts (
    model TEXT NOT NULL,
    series TEXT NOT NULL,
    target TEXT NOT NULL,
    at REAL NOT NULL,
    document BLOB NOT NULL,
    PRIMARY KEY (model, series, target)
)
""",
)
_FIELDS = (
    *("id", "model", "version", "owner", "made_at", "series", "target", "unit", "zone", "times"),
    *("scale", "levels", "values", "actual", "known_at"),
)
_COLUMNS = ", ".join(f'"{name}"' for name in _FIELDS)
_FORGET_AT_ONCE = 500
_MOST_TARGETS = 20
"""So many targets are named to a caller who has named none of them."""
_log = logging.getLogger("app")


class TrackingDatabase(Database):
    """One connection to the forecasts that are kept, which one thread at a time may use."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "file of tracked forecasts", _MIGRATIONS)
        self._logged_damage = False

    def add(
        self,
        forecasts: Sequence[TrackedForecast],
        pasts: Sequence[Past] = (),
        *,
        max_bytes: int,
    ) -> None:
        """Keep forecasts, and the pasts of series; forget the oldest while the file is too large.

        A past takes the place of the one of the same series that came before.
        """
        with self.transaction():
            before = self._one("SELECT COALESCE(MAX(number), 0) FROM forecasts")
            self._connection.executemany(
                f"INSERT INTO forecasts ({_COLUMNS}, last) VALUES ({', '.join('?' * 16)})",  # noqa: S608  constants
                map(_to_row, forecasts),
            )
            self._connection.executemany(
                "INSERT OR REPLACE INTO pasts VALUES (?, ?, ?, ?, ?)",
                ((past.model, *past.name, past.at, past.document) for past in pasts),
            )
            while self._used_bytes() > max_bytes and self._forget("number <= ?", before):
                pass

    def forget_before(self, moment: float) -> bool:
        """Forget some forecasts that are older, and say whether there were any."""
        with self.transaction():
            return self._forget("made_at < ?", moment)

    def set_actuals(
        self, given: Sequence[ActualValues], model: str | None, seen: Seen
    ) -> list[Matched]:
        """Set what really happened in the forecasts that it belongs to: all of it, or nothing.

        `model` leaves out forecasts of other models, if it is not None. Raises SeriesError, its
        path that of the item, for a local time of which the zone of a forecast knows none, or two.
        """
        now = time.time()
        with self.transaction():
            changed: Counter[tuple[str, int]] = Counter()
            matched = [self._set(item, model, seen, now, changed) for item in given]
            self._connection.executemany(
                "INSERT INTO standings (model, version, changes) VALUES (?, ?, ?) "
                "ON CONFLICT DO UPDATE SET changes = changes + excluded.changes",
                ((*version, changes) for version, changes in changed.items()),
            )
        return matched

    def count(self, model: str, version: int, seen: Seen) -> int:
        """Return how many forecasts of a version are kept."""
        where, *values = seen.where
        return self._one(
            f"SELECT COUNT(*) FROM forecasts WHERE model = ? AND version = ? AND {where}",  # noqa: S608  Only Seen writes `where`.
            *(model, version, *values),
        )

    def known(self, model: str, version: int, seen: Seen, *, at_most: int) -> list[TrackedForecast]:
        """Return the forecasts of a version of which actual values are known, the newest last."""
        where, *values = seen.where
        newest = self._select(
            f"model = ? AND version = ? AND known_at IS NOT NULL AND {where} "
            "ORDER BY number DESC LIMIT ?",
            *(model, version, *values, at_most),
        )
        return list(newest)[::-1]

    def claim_changed(self, until: float) -> tuple[str, int, int] | None:
        """Return a version whose actual values have changed since it was judged.

        The third number says how often they have changed. Nobody else gets the version before it is
        judged, or before the moment `until`.
        """
        if not self._changed():
            return None
        with self.transaction():
            found = self._changed()
            if found is not None:
                self._connection.execute(
                    "UPDATE standings SET claimed_until = ? WHERE model = ? AND version = ?",
                    (until, *found[:2]),
                )
        return found

    def set_standing(self, model: str, version: int, changes: int, document: str) -> None:
        """Set what a version was judged to be after so many changes of its actual values."""
        with self.transaction():
            self._connection.execute(
                "UPDATE standings SET judged = ?, claimed_until = 0, judged_at = ?, document = ? "
                "WHERE model = ? AND version = ?",
                (changes, time.time(), document, model, version),
            )

    def standings(self, at_most: int) -> list[tuple[str, int, str]]:
        """Return the model, the version and the standing of those that were judged last."""
        rows = self._connection.execute(
            "SELECT model, version, document FROM standings WHERE document IS NOT NULL "
            "ORDER BY judged_at DESC LIMIT ?",
            (at_most,),
        )
        return rows.fetchall()

    def pasts(self, model: str) -> list[bytes]:
        """Return the pasts of all series of a model, as they came last."""
        rows = self._connection.execute(
            "SELECT document FROM pasts WHERE model = ? ORDER BY series, target", (model,)
        )
        return [row[0] for row in rows]

    def _changed(self) -> tuple[str, int, int] | None:
        """Return a version that is to be judged and that nobody has claimed."""
        found = self._connection.execute(
            "SELECT model, version, changes FROM standings "
            "WHERE changes > judged AND claimed_until < ? LIMIT 1",
            (time.time(),),
        ).fetchone()
        return None if found is None else (str(found[0]), int(found[1]), int(found[2]))

    def _set(
        self,
        item: ActualValues,
        model: str | None,
        seen: Seen,
        now: float,
        changed: Counter[tuple[str, int]],
    ) -> Matched:
        """Set values, and count the forecasts that they change by their versions in `changed`."""

        where, *of_item = item.where
        of_caller, *who = seen.where
        of_caller += " AND model = COALESCE(?, model)"

        def since(last: int) -> Iterator[TrackedForecast]:
            condition = f"{where} AND last >= ? AND {of_caller} ORDER BY number"
            return self._select(condition, *of_item, last, *who, model)

        candidates = list(since(item.earliest))
        matched = Matched(item, candidates[0] if candidates else next(since(OLDEST), None))
        if matched.example is None and item.series is not None:
            rows = self._connection.execute(
                f"SELECT DISTINCT target FROM forecasts WHERE series = ? AND {of_caller} "  # noqa: S608  Only Seen writes it.
                "ORDER BY target LIMIT ?",
                (item.series, *who, model, _MOST_TARGETS),
            )
            matched.targets = tuple(row[0] for row in rows)
        for forecast in candidates:
            actual = matched.add(forecast)
            if actual is not None:
                changed[forecast.model, forecast.version] += 1
                self._connection.execute(
                    "UPDATE forecasts SET actual = ?, known_at = ? WHERE id = ?",
                    (actual.tobytes(), now, forecast.id),
                )
        return matched

    def _forget(self, which: str, value: float) -> bool:
        done = self._connection.execute(
            "DELETE FROM forecasts WHERE number IN "  # noqa: S608  Only this class writes `which`.
            f"(SELECT number FROM forecasts WHERE {which} ORDER BY number LIMIT {_FORGET_AT_ONCE})",
            (value,),
        )
        self._connection.execute(
            "DELETE FROM pasts WHERE at < (SELECT COALESCE(MIN(made_at), 9e99) FROM forecasts)"
        )
        self._connection.execute(
            "DELETE FROM standings WHERE NOT EXISTS (SELECT 1 FROM forecasts WHERE "
            "forecasts.model = standings.model AND forecasts.version = standings.version)"
        )
        return done.rowcount > 0

    def _used_bytes(self) -> int:
        pages = self._one("PRAGMA page_count") - self._one("PRAGMA freelist_count")
        return pages * self._one("PRAGMA page_size")

    def _one(self, statement: str, *values: Any) -> int:
        return int(self._connection.execute(statement, values).fetchone()[0])

    def _select(self, where: str, *values: Any) -> Iterator[TrackedForecast]:
        rows = self._connection.execute(f"SELECT {_COLUMNS} FROM forecasts WHERE {where}", values)  # noqa: S608  Only this class writes `where`.
        for row in rows:
            try:
                yield _from_row(row)
            except (TypeError, ValueError) as error:
                if not self._logged_damage:
                    _log.error("a forecast that is kept is damaged and left out: %s", error)
                self._logged_damage = True


def _to_row(forecast: TrackedForecast) -> tuple[Any, ...]:
    return (
        *(forecast.id, forecast.model, forecast.version, forecast.owner, forecast.made_at),
        *(forecast.series, forecast.target, forecast.unit, forecast.zone),
        *(forecast.times.tobytes(), forecast.scale, json.dumps(forecast.levels)),
        *(forecast.values.tobytes(), forecast.actual.tobytes(), forecast.known_at),
        int(forecast.times[-1]),
    )


def _from_row(row: tuple[Any, ...]) -> TrackedForecast:
    """Return the forecast in a row. Raises TypeError or ValueError for a row that is damaged."""
    about = dict(zip(_FIELDS, row, strict=True))
    times = np.frombuffer(about["times"], np.int64)
    levels = tuple(json.loads(about["levels"]))
    return TrackedForecast(
        **about
        | {
            "unit": TimeUnit(about["unit"]),
            "times": times,
            "levels": levels,
            "values": np.frombuffer(about["values"]).reshape(2 + 2 * len(levels), times.size),
            "actual": np.frombuffer(about["actual"]).reshape(times.size),
        }
    )
