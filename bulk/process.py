"""The processes that forecast pieces of a table, each on one core."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import pyarrow as pa

from bulk.operations.anomalies import SearchForAnomalies
from bulk.operations.backtest import Backtest
from bulk.operations.predict import Predict
from bulk.operations.results import NoteKey, Operation, Result, TimeAxis
from bulk.reading.rows import Piece
from bulk.reading.table import BulkTable
from bulk.series.reader import Failure, SeriesReader
from bulk.series.shared_dates import SharedDates
from bulk.writing.destination import Destination
from bulk.writing.parts import PartRecord
from forecasting.errors import ForecastingError
from forecasting.jobs.bulk_task import BulkTask
from forecasting.jobs.job_spec import BulkSpec
from forecasting.jobs.parent_process import end_with_parent
from forecasting.prediction.forecaster import Forecaster
from forecasting.series.series import Series
from forecasting.series.time_zones import parse_zone
from forecasting.store.environment import open_store
from forecasting.store.loader import ModelVersion, load_version

PROCESS_BYTES = 300 * 2**20
"""What a process holds at most, with the network and a piece in memory."""
PIECES_A_PROCESS = 2
"""The one that it works on, and the one that follows."""


@dataclass(frozen=True, slots=True)
class PieceForecaster:
    """Makes parts of pieces."""

    forecaster: Forecaster
    operation: Operation
    reader: SeriesReader
    destination: Destination

    def make_part(self, piece: Piece) -> PartRecord:
        """Forecast the series of a piece and write its part. Raises OSError."""
        series, failures = self.reader.read(piece.rows)
        tables = [self.operation.nothing(self.forecaster.signature)]
        notes: Counter[NoteKey] = Counter()
        for start in range(0, len(series), self.operation.at_once):
            some = series[start : start + self.operation.at_once]
            for result in self._run(some, failures):
                tables.append(result.table)
                notes += result.notes
        table = pa.concat_tables(tables)
        name = self.destination.write_part(piece.number, table)
        return PartRecord.of(
            failures,
            notes,
            number=piece.number,
            file=name,
            series=len(piece.rows.ids),
            rows_read=piece.rows.values.size,
            rows=table.num_rows,
        )

    def _run(self, series: Sequence[Series], failures: list[Failure]) -> list[Result]:
        """Do some series; one that makes the others fail is found and left out."""
        try:
            return [self.operation.run(series, self.forecaster)]
        except ForecastingError as error:
            if len(series) == 1:
                failures.append(Failure.of(series[0].id, error))
                return []
        middle = len(series) // 2
        return self._run(series[:middle], failures) + self._run(series[middle:], failures)


def piece_forecaster(spec: BulkSpec, table: BulkTable, destination: Destination) -> PieceForecaster:
    """Load the version of a job and all that makes parts with it. Raises ForecastingError."""
    version = load_version(open_store(spec.store, os.environ), spec.model, spec.version)
    times = table.times
    zone = None if times is None or times.zone is None else parse_zone(times.zone)
    dates = SharedDates(
        are_steps=times is None or times.are_steps,
        zone=zone,
        in_zone=times is not None and times.in_zone,
        frequency=spec.task.frequency,
        rules=spec.task.date_rules,
    )
    operation = _operation(spec.task, TimeAxis(dates, table.time_type), version)
    reader = SeriesReader(spec.task, dates, table.times is None, operation.check)
    return PieceForecaster(version.forecaster, operation, reader, destination)


def _operation(task: BulkTask, axis: TimeAxis, version: ModelVersion) -> Operation:
    data, signature = version.manifest.data, version.forecaster.signature
    trained = None if data is None else data.frequency
    if task.operation == "backtest":
        return Backtest(task, axis, signature, trained)
    if task.operation == "anomalies":
        return SearchForAnomalies(task, axis, signature, trained)
    return Predict(task, axis, trained)


_job: list[tuple[BulkSpec, BulkTable, Destination]] = []
"""The job of this process, once it is prepared."""


def begin(parent: int, spec: BulkSpec, table: BulkTable, destination: Destination) -> None:
    """Prepare this process, which ends with its parent."""
    end_with_parent(parent)
    prepare(spec, table, destination)


def prepare(spec: BulkSpec, table: BulkTable, destination: Destination) -> None:
    """Let this process make parts for a job.

    The version is loaded with the first piece: an error here would break the pool, and an error
    there is told.
    """
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    _job.append((spec, table, destination))


def is_prepared() -> bool:
    """Return whether this process makes parts for a job."""
    return bool(_job)


def make_part(piece: Piece) -> PartRecord:
    """Make the part of a piece in this process. Raises ForecastingError or OSError."""
    return _forecaster().make_part(piece)


@cache
def _forecaster() -> PieceForecaster:
    """Return what this process makes parts with."""
    return piece_forecaster(*_job[0])
