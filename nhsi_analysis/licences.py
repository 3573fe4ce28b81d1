"""The licences of a table, as ``data/raw/datapackage.json`` gives them, in a reader's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def licence_of(descriptor: Mapping[str, Any]) -> dict[str, str]:
    """Return a table's licence in words, and the page of it where one covers the whole table.

    Parameters
    ----------
    descriptor : mapping
        The table's Frictionless resource. A licence that names ``publishers`` covers what is from
        them; the one without an address, ``publishers' own terms``, covers every other row.

    Returns
    -------
    dict
        ``licence`` and ``licence_page``, which is empty where no licence covers all rows.

    Examples
    --------
    >>> ogl = {"title": "Open Government Licence v3.0", "path": "https://example.org/"}
    >>> licence_of({"licenses": [ogl]})["licence_page"]
    'https://example.org/'
    >>> own = {"title": "publishers' own terms"}
    >>> licence_of({"licenses": [{**ogl, "publishers": ["CQC"]}, own]})["licence"]
    "Open Government Licence v3.0 (CQC); other rows: publishers' own terms"
    """
    found = descriptor["licenses"]
    partial = [entry for entry in found if "publishers" in entry]
    if not partial:
        title = " and ".join(str(entry["title"]) for entry in found)
        page = str(found[0].get("path", "")) if len(found) == 1 else ""
        return {"licence": title[:1].upper() + title[1:], "licence_page": page}
    parts = [f"{entry['title']} ({', '.join(entry['publishers'])})" for entry in partial]
    parts += [f"other rows: {entry['title']}" for entry in found if "publishers" not in entry]
    return {"licence": "; ".join(parts), "licence_page": ""}
