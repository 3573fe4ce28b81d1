"""What a trust is called."""

from __future__ import annotations

from typing import Final

from nhsi_analysis import datasets
from nhsi_analysis.errors import ParameterError
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


def check_trust(trust: object) -> None:
    """Refuse what is no trust's code.

    Raises
    ------
    ParameterError
        Codes and names that look like it are suggested.
    """
    names = datasets.load("trusts").set_index("org_code")["org_name"]
    if trust in names.index:
        return
    text, found = str(trust).strip(), [*names.index[:5]]
    if text:
        alike = names.index[names.str.contains(text, case=False, regex=False)]
        found = [*words.near(text, names.index), *alike[:5]] or found
    raise ParameterError(
        "trust",
        "is not the ODS code of a trust",
        value=trust,
        allowed=[f"{code} ({names[code]})" for code in dict.fromkeys(found)],
    )
