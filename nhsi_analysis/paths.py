"""Where the project's folders are."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Final

DESCRIPTOR: Final = "datapackage.json"
"""The file in data/raw that describes every table."""


def project_root() -> Path:
    """Return the folder that holds notebooks/, data/ and packs/.

    It is what ``NHSI_HOME`` names; else the checkout this package lies in; else, where it was
    installed without one, the checkout the current folder is in, or the current folder.
    """
    home = os.environ.get("NHSI_HOME")
    if home:
        return Path(home).resolve()
    checkout = _checkout()
    if os.path.isdir(f"{checkout}/data/raw"):  # asked at each load: a Path takes its time
        return checkout
    here = Path.cwd()
    around = (here, *here.parents)
    return next((f for f in around if (f / "data" / "raw" / DESCRIPTOR).is_file()), here)


@cache
def _checkout() -> Path:
    return Path(__file__).resolve().parents[1]


def data_dir() -> Path:
    """Return the folder that holds raw/ and processed/.

    Set ``NHSI_DATA`` to analyse a copy of the data.
    """
    data = os.environ.get("NHSI_DATA")
    if not data:
        return project_root() / "data"
    if ".." in Path(data).parts:
        return Path(data).resolve()
    # Asked many times at each load: to follow links would look at every folder on the way.
    return Path(os.path.abspath(data))


def data_named() -> bool:
    """Return whether the environment names the data, or a checkout that must have them."""
    return bool(os.environ.get("NHSI_DATA") or os.environ.get("NHSI_HOME"))


def raw_dir() -> Path:
    """Return the folder of the shipped tables; no program writes there."""
    return data_dir() / "raw"


def processed_dir() -> Path:
    """Return the folder of tables built or read in; it can be deleted at any time."""
    return data_dir() / "processed"


def notebooks_dir() -> Path:
    """Return the folder of the notebooks."""
    return project_root() / "notebooks"


def data_remedy() -> str:
    """Say where the data are looked for, and how to name another place."""
    return (
        f"Data are looked for in {data_dir()}: run inside a checkout, name one in NHSI_HOME, or "
        f"name a folder that holds raw/{DESCRIPTOR} with --data or in NHSI_DATA"
    )
