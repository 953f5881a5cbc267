"""Following a log file while another process writes it."""

from __future__ import annotations

from pathlib import Path

_MOST_LINES = 1_000
_LONGEST_LINE = 2_000
_LONGEST_READ = 2**20


class LogTail:
    """Reads what is written to a log file after this object was made.

    `new_lines` returns a thousand lines at most in all, each of them cut to 2,000 bytes.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._start = self._size()
        self._offset = self._start
        self._returned = 0
        self._unfinished_line = b""

    def new_lines(self) -> list[str]:
        """Return the lines that were finished since the last call."""
        if self._returned >= _MOST_LINES or self._size() <= self._offset:
            return []
        with self._path.open("rb") as file:
            file.seek(self._offset)
            read = file.read(_LONGEST_READ)
        self._offset += len(read)
        *lines, self._unfinished_line = (self._unfinished_line + read).split(b"\n")
        lines = lines[: _MOST_LINES - self._returned]
        self._returned += len(lines)
        return [line[:_LONGEST_LINE].decode(errors="replace") for line in lines]

    def last_lines(self, count: int) -> list[str]:
        """Return the last lines of all that was written since the start, `count` at most."""
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
