"""The audit log: who trained, promoted, rolled back, deleted and cancelled what.

The entries are in the log under the name `app.audit`, and in FORECAST_AUDIT_FILE, if that is set,
as one JSON object a line.
"""

from __future__ import annotations

import json
import logging
import os
from datetime import UTC, datetime
from pathlib import Path

from starlette.requests import Request

from app.access.caller import current
from app.compat.protocols import protocol_of
from app.observation.logs import Entry
from app.requests.request_id import request_id

_log = logging.getLogger("app.audit")


class AuditLog:
    """Records who did what, once it is done."""

    def __init__(self, file: Path | None) -> None:
        """`file` is added to, unless it is None."""
        self._file = file

    def record(self, request: Request | None, action: str, **what: object) -> None:
        """Add an entry: the time, the holder of the key, the action and what it was done to.

        `request` is None for what the service does by itself.
        """
        asked_by = None if request is None else request_id(request)
        protocol = None if request is None else protocol_of(request.scope)
        if protocol is not None:
            what["protocol"] = protocol.name
        entry = Entry(key=current.get().name, action=action, **what, request_id=asked_by)
        _log.info(entry)
        if self._file is not None:
            at = datetime.now(UTC).isoformat(timespec="milliseconds")
            self._append(json.dumps({"at": at} | entry))

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
