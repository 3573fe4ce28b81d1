"""A report as a Word document: to send, to comment in, to paste from; python-docx writes it."""

from __future__ import annotations

import importlib.util

from notebook_reports.errors import ReportError


class WordError(ReportError):
    """Documents can't be written."""


def check_installed() -> None:
    """Check that what writes documents is there.

    Raises
    ------
    WordError
        If it isn't, saying what to install.
    """
    if importlib.util.find_spec("docx") is None:
        raise WordError(
            "writing Word documents needs python-docx: install the package python-docx, or this "
            "one with the extra 'word', or leave out --docx"
        )
