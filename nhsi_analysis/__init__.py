"""Four questions about NHS Improvement (England), answered with their uncertainty."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from notebook_reports import report as report

__version__ = "0.2.0"


def __getattr__(name: str) -> Any:
    """Hand on what a notebook calls to speak to its reader."""
    if name != "report":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from notebook_reports import report

    return report
