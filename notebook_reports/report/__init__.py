"""What a notebook calls to speak to a reader.

A study's answer is a :class:`~notebook_reports.evidence.Section`, and :func:`show` is all that a
notebook needs for it; the other calls show one thing of a notebook of your own. Each shows itself
and returns nothing: as HTML in whatever opens a notebook, charts also as pictures, and as JSON in
the notebook's outputs for what reads an executed notebook (the page, the workbook, the index, a
comparison). A section that is the last thing of a cell shows itself likewise.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from notebook_reports.evidence import Figure, Part, Section
from notebook_reports.evidence.parts import draw_with

if TYPE_CHECKING:
    from notebook_reports.report.calls import (
        figure,
        finding,
        lede,
        parameters,
        provenance,
        show,
        table,
        text,
    )
else:  # for a type checker, a function of this name would make every misspelt call an Any

    def __getattr__(name: str) -> Any:
        """Import the calls, and with them pandas and matplotlib, when the first is used.

        What only reads executed notebooks, such as the process that makes their pages, starts a
        second sooner without.
        """
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from notebook_reports.report import calls

        return getattr(calls, name)


__all__ = ["figure", "finding", "lede", "parameters", "provenance", "show", "table", "text"]


class _Drawer:
    """Draws what a cell ends in, and files; what that takes is imported then."""

    def show(self, shown: Section | Part) -> None:
        from notebook_reports.report import calls

        calls.show(shown)

    def save(self, shown: Figure, path: str | Path) -> str:
        from notebook_reports.report import saving

        return saving.save(shown, path)


draw_with(_Drawer())


def __dir__() -> list[str]:
    return __all__
