"""Making the parts of all pieces, in as many processes as there are cores."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import ExitStack
from multiprocessing import get_context
from types import TracebackType
from typing import Self

from bulk.process import PIECES_A_PROCESS, PROCESS_BYTES, begin, make_part
from bulk.ray_tasks import RayTasks
from bulk.reading.rows import Piece
from bulk.reading.table import BulkTable
from bulk.writing.destination import Destination
from bulk.writing.parts import PartRecord
from forecasting.jobs.job_spec import BulkSpec
from forecasting.jobs.ray_cluster import belongs_to_ray, job_cores


def make_parts(
    pieces: Iterable[Piece], spec: BulkSpec, table: BulkTable, destination: Destination
) -> Iterator[PartRecord]:
    """Make the part of each piece, and yield its record as soon as it is written.

    Few pieces are in memory at a time, and one more waits for each process, so that none idles
    while the next piece is read. If this process belongs to a Ray cluster, the cores of all
    nodes make parts that are free, and what still waits for one in the end is made here. A part may
    be made twice then, each time the same; its record is yielded once.

    The first error decides: no piece is begun after it. Raises whatever making a part raises, and
    BrokenProcessPool if a process of this machine dies.
    """
    made: set[int] = set()
    with ExitStack() as stack:
        here = stack.enter_context(LocalPool(spec, table, destination))
        elsewhere: list[RayTasks] = []
        if belongs_to_ray(os.environ):
            most = spec.processes - here.processes if spec.processes else None
            tasks = RayTasks(spec, table, destination, here.processes, most)
            elsewhere = [stack.enter_context(tasks)]
        crews: list[LocalPool | RayTasks] = [here, *elsewhere]

        def records() -> Iterator[PartRecord]:
            running = {future for crew in crews for future in crew.running}
            ended = wait(running, return_when=FIRST_COMPLETED).done
            for future in sorted(ended, key=_has_failed):
                crew = next(crew for crew in crews if future in crew.running)
                record = crew.take(future)
                if record is not None and record.number not in made:
                    made.add(record.number)
                    yield record

        for piece in pieces:
            while (crew := next((crew for crew in crews if crew.has_room), None)) is None:
                yield from records()
            crew.begin(piece)
        while any(crew.running for crew in crews):
            yield from records()
            for tasks in elsewhere:
                for piece in tasks.give_back(here.idle):
                    here.begin(piece)


class LocalPool:
    """Processes of this machine that make parts, one for each core that the job may use."""

    def __init__(self, spec: BulkSpec, table: BulkTable, destination: Destination) -> None:
        self.processes = _processes(spec)
        begun = (os.getpid(), spec, table, destination)
        self._pool = ProcessPoolExecutor(self.processes, get_context("spawn"), begin, begun)
        self.running: set[Future[PartRecord]] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pool.shutdown(wait=error is None, cancel_futures=error is not None)

    @property
    def has_room(self) -> bool:
        """Whether there are fewer pieces than one to work on and one to follow for each process."""
        return len(self.running) < PIECES_A_PROCESS * self.processes

    @property
    def idle(self) -> int:
        """How many processes have nothing to do."""
        return max(0, self.processes - len(self.running))

    def begin(self, piece: Piece) -> None:
        """Have a process make the part of a piece."""
        self.running.add(self._pool.submit(make_part, piece))

    def take(self, ended: Future[PartRecord]) -> PartRecord:
        """Return the record of a part that was to be made here, or raise what has prevented it."""
        self.running.remove(ended)
        return ended.result()


def _has_failed(future: Future[PartRecord]) -> bool:
    return future.exception() is not None


def _processes(spec: BulkSpec) -> int:
    """Return how many processes of this machine forecast.

    There is one for each core that the job may use, unless the caller or the memory says less.
    """
    if belongs_to_ray(os.environ):
        cores = job_cores(os.environ)
        cores = min(cores, spec.processes or cores)
    else:
        cores = spec.processes or len(os.sched_getaffinity(0))
    return max(1, min(cores, spec.max_memory_bytes // PROCESS_BYTES - 1))
