"""A private working folder in which a notebook finds what lies beside it, by relative paths.

Links lead to the files and folders of the notebook's own folder and of the one above it. What a
notebook makes is private, and what it writes over is parted from the original first: reports run
side by side, and none may meet another's file. What it writes above its folder, or anywhere by an
absolute path, is written there.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

_NOT_MIRRORED = ("__pycache__", ".ipynb_checkpoints")

_MOST_BYTES = 50_000_000
"""Larger files are left linked when a process is started, which may write over any."""


@dataclass(frozen=True, slots=True)
class Mirror:
    """A working folder and the one it stands for.

    Parameters
    ----------
    here : str
        The working folder, without links in its path.
    beside : str
        The folder in which the notebook lies.
    """

    here: str
    beside: str

    @classmethod
    def make(cls, folder: Path, scratch: Path) -> Mirror:
        """Make a working folder within a private one.

        Parameters
        ----------
        folder : Path
            The notebook's folder; another machine of a cluster may have none.
        scratch : Path
            The private folder.
        """
        place = scratch / "around" / (folder.name or "notebook")
        place.mkdir(parents=True)
        _link(folder.parent, place.parent)
        _link(folder, place)
        return cls(os.path.realpath(place), str(folder))

    def origin(self, path: str) -> str:
        """Return the path that one within the working folder, or the one above it, stands for."""
        for here, beside in (
            (self.here, self.beside),
            (os.path.dirname(self.here), os.path.dirname(self.beside)),
        ):
            if path == here or path.startswith(here + os.sep):
                return beside + path[len(here) :]
        return path

    def lies_in(self, path: str) -> bool:
        """Return whether a folder holds the working folder; it is there for this run only."""
        return self.here.startswith(path.rstrip(os.sep) + os.sep)

    def part(self, path: str, *, content: bool = True) -> None:
        """Make what lies at a path the report's own before it is written over.

        Parameters
        ----------
        path : str
            An absolute path; one outside the working folder is left alone.
        content : bool
            Keep a file's content; what is about to be emptied needs none.
        """
        if not path.startswith(self.here + os.sep):
            return
        place = self.here
        for part in path[len(self.here) + 1 :].split(os.sep):
            place = os.path.join(place, part)
            if os.path.islink(place):
                original = os.path.realpath(place)
                if os.path.isdir(original):
                    os.unlink(place)
                    os.mkdir(place)
                    _link(Path(original), Path(place))
                elif os.path.isfile(original) and place == path:
                    os.unlink(place)
                    if content:
                        shutil.copyfile(original, place)

    def part_all(self) -> None:
        """Make what lies in the working folder the report's own, before a process is started."""
        for entry in os.scandir(self.here):
            if entry.is_symlink() and (entry.is_dir() or entry.stat().st_size <= _MOST_BYTES):
                self.part(entry.path)


def _link(source: Path, target: Path) -> None:
    with contextlib.suppress(OSError):
        for entry in os.scandir(source):
            if entry.name not in _NOT_MIRRORED and not os.path.lexists(target / entry.name):
                with contextlib.suppress(OSError):
                    os.symlink(entry.path, target / entry.name)
