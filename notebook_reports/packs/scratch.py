"""Temporary folders of one process, and the removal of what killed processes left of theirs."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path

from notebook_reports import locks

_PREFIX = "nhsi-"

_OWNER = ".owner"
"""A file in each folder that its process holds locked. It tells the living from the dead in every
container that shares the folder's disk, where a process's number would be somebody else's."""


class Scratch:
    """A private folder at ``path``, removed when closed or else by whoever makes the next one.

    Parameters
    ----------
    purpose : str
        What its name says after "nhsi-".
    """

    def __init__(self, purpose: str = "") -> None:
        sweep()
        while not self._make(purpose):
            pass

    def _make(self, purpose: str) -> bool:
        """Make a folder and hold it; False where another process took it for one left behind."""
        self.path = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{purpose}"))
        self._held = contextlib.ExitStack()
        owner = self.path / _OWNER
        try:
            handle = locks.open_file(owner)
            self._held.callback(os.close, handle)
            if locks.take(handle) and owner.exists():
                return True
        except FileNotFoundError:
            pass
        except OSError:
            return True  # without locks nobody else can take it either
        self._held.close()
        return False

    def close(self) -> None:
        """Remove it with all that lies in it."""
        self._held.close()
        shutil.rmtree(self.path, ignore_errors=True)


def sweep() -> None:
    """Remove the folders of this user's processes that ended without doing so themselves."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            if locks.is_private(folder) and (folder / _OWNER).exists():
                handle = locks.open_file(folder / _OWNER)
                stack.callback(os.close, handle)
                if locks.take(handle):
                    shutil.rmtree(folder, ignore_errors=True)
