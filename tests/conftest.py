"""Fixtures every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
COSTLY = ("quarterly_pack",)
"""What the tests of several files share."""


@pytest.hookimpl(tryfirst=True)  # before xdist, which looks for the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep together what shares a fixture, where tests run side by side."""
    for item in items:
        shared = [name for name in COSTLY if name in getattr(item, "fixturenames", ())]
        item.add_marker(pytest.mark.xdist_group(shared[0] if shared else str(item.path)))


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
