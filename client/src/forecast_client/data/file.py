"""Files of any format that the service reads, which are sent as they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from forecast_client.data.payload import query
from forecast_client.errors import DataError
from forecast_client.http.exchange import Request
from forecast_client.results.frames import FrameForm

_UNKNOWN = "application/octet-stream"


@dataclass(frozen=True)
class File:
    """The content of a file. The service finds out what it is."""

    content: bytes
    label: str = "file"
    form: FrameForm = field(default_factory=FrameForm)
    is_arrow: bool = False

    @property
    def size(self) -> int:
        return 0  # It cannot be cut, so that its size does not matter.

    @property
    def bytes_per_value(self) -> float:
        return 1.0

    def apart(self) -> Self:
        return self

    def sizes(self) -> None:
        return None

    def part(self, start: int, stop: int) -> Self:
        raise NotImplementedError

    def name(self, place: int) -> str:
        return self.label

    def request(self, path: str, options: Mapping[str, Any], accept: str | None) -> Request:
        headers = {"content-type": _UNKNOWN}
        if accept is not None:
            headers["accept"] = accept
        return Request("POST", path, query(options), headers, body=lambda: self.content)


def read_file(path: Path) -> File:
    """Read a file.

    Raises:
        DataError: It cannot be read.
    """
    try:
        return File(path.read_bytes(), path.name)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from error
