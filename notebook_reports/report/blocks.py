"""What a report is made of, as plain data: findings, figures, tables, prose, provenance.

Every call of :mod:`notebook_reports.report` builds one block, shows it and leaves it in the
notebook as JSON, so that an index, a workbook, a comparison or a test reads the executed notebook
alone. What only reads them needs neither pandas nor matplotlib;
:mod:`notebook_reports.report.building` makes them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from notebook_reports.errors import ParameterError

MIME = {
    kind: f"application/vnd.nhsi.{kind}+json"
    for kind in ("finding", "figure", "table", "text", "provenance")
}
"""Mime type of each kind of block in a notebook's outputs."""

Block = dict[str, Any]

NOT_AVAILABLE = "not available"
"""What a table says where a number is missing."""

_KEY = re.compile(r"[a-z][a-z0-9_]*")
_FILLERS = {
    "",
    "alt",
    "alt text",
    "alternative text",
    "chart",
    "chart image",
    "description",
    "diagram",
    "figure",
    "graph",
    "image",
    "photo",
    "picture",
    "plot",
    "png",
    "screenshot",
    "svg",
    "tbc",
    "tbd",
    "todo",
}


def check_key(key: str) -> str:
    """Return a key after checking that it can name a file, an anchor and a comparison's row."""
    if not _KEY.fullmatch(str(key)):
        raise ParameterError(
            "key", "must be lower-case letters, digits and underscores, a letter first", value=key
        )
    return key


def check_text(name: str, text: str) -> str:
    """Return a text without outer white space after checking that it says something."""
    if not str(text).strip():
        raise ParameterError(name, "must be a text that isn't empty", value=text)
    return text.strip()


def is_filler(alt: str, title: str = "") -> bool:
    """Tell whether an image's description describes nothing.

    Parameters
    ----------
    alt : str
        The description.
    title : str
        Title beside the image: repeating it tells a blind reader nothing new.
    """
    plain = re.sub(r"[\W_]+", " ", alt).strip().casefold()
    return (
        plain in _FILLERS
        or plain.startswith("no description has been provided")
        or re.fullmatch(r"(image|figure|fig|chart|plot|picture|graph) ?\d*", plain) is not None
        or (bool(title) and plain == re.sub(r"[\W_]+", " ", title).strip().casefold())
    )


def check_alt(alt: str, title: str = "") -> str:
    """Return a description of an image after checking that it is one."""
    text = check_text("alt", alt)
    if is_filler(text, title):
        raise ParameterError(
            "alt", "must say what the image shows, not that it is one nor its title", value=alt
        )
    return text


def check_source(source: str | Sequence[str]) -> list[str]:
    """Return the sources as a list after checking that there is one and none is empty."""
    sources = [source] if isinstance(source, str) else list(source)
    if not sources:
        raise ParameterError("source", "must name a table or a publication")
    return [check_text("source", s) for s in sources]


def code_of(block: Block) -> str:
    """Return what made a report, by its provenance: a package and its version."""
    # A notebook that was executed before provenance named the package doesn't say.
    return f"{block.get('package', 'version')} {block['version']}"
