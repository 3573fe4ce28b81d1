"""Where the project's folders are."""

from __future__ import annotations

import os
from pathlib import Path


def project_root() -> Path:
    """Return the folder that holds notebooks/, data/ and packs/.

    Set ``NHSI_HOME`` to use another checkout.
    """
    home = os.environ.get("NHSI_HOME")
    return Path(home).resolve() if home else Path(__file__).resolve().parents[1]


def data_dir() -> Path:
    """Return the folder that holds raw/ and processed/.

    Set ``NHSI_DATA`` to analyse a copy of the data.
    """
    data = os.environ.get("NHSI_DATA")
    return Path(data).resolve() if data else project_root() / "data"


def raw_dir() -> Path:
    """Return the folder of the shipped tables; no program writes there."""
    return data_dir() / "raw"


def processed_dir() -> Path:
    """Return the folder of tables built or read in; it can be deleted at any time."""
    return data_dir() / "processed"


def notebooks_dir() -> Path:
    """Return the folder of the notebooks."""
    return project_root() / "notebooks"
