"""What is new in a log file."""

from __future__ import annotations

from pathlib import Path

_MOST_LINES = 1_000
_LONGEST_LINE = 2_000
_LONGEST_READ = 2**20


class LogTail:
    """Starts at the file's end. `new_lines` gives a thousand lines at most; the file has all."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = self._size()
        self._start = self._offset
        self._given = 0
        self._rest = b""

    def new_lines(self) -> list[str]:
        if self._given >= _MOST_LINES or self._size() <= self._offset:
            return []
        with self._path.open("rb") as file:
            file.seek(self._offset)
            read = file.read(_LONGEST_READ)
        self._offset += len(read)
        *lines, self._rest = (self._rest + read).split(b"\n")
        lines = lines[: _MOST_LINES - self._given]
        self._given += len(lines)
        return [line[:_LONGEST_LINE].decode(errors="replace") for line in lines]

    def last_lines(self, count: int) -> list[str]:
        """Of those that were written since the start."""
        try:
            with self._path.open("rb") as file:
                file.seek(max(self._start, self._size() - _LONGEST_READ))
                lines = file.read().splitlines()[-count:]
        except FileNotFoundError:
            return []
        return [line[:_LONGEST_LINE].decode(errors="replace") for line in lines]

    def _size(self) -> int:
        try:
            return self._path.stat().st_size
        except FileNotFoundError:
            return 0
