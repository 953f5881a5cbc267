"""A PostgreSQL server of the tests' own, as Debian's package brings it."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg
import pytest

from tests.support.service import wait_until

_DEBIAN = Path("/usr/lib/postgresql")


@dataclass
class PostgresServer:
    """A server that listens on a socket in its folder only."""

    folder: Path
    programs: Path
    _numbers: Iterator[int] = field(default_factory=count)

    def initialise(self) -> None:
        """Make the files of the server."""
        command = [self.programs / "initdb", "--username=postgres", "--auth=trust", "--no-sync"]
        subprocess.run(
            [*map(str, command), "--pgdata", str(self.folder / "data")],
            check=True,
            capture_output=True,
            user=_user(),
            cwd=self.folder,
        )

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(str(self.programs / "postgres"), "-D", "data", "-k", str(self.folder)),
                    *("-c", "listen_addresses=", "-c", "fsync=off"),
                ],
                cwd=self.folder,
                user=_user(),
                stdout=log,
                stderr=log,
            )
        wait_until(self._answers, what=f"PostgreSQL:\n{(self.folder / 'log').read_text()}")

    def stop(self) -> None:
        """Stop the server, which cuts off all connections."""
        self._process.send_signal(signal.SIGINT)
        self._process.wait(60)

    def new_database(self, options: str = "") -> str:
        """Return the URL of a database in which there is nothing, made with these options."""
        name = f"test_{next(self._numbers)}"
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} {options}".encode())
        return self._url(name)

    def _url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def _answers(self) -> bool:
        assert self._process.poll() is None, (self.folder / "log").read_text()
        try:
            psycopg.connect(self._url("postgres")).close()
        except psycopg.OperationalError:
            return False
        return True


def _user() -> int | None:
    """Return the user to run as, because the server refuses to be run by root."""
    return pwd.getpwnam("postgres").pw_uid if os.geteuid() == 0 else None


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """Run a server inside the `with` block."""
    program = shutil.which("postgres") or next(map(str, _DEBIAN.glob("*/bin/postgres")), None)
    if program is None:
        pytest.skip("there is no PostgreSQL here; apt-get install postgresql brings it")
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    try:
        if (user := _user()) is not None:
            os.chown(folder, user, -1)
        server = PostgresServer(folder, Path(program).resolve().parent)
        server.initialise()
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)
