"""A lock that one process holds on an open file, on Unix and on Windows.

It belongs to the process, so it is gone when the process is, however it ended. A place that other
users may write to is not trusted: what lies there can be theirs, or lead elsewhere.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
from pathlib import Path

_BEYOND_THE_TEXT = 1 << 20
"""The byte that Windows locks: one of the text could not be read by others."""


def is_private(folder: Path) -> bool:
    """Return whether a path is a real folder that only this user may enter.

    Parameters
    ----------
    folder : Path
        The folder; where the system has no owners and modes, any folder will do.

    Raises
    ------
    OSError
        There is nothing, or it can't be looked at.
    """
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode):
        return False
    return sys.platform == "win32" or (found.st_uid == os.geteuid() and not found.st_mode & 0o077)


def open_file(path: Path) -> int:
    """Open a lock's file, making it where there is none.

    Parameters
    ----------
    path : Path
        The file; its folder exists.

    Returns
    -------
    int
        File descriptor, for :func:`take`.

    Raises
    ------
    OSError
        It can't be opened, or is a link or no file: what is locked lies where it says it does.
    """
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    handle = os.open(path, flags, 0o666)
    found = os.fstat(handle)
    if not stat.S_ISREG(found.st_mode) or found.st_nlink > 1:
        os.close(handle)
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
    return handle


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
