"""Making the parts of all pieces, in as many processes as there are cores."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from multiprocessing import get_context

from bulk.process import begin, make_part
from bulk.reading.rows import Piece
from bulk.reading.table import BulkTable
from bulk.writing.destination import Destination
from bulk.writing.parts import PartRecord
from forecasting.jobs.job_spec import BulkSpec

_PROCESS_BYTES = 300 * 2**20
"""What a process holds at most, with the network and a piece in memory."""

_PIECES_A_PROCESS = 2
"""The one that it works on, and the one that follows."""


def make_parts(
    pieces: Iterable[Piece], spec: BulkSpec, table: BulkTable, destination: Destination
) -> Iterator[PartRecord]:
    """Make the part of each piece, and yield its record as soon as it is written.

    Few pieces are in memory at a time, and one more waits for each process, so that none idles
    while the next piece is read. The first error decides: no piece is begun after it. Raises
    whatever making a part raises, and BrokenProcessPool if a process dies.
    """
    count = _processes(spec)
    begun = (os.getpid(), spec, table, destination)
    with ProcessPoolExecutor(count, get_context("spawn"), begin, begun) as pool:
        running: set[Future[PartRecord]] = set()
        try:
            for piece in pieces:
                while len(running) >= _PIECES_A_PROCESS * count:
                    running = yield from _ended(running)
                running.add(pool.submit(make_part, piece))
            while running:
                running = yield from _ended(running)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _ended(
    running: set[Future[PartRecord]],
) -> Generator[PartRecord, None, set[Future[PartRecord]]]:
    """Wait for parts, yield the records of those that are written, and return what still runs.

    Raises the error of a part that could not be made, after the records of the others.
    """
    ended, running = wait(running, return_when=FIRST_COMPLETED)
    for future in sorted(ended, key=_has_failed):
        yield future.result()
    return running


def _has_failed(future: Future[PartRecord]) -> bool:
    return future.exception() is not None


def _processes(spec: BulkSpec) -> int:
    """Return how many processes forecast: one a core, unless the caller or the memory says less."""
    cores = spec.processes or len(os.sched_getaffinity(0))
    return max(1, min(cores, spec.max_memory_bytes // _PROCESS_BYTES - 1))
