"""Hidden files that bulk jobs have left which were killed, and nobody has gone on with.

A job removes its own when it goes on. The others stay until a job writes to the same place that
finds them a day old, because jobs of another service are not known here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pyarrow import fs

from bulk.places import Place
from forecasting.jobs.job_folder import JobFolder

_AGE = timedelta(days=1)
_JOB = r"([0-9a-f]{16})"
_UNIQUE = r"[0-9a-f]{32}"


def remove_from_folder(folder: Place, tables: Sequence[str], jobs: Path) -> None:
    """Delete what jobs have left in a folder of parts: signs, and parts and `tables` half written.

    `jobs` is the folder that has those of the jobs.
    """
    others = "|".join(map(re.escape, tables))
    half_written = rf"part-\d{{6,}}-{_JOB}\.parquet\.{_UNIQUE}|(?:{others})\.{_JOB}|{_JOB}"
    _remove(folder, re.compile(rf"\.(?:{half_written})\.tmp"), jobs)


def remove_beside(files: Sequence[Place], jobs: Path) -> None:
    """Delete what jobs have left of any of some files of this machine, in the folder of each.

    `jobs` is the folder that has those of the jobs.
    """
    for file in files:
        path = Path(file.path)
        pattern = re.compile(rf"\.{re.escape(path.name)}\.{_JOB}\.tmp")
        _remove(file.at(str(path.parent)), pattern, jobs)


def _remove(folder: Place, pattern: re.Pattern[str], jobs: Path) -> None:
    before = datetime.now(UTC) - _AGE
    selector = fs.FileSelector(folder.path, allow_not_found=True)
    found: list[fs.FileInfo] = []
    with suppress(OSError):  # What is wrong with the folder shows when it is written to.
        found = folder.filesystem.get_file_info(selector)
    for info in found:
        match = pattern.fullmatch(info.base_name)
        if match is None or not info.is_file or info.mtime is None or info.mtime > before:
            continue
        job = next(filter(None, match.groups()))
        with suppress(OSError):
            if not JobFolder(jobs / job).has_attempt():
                folder.filesystem.delete_file(info.path)
