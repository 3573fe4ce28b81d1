"""What a trust is called."""

from __future__ import annotations

from typing import Final

from notebook_reports.evidence import words

LEGAL_FORMS: Final = ("NHS Foundation Trust", "NHS Trust")
"""What the names of trusts end in, the longer form first."""


def short_trust(name: str, most: int | None = None) -> str:
    """Shorten a trust's name to what tells it apart.

    Parameters
    ----------
    name : str
        Name in the register.
    most : int, optional
        Letters at most.

    Examples
    --------
    >>> short_trust("The Royal Wolverhampton NHS Trust")
    'The Royal Wolverhampton'
    """
    return words.short_name(name, LEGAL_FORMS, most)
