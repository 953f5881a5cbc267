"""Tables are read in child processes: whatever happens to one, the service goes on."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pyarrow as pa
import pytest

from app.errors import DeadlineError, TablesUnavailableError, TableTooLargeError
from app.settings.settings import Settings
from app.tables.pool import TableReaderPool
from forecasting.errors import SeriesError
from forecasting.tables.options import TableOptions
from tests.app.tables.test_tables import (
    ARROW,
    CSV,
    PARQUET,
    as_arrow,
    as_csv,
    as_parquet,
    long,
    send,
)
from tests.support.service import ROOT, Service, wait_until

SMALL = b"ds,y\n0,1\n1,2\n"


def children(parent: int) -> list[int]:
    """The processes that read tables for another, in the order of their starts."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes()
            above = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue
        if b"app.tables.worker" in command and above == parent:
            found.append(int(entry.name))
    return sorted(found)


def is_gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


async def until(done: Callable[[], bool]) -> None:
    await asyncio.to_thread(wait_until, done, what="the processes to change")


def with_pool(use: Callable[[TableReaderPool], Awaitable[None]], **settings: float) -> None:
    async def run() -> None:
        async with TableReaderPool(Settings.model_validate(settings)) as pool:
            assert (await pool.read(SMALL, CSV, TableOptions())).table.num_rows == 2
            await use(pool)
            assert (await pool.read(SMALL, CSV, TableOptions())).table.num_rows == 2
        await until(lambda: not children(os.getpid()))

    asyncio.run(run())


def test_a_process_is_used_again_and_a_second_is_started_when_it_is_needed() -> None:
    async def use(pool: TableReaderPool) -> None:
        first = children(os.getpid())
        assert len(first) == 1
        await pool.read(SMALL, CSV, TableOptions())
        assert children(os.getpid()) == first
        await asyncio.gather(*(pool.read(SMALL, CSV, TableOptions()) for _ in range(20)))
        assert len(children(os.getpid())) == 2

    with_pool(use)


def test_a_process_that_takes_too_long_is_replaced() -> None:
    async def use(pool: TableReaderPool) -> None:
        (pid,) = children(os.getpid())
        os.kill(pid, signal.SIGSTOP)
        with pytest.raises(DeadlineError):
            await pool.read(SMALL, CSV, TableOptions())
        await until(lambda: is_gone(pid))

    with_pool(use, request_timeout_s=5)


def test_a_process_is_replaced_when_nobody_waits_for_it_any_more() -> None:
    async def use(pool: TableReaderPool) -> None:
        (pid,) = children(os.getpid())
        os.kill(pid, signal.SIGSTOP)
        reading = asyncio.create_task(pool.read(SMALL, CSV, TableOptions()))
        await asyncio.sleep(0.1)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        assert reading.cancelled()
        await until(lambda: is_gone(pid))

    with_pool(use)


def test_a_process_that_dies_while_it_reads_is_replaced() -> None:
    async def use(pool: TableReaderPool) -> None:
        (pid,) = children(os.getpid())
        os.kill(pid, signal.SIGSTOP)
        reading = asyncio.create_task(pool.read(SMALL, CSV, TableOptions()))
        await asyncio.sleep(0.1)
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(SeriesError, match="crashed") as raised:
            await reading
        assert (raised.value.code, raised.value.path) == ("file_broken", ("file",))

    with_pool(use)


def test_a_process_that_dies_while_it_is_idle_is_replaced() -> None:
    async def use(pool: TableReaderPool) -> None:
        (pid,) = children(os.getpid())
        os.kill(pid, signal.SIGKILL)
        await until(lambda: is_gone(pid))

    with_pool(use)


def test_a_table_that_takes_more_memory_than_it_may_is_refused() -> None:
    """Its batch has no more than 20 bytes a row, but is unpacked with a column that is not read."""
    rows = 1_000_000
    columns = {"ds": pa.repeat(pa.scalar(0), rows), "y": pa.repeat(pa.scalar(0.0), rows)}
    columns |= {f"other{n}": columns["y"] for n in range(40)}
    table = pa.table(columns)
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.ipc.new_stream(sink, table.schema, options=options) as stream:
        stream.write_table(table)
    content = bytes(sink.getvalue())

    async def use(pool: TableReaderPool) -> None:
        before = children(os.getpid())
        with pytest.raises(TableTooLargeError):
            await pool.read(content, ARROW, TableOptions())
        await until(lambda: children(os.getpid()) != before)

    with_pool(use, max_table_bytes=20 * rows + 1)


def test_different_ids_in_many_batches_are_read_within_the_memory_limit() -> None:
    rows = 200_000
    columns = {"unique_id": [f"series {n}" for n in range(rows)], "ds": range(rows)}
    table = pa.table(columns | {"y": [1.0] * rows})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table, max_chunksize=200)
    content = bytes(sink.getvalue())

    async def use(pool: TableReaderPool) -> None:
        ids = (await pool.read(content, ARROW, TableOptions())).table["unique_id"]
        assert ids.to_pylist() == columns["unique_id"]

    with_pool(use)


def test_small_limits_leave_enough_to_read_a_small_table() -> None:
    async def use(pool: TableReaderPool) -> None:
        frame = long().head(20)
        for content, media_type in (
            (as_csv(frame), CSV),
            (as_parquet(frame), PARQUET),
            (as_arrow(frame), ARROW),
        ):
            assert (await pool.read(content, media_type, TableOptions())).table.num_rows == 20

    with_pool(use, max_table_bytes=1_024, max_body_bytes=1_024)


def test_that_no_process_can_be_started_is_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        with monkeypatch.context() as broken:
            broken.setattr(sys, "executable", "/nowhere/python")
            pool = await TableReaderPool(Settings()).__aenter__()
            for _ in range(2):
                with pytest.raises(TablesUnavailableError, match="/nowhere/python"):
                    await pool.read(SMALL, CSV, TableOptions())
        assert (await pool.read(SMALL, CSV, TableOptions())).table.num_rows == 2
        await pool.__aexit__()

    asyncio.run(run())


def test_a_client_that_leaves_ends_the_reading_of_its_table(
    trained_store: Path, jobs: Path
) -> None:
    with Service(trained_store, jobs, {"FORECAST_DEFAULT_MODEL": "tiny"}) as service:
        content = as_csv(long())
        with service.client() as client:
            assert send(client, content, CSV).status_code == 200
            (pid,) = children(service.process.pid)
            os.kill(pid, signal.SIGSTOP)
        form = {"model": "new"}
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(f"{service.url}/train", data=form, files={"file": content}, timeout=0.5)
        wait_until(lambda: is_gone(pid), what="the process to be ended")
        with service.client() as client:
            assert send(client, content, CSV).status_code == 200
        left = children(service.process.pid)
        service.kill()
    wait_until(lambda: all(map(is_gone, left)), what="the processes to end with the service")


def test_the_service_itself_cannot_read_tables() -> None:
    script = "import sys, app.main; sys.exit('forecasting.tables.reader' in sys.modules)"
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True)


def test_a_process_that_reads_tables_loads_little() -> None:
    script = (
        "import sys, app.tables.worker\n"
        "heavy = {'fastapi', 'pydantic', 'pandas', 'onnxruntime'} & set(sys.modules)\n"
        "sys.exit(f'loaded: {heavy}' if heavy else 0)"
    )
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True)
