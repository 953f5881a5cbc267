"""Following a file of lines while another process writes it."""

from __future__ import annotations

from pathlib import Path

_MOST_LINES = 1_000
_LONGEST_LINE = 2_000
_LONGEST_READ = 2**20


class LineReader:
    """Reads the lines of a file as they are finished, from a byte of it on."""

    def __init__(self, path: Path, start: int = 0) -> None:
        self._path = path
        self._offset = start
        self._unfinished_line = b""

    def read(self) -> list[bytes]:
        """Return lines that were finished since the last call, of a mebibyte of the file at most.

        The file may not be there yet.
        """
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                read = file.read(_LONGEST_READ)
        except FileNotFoundError:
            return []
        self._offset += len(read)
        *lines, self._unfinished_line = (self._unfinished_line + read).split(b"\n")
        return lines


class LogTail:
    """Reads what is written to a log file after this object was made.

    `new_lines` returns a thousand lines at most in all, each of them cut to 2,000 bytes.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._start = self._size()
        self._reader = LineReader(path, self._start)
        self._returned = 0

    def new_lines(self) -> list[str]:
        """Return the lines that were finished since the last call."""
        if self._returned >= _MOST_LINES:
            return []
        lines = self._reader.read()[: _MOST_LINES - self._returned]
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
