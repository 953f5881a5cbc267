"""Answers to requests of TimeGPT's `client.jobs`, kept until they are fetched.

All processes of the service share the folder. Only the newest answers are kept.
"""

from __future__ import annotations

import re
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import orjson

from app.access.caller import current
from app.errors import JobsDiskFullError, JobsUnavailableError
from forecasting.store.atomic_files import is_disk_full, write_files_atomically

_ID = re.compile(r"kept-[0-9a-f]{16}")
_MOST_BYTES = 256 * 2**20
_SECONDS = 3_600


@dataclass(frozen=True, slots=True)
class KeptAnswers:
    """The answers in a folder, each for the caller who has asked for it."""

    folder: Path

    def add(self, answer: bytes) -> str:
        """Keep an answer in JSON; return what it is known by.

        Raises JobsDiskFullError or JobsUnavailableError.
        """
        answer_id = f"kept-{secrets.token_hex(8)}"
        content = orjson.dumps({"owner": current.get().key_id, "answer": orjson.Fragment(answer)})
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._forget_old(len(content))
            write_files_atomically({self._path(answer_id): content})
        except OSError as error:
            if is_disk_full(error):
                raise JobsDiskFullError from error
            raise JobsUnavailableError(error) from error
        return answer_id

    def get(self, answer_id: str) -> bytes | None:
        """Return the answer, or None if the caller has none that is known so, or not any more."""
        if not _ID.fullmatch(answer_id):
            return None
        try:
            kept = orjson.loads(self._path(answer_id).read_bytes())
        except FileNotFoundError:
            return None
        except OSError as error:
            raise JobsUnavailableError(error) from error
        return orjson.dumps(kept["answer"]) if kept["owner"] == current.get().key_id else None

    def _path(self, answer_id: str) -> Path:
        return self.folder / f"{answer_id}.json"

    def _forget_old(self, coming: int) -> None:
        """Remove what is too old, and the oldest if there would be too much otherwise."""
        found = []
        for path in self.folder.iterdir():
            with suppress(FileNotFoundError):
                about = path.stat()
                found.append((about.st_mtime, about.st_size, path))
        taken, oldest = coming, time.time() - _SECONDS
        for modified, size, path in sorted(found, reverse=True):
            taken += size
            if taken > _MOST_BYTES or modified < oldest:
                path.unlink(missing_ok=True)
