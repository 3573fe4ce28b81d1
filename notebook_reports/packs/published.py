"""What of an executed notebook its cells' tags let into a page."""

from __future__ import annotations

import re

from nbformat import NotebookNode

_TELLING = 4
"""Characters of a line of code below which it gives nothing away, such as "else"."""

_COMMAND = re.compile(r"^\s*(?:[\w, ]+=\s*)?(?:!!?|%%?\w+)")
_PLACE = re.compile(r":\d+: \w|\bline(?:no)? \d|:\d+ in |\bCell In\b")
_SET_IN = re.compile(r"\s|-+>|[│❱>]")
_MARKS = re.compile(r"^[\s│❱>-]*(?:\d+ )?[\s│]*|[\s│]+$")


def published(nb: NotebookNode) -> NotebookNode:
    """Return a copy of an executed notebook without what its cells' tags keep out of a page.

    Parameters
    ----------
    nb : nbformat.NotebookNode
        The executed notebook, with outputs as a terminal shows them
        (:func:`notebook_reports.packs.outputs.tidied`); it isn't changed.

    Returns
    -------
    nbformat.NotebookNode
        The same number of cells: one tagged ``remove-cell`` is empty, one tagged
        ``remove-input`` has no source, nor do tracebacks, warnings and logs quote either's, and
        one tagged ``remove-output`` shows nothing.
    """
    quoted = kept_out(nb)
    result = NotebookNode(nb)
    result["cells"] = [NotebookNode(cell) for cell in nb.cells]
    for cell in result.cells:
        tags = cell_tags(cell)
        if tags & {"remove-cell", "remove-output"} and cell.cell_type == "code":
            cell["outputs"] = []
        if tags & {"remove-cell", "remove-input"}:
            cell["source"] = ""
        if quoted and cell.get("outputs"):
            cell["outputs"] = [_unquoted(output, quoted) for output in cell.outputs]
    return result


def _unquoted(output: NotebookNode, quoted: set[str]) -> NotebookNode:
    """Return an output without code that is kept out."""
    output = NotebookNode(output)
    if output.output_type == "error":
        output["traceback"] = [without("\n".join(output.traceback), quoted)]
    elif output.output_type == "stream":
        output["text"] = _without_quotes(output.text, quoted)
    return output


def kept_out(nb: NotebookNode) -> set[str]:
    """Return the lines of code that the tags of their cells keep out of pages."""
    lines = {
        # What follows the mark of a command is quoted as the argument of IPython's own call.
        part.strip()
        for cell in nb.cells
        if cell_tags(cell) & {"remove-cell", "remove-input"}
        for line in cell.source.splitlines()
        for part in (line, _COMMAND.sub("", line))
    }
    return {line for line in lines if len(line) >= _TELLING}


def without(text: str, quoted: set[str]) -> str:
    """Return a traceback without its lines that quote code which is kept out."""
    return "\n".join(line for line in text.split("\n") if not _quotes(line, quoted))


def _quotes(line: str, quoted: set[str]) -> bool:
    """Tell whether a line holds code that is kept out, or a part of it cut from a long line."""
    part = _MARKS.sub("", line) if _SET_IN.match(line) else ""
    return any(code in line or (len(part) >= _TELLING and part in code) for code in quoted)


def _without_quotes(text: str, quoted: set[str]) -> str:
    """Return a printed text without code that is kept out, which warnings and logs quote.

    Such code stands set in under a line that tells its place. Anything else may be a text that
    a cell whose code is kept out has printed.
    """
    lines, told = [], False
    for line in text.split("\n"):
        told = told or _PLACE.search(line) is not None
        if not (told and _SET_IN.match(line) and _quotes(line, quoted)):
            lines.append(line)
    return "\n".join(lines)


def cell_tags(cell: NotebookNode) -> set[str]:
    """Return the tags of a cell, written with hyphens as Jupyter Book writes them."""
    return {str(tag).replace("_", "-") for tag in cell.metadata.get("tags", ())}
