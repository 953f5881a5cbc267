"""The command that lets the service go through much can be stopped."""

import re
import signal
import subprocess
import sys
from pathlib import Path

from tests.support.service import ROOT, wait_until


def children_of(process: int) -> list[str]:
    return Path(f"/proc/{process}/task/{process}/children").read_text().split()


def test_a_signal_ends_it_with_what_it_has_and_leaves_no_process() -> None:
    command = (sys.executable, "-u", "-m", "benchmarks.reliability", "--only", "traffic")
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as soak:
        wait_until(lambda: bool(children_of(soak.pid)), what="the service")
        (service,) = children_of(soak.pid)
        wait_until(lambda: len(children_of(int(service))) > 2, what="its processes")
        begun = children_of(int(service))
        soak.send_signal(signal.SIGTERM)
        said, _ = soak.communicate(timeout=40)
    assert soak.returncode == 130, said
    assert "stopped by a signal" in said
    assert re.search(r"^\| what \| got", said, re.MULTILINE)
    family = [Path(f"/proc/{process}") for process in (service, *begun)]
    wait_until(lambda: not any(process.exists() for process in family), what="their end")
