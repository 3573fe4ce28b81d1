"""Writing so that nothing half-written ever looks finished, and nothing leaves its folder."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nhsi_analysis import locks
from nhsi_analysis.errors import PackError

_TEMPORARY = ".part-"


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

    The content goes to a temporary file beside it, reaches the disk, and takes the name last.

    Parameters
    ----------
    path : Path
        Where; missing folders are made.
    content : bytes or str
        What; text is written as UTF-8.
    """
    data = content.encode() if isinstance(content, str) else content
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=_TEMPORARY, dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def write_json(path: Path, content: Any) -> None:
    """Write plain data as JSON, in full or not at all."""
    write_atomic(path, json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False) + "\n")


def remove_leftovers(folder: Path) -> None:
    """Remove temporary files that a killed run left behind."""
    for path in folder.rglob(f"{_TEMPORARY}*"):
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
        handle = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
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
