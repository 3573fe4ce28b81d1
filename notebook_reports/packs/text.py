"""Text from anywhere as one printable line, for a terminal or a list."""

from __future__ import annotations

import re

LONGEST_OWN = 1000
"""Characters kept of a line in the project's own words, whose lists of names may be long."""

_SEQUENCES = re.compile(
    r"(?:\x1b[P\]X^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x80-\x9f]*(?:\x07|\x1b\\|\x9c)"
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|\x1b[ -/]*[0-~]"
)
"""What drives a terminal (ECMA-48): strings such as a window's title, colours, single escapes."""


def one_line(text: str, longest: int = 200) -> str:
    r"""Return a text as one line that can be shown anywhere.

    Parameters
    ----------
    text : str
        Any text, such as an exception's.
    longest : int
        Characters kept; a longer text ends in "…".

    Returns
    -------
    str
        Without control sequences; lines are joined, and what can't be printed is "?".

    Examples
    --------
    >>> one_line("boom \x1b[31mred\x1b[0m\n  at\x00 once")
    'boom red at? once'
    """
    lines = _SEQUENCES.sub("", text).replace("\t", " ").splitlines()
    plain = " ".join(part for line in lines if (part := line.strip()))
    line = "".join(c if c.isprintable() else "?" for c in plain)
    return line if len(line) <= longest else f"{line[: longest - 1]}…"
