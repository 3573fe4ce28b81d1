"""A lock that one process holds on an open file, on Unix and on Windows.

It belongs to the process, so it is gone when the process is, however it ended.
"""

from __future__ import annotations

import os
import sys

_BEYOND_THE_TEXT = 1 << 20
"""The byte that Windows locks: one of the text could not be read by others."""


def take(handle: int) -> bool:
    """Lock an open file for this process.

    Parameters
    ----------
    handle : int
        File descriptor, open for writing; closing it ends the lock.

    Returns
    -------
    bool
        False where another process has it; there is no waiting.

    Raises
    ------
    OSError
        The file system has no locks.
    """
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(handle, _BEYOND_THE_TEXT, os.SEEK_SET)
            try:
                msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
            finally:
                os.lseek(handle, 0, os.SEEK_SET)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):  # the second is what Windows says
        return False
    return True
