"""One report to make, as plain data that crosses process and machine boundaries."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from notebook_reports.packs.imprint import NOBODY, Imprint, Neighbour


@dataclass(frozen=True, slots=True)
class Job:
    """One report to make: a notebook with parameters.

    Parameters
    ----------
    id : str
        Stable and a safe file name; the same notebook and choice have it in every run.
    pack : str
        Title of the pack.
    position : str
        Where it stands in it: "Report 1 of 6".
    title : str
        What lists call it.
    section : str
        Heading it stands under.
    group : str
        Which reports of its notebook it may be compared with: "Acute trusts".
    question : str
        Title of its notebook.
    notebook : Path
        The notebook.
    given : dict
        Parameters the pack sets; the rest keep the notebook's defaults.
    parameters : dict
        All parameters as the notebook will see them.
    facets : dict
        What the index can be filtered by, such as region and type.
    cell_seconds, report_seconds : float
        Time limits.
    retries : int
        Times a report is begun again when its kernel died.
    imports : tuple of str
        Modules the notebook imports.
    notebook_sha256 : str
        Digest of the notebook without outputs.
    differs : str
        How the notebook differs from the commit that its page names; empty where it doesn't.
    imprint : Imprint
        Who speaks.
    others : tuple of Neighbour
        The report before it, the one after it and the index, as far as there are any.
    """

    id: str
    pack: str
    position: str
    title: str
    section: str
    group: str
    question: str
    notebook: Path
    given: dict[str, Any]
    parameters: dict[str, Any]
    facets: dict[str, str]
    cell_seconds: float
    report_seconds: float
    retries: int
    imports: tuple[str, ...]
    notebook_sha256: str
    differs: str = ""
    imprint: Imprint = NOBODY
    others: tuple[Neighbour, ...] = ()

    @property
    def seed(self) -> int:
        """Seed of the report's own random stream: set by what it is, not by where it runs."""
        text = json.dumps([self.notebook.stem, self.parameters], sort_keys=True)
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")


def say(value: Any) -> str:
    """Write a parameter's value for a reader."""
    if isinstance(value, list):
        return ", ".join(say(item) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{key} {say(item)}" for key, item in value.items())
    if isinstance(value, float):
        return f"{value:g}"
    return "none" if value is None else str(value)
