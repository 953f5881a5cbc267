"""Let the service go through much traffic, kills, full disks and floods, and count what goes wrong.

    python -m benchmarks.reliability --seconds 600

Everything happens on 127.0.0.1, in a folder of its own. It ends with status 1 if a figure is not as
it must be.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.reliability.figures import print_table
from benchmarks.reliability.flood import measure_flood
from benchmarks.reliability.kills import measure_kills
from benchmarks.reliability.traffic import measure_traffic

_PARTS = ("flood", "traffic", "kills")


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
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    parts = options.only or _PARTS
    began, figures = time.monotonic(), []
    share = options.seconds / max(len({"traffic", "kills"}.intersection(parts)), 1)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        for part in _PARTS:
            if part not in parts:
                continue
            folder = Path(temporary) / part
            folder.mkdir()
            print(f"{part} …", flush=True)
            if part == "flood":
                figures += measure_flood(folder)
            elif part == "traffic":
                figures += measure_traffic(folder, share)
            else:
                figures += measure_kills(folder, share, options.jobs)
    print_table(figures)
    print(f"\nIt took {time.monotonic() - began:,.0f} s.")
    return int(not all(figure.reached for figure in figures))


if __name__ == "__main__":
    sys.exit(main())
