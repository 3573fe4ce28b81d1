"""The pages of a report: the finished one, or the one that says why there is none."""

from __future__ import annotations

from collections.abc import Mapping

import bs4
from nbformat import NotebookNode

from notebook_reports.packs import manifest, word
from notebook_reports.packs.anchors import Anchors
from notebook_reports.packs.export import export_html
from notebook_reports.packs.job import Job
from notebook_reports.packs.outcome import Failure
from notebook_reports.packs.pdf import print_pdf
from notebook_reports.packs.published import kept_out, without
from notebook_reports.packs.shell import render_page
from notebook_reports.packs.templates import render
from notebook_reports.packs.terminal import said
from notebook_reports.report import markup
from notebook_reports.report.downloads import download_files
from notebook_reports.report.reading import read_blocks

_MOST_DETAIL = 20_000


def report_files(nb: NotebookNode, job: Job, *, pdf: bool, docx: bool) -> dict[str, bytes]:
    """Return the files of a finished report, by path within the output folder.

    Parameters
    ----------
    nb : NotebookNode
        The executed notebook as pages may show it
        (:func:`~notebook_reports.packs.published.published`).
    job : Job
        The report.
    pdf : bool
        Also print the page.
    docx : bool
        Also write it as a Word document.
    """
    taken = download_files(nb)
    html = export_html(
        nb,
        pack_title=job.pack,
        imprint=job.imprint,
        position=job.position,
        others=job.others,
        workbook=taken.get("workbook.ods", b""),
        about=job.title.removeprefix(job.question).strip(),
        ready=True,
    )
    files = {f"reports/{job.id}.html": html.encode()}
    files |= {f"files/{job.id}/{name}": content for name, content in taken.items()}
    if pdf:
        files[f"reports/{job.id}.pdf"] = print_pdf(html)
    if docx:
        word.check_installed()
        from notebook_reports.packs.word.report import document_bytes  # with python-docx

        files[f"reports/{job.id}.docx"] = document_bytes(nb, job)
    return files


def said_first(nb: NotebookNode) -> tuple[str, str]:
    """Return a report's headline and the day of its data, plain text; empty where not said."""
    for kind, block in read_blocks(nb):
        if kind == "text" and block["role"] == "lede":
            numbers = Anchors(nb).numbers
            return _plain(block["markdown"], numbers), _plain(block.get("as_at", ""), numbers)
    return "", ""


def _plain(markdown: str, numbers: Mapping[str, str]) -> str:
    html = markup.refer(markup.markdown(markdown), numbers)
    return " ".join(bs4.BeautifulSoup(html, "html.parser").get_text().split())


def error_page(job: Job, failure: Failure, nb: NotebookNode | None = None) -> str:
    """Return the page of a report that failed.

    Parameters
    ----------
    job : Job
        The report.
    failure : Failure
        Why.
    nb : NotebookNode, optional
        The partial notebook, whose tags may keep code out of the page's traceback.
    """
    detail = said(failure.detail, _MOST_DETAIL)
    if nb is not None:
        detail = without(detail, kept_out(nb))
    main = render("error.html", job=job, failure=failure, detail=detail)
    return render_page(
        title=f"Failed: {job.title}",
        main=main,
        pack_title=job.pack,
        imprint=job.imprint,
        position=job.position,
        others=job.others,
        version=manifest.version_now(),
    )
