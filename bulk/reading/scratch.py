"""Bringing the rows of each series together: by the hash of its id, into files that fit memory."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import ipc

from bulk.reading.census import Census, DistinctIds, Hashes, hash_ids
from bulk.reading.rows import SCHEMA, Rows, join_rows

_ROWS_A_BUCKET = 1_000_000
_ROWS_AT_ONCE = 500_000
_MOST_BUCKETS = 10_000
_LENGTH_BYTES = 8


@dataclass(frozen=True, slots=True)
class Scratch:
    """A folder of buckets, in each of which there are all rows of some series."""

    folder: Path
    buckets: int

    @classmethod
    def for_rows(cls, folder: Path, rows: int) -> Scratch:
        """Return a folder with so many buckets that each holds a few of about so many rows."""
        return cls(folder, max(1, min(_MOST_BUCKETS, rows // _ROWS_A_BUCKET + 1)))

    def fill(self, stream: Iterable[Rows]) -> Census:
        """Spread rows over the buckets, from the beginning, and count them. Raises OSError."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        distinct, count = DistinctIds(), 0
        for rows in _some_at_once(stream):
            hashes = hash_ids(rows.ids)
            distinct.add(np.unique(hashes))
            count += rows.values.size
            self._spread(rows.to_batch(), hashes % np.uint64(self.buckets))
        return Census(count, distinct.count)

    def rows(self) -> Iterator[Rows]:
        """Yield the rows of each bucket, those of each series in one stretch and in their order."""
        for bucket in range(self.buckets):
            batches = list(self._read(bucket))
            if batches:
                yield _together(pa.Table.from_batches(batches).combine_chunks())

    def _spread(self, batch: pa.RecordBatch, bucket_of: Hashes) -> None:
        """Add runs to their buckets. Files are not kept open, for there may be many."""
        order = np.argsort(bucket_of, kind="stable")
        batch, bucket_of = batch.take(pa.array(order)), bucket_of[order]
        starts = np.flatnonzero(np.append(True, bucket_of[1:] != bucket_of[:-1]))
        for start, end in zip(starts, [*starts[1:], bucket_of.size], strict=True):
            message = batch.slice(start, end - start).serialize()
            with self._path(int(bucket_of[start])).open("ab") as file:
                file.write(message.size.to_bytes(_LENGTH_BYTES))
                file.write(message)

    def _read(self, bucket: int) -> Iterator[pa.RecordBatch]:
        """Yield what was added to a bucket, in its order."""
        path = self._path(bucket)
        if not path.exists():
            return
        with path.open("rb") as file:
            while length := file.read(_LENGTH_BYTES):
                message = pa.py_buffer(file.read(int.from_bytes(length)))
                yield ipc.read_record_batch(message, SCHEMA)

    def _path(self, bucket: int) -> Path:
        return self.folder / f"bucket-{bucket:05}"


def _some_at_once(stream: Iterable[Rows]) -> Iterator[Rows]:
    """Join the parts of a stream, so that writing each to many files is worth it."""
    waiting: list[Rows] = []
    for rows in stream:
        waiting.append(rows)
        if sum(part.values.size for part in waiting) >= _ROWS_AT_ONCE:
            yield join_rows(waiting)
            waiting = []
    if waiting:
        yield join_rows(waiting)


def _together(table: pa.Table) -> Rows:
    """Return runs in the order of the first run of each series; those of a series become one."""
    batch = table.to_batches()[0]
    codes = batch.column("ids").dictionary_encode(null_encoding="encode").indices.to_numpy()
    order = np.argsort(codes, kind="stable")
    return join_rows([Rows.from_batch(batch.take(pa.array(order)))])
