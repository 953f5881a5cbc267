"""One attempt at a bulk job."""

from __future__ import annotations

import os
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import orjson
import pyarrow as pa

from bulk.places import Place
from bulk.pool import make_parts
from bulk.reading.rows import cut_pieces
from bulk.reading.survey import Survey
from bulk.reading.table import BulkTable, open_table
from bulk.reports import Reports
from bulk.writing.destination import Destination
from bulk.writing.formats import failures_beside, format_of_output
from bulk.writing.parts import PartRecords
from forecasting.errors import ForecastingError
from forecasting.jobs.failure import reason_of
from forecasting.jobs.job_folder import JobFolder
from forecasting.jobs.job_spec import BulkSpec
from forecasting.jobs.tracing import traced
from forecasting.store.atomic_files import is_disk_full, write_files_atomically
from forecasting.tables.locations import AllowedLocations, check_apart

_SECONDS_BETWEEN_REPORTS = 0.5


def run_job(folder: JobFolder, attempt: str) -> bool:
    """Do what the folder asks for, from where it stands, and return whether that succeeded.

    Progress and the reason of a failure are reported on standard output. No failure is reported if
    a process that forecasts was killed: as if the job itself had been, another attempt goes on.
    """
    reports = Reports()
    try:
        spec = folder.read_spec()
        assert isinstance(spec, BulkSpec)
        with traced(spec, attempt, os.environ, reports.say):
            _run(spec, folder, attempt, reports)
    except ForecastingError as error:
        reports.failed(error)
    except BrokenProcessPool:
        reports.say("A process that forecasts was killed, as happens if the memory runs out.")
    except Exception as error:  # noqa: BLE001  A job ends with a reason, whatever that is.
        reports.failed(_reason(error, folder))
        with suppress(OSError):  # The log may be on a full disk.
            traceback.print_exc()
    else:
        reports.finished()
        return True
    return False


def _run(spec: BulkSpec, folder: JobFolder, attempt: str, reports: Reports) -> None:
    """Make the parts that are missing, and publish the output with the attempt's permission."""
    if folder.result.exists():
        return
    table, destination = _open(spec, folder)
    survey = Survey.of(table, folder.path / "survey.json", folder.scratch, reports.say)
    records = PartRecords(folder.path)
    written = records.numbers()
    pieces = cut_pieces(survey.stream(table, folder.scratch), spec.series_a_part)
    missing = (piece for piece in pieces if piece.number not in written)
    progress = _Progress(survey, records, reports)
    for record in make_parts(missing, spec, table, destination):
        records.add(record)
        progress.add(record.series, record.rows_read)
    if progress.rows != survey.rows:
        raise ForecastingError(
            f"{progress.rows} rows were read, and {survey.rows} are there. Send the request again.",
            code="input_changed",
        )
    manifest = _manifest(spec, table, destination, records)
    if manifest["failed"] and manifest["failed"] == manifest["series"]:
        raise _nothing_done(records, manifest["failed"])
    with folder.permission(attempt):
        destination.publish(records, manifest)
        write_files_atomically({folder.result: orjson.dumps(manifest)})
    progress.report()


def _open(spec: BulkSpec, folder: JobFolder) -> tuple[BulkTable, Destination]:
    """Return the input and the output, if both may be used. Raises ForecastingError or OSError.

    Links may have changed since the request, so the locations are checked again, and so is each
    file of a folder.
    """
    allowed = AllowedLocations(spec.allowed)
    source = allowed.check(spec.source, "input")
    output = allowed.check(spec.destination, "output")
    check_apart(source, output)
    if media_type := format_of_output(output):
        check_apart(source, failures_beside(output, media_type))
    destination = Destination(Place.of(output), spec.id, folder.path, spec.overwrite)
    destination.remove_leftovers()
    destination.check()
    task = spec.task
    times = {"frequency": task.frequency, "timezone": task.timezone}
    table = open_table(Place.of(source), spec.table, **times)
    for file in table.files:
        if file.place.is_local:
            allowed.check(file.place.path, "input")
    return table, destination


class _Progress:
    """Reports how much of the table is done, a few times a second at most."""

    def __init__(self, survey: Survey, records: PartRecords, reports: Reports) -> None:
        self._survey, self._reports = survey, reports
        self._series = self.rows = 0
        self._reported_at = 0.0
        for record in records.read():
            self._series += record.series
            self.rows += record.rows_read
        self.report()

    def add(self, series: int, rows: int) -> None:
        """Count what one more part holds."""
        self._series += series
        self.rows += rows
        if time.monotonic() - self._reported_at > _SECONDS_BETWEEN_REPORTS:
            self.report()

    def report(self) -> None:
        """Report what is done."""
        self._reported_at = time.monotonic()
        self._reports.series(self._series, self._survey.series, self.rows, self._survey.rows)


def _nothing_done(records: PartRecords, failed: int) -> ForecastingError:
    """Return the error of a job of which all series, so many, have failed."""
    name, _, message = next(failure for record in records.read() for failure in record.failures)
    return ForecastingError(
        f"Nothing was written, because none of the {failed} series could be done. "
        f"The first is {name!r}: {message}",
        code="all_series_failed",
    )


def _manifest(
    spec: BulkSpec, table: BulkTable, destination: Destination, records: PartRecords
) -> dict[str, Any]:
    """Return what was made: the result of the job, and the manifest of a folder."""
    notes: Counter[tuple[str, str]] = Counter()
    different: Counter[str] = Counter()
    series = rows = failed = 0
    parts = []
    for record in records.read():
        parts.append(record.file)
        series += record.series
        rows += record.rows
        failed += len(record.failures)
        for code, message, count in record.notes:
            known = (code, message) in notes
            if known or different[code] < _MOST_MESSAGES:
                different[code] += not known
                notes[code, message] += count
    if table.times is not None and table.times.note is not None:
        notes[table.times.note.code, table.times.note.message] += series - failed
    return {
        "job": spec.id,
        "operation": spec.task.operation,
        "model": spec.model,
        "version": spec.version,
        "input": spec.source,
        **destination.locations(),
        "series": series,
        "failed": failed,
        "rows": rows,
        "notes": list(_note_objects(notes)),
        "parts": destination.lasting(parts),
        "written_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _note_objects(notes: Counter[tuple[str, str]]) -> Iterator[dict[str, Any]]:
    for (code, message), count in notes.most_common(_MOST_NOTES):
        yield {"code": code, "message": message, "series": count}


_MOST_MESSAGES = 1_000
"""So many different messages of notes with the same code are counted."""
_MOST_NOTES = 100
"""Of notes that tell series apart, as some messages do, the most frequent ones are kept."""


def _reason(error: Exception, folder: JobFolder) -> ForecastingError:
    """Return what a caller is told of an error of a library or of the machine."""
    if isinstance(error, pa.ArrowException):
        reason = " ".join(str(error).split())[:300]
        return ForecastingError(f"the input cannot be read: {reason}", code="input_broken")
    if isinstance(error, OSError) and not is_disk_full(error):
        reason = " ".join(str(error).split())[:300]
        return ForecastingError(
            f"the input cannot be read, or the output not written: {reason}",
            code="location_unavailable",
        )
    return reason_of(error, folder.path)
