"""An output file and the table of its failures are those of one job."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pyarrow as pa
import pytest
from pyarrow import parquet

from bulk.places import Place
from bulk.writing.destination import Destination
from bulk.writing.parts import PartRecord, PartRecords
from forecasting.errors import ConflictError

ROWS = 20_000


def finished(name: str, folder: Path, *, overwrite: bool) -> tuple[Destination, PartRecords]:
    """Return a job that has written its parts, with its own name in all rows."""
    own = folder / "jobs" / name
    own.mkdir(parents=True)
    output = Place.of(str(folder / "out.parquet"))
    destination, records = Destination(output, name, own, overwrite), PartRecords(own)
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
