"""The pages of a report: the finished one, or the one that says why there is none."""

from __future__ import annotations

import re

from nbconvert import HTMLExporter
from nbformat import NotebookNode

from nhsi_analysis.packs.outcome import Failure
from nhsi_analysis.packs.plan import Job
from nhsi_analysis.packs.templates import render

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def report_files(nb: NotebookNode, job: Job) -> dict[str, bytes]:
    """Return the files of a finished report, by path within the output folder.

    Parameters
    ----------
    nb : NotebookNode
        The executed notebook.
    job : Job
        The report.
    """
    html, _ = HTMLExporter(template_name="basic").from_notebook_node(nb)
    return {f"reports/{job.id}.html": html.encode()}


def error_page(job: Job, failure: Failure) -> str:
    """Return the page of a report that failed.

    Parameters
    ----------
    job : Job
        The report.
    failure : Failure
        Why.
    """
    detail = _COLOUR.sub("", failure.detail)
    return render("error.html", job=job, failure=failure, detail=detail)
