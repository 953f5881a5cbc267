"""How log entries are written: as text, or as JSON for programs that collect logs."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
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


def in_json(at: float, level: str, logger: str, fields: Mapping[str, object]) -> str:
    """Return a line of the log as a JSON object. `at` is in seconds since 1970."""
    moment = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
    return json.dumps({"at": moment, "level": level, "logger": logger, **fields}, default=str)


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, object] = {"message": record.getMessage()}
        if isinstance(record.msg, Entry):
            fields = dict(record.msg)
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        return in_json(record.created, record.levelname, record.name, fields)


def configure_logs(level: str, log_format: LogFormat) -> None:
    """Write what all parts of the process log to stderr."""
    handler = logging.StreamHandler()
    handler.setFormatter(_JsonFormatter() if log_format == "json" else logging.Formatter(_TEXT))
    logging.basicConfig(level=level.upper(), handlers=[handler])
