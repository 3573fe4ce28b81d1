"""Writing a file so that nothing half-written ever looks finished."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

TEMPORARY: Final = ".part-"
"""How the names of files begin that aren't finished."""


@contextlib.contextmanager
def whole(path: Path) -> Iterator[BinaryIO]:
    """Open a file so that it is there in full or not at all.

    What is written goes to a new file beside it, reaches the disk, and takes the name last. Who
    may read it is the umask's and the folder's to say.

    Parameters
    ----------
    path : Path
        Where; missing folders are made.

    Yields
    ------
    file
        To write bytes to.

    Raises
    ------
    OSError
        It can't be written; what was there before still is.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.parent / f"{TEMPORARY}{secrets.token_hex(8)}"
    try:
        # Not by tempfile: its files are private, and asking for the umask means to change it.
        with open(temporary, "xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException as error:
        if isinstance(error, OSError) and error.filename is None:
            error.filename = str(path)  # a full disk doesn't say where
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
