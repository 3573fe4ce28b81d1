"""The files of a report: its data as CSV with a description, its figures, its workbook."""

from __future__ import annotations

import csv
import io
import json
from html import escape
from typing import Any

from notebook_reports.report.blocks import Block
from notebook_reports.report.reading import read_blocks

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_DATATYPES = {"integer": "integer", "number": "number", "boolean": "boolean", "date": "date"}


def safe_cell(value: Any) -> Any:
    """Return a cell that no spreadsheet takes for a formula.

    Text that begins like a formula gets an apostrophe in front; numbers stay numbers.
    """
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return "'" + value
    return value


def csv_text(data: Block) -> str:
    """Write typed rows as CSV: one header row, empty for missing, no formula can run."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([safe_cell(c["name"]) for c in data["columns"]])
    for row in data["rows"]:
        writer.writerow(["" if v is None else _text(v) for v in row])
    return buffer.getvalue()


def _text(value: Any) -> Any:
    """Write true and false as words; leave numbers as they are."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return safe_cell(value)


def source_texts(block: Block) -> list[str]:
    """Write a block's sources, tables with their title, publisher and date."""
    return [s if isinstance(s, str) else _table_text(s) for s in block["source"]]


def _table_text(source: Block) -> str:
    """Write one table's title, publisher and date, with its name for looking it up."""
    words = [str(source[k]) for k in ("title", "publisher", "date") if source.get(k)]
    words = [w.replace("Various, named in each row", "publishers named in its rows") for w in words]
    changed = ", changed since it was shipped" if source.get("modified") else ""
    return f"{', '.join(words)} (table {source['name']}{changed})"


def parameter_texts(block: Block) -> list[str]:
    """Write the parameters of a provenance block; one that is empty is said to be so."""
    return [
        f"{name} = {'not set' if value in ('', None, []) else value}"
        for name, value in block["parameters"].items()
    ]


def description(block: Block) -> dict[str, Any]:
    """Describe a block's CSV as CSV on the Web does (W3C, Metadata Vocabulary for Tabular Data).

    Parameters
    ----------
    block : dict
        A figure or table block.

    Returns
    -------
    dict
        To be written beside the CSV as ``KEY.csv-metadata.json``.
    """
    columns = [
        {
            "name": f"column_{i}",
            "titles": column["name"],
            "datatype": _DATATYPES.get(column["type"], "string"),
        }
        for i, column in enumerate(block["data"]["columns"], 1)
    ]
    about = [block.get("subtitle", ""), block.get("alt", ""), block["note"]]
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "url": f"{block['key']}.csv",
        "dc:title": block.get("title") or block["caption"],
        "dc:description": " ".join(words for words in about if words) or block["caption"],
        "dc:source": source_texts(block),
        **_licence(block["source"]),
        "tableSchema": {"columns": columns},
    }


def _licence(sources: list[str | Block]) -> dict[str, Any]:
    """Give the one licence that all sources are under, or else say what each is under."""
    tables = [source for source in sources if isinstance(source, dict)]
    pages = {str(table.get("licence_page") or "") for table in tables}
    if len(pages) == 1 and "" not in pages and len(tables) == len(sources):
        return {"dc:license": {"@id": pages.pop()}}
    said = [f"{t['name']}: {t['licence']}" for t in tables if t.get("licence")]
    return {"dc:rights": said} if said else {}


def description_text(block: Block) -> str:
    """Write the description as JSON."""
    return json.dumps(description(block), ensure_ascii=False, indent=1) + "\n"


def download_files(nb: Any) -> dict[str, bytes]:
    """Make every file a reader of an executed notebook may take away.

    Parameters
    ----------
    nb : nbformat.NotebookNode
        The executed notebook.

    Returns
    -------
    dict of str to bytes
        Content by path inside the report's own folder: ``workbook.ods``, ``data/KEY.csv`` and
        ``data/KEY.csv-metadata.json`` for each figure and table, ``figures/KEY.svg``. Empty for
        a notebook without figures, tables and findings.
    """
    from notebook_reports.report.workbook import (
        workbook_bytes,  # notebooks themselves never need it
    )

    files: dict[str, bytes] = {}
    for kind, block in read_blocks(nb):
        if kind in {"figure", "table"}:
            stem = f"data/{block['key']}.csv"
            files[stem] = csv_text(block["data"]).encode()
            files[f"{stem}-metadata.json"] = description_text(block).encode()
        if kind == "figure":
            files[f"figures/{block['key']}.svg"] = (standalone_svg(block) + "\n").encode()
    workbook = workbook_bytes(nb)
    return files | ({"workbook.ods": workbook} if workbook else {})


def standalone_svg(block: Block) -> str:
    """Return a figure's SVG with its title and description inside, for use on its own."""
    head, _, body = block["svg"].partition(">")
    return (
        f'{head} role="img"><title>{escape(block["title"])}</title>'
        f"<desc>{escape(block['alt'])}</desc>{body}"
    )
