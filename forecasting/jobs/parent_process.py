"""How the process of a job begins, and a process that ends when the one that started it ends."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def end_with_parent(parent: int) -> None:
    """Have the kernel kill this process as soon as `parent`, which started it, is gone.

    This uses PR_SET_PDEATHSIG of prctl(2), which only Linux has. Elsewhere nothing happens.
    """
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # The parent was gone before the kernel was told.
        os.kill(os.getpid(), signal.SIGKILL)


def begin_job_process(parent: int | None) -> None:
    """Let SIGTERM end this process in an orderly way.

    If `parent` is given, this process also ends with it, and runs in a process group of its own.
    """
    if parent is not None:
        end_with_parent(parent)
        os.setpgid(0, 0)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
