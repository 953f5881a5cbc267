"""`python -m app.tables.worker`: the child process that reads tables, one after the other.

A request is a line of JSON, `{"media_type": …, "options": …, "size": …, "size_ahead": …}`, the
file, and the file of what is known ahead, if there is one. The answer is a line of JSON, `{"notes":
…, "understood": …, "places": …, "size": …}`, and the table as an Arrow stream, or `{"error": …}`,
with what was `understood` if the file could be opened, or `{"too_large": true}`.
"""

from __future__ import annotations

import argparse
import json
import resource
import signal
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa

from forecasting.errors import SeriesError
from forecasting.jobs.parent_process import end_with_parent
from forecasting.tables.formats import CSV
from forecasting.tables.options import TableOptions
from forecasting.tables.reader import read_table
from forecasting.tables.sizes import TableSizeError
from forecasting.tables.table_content import TableContent, UnclearTableError


def main() -> None:
    """Read tables from standard input until that ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--table-bytes", type=int, required=True)
    parser.add_argument("--memory-bytes", type=int, required=True)
    options = parser.parse_args()
    end_with_parent(options.parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the service, which ends this
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    # This loads all modules that are loaded when they are needed.
    read_table(b"ds,y\n0,0\n", CSV, TableOptions(), options.table_bytes)
    _prefer_this_process_when_memory_runs_out()
    _limit_memory(options.memory_bytes)
    while line := sys.stdin.buffer.readline():
        request = json.loads(line)
        content = sys.stdin.buffer.read(request["size"])
        ahead = sys.stdin.buffer.read(request["size_ahead"])
        _answer(content, ahead, request, options.table_bytes, sys.stdout.buffer)
        del content, ahead


def _answer(
    content: bytes, ahead: bytes, request: dict[str, Any], limit: int, output: BinaryIO
) -> None:
    try:
        options = TableOptions(**request["options"])
        found = read_table(content, request["media_type"], options, limit, ahead)
    except (TableSizeError, MemoryError):
        _write_line(output, {"too_large": True})
    except SeriesError as error:
        fault: dict[str, Any] = {"message": error.message, "code": error.code, "path": error.path}
        if isinstance(error, UnclearTableError):
            fault["understood"] = error.understood
        _write_line(output, {"error": fault})
    else:
        _write_table(output, found)
    output.flush()


def _write_table(output: BinaryIO, found: TableContent) -> None:
    """Write the table to the pipe, without a copy of it, which would count against the limit."""
    counted = pa.MockOutputStream()
    for sink in (counted, output):
        if sink is output:
            notes = [asdict(note) for note in found.notes]
            answer = {
                "notes": notes,
                "understood": found.understood,
                "places": asdict(found.places),
                "size": counted.size(),
            }
            _write_line(output, answer)
        with pa.ipc.new_stream(sink, found.table.schema) as stream:
            stream.write_table(found.table)


def _write_line(output: BinaryIO, answer: dict[str, Any]) -> None:
    output.write(json.dumps(answer).encode() + b"\n")


def _limit_memory(more_bytes: int) -> None:
    """Let this process take `more_bytes` beyond what Python and pyarrow have taken already."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except OSError:  # not Linux
        return
    limit = pages * resource.getpagesize() + more_bytes
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _prefer_this_process_when_memory_runs_out() -> None:
    """Tell the kernel to end this process rather than the service."""
    try:
        Path("/proc/self/oom_score_adj").write_text("1000")
    except OSError:  # not every system has it
        return


if __name__ == "__main__":
    main()
