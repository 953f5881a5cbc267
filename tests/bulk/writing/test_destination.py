"""An output file and the table of its failures are those of one job."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from threading import Barrier

import pyarrow as pa
import pytest
from pyarrow import parquet

from bulk.places import Place
from bulk.writing.destination import Destination
from bulk.writing.parts import PartRecord, PartRecords
from forecasting.errors import ConflictError
from forecasting.jobs.job_folder import JobFolder
from tests.support.service import ROOT

ROWS = 20_000


def finished(
    name: str, folder: Path, output: str = "out.parquet", *, overwrite: bool
) -> tuple[Destination, PartRecords]:
    """Return a job that has written its parts, with its own name in all rows."""
    own = folder / "jobs" / name
    own.mkdir(parents=True)
    place = Place.of(str(folder / output))
    destination, records = Destination(place, name, own, overwrite), PartRecords(own)
    destination.check()
    for number in range(5):
        file = destination.write_part(number, pa.table({"unique_id": [name] * ROWS}))
        failures = [(name, "cell_invalid", "")]
        counts = {"series": 2, "rows_read": ROWS, "rows": ROWS}
        records.add(PartRecord(number=number, file=file, failures=failures, notes=[], **counts))
    return destination, records


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("attempt", range(5))
def test_of_two_jobs_at_once_one_has_both_files(
    tmp_path: Path, *, overwrite: bool, attempt: int
) -> None:
    both = Barrier(2)

    def publish(name: str) -> bool:
        destination, records = finished(name, tmp_path, overwrite=overwrite)
        both.wait(timeout=60)
        try:
            destination.publish(records, {})
        except ConflictError:
            return False
        return True

    with ThreadPoolExecutor() as threads:
        published = dict(zip("ab", threads.map(publish, "ab"), strict=True))
    done = set(parquet.read_table(tmp_path / "out.parquet")["unique_id"].to_pylist())
    failed = set(parquet.read_table(tmp_path / "out.failures.parquet")["unique_id"].to_pylist())
    assert done == failed
    assert published[done.pop()]
    assert sum(published.values()) == (2 if overwrite else 1)
    files = {path.name for path in tmp_path.iterdir()}
    assert files == {"jobs", "out.parquet", "out.failures.parquet"}


def test_of_two_jobs_with_one_new_folder_the_first_to_end_has_it(tmp_path: Path) -> None:
    first, second = (finished(name, tmp_path, "out", overwrite=True) for name in ("one", "two"))
    first[0].publish(first[1], {"job": "one"})
    with pytest.raises(ConflictError, match="replaced parts of this one"):
        second[0].publish(second[1], {"job": "two"})
    assert set(parquet.read_table(tmp_path / "out")["unique_id"].to_pylist()) == {"one"}
    assert json.loads((tmp_path / "out" / "_manifest.json").read_bytes()) == {"job": "one"}


def test_what_jobs_have_begun_is_replaced_if_asked_and_nothing_else(tmp_path: Path) -> None:
    begun, _ = finished("one", tmp_path, "out", overwrite=False)
    begun.leave_sign()
    out = tmp_path / "out"
    (out / f".part-000005-one.parquet.{'0f' * 16}.tmp").touch()
    with pytest.raises(ConflictError, match="send overwrite"):
        finished("two", tmp_path, "out", overwrite=False)
    for foreign in (out / "mine.parquet", out / "north" / "part-000000-one.parquet"):
        foreign.parent.mkdir(exist_ok=True)
        foreign.touch()
        with pytest.raises(ConflictError, match="nothing else"):
            finished(f"no-{foreign.stem}", tmp_path, "out", overwrite=True)
        foreign.unlink()
    destination, records = finished("three", tmp_path, "out", overwrite=True)
    destination.publish(records, {})
    assert set(parquet.read_table(out)["unique_id"].to_pylist()) == {"three"}


def test_what_a_killed_attempt_has_joined_is_replaced_by_the_next_one(tmp_path: Path) -> None:
    destination, records = finished("one", tmp_path, overwrite=False)
    process = subprocess.Popen(
        [sys.executable, "-c", PUBLISH, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.readline()
    process.kill()
    process.wait()
    process.stdout.close()
    assert (tmp_path / ".out.parquet.one.tmp").exists()
    destination.publish(records, {})
    files = {path.name for path in tmp_path.iterdir()}
    assert files == {"jobs", "out.parquet", "out.failures.parquet"}


@pytest.mark.parametrize("taken", [0, 1, 2])
def test_an_attempt_goes_on_with_its_own_files_and_never_with_those_of_others(
    tmp_path: Path, taken: int
) -> None:
    destination, records = finished("one", tmp_path, overwrite=False)
    process = subprocess.Popen(
        [sys.executable, "-c", TAKE, str(tmp_path), str(taken)], cwd=ROOT, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.readline()
    process.kill()
    process.wait()
    process.stdout.close()
    destination.check()
    names = ("out.failures.parquet", "out.parquet")[:taken]
    assert [(tmp_path / name).exists() for name in names] == [True] * taken
    if taken:
        with pytest.raises(ConflictError, match="is there already"):
            finished("two", tmp_path, overwrite=False)
        destination.publish(records, {})
    owner = "two" if not taken else "three"
    other, its_records = finished(owner, tmp_path, overwrite=taken > 0)
    other.publish(its_records, {})
    with pytest.raises(ConflictError, match="is there already"):
        destination.publish(records, {})
    assert set(parquet.read_table(tmp_path / "out.parquet")["unique_id"].to_pylist()) == {owner}
    assert not list(tmp_path.glob(".*"))


OLD, LIVING, NEW = (digit * 16 for digit in "abc")
NOT_OURS = (
    ".notes.tmp",
    ".part-000000-mine.parquet.tmp",
    f".{OLD}.tmp.txt",
    f"part-000000-{OLD}.csv",
)


def test_what_killed_jobs_have_left_is_removed_once_it_is_old(tmp_path: Path) -> None:
    out = tmp_path / "out"
    left = {
        job: [
            out / f".part-000000-{job}.parquet.{'0f' * 16}.tmp",
            out / f"._manifest.json.{job}.tmp",
            out / f".{job}.tmp",
            tmp_path / f".out.parquet.{job}.tmp",
            tmp_path / f".out.failures.parquet.{job}.tmp",
        ]
        for job in (OLD, LIVING, NEW)
    }
    foreign = [folder / name for folder in (tmp_path, out) for name in NOT_OURS]
    foreign += [tmp_path / f".other.parquet.{OLD}.tmp", out / "north" / f".{OLD}.tmp"]
    (out / "north").mkdir(parents=True)
    for path in [*chain(*left.values()), *foreign]:
        path.touch()
        if path not in left[NEW]:
            os.utime(path, (0, 0))
    for job in (OLD, LIVING):
        (tmp_path / "jobs" / job).mkdir(parents=True)
        JobFolder(tmp_path / "jobs" / job).permit("attempt")
    JobFolder(tmp_path / "jobs" / OLD).withdraw("attempt")
    for output in ("out", "out.parquet"):
        place, own = Place.of(str(tmp_path / output)), tmp_path / "jobs" / "own"
        Destination(place, "own", own, overwrite=False).remove_leftovers()
    assert not any(path.exists() for path in left[OLD])
    assert all(path.exists() for path in [*left[LIVING], *left[NEW], *foreign])


TAKE = """
import sys, time
from pathlib import Path
from bulk.places import Place
from bulk.writing.destination import Destination
from bulk.writing.parts import PartRecords

class Stopping(Place):
    taken = 0

    def at(self, path):
        return Stopping(self.filesystem, path, self.scheme)

    def take(self, file):
        if Stopping.taken == int(sys.argv[2]):
            print("stopping", flush=True)
            time.sleep(600)
        super().take(file)
        Stopping.taken += 1

folder = Path(sys.argv[1])
own = folder / "jobs" / "one"
destination = Destination(Stopping.of(str(folder / "out.parquet")), "one", own, False)
destination.publish(PartRecords(own), {})
print("published", flush=True)
time.sleep(600)
"""
PUBLISH = """
import sys, time
from pathlib import Path
from bulk.places import Place
from bulk.writing.destination import Destination
from bulk.writing.parts import PartRecords

class Stopping(PartRecords):
    def read(self):
        for number, record in enumerate(super().read()):
            if number == 3 and (folder / ".out.parquet.one.tmp").exists():
                print("joining", flush=True)
                time.sleep(600)
            yield record

folder = Path(sys.argv[1])
own = folder / "jobs" / "one"
Destination(Place.of(str(folder / "out.parquet")), "one", own, False).publish(Stopping(own), {})
"""
