"""The audit log: who trained, promoted, rolled back, deleted and cancelled what.

Each entry is a JSON object on a line of its own, in the log under the name `app.audit`, and in
FORECAST_AUDIT_FILE if that is set.
"""

from __future__ import annotations

import json
import logging
import os
from datetime import UTC, datetime
from pathlib import Path

from starlette.requests import Request

from app.access.caller import current
from app.requests.request_id import request_id

_log = logging.getLogger("app.audit")


class AuditLog:
    """Records who did what, once it is done."""

    def __init__(self, file: Path | None) -> None:
        """`file` is added to, unless it is None."""
        self._file = file

    def record(self, request: Request, action: str, **what: object) -> None:
        """Add an entry: the time, the holder of the key, the action and what it was done to."""
        entry = {
            "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "key": current.get().name,
            "action": action,
            **what,
            "request_id": request_id(request),
        }
        line = json.dumps(entry)
        _log.info(line)
        if self._file is not None:
            self._append(line)

    def _append(self, line: str) -> None:
        """Write a line in one piece, so that those of several processes do not mix.

        What was done stays done if the file cannot be written; the log has the entry, too.
        """
        assert self._file is not None
        try:
            descriptor = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
            try:
                os.write(descriptor, line.encode() + b"\n")
            finally:
                os.close(descriptor)
        except OSError as error:
            _log.error("FORECAST_AUDIT_FILE=%s cannot be written: %s", self._file, error)
