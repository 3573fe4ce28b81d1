"""Processes that outlive the one that started them, whatever session they moved to.

Linux gives the children of a process that ends to the nearest ancestor that asked for them. A
process that starts kernels asks, and so does every kernel: what comes from a kernel that still
runs goes to that kernel, so what a starter of kernels is given is left of one that has ended.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import time
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36

_LONGEST_WAIT = 0.5
"""For a killed process to be gone; one that the kernel of the system holds on to is left."""


def adopt() -> None:
    """Ask Linux for the orphans among this process's descendants."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def die_with(parent: int) -> None:
    """Ask Linux to kill this process when its parent process ends, however that happens."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def children() -> set[int]:
    """Return this process's children, adopted ones too; none where the system doesn't say."""
    found: set[int] = set()
    for place in Path("/proc/self/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found.update(map(int, place.read_text().split()))
    return found


def kill(pid: int) -> None:
    """Kill a process and, where it leads a group, the group."""
    for send in (os.killpg, os.kill):
        with contextlib.suppress(OSError):
            send(pid, signal.SIGKILL)


def end_children() -> None:
    """Kill this process's children and theirs, until there are none."""
    deadline = time.monotonic() + _LONGEST_WAIT
    while (found := children()) and time.monotonic() < deadline:
        for pid in found:
            kill(pid)
        for pid in found:
            with contextlib.suppress(OSError):
                os.waitpid(pid, os.WNOHANG)
        time.sleep(0.001)


def _prctl(option: int, value: int) -> None:
    if sys.platform.startswith("linux"):
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(option, value)
