"""Four questions about NHS Improvement (England), answered with their uncertainty."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nhsi_analysis.project import PROJECT
from notebook_reports import __version__ as __version__
from notebook_reports.project import register as _register

if TYPE_CHECKING:
    from notebook_reports import report as report
else:  # for a type checker, a function of this name would make every misspelt name an Any

    def __getattr__(name: str) -> Any:
        """Hand on what a notebook calls to speak to its reader."""
        if name != "report":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from notebook_reports import report

        return report


_register(PROJECT)
