"""Where the output goes: one file, or a folder of parts.

The parts of a folder are written where they stay, under names with the id of the job in them. Those
of one file wait in the job's folder and are joined in the end. What says that all is there comes
last: the manifest in a folder, or the file itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
from pyarrow import fs, ipc

from bulk.places import Place, drafted
from bulk.writing.formats import SUFFIXES, failures_beside, format_of_output, table_writer
from bulk.writing.leftovers import remove_beside, remove_from_folder
from bulk.writing.parts import PartRecords
from forecasting.errors import ConflictError
from forecasting.store.atomic_files import exclusive_lock
from forecasting.tables.formats import ARROW_STREAM, PARQUET

MANIFEST = "_manifest.json"
_FAILURES_IN_FOLDER = "_failures.parquet"
_PART = re.compile(r"part-\d{6,}-[\w-]+\.parquet")
_SIGN = re.compile(r"\.[\w-]+\.tmp")
_HALF_WRITTEN = re.compile(r"\.(.+)\.[\w-]+\.tmp")
_FAILURES = pa.schema([(name, pa.string()) for name in ("unique_id", "code", "message")])


@dataclass(frozen=True, slots=True)
class Destination:
    """The output of one job."""

    place: Place
    job: str
    job_folder: Path
    overwrite: bool

    @property
    def _format(self) -> str | None:
        return format_of_output(self.place.path)

    @property
    def _publishing(self) -> Path:
        """Says that what is there may be the job's own."""
        return self.job_folder / "publishing"

    def remove_leftovers(self) -> None:
        """Delete hidden files of other jobs which nobody goes on with, if that can be."""
        jobs = self.job_folder.parent
        if self._format is None:
            remove_from_folder(self.place, (MANIFEST, _FAILURES_IN_FOLDER), jobs)
        elif self.place.is_local:
            remove_beside((self.place, self._failures()[0]), jobs)

    def check(self) -> None:
        """Raise ConflictError if there is something that must not be replaced, or OSError.

        Once the job has begun to publish, that is for `publish` to find out.
        """
        if self._publishing.exists():
            return
        if self._format is not None:
            for place in (self.place, self._failures()[0]):
                kind = place.kind()
                is_replaced = self.overwrite and kind == fs.FileType.File
                if kind != fs.FileType.NotFound and not is_replaced:
                    raise _exists(place, "Name another output, or send overwrite.")
            return
        if self.place.kind() == fs.FileType.File:
            raise _exists(self.place, "It is a file. Name a folder, or a file that is not there.")
        others = [info for info in self.place.files() if self.job not in info.base_name]
        if others and not (self.overwrite and self._is_of_bulk_jobs(others)):
            raise _exists(
                self.place,
                "Name another folder, or send overwrite, which replaces the output of an earlier "
                "bulk job and nothing else.",
            )

    def _is_of_bulk_jobs(self, others: Sequence[fs.FileInfo]) -> bool:
        """Return whether a bulk job has finished the folder, or only such jobs have begun it."""
        return self.place.child(MANIFEST).exists() or all(
            info.path == self.place.child(info.base_name).path and _is_of_job(info.base_name)
            for info in others
        )

    def write_part(self, number: int, table: pa.Table) -> str:
        """Write a part, whole or not at all, and return the name of its file. Raises OSError."""
        media_type = ARROW_STREAM if self._format else PARQUET
        name = f"part-{number:06}-{self.job}{SUFFIXES[media_type]}"
        with (
            self._part(name).written() as stream,
            table_writer(stream, table.schema, media_type) as writer,
        ):
            writer.write_table(table)
        return name

    def leave_sign(self) -> None:
        """Write a file by which other machines see where the parts go. Raises OSError."""
        with self._sign.written():
            pass

    def has_sign(self) -> bool:
        """Return whether the file is there, seen from this machine. Raises OSError."""
        return self._sign.exists()

    def remove_sign(self) -> None:
        """Delete the file. Raises OSError."""
        self._sign.delete()

    @property
    def _sign(self) -> Place:
        return self._part(f".{self.job}.tmp")

    def publish(self, records: PartRecords, manifest: Mapping[str, Any]) -> None:
        """Make the output whole: the failures first, and last what says that all is there.

        Of several jobs with the same output, whose folders lie side by side, one publishes at a
        time, so that an output and its failures are those of one job.

        Raises ConflictError if something has been put there meanwhile, or another job has taken
        parts of this one away, or OSError.
        """
        if self._format is None:
            with self._alone():
                self._begin_publishing(records)
                self._publish_folder(records, manifest)
            return
        failures = self._failures()[0]
        failed, done = self._draft(failures), self._draft(self.place)
        try:
            with drafted(failed) as stream:
                self._write_failures(records, stream, self._format)
            with drafted(done) as stream:
                self._join(records, stream, self._format)
            with self._alone():
                self._check_own((failures, failed), (self.place, done))
                self._begin_publishing(records)
                failures.take(failed)
                self.place.take(done)
        finally:
            failed.unlink(missing_ok=True)
            done.unlink(missing_ok=True)

    def _alone(self) -> AbstractContextManager[None]:
        return exclusive_lock(self.job_folder.parent / ".bulk-outputs.lock")

    def _check_own(self, *drafts: tuple[Place, Path]) -> None:
        """Raise ConflictError if something was put where an attempt began to publish these files
        and was killed, unless it may be replaced."""
        if self._publishing.exists() and not self.overwrite:
            for place, draft in drafts:
                if place.exists() and not place.holds(draft):
                    raise _exists(place, "Name another output, or send overwrite.")

    def _begin_publishing(self, records: PartRecords) -> None:
        self.check()
        self._check_parts(records)
        self._publishing.touch()

    def _publish_folder(self, records: PartRecords, manifest: Mapping[str, Any]) -> None:
        failures, media_type = self._failures()
        with failures.written(self.job) as stream:
            self._write_failures(records, stream, media_type)
        self._remove_others()
        self._check_parts(records)
        with self.place.child(MANIFEST).written(self.job) as stream:
            stream.write(orjson.dumps(manifest, option=orjson.OPT_INDENT_2))

    def _write_failures(self, records: PartRecords, stream: Any, media_type: str) -> None:
        with table_writer(stream, _FAILURES, media_type) as writer:
            for record in records.read():
                if record.failures:
                    columns = zip(*record.failures, strict=True)
                    arrays = [pa.array(column, pa.string()) for column in columns]
                    writer.write_table(pa.Table.from_arrays(arrays, schema=_FAILURES))

    def _draft(self, place: Place) -> Path:
        """Return a file of this machine, which is whole before it becomes the file at a place.

        Each attempt of the job has the same, and so replaces what a killed one has left.
        """
        path = Path(place.path)
        folder = path.parent if place.is_local else self.job_folder
        return folder / f".{path.name}.{self.job}.tmp"

    def _check_parts(self, records: PartRecords) -> None:
        """Raise ConflictError if another job, with `overwrite`, took parts for an earlier job's."""
        if self._format is not None:
            return
        there = {info.base_name for info in self.place.files()}
        unlisted = [record.file for record in records.read() if record.file not in there]
        if not all(self._part(name).exists() for name in unlisted):  # Lists of shared disks lag.
            raise ConflictError(
                f"another bulk job wrote to {self.place.location} meanwhile, and replaced parts of "
                "this one. Name another folder, or send the request again when no other job "
                "writes there.",
                code="output_exists",
            )

    def _join(self, records: PartRecords, stream: Any, media_type: str) -> None:
        """Write the parts as one table."""
        tables = self._tables(records)
        first = next(tables)
        with table_writer(stream, first.schema, media_type) as writer:
            for table in chain([first], tables):
                writer.write_table(table)

    def locations(self) -> dict[str, str]:
        """Return the locations of the output and of its failures, by what they are called."""
        return {"output": self.place.location, "failures": self._failures()[0].location}

    def lasting(self, parts: Sequence[str]) -> list[str]:
        """Return the names of the parts that stay when the output is published."""
        return list(parts) if self._format is None else []

    def _part(self, name: str) -> Place:
        if self._format is None:
            return self.place.child(name)
        return Place.of(str(self.job_folder / name))

    def _failures(self) -> tuple[Place, str]:
        if self._format is None:
            return self.place.child(_FAILURES_IN_FOLDER), PARQUET
        return self.place.at(failures_beside(self.place.path, self._format)), self._format

    def _remove_others(self) -> None:
        """Delete parts half written, and those of earlier jobs, also of one without a manifest."""
        for info in self.place.files():
            if self.job in info.base_name and info.base_name.endswith(".tmp"):
                self.place.filesystem.delete_file(info.path)
        names = {info.base_name for info in self.place.files() if _PART.fullmatch(info.base_name)}
        others = [self.place.child(name) for name in names if self.job not in name]
        if others:
            self.place.child(MANIFEST).delete()
        for part in others:
            part.delete()

    def _tables(self, records: PartRecords) -> Iterator[pa.Table]:
        for record in records.read():
            with self._part(record.file).open() as file:
                yield ipc.open_file(file).read_all()


def _is_of_job(name: str) -> bool:
    """Return whether a bulk job writes files of this name into a folder."""
    half_written = _HALF_WRITTEN.fullmatch(name)
    whole = half_written[1] if half_written else name
    is_table = whole in (MANIFEST, _FAILURES_IN_FOLDER) or _PART.fullmatch(whole)
    return bool(is_table or _SIGN.fullmatch(whole))


def _exists(place: Place, cure: str) -> ConflictError:
    return ConflictError(f"{place.location} is there already. {cure}", code="output_exists")
