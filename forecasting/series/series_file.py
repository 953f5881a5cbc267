"""Series written to a file, and read back exactly as they were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from forecasting.notes import Note
from forecasting.series.calendar import Calendar, Steps
from forecasting.series.covariates import Covariates
from forecasting.series.frequency import parse_frequency
from forecasting.series.opening import Opening, OpenSteps, open_frequency
from forecasting.series.series import Series
from forecasting.series.time_zones import parse_zone, zone_name


def write_series(path: Path, series: Sequence[Series]) -> None:
    """Write series to a file as a list of JSON objects.

    Raises:
        OSError: The file cannot be written.
    """
    path.write_bytes(dump_series(series))


def read_series(path: Path) -> list[Series]:
    """Read the series that `write_series` wrote.

    Raises:
        OSError: The file cannot be read.
    """
    return load_series(path.read_bytes())


def dump_series(series: Sequence[Series]) -> bytes:
    """Return series as a JSON list."""
    return orjson.dumps(list(map(_row, series)), option=orjson.OPT_SERIALIZE_NUMPY)


def load_series(content: bytes) -> list[Series]:
    """Return the series that `dump_series` wrote."""
    return [_series(row) for row in orjson.loads(content)]


def _row(series: Series) -> dict[str, Any]:
    calendar = series.calendar
    return {
        "id": series.id,
        "values": np.ascontiguousarray(series.values),
        "missing": None if series.missing is None else np.flatnonzero(series.missing),
        "dropped": series.dropped,
        "varies": series.varies,
        "notes": series.notes,
        "calendar": None if calendar is None else _calendar_row(calendar),
        "steps": series.steps,
        "gaps_hold": series.gaps_hold,
        "covariates": None if series.covariates is None else _covariates_row(series.covariates),
        "static": series.static,
        "target": series.target,
    }


def _covariates_row(covariates: Covariates) -> dict[str, Any]:
    return {
        "names": covariates.names,
        "past": np.ascontiguousarray(covariates.past),
        "ahead": np.ascontiguousarray(covariates.ahead),
        "known_ahead": covariates.known_ahead,
        "calendar": sorted(covariates.calendar),
        "targets": sorted(covariates.targets),
    }


def _calendar_row(calendar: Calendar) -> dict[str, Any]:
    rule = calendar.frequency.rule
    return {
        "start": int(calendar.start.astype("datetime64[us]").astype(np.int64)),
        "frequency": calendar.frequency.name,
        "elapsed": rule.elapsed,
        "open": asdict(rule.opening) if isinstance(rule, OpenSteps) else None,
        "zone": None if calendar.zone is None else zone_name(calendar.zone),
    }


def _series(row: dict[str, Any]) -> Series:
    values = np.array(row["values"], dtype=np.float64)
    missing = None
    if row["missing"] is not None:
        missing = np.zeros(values.size, bool)
        missing[row["missing"]] = True
    calendar, steps, covariates = row["calendar"], row.get("steps"), row.get("covariates")
    return Series(
        values,
        row["id"],
        None if calendar is None else _calendar(calendar),
        tuple(Note(**note) for note in row["notes"]),
        row["dropped"],
        row["varies"],
        missing,
        None if steps is None else Steps(**steps),
        row.get("gaps_hold", False),
        None if covariates is None else _covariates(covariates),
        row.get("static", {}),
        row.get("target"),
    )


def _covariates(row: dict[str, Any]) -> Covariates:
    names = tuple(row["names"])
    past, ahead = (
        np.array(row[part], dtype=np.float64).reshape(-1, len(names)) for part in ("past", "ahead")
    )
    calendar, targets = (frozenset(row.get(part, ())) for part in ("calendar", "targets"))
    return Covariates(names, past, ahead, np.array(row["known_ahead"], bool), calendar, targets)


def _calendar(row: dict[str, Any]) -> Calendar:
    zone = None if row["zone"] is None else parse_zone(row["zone"])
    frequency = parse_frequency(row["frequency"])
    start = np.datetime64(row["start"], "us")
    if row.get("open") is not None:
        frequency = open_frequency(frequency, _opening(row["open"]), start)
    elif frequency.rule.elapsed and not row["elapsed"]:
        frequency = frequency.on_wall_clock()
    return Calendar(start, frequency, zone)


def _opening(row: dict[str, Any]) -> Opening:
    return Opening(tuple(row["days"]), row["opens"], row["length"], tuple(row["holidays"]))
