"""Let the service go through much traffic, kills, full disks and floods, and count what goes wrong.

    python -m benchmarks.reliability --seconds 600

Everything happens on 127.0.0.1, in a folder of its own. It ends with status 1 if a figure is not as
it must be. SIGTERM or Ctrl-C ends it within seconds, with what it has by then and status 130.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from benchmarks.reliability.figures import print_table
from benchmarks.reliability.flood import measure_flood
from benchmarks.reliability.kills import measure_kills
from benchmarks.reliability.stopping import StoppedError, is_asked_to_stop, stop_on_signals
from benchmarks.reliability.traffic import measure_traffic

_PARTS = ("flood", "traffic", "kills")
_STOPPED = 130


def main() -> int:
    """Measure, print the table, and return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--seconds", type=float, default=600.0, help="for traffic and kills, half each"
    )
    parser.add_argument("--jobs", type=int, default=300, help="the most jobs among the kills")
    parser.add_argument("--only", choices=_PARTS, action="append", help="leave out the other parts")
    options = parser.parse_args()
    stop_on_signals()
    parts = options.only or _PARTS
    began, figures = time.monotonic(), []
    share = options.seconds / max(len({"traffic", "kills"}.intersection(parts)), 1)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        for part in _PARTS:
            if part not in parts or is_asked_to_stop():
                continue
            folder = Path(temporary) / part
            folder.mkdir()
            print(f"{part} …", flush=True)
            with suppress(StoppedError):
                if part == "flood":
                    figures += measure_flood(folder)
                elif part == "traffic":
                    figures += measure_traffic(folder, share)
                else:
                    figures += measure_kills(folder, share, options.jobs)
    print_table(figures)
    print(f"\nIt took {time.monotonic() - began:,.0f} s.")
    if is_asked_to_stop():
        print("It was stopped by a signal, so that the figures are of less than was asked for.")
        return _STOPPED
    return int(not all(figure.reached for figure in figures))


if __name__ == "__main__":
    sys.exit(main())
