"""Writing so that nothing half-written ever looks finished, and nothing leaves its folder."""

from __future__ import annotations

import contextlib
import errno
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from notebook_reports import locks, writing
from notebook_reports.errors import PackError


def inside(folder: Path, name: str) -> Path:
    """Return ``folder / name``, refusing a name that leads out of the folder.

    Raises
    ------
    PackError
        The name is absolute or climbs out.
    """
    base = folder.resolve()
    path = (base / name).resolve()
    if path == base or not path.is_relative_to(base):
        raise PackError(f"{name!r} would be written outside {folder}")
    return path


def write_atomic(path: Path, content: bytes | str) -> None:
    """Write a file so that it is there in full or not at all.

    Parameters
    ----------
    path : Path
        Where; missing folders are made.
    content : bytes or str
        What; text is written as UTF-8.
    """
    with writing.whole(path) as file:
        file.write(content.encode() if isinstance(content, str) else content)


def write_json(path: Path, content: Any, *, indent: int | None = 1) -> None:
    """Write plain data as JSON, in full or not at all; on one line, in a third of the time."""
    text = json.dumps(content, ensure_ascii=False, indent=indent, allow_nan=False)
    write_atomic(path, text + "\n")


def remove_leftovers(folder: Path) -> None:
    """Remove temporary files that a killed run left behind."""
    for path in folder.rglob(f"{writing.TEMPORARY}*"):
        with contextlib.suppress(OSError):
            path.unlink()


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a folder for one run; a second run into it stops at once.

    The lock belongs to the process, so it is gone when the process is, however it ended.

    Raises
    ------
    PackError
        Another run holds the folder, or it can't be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = locks.open_file(folder / ".lock")
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise PackError(f"{folder / '.lock'} is a link or no file: remove it") from None
        raise PackError(f"can't write into {folder}: {error.strerror}") from None
    try:
        try:
            taken = locks.take(handle)
        except OSError as error:
            raise PackError(f"can't lock {folder}: {error.strerror}") from None
        if not taken:
            holder = os.read(handle, 32).decode(errors="replace").strip() or "unknown"
            raise PackError(
                f"another run (process {holder}) is writing into {folder}: wait for it or "
                "choose another folder with --out"
            )
        with contextlib.suppress(OSError):
            os.ftruncate(handle, 0)
            os.write(handle, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(handle)
