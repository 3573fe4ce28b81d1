"""A report's parts in the order of its page, put into a document of the house's look."""

from __future__ import annotations

from html import escape

from nbformat import NotebookNode

from notebook_reports.packs.export import Page
from notebook_reports.packs.imprint import first_day
from notebook_reports.packs.job import Job
from notebook_reports.packs.manifest import version_now
from notebook_reports.packs.shell import about_page
from notebook_reports.packs.word import house
from notebook_reports.packs.word.writer import Writer, fit
from notebook_reports.report import markup
from notebook_reports.report.blocks import Block
from notebook_reports.report.reading import block_of, read_blocks


class _Document(Page):
    """The page's order, headings and links; its figures and tables as a writer takes them."""

    def __init__(self, nb: NotebookNode) -> None:
        super().__init__(nb)
        every = (output for cell in nb.cells for output in cell.get("outputs", ()))
        self._pictures = {
            block["key"]: "".join(output.data.get("image/png", ""))
            for output in every
            for kind, block in (block_of(output),)
            if kind == "figure"
        }

    def written(self, nb: NotebookNode, about: str) -> str:
        """Return what the cells show, without their code."""
        write = {"markdown": self.narrative, "code": self.outputs, "raw": self.raw}
        parts = (write[cell.cell_type](number) for number, cell in enumerate(nb.cells, 1))
        return self.finished("\n".join(parts), about)

    def _numbered(self, kind: str, block: Block, number: str) -> str:
        word, _, count = number.partition(" ")
        if kind == "figure":
            title, picture = block["title"], self._pictures[block["key"]]
            shown = (
                f'<p class="subtitle">{escape(block["subtitle"])}</p><p class="figure">'
                f'<img name="{number}" alt="{escape(block["alt"])}" src=";base64,{picture}"></p>'
            )
        else:
            title, numeric = block["caption"], block["numeric"]
            names = ["th" if at == block["row_header"] else "td" for at in range(len(numeric))]
            rows = "".join(f"<tr>{_cells(row, names, numeric)}</tr>" for row in block["cells"])
            head = _cells(block["header"], ["th"] * len(numeric), numeric)
            caption = f"<caption>{escape(f'{number}. {title}')}</caption>"
            shown = f"<table>{caption}<thead><tr>{head}</tr></thead>{rows}</table>"
        source = markup.source_line(block, self.anchors.tables)
        return (
            f'<figure id="{kind[:3]}-{block["key"]}"><p class="caption">{word} '
            f'<field code="SEQ {word} \\* ARABIC">{count}</field>. {escape(title)}</p>{shown}'
            f'<p class="small">{escape(block["note"])} {source}</p></figure>'
        )

    def _cards(self, findings: list[Block]) -> str:
        items = []
        for found in findings:
            label, href = escape(found["label"]), self._leads_to(found)
            linked = f'<a href="{escape(href)}">{label}</a>' if href else label
            interval = escape(f" ({found['interval_text']})" if found["interval_text"] else "")
            items.append(f"<li><b>{escape(found['text'])}</b> {linked}{interval}</li>")
        return f"<ul>{''.join(items)}</ul>"


def document_bytes(nb: NotebookNode, job: Job) -> bytes:
    """Write a finished report as a document, the same bytes for the same notebook and job.

    The notebook is as pages may show it, and fails as its page does; its figures are as sharp as
    paper needs where its kernel ran with ``NHSI_DOCX=1``.
    """
    about = job.title.removeprefix(job.question).strip()
    page = _Document(nb)
    main = page.written(nb, about)
    imprint, version = job.imprint, page.version or version_now()
    title = f"{about}: {page.title}" if about else page.title
    draft = "DRAFT" if imprint.status == "draft" else ""
    day = first_day(page.as_at)
    as_at = f"Data as at {day}" if day else ""
    facts = about_page(imprint, job.pack, version, title)
    document = house.new_document()
    Writer(document).write(
        f'<p class="about">{escape(_line(imprint.publisher or job.pack, imprint.standing))}</p>'
        f'<p class="about">{escape(_line(draft, imprint.quarter, as_at, job.position))}</p>{main}'
        '<h2>About this document</h2><dl class="small">'
        f"{''.join(f'<dt>{term}</dt><dd>{said}</dd>' for term, said in facts)}</dl>"
    )
    house.put_foot(document, fit(_line(draft, imprint.publisher, imprint.quarter)))
    house.put_properties(
        document,
        title=fit(title),
        subject=fit(f"{job.pack}: {job.section}" if job.section else job.pack),
        keywords=fit(", ".join(filter(None, (imprint.quarter, as_at, *job.facets.values())))),
        author=fit(imprint.publisher),
        comments=version,
        made=next((str(b["made"]) for kind, b in read_blocks(nb) if kind == "provenance"), ""),
    )
    return house.to_bytes(document)


def _line(*words: str) -> str:
    return " · ".join(filter(None, words))


def _cells(texts: list[str], names: list[str], numeric: list[bool]) -> str:
    return "".join(
        f'<{name} class="{"number" if right else "words"}">{escape(text)}</{name}>'
        for text, name, right in zip(texts, names, numeric, strict=True)
    )
