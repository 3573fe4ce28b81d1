"""Outputs of cells as a reader would have seen them, for the notebook that is kept and the page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_output

from notebook_reports.packs.terminal import notice, said, whole
from notebook_reports.report.blocks import MIME

MOST_BUNDLE = 20_000_000
"""Characters of one output in one form that are kept: a large interactive chart has 4 million."""

_OURS = frozenset(MIME.values())


def tidied(nb: NotebookNode) -> NotebookNode:
    """Return an executed notebook with outputs as a reader of a terminal would have seen them.

    The pieces of a stream become one, progress bars keep their last state, colours and other
    orders to a terminal go, and a text too long for anyone is cut with a word on how much. Doing
    it again changes nothing.

    Parameters
    ----------
    nb : nbformat.NotebookNode
        The executed notebook; it isn't changed.

    Returns
    -------
    nbformat.NotebookNode
        New cells and outputs that share with the old ones what didn't change.
    """
    names = _CellNames(nb)
    result = NotebookNode(nb)
    result["cells"] = [NotebookNode(cell) for cell in nb.cells]
    for cell in result.cells:
        if cell.get("outputs"):
            cell["outputs"] = [_tidied(output, names) for output in _joined_streams(cell.outputs)]
    return result


def _joined_streams(outputs: list[NotebookNode]) -> Iterator[NotebookNode]:
    """Join what was printed piece by piece between two other outputs, errors after the rest.

    The libraries' ways don't serve: nbclient's moves what was printed after a table before it,
    and nbconvert's takes whole lines out at a carriage return, which loses the bars that a cursor
    moves between, in a time that grows with the square of the pieces and of a line.
    """
    for printed, pieces in groupby(outputs, _is_stream):
        if not printed:
            yield from pieces
            continue
        texts: dict[str, list[str]] = {"stdout": [], "stderr": []}
        for piece in pieces:
            texts.setdefault(piece.name, []).append(_text(piece.text))
        for name, parts in texts.items():
            if parts:
                yield new_output("stream", name=name, text="".join(parts))


def _is_stream(output: NotebookNode) -> bool:
    return bool(output.output_type == "stream")


def _tidied(output: NotebookNode, names: _CellNames) -> NotebookNode:
    """Return an output with readable text of a bounded length."""
    result = NotebookNode(output)
    if _is_stream(output):
        result["text"] = names.put(said(output.text))
    elif output.output_type == "error":
        result["evalue"] = said(output.evalue)
        result["traceback"] = names.put(said("\n".join(output.traceback))).split("\n")
    else:
        data = {}
        for mime, content in output.get("data", {}).items():
            if mime == "text/plain":
                data[mime] = said(_text(content))
            elif mime in _OURS:
                data[mime] = content
            elif (size := len(text := _text(content))) > MOST_BUNDLE:
                data.setdefault("text/plain", notice(size, mime).strip())
            else:
                data[mime] = whole(text) if isinstance(content, str) else content
        result["data"] = NotebookNode(data)
    return result


def _text(content: Any) -> str:
    """Return a value of a notebook as text; on disk it may be a list of lines."""
    if isinstance(content, list) and all(isinstance(line, str) for line in content):
        return "".join(content)
    return content if isinstance(content, str) else json.dumps(content)


class _CellNames:
    """Names of cells in place of the files that ipykernel pretends to compile them from."""

    _FILE = re.compile(r"(?<![^\s\"'(])[^\s\"'(]*ipykernel_\d+[/\\](?P<stem>\d+)\.py\b")

    def __init__(self, nb: NotebookNode) -> None:
        self._nb = nb
        self._names: dict[str, str] = {}

    def put(self, text: str) -> str:
        """Name the cell of every such file in a text."""
        if "ipykernel_" not in text:
            return text
        if not self._names:
            from ipykernel.compiler import get_file_name  # slow to import, and seldom needed

            self._names = {
                Path(get_file_name(cell.source)).stem: f"cell {number}"
                for number, cell in enumerate(self._nb.cells, 1)
                if cell.cell_type == "code"
            }
        return self._FILE.sub(lambda found: self._names.get(found["stem"], "a cell"), text)
