"""Making parts on all nodes of the Ray cluster that this process belongs to.

Each piece is a task of Ray that takes a core. So other jobs of the cluster get their turn between
two pieces, and Ray begins a piece again elsewhere whose node has died. Ray's worker processes stay
for as long as there are tasks, and each loads the version once.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from bulk.places import Place
from bulk.process import PIECES_A_PROCESS, PROCESS_BYTES, is_prepared, make_part, prepare
from bulk.reading.rows import Piece
from bulk.reading.table import BulkTable
from bulk.reports import Reports
from bulk.writing.destination import Destination
from bulk.writing.parts import PartRecord
from forecasting.errors import ForecastingError
from forecasting.jobs.job_spec import BulkSpec
from forecasting.jobs.ray_cluster import connect

_RETRIES = 3
"""How often a piece begins again whose node has died."""
_SECONDS_BETWEEN_LOOKS = 5.0
"""Nodes come and go."""


class RayTasks:
    """Pieces whose parts are made on cores that are free, as tasks of Ray.

    The cluster is asked once there is a piece for it. Of its cores, `own` are those of this job, on
    which it makes parts itself, and no more than `most` others are used, if that is a number.
    """

    def __init__(
        self,
        spec: BulkSpec,
        table: BulkTable,
        destination: Destination,
        own: int,
        most: int | None,
    ) -> None:
        self.running: dict[Future[PartRecord], int] = {}
        """The numbers of the pieces whose tasks have not ended."""
        self._spec, self._table, self._destination = spec, table, destination
        self._own, self._most = own, most
        self._make: Any = None
        self._given: Any = None
        self._pieces: dict[int, Any] = {}
        """The pieces that are not made, in Ray's memory, by their numbers."""
        self._tasks: dict[int, Any] = {}
        self._cores = 0
        self._looked_at = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._make is not None:
            import ray

            ray.shutdown()
            self._destination.remove_sign()

    @property
    def has_room(self) -> bool:
        """Whether there are fewer pieces than one to work on and one to follow for each core."""
        if self._make is None and self._most != 0:
            self._connect()
        if self._make is None:
            return False
        if time.monotonic() - self._looked_at > _SECONDS_BETWEEN_LOOKS:
            self._cores = self._count_cores()
            self._looked_at = time.monotonic()
        return len(self.running) < PIECES_A_PROCESS * self._cores

    def begin(self, piece: Piece) -> None:
        """Have a node make the part of a piece."""
        import ray

        number = piece.number
        self._pieces[number] = ray.put(piece)
        self._tasks[number] = self._make.remote([self._given], self._pieces[number])
        self.running[self._tasks[number].future()] = number

    def take(self, ended: Future[PartRecord]) -> PartRecord | None:
        """Return the record of a part that was to be made there, or raise what has prevented it.

        There is none if the task was stopped, or if its nodes have died one after the other. The
        piece is to be given back then.
        """
        from ray.exceptions import RayError, RayTaskError

        number = self.running.pop(ended)
        del self._tasks[number]
        try:
            record = ended.result()
        except RayTaskError as error:
            if not isinstance(error.cause, RayError):
                raise error.cause from error
            return None
        except RayError:
            return None
        self._pieces.pop(number, None)
        return record

    def give_back(self, most: int) -> Iterator[Piece]:
        """Stop the tasks of some pieces, those that wait for a core first, and yield the pieces."""
        import ray

        for number in sorted(self._pieces, reverse=True)[:most]:
            if number in self._tasks:
                ray.cancel(self._tasks[number])
            yield ray.get(self._pieces.pop(number))

    def _connect(self) -> None:
        import ray

        try:
            connect(os.environ)
        except ConnectionError as error:
            Reports().say(f"This node makes all parts, because Ray does not answer: {error}")
            self._most = 0
            return
        self._destination.leave_sign()
        self._given = ray.put((self._spec, self._table, self._destination))
        self._make = ray.remote(num_cpus=1, memory=PROCESS_BYTES, max_retries=_RETRIES)(_make_part)

    def _count_cores(self) -> int:
        import ray

        cores = int(ray.cluster_resources().get("CPU", 0)) - self._own
        return cores if self._most is None else min(cores, self._most)


def _make_part(given: list[Any], piece: Piece) -> PartRecord:
    """Make the part of a piece in a process of Ray, which other pieces may have had before."""
    import ray

    if not is_prepared():
        spec, table, destination = ray.get(given[0])
        check_reach(spec, destination)
        prepare(spec, table, destination)
    return make_part(_own_copy(piece))


def _own_copy(piece: Piece) -> Piece:
    """Return a piece that does not lie in Ray's memory, which nobody may write to."""
    rows = piece.rows
    arrays = {name: getattr(rows, name).copy() for name in ("lengths", "times", "values")}
    return replace(piece, rows=replace(rows, **arrays))


def check_reach(spec: BulkSpec, destination: Destination) -> None:
    """Raise ForecastingError if this machine does not see what a job reads, or where it writes."""
    if not Place.of(spec.source).exists():
        raise _not_shared(spec.source, "which the job reads")
    if not destination.has_sign():
        raise _not_shared(spec.destination, "which the job writes")


def _not_shared(location: str, what: str) -> ForecastingError:
    return ForecastingError(
        f"the node {platform.node()} of the Ray cluster does not see {location}, {what}, as the "
        "node does that the job began on. Name a place that all nodes reach: in a bucket, such as "
        "s3://bucket/sales, or in a folder that they share.",
        code="location_not_shared",
    )
