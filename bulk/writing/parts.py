"""What is known of the parts of a job: which are written, and what is in them.

Each part has a record in the job's folder, written after the part itself. A part without a record
is made again, and replaces what may be there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson
from pydantic import BaseModel

from bulk.operations.results import NoteKey
from bulk.series.reader import Failure
from forecasting.store.atomic_files import write_files_atomically


class PartRecord(BaseModel):
    """What one part holds."""

    number: int
    file: str
    """The name of its file."""
    series: int
    """All series of its piece, those that failed among them."""
    rows_read: int
    rows: int
    """The rows of the file."""
    failures: list[tuple[str | None, str, str]]
    """The id, the code and the message of each series that failed."""
    notes: list[tuple[str, str, int]]
    """The code and the message of each note, and how many series have it."""

    @classmethod
    def of(cls, failures: Sequence[Failure], notes: Counter[NoteKey], **counts: Any) -> PartRecord:
        """Return the record of a part."""
        return cls(
            failures=[(own.id, own.code, own.message) for own in failures],
            notes=[(*key, count) for key, count in notes.items()],
            **counts,
        )


class PartRecords:
    """The records in a job's folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def numbers(self) -> set[int]:
        """Return the numbers of the parts that are written."""
        return {int(path.stem.partition("-")[2]) for path in self._folder.glob("part-*.json")}

    def add(self, record: PartRecord) -> None:
        """Keep the record of a part that is written. Raises OSError."""
        write_files_atomically({self._path(record.number): record.model_dump_json().encode()})

    def read(self) -> Iterator[PartRecord]:
        """Yield all records in the order of their numbers."""
        for number in sorted(self.numbers()):
            yield PartRecord.model_validate(orjson.loads(self._path(number).read_bytes()))

    def _path(self, number: int) -> Path:
        return self._folder / f"part-{number:06}.json"
