"""Fixtures every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def root() -> Path:
    """Return the checkout's root."""
    return ROOT


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """Return the folder of reference values and publishers' files kept beside the repository."""
    folder = Path(os.environ.get("NHSI_SHARED", ROOT.parent / "shared"))
    if not (folder / "reference").is_dir():
        pytest.skip(
            f"no reference material at {folder}: put it beside the checkout or set NHSI_SHARED"
        )
    return folder


@pytest.fixture(scope="session")
def reference_dir(shared_dir: Path) -> Path:
    """Return the folder of published and independently computed reference values."""
    return shared_dir / "reference"
