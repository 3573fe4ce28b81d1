"""What of an executed notebook its cells' tags let into a page."""

from __future__ import annotations

from nbformat import NotebookNode

from nhsi_analysis.packs.outputs import tidied

_TELLING = 4
"""Characters of a line of code below which it gives nothing away, such as "else"."""


def published(nb: NotebookNode) -> NotebookNode:
    """Return a copy of an executed notebook without what its cells' tags keep out of a page.

    Parameters
    ----------
    nb : nbformat.NotebookNode
        The executed notebook; it isn't changed.

    Returns
    -------
    nbformat.NotebookNode
        The same number of cells, with outputs as a terminal shows them: a cell tagged
        ``remove-cell`` is empty, one tagged ``remove-input`` has no source, nor do tracebacks
        quote it, and one tagged ``remove-output`` shows nothing.
    """
    quoted = kept_out(nb)
    nb = tidied(nb)
    for cell in nb.cells:
        tags = cell_tags(cell)
        if tags & {"remove-cell", "remove-output"} and cell.cell_type == "code":
            cell["outputs"] = []
        if tags & {"remove-cell", "remove-input"}:
            cell["source"] = ""
        for output in cell.get("outputs", ()) if quoted else ():
            if output.output_type == "error":
                output["traceback"] = [without("\n".join(output.traceback), quoted)]
    return nb


def kept_out(nb: NotebookNode) -> set[str]:
    """Return the lines of code that the tags of their cells keep out of pages."""
    lines = {
        line.strip()
        for cell in nb.cells
        if cell_tags(cell) & {"remove-cell", "remove-input"}
        for line in cell.source.splitlines()
    }
    return {line for line in lines if len(line) >= _TELLING}


def without(text: str, quoted: set[str]) -> str:
    """Return a traceback without its lines that quote code which is kept out."""
    return "\n".join(line for line in text.split("\n") if not any(code in line for code in quoted))


def cell_tags(cell: NotebookNode) -> set[str]:
    """Return the tags of a cell, written with hyphens as Jupyter Book writes them."""
    return {str(tag).replace("_", "-") for tag in cell.metadata.get("tags", ())}
