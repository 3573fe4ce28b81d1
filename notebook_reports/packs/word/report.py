"""A report's parts in the order of its page, put into a document of the house's look."""

from __future__ import annotations

import base64
from html import escape
from typing import Any

import bs4
from nbformat import NotebookNode

from notebook_reports.packs.export import Page
from notebook_reports.packs.imprint import first_day
from notebook_reports.packs.job import Job
from notebook_reports.packs.manifest import version_now
from notebook_reports.packs.shell import UNFIT, about_page
from notebook_reports.packs.word import house
from notebook_reports.packs.word.writer import Writer
from notebook_reports.report import markup
from notebook_reports.report.blocks import Block
from notebook_reports.report.reading import block_of, read_blocks


class _Pages(Page):
    """The page's order, headings and links; figures and tables are left to the writer."""

    def __init__(self, nb: NotebookNode) -> None:
        super().__init__(nb)
        self.blocks: dict[str, tuple[Block, str]] = {}

    def written(self, nb: NotebookNode, about: str) -> str:
        """Return what the cells show, without their code."""
        write = {"markdown": self.narrative, "code": self.outputs, "raw": self.raw}
        parts = (write[cell.cell_type](number) for number, cell in enumerate(nb.cells, 1))
        return UNFIT.sub("", self.finished("\n".join(parts), about))

    def _numbered(self, kind: str, block: Block, number: str) -> str:
        anchor = f"{'fig' if kind == 'figure' else 'tab'}-{block['key']}"
        self.blocks[anchor] = block, number
        source = markup.source_line(block, self.anchors.tables)
        return f'<figure id="{anchor}">{source}</figure>'

    def _cards(self, findings: list[Block]) -> str:
        items = []
        for found in findings:
            label, href = escape(found["label"]), self._leads_to(found)
            linked = f'<a href="{escape(href)}">{label}</a>' if href else label
            interval = escape(f" ({found['interval_text']})" if found["interval_text"] else "")
            items.append(f"<li><b>{escape(found['text'])}</b> {linked}{interval}</li>")
        return f"<ul>{''.join(items)}</ul>"


def written(nb: NotebookNode, job: Job) -> bytes:
    """Write a report. See :func:`notebook_reports.packs.word.document_bytes`."""
    about = job.title.removeprefix(job.question).strip()
    page = _Pages(nb)
    main = page.written(nb, about)
    imprint, version = job.imprint, page.version or version_now()
    title = f"{about}: {page.title}" if about else page.title
    document = house.new_document()
    writer = Writer(document, page.blocks, _pictures(nb))
    draft = "DRAFT" if imprint.status == "draft" else ""
    day = first_day(page.as_at)
    writer.line(" · ".join(filter(None, (imprint.publisher or job.pack, imprint.standing))))
    as_at = f"Data as at {day}" if day else ""
    writer.line(" · ".join(filter(None, (draft, imprint.quarter, as_at, job.position))))
    facts = "".join(
        f"<dt>{term}</dt><dd>{said}</dd>"
        for term, said in about_page(imprint, job.pack, version, title)
    )
    end = f'<h2>About this document</h2><dl class="small">{facts}</dl>'
    writer.write(bs4.BeautifulSoup(UNFIT.sub("", f"{main}{end}"), "html.parser"))
    house.put_foot(document, " · ".join(filter(None, (draft, imprint.publisher, imprint.quarter))))
    house.put_properties(
        document,
        title=title,
        subject=f"{job.pack}: {job.section}" if job.section else job.pack,
        keywords=", ".join(filter(None, (imprint.quarter, as_at, *job.facets.values()))),
        author=imprint.publisher,
        comments=version,
        made=next((str(b["made"]) for kind, b in read_blocks(nb) if kind == "provenance"), ""),
    )
    return house.to_bytes(document)


def _pictures(nb: NotebookNode) -> dict[str, bytes]:
    """Return the picture of each figure, by its anchor."""
    found: dict[str, bytes] = {}
    for output in (output for cell in nb.cells for output in cell.get("outputs", ())):
        kind, block = block_of(output)
        image: Any = output.get("data", {}).get("image/png")
        if kind == "figure" and image:
            found[f"fig-{block['key']}"] = base64.b64decode("".join(image))
    return found
