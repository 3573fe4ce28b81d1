"""A notebook as it is committed: without outputs, and without what saving it adds.

Git passes a notebook through this module on its way into a commit, and into every comparison with
one, as ``.gitattributes`` says and :func:`notebook_reports.checkout.keep_bare` sets up; ``python -m
notebook_reports.bare FILE`` rewrites files. It needs the standard library alone, and so starts at
once.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

_OF_A_RUN = ("collapsed", "ExecuteTime", "execution", "papermill", "scrolled", "trusted", "vscode")
"""What front ends and runners write into a cell's metadata."""

_PYTHON = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
"""The metadata of a notebook of Python, whichever kernel it was last opened with."""


def bare(content: bytes) -> bytes:
    """Return a notebook without outputs, counts of runs and marks of who ran it.

    Parameters
    ----------
    content : bytes
        The file; one that is no notebook of format 4 comes back as it is.

    Examples
    --------
    >>> cell = {"cell_type": "code", "execution_count": 7, "metadata": {}, "outputs": [1]}
    >>> saved = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    >>> json.loads(bare(json.dumps(saved).encode()))["cells"]
    [{'cell_type': 'code', 'execution_count': None, 'metadata': {}, 'outputs': []}]
    """
    try:
        notebook = json.loads(content)
        if notebook["nbformat"] != 4:
            return content
        for cell in notebook["cells"]:
            _strip(cell)
        metadata = notebook["metadata"]
        metadata.pop("widgets", None)
        if metadata.get("language_info", {}).get("name") == "python":
            metadata.update(_PYTHON)
        # As nbformat writes it, so that what was saved compares equal with what was committed.
        text = json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True)
        return f"{text}\n".encode()
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return content


def _strip(cell: dict[str, Any]) -> None:
    if cell["cell_type"] == "code":
        cell.update(outputs=[], execution_count=None)
    metadata = cell["metadata"]
    hidden = metadata.get("jupyter", {})
    hidden.pop("outputs_hidden", None)
    for name in (*_OF_A_RUN, *(() if hidden else ("jupyter",))):
        metadata.pop(name, None)


def main(files: list[str]) -> None:
    """Rewrite files, or without any pass standard input on."""
    for path in map(Path, files):
        content = path.read_bytes()
        if (stripped := bare(content)) != content:
            path.write_bytes(stripped)
    if not files:
        sys.stdout.buffer.write(bare(sys.stdin.buffer.read()))


if __name__ == "__main__":
    main(sys.argv[1:])
