"""The tables a pack may read, checked before any kernel starts."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from nhsi_analysis import paths
from nhsi_analysis.errors import DataError


def check_inputs() -> None:
    """Check the raw tables that differ from the ones shipped.

    A table whose checksum is the recorded one was checked when it was recorded; that costs
    milliseconds to see. Any other is read and checked in full.

    Raises
    ------
    DataError
        A table is missing or breaks a rule; the message names file, row, column and rule.
    """
    changed = _changed()
    if not changed:
        return
    from nhsi_analysis import datasets

    for name in changed:
        datasets.load(name, source="shipped")


def _changed() -> list[str]:
    """Name the tables whose file is not the one its checksum was taken of."""
    raw = paths.raw_dir()
    descriptor = raw / "datapackage.json"
    try:
        resources = json.loads(descriptor.read_bytes())["resources"]
        expected = {str(r["name"]): (raw / str(r["path"]), str(r["hash"])) for r in resources}
    except FileNotFoundError:
        raise DataError(
            str(descriptor), "is missing", remedy="Restore it, or name a data folder with --data"
        ) from None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        raise DataError(
            str(descriptor), "is not a data package", remedy="Restore it from the repository"
        ) from None
    return [name for name, (path, digest) in expected.items() if _sha256(path) != digest]


def _sha256(path: Path) -> str:
    try:
        return "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()
    except (OSError, ValueError):
        return ""
