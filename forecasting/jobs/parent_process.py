"""A process that ends when the process that started it ends."""

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
