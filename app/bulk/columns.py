"""Looking at the columns of a table before the job that reads it is queued."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from asyncio.subprocess import PIPE
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from app.bulk.planning import BulkJob
from forecasting.errors import RequestError
from forecasting.store.storage.location import is_url

_log = logging.getLogger("app")
_CODE_FOLDER = Path(__file__).parent.parent.parent
_LONGEST_SECONDS = 5.0


async def check_columns(planned: BulkJob, one_at_a_time: asyncio.Lock) -> None:
    """Raise RequestError, its path within the request, for mistakes that the first rows show.

    A child process looks at the table, which takes about a second. Nothing is said of a table in an
    object store, of one that is not there, for it may be on the worker's disk, and of one that
    takes long: the job tells of their mistakes.
    """
    if is_url(planned.source):
        return
    try:
        async with asyncio.timeout(_LONGEST_SECONDS), one_at_a_time:
            mistake = await _look(planned)
    except TimeoutError:
        _log.warning("%s was not looked at within %g s", planned.source, _LONGEST_SECONDS)
        return
    if mistake:
        path = mistake["path"]
        raise RequestError(
            mistake["message"],
            code=mistake["code"],
            path=("input",) if path[:1] == ["file"] else tuple(path),
        )


async def _look(planned: BulkJob) -> dict[str, Any]:
    """Return the mistake that `python -m bulk.check` finds; nothing if it finds none."""
    request = {
        "source": planned.source,
        "allowed": planned.allowed,
        "table": asdict(planned.table),
        "times": {"frequency": planned.task.frequency, "timezone": planned.task.timezone},
    }
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bulk.check", "--parent", str(os.getpid())),
            cwd=_CODE_FOLDER,
            stdin=PIPE,
            stdout=PIPE,
        )
    except OSError as error:
        _log.warning("no process can be started that looks at a table: %s", error)
        return {}
    try:
        written, _ = await process.communicate(json.dumps(request).encode() + b"\n")
    finally:
        with suppress(ProcessLookupError):
            process.kill()
    mistake: dict[str, Any] = json.loads(written) if process.returncode == 0 else {}
    return mistake
