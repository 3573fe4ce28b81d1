"""A report as a Word document: to send, to comment in, to paste from; python-docx writes it."""

from __future__ import annotations

import importlib.util

from typing import TYPE_CHECKING
from notebook_reports.errors import ReportError
from notebook_reports.packs.job import Job

if TYPE_CHECKING:
    from nbformat import NotebookNode


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


def document_bytes(nb: NotebookNode, job: Job) -> bytes:
    """Write a finished report as a document.

    Parameters
    ----------
    nb : nbformat.NotebookNode
        The executed notebook as pages may show it; its figures are as sharp as paper needs where
        its kernel ran with ``NHSI_DOCX=1``.
    job : Job
        The report.

    Returns
    -------
    bytes
        The same for the same notebook and job.

    Raises
    ------
    WordError
        If python-docx isn't installed.
    ExportError
        As for its page.
    """
    check_installed()
    from notebook_reports.packs.word.report import written  # with python-docx, which may be absent

    return written(nb, job)
