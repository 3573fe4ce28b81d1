"""Read back from an executed notebook what report calls left in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from notebook_reports.report.blocks import MIME, Block

_KINDS = {mime: kind for kind, mime in MIME.items()}


def block_of(output: Any) -> tuple[str, Block]:
    """Return the kind and content of one output.

    Parameters
    ----------
    output : mapping
        An output of a code cell.

    Returns
    -------
    tuple of str and dict
        "finding", "figure", "table", "text" or "provenance" and the block; an empty kind for
        an output that no report call made.
    """
    for mime, content in output.get("data", {}).items():
        if mime in _KINDS:
            return _KINDS[mime], dict(content)
    return "", {}


def read_blocks(nb: Any) -> Iterator[tuple[str, Block]]:
    """Return every block of an executed notebook in its order, each with its kind."""
    for cell in nb["cells"]:
        for output in cell.get("outputs", ()):
            kind, block = block_of(output)
            if kind:
                yield kind, block


def title_of(nb: Any) -> str:
    """Return the notebook's first heading of level one as it is written, or "Report"."""
    for cell in nb["cells"]:
        if cell["cell_type"] == "markdown":
            for line in "".join(cell["source"]).splitlines():
                if line.startswith("# "):
                    return line.removeprefix("# ").strip()
    return "Report"
