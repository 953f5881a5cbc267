"""Every Python process that has this folder on its PYTHONPATH runs this file first.

The process of a job takes the next line of the file FAULTS. If FAULTS is a folder, it takes the
next line of the file that is named after the job's model. The line is `target event text count`:
the target is killed when that audit event (sys.addaudithook) happens for the count-th time with
that text in its arguments. The target is `child`, the process itself, or `service`, the process
that started it. The event `start` happens at once.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any


def _next_fault(file: Path) -> list[str]:
    """Take the next line out of the file; return nothing if there is none."""
    if file.is_dir():
        job = Path(sys.orig_argv[sys.orig_argv.index("run") + 1]) / "job.json"
        spec = json.loads(job.read_text())
        file /= spec["options"]["model"]
    first, _, rest = file.read_text().partition("\n")
    file.write_text(rest)
    return first.split()


def _kill(target: str) -> None:
    """Kill the target, and do nothing more until the kernel has killed this process, too."""
    parent = int(sys.orig_argv[sys.orig_argv.index("--parent") + 1])
    os.kill(os.getpid() if target == "child" else parent, signal.SIGKILL)
    time.sleep(60)


def _install(target: str, event: str, text: str, count: str) -> None:
    """Kill the target when the event happens for the count-th time."""
    left = int(count)

    def hook(happened: str, arguments: tuple[Any, ...]) -> None:
        nonlocal left
        if happened == event and text in " ".join(map(str, arguments)):
            left -= 1
            if left == 0:
                _kill(target)

    sys.addaudithook(hook)


if (
    "FAULTS" in os.environ
    and "training" in sys.orig_argv
    and (fault := _next_fault(Path(os.environ["FAULTS"])))
):
    if fault[1] == "start":
        _kill(fault[0])
    else:
        _install(*fault)
