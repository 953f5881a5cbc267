"""How log entries are written: as text, or as JSON for programs that collect logs."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import Literal

LogFormat = Literal["text", "json"]
_TEXT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class Entry(dict[str, object]):
    """A log entry of fields, which are `name=value` as text, and names with values as JSON."""

    def __str__(self) -> str:
        return " ".join(
            f"{name}={in_text(str(value))}" for name, value in self.items() if value is not None
        )


def in_text(value: str) -> str:
    """Return a value that can be taken neither for several nor for another line of the log."""
    return value if value.isprintable() and " " not in value else json.dumps(value)


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        entry: dict[str, object] = {"at": at, "level": record.levelname, "logger": record.name}
        if isinstance(record.msg, Entry):
            entry |= record.msg
        else:
            entry["message"] = record.getMessage()
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return json.dumps(entry, default=str)


def configure_logs(level: str, log_format: LogFormat) -> None:
    """Write what all parts of the process log to stderr."""
    handler = logging.StreamHandler()
    handler.setFormatter(_JsonFormatter() if log_format == "json" else logging.Formatter(_TEXT))
    logging.basicConfig(level=level.upper(), handlers=[handler])
