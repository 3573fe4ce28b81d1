"""One page taken out of its pack: a file that leads nowhere else, to be mailed."""

from __future__ import annotations

from pathlib import Path

from notebook_reports.errors import PackError, shown
from notebook_reports.evidence import words
from notebook_reports.packs.compare import read_pack
from notebook_reports.packs.files import write_atomic
from notebook_reports.packs.notebook import means

_OTHERS = '<nav aria-label="Other pages">'
"""The links between pages, which the shell writes; nothing else on a page may be such a part."""


def send(report: str, folder: Path, out: Path | None = None) -> Path:
    """Write a copy of a report's page without its links to other pages.

    Parameters
    ----------
    report : str
        Its id, or what means it alone of those made: a number, a beginning, words of its title.
    folder : Path
        Folder of the pack.
    out : Path, optional
        File to write; without it, ID.html in the pack's folder ``send``.

    Returns
    -------
    Path
        The copy.

    Raises
    ------
    PackError
        There is no pack, it has no such report or several, or that one wasn't made.
    """
    records = {record["id"]: record for record in read_pack(folder)["reports"]}
    made = [id_ for id_, record in records.items() if record["status"] == "done"]
    if report in records and report not in made:
        raise PackError(f"{report} is {records[report]['status']}: there is no page to send")
    found = [
        id_
        for id_ in made
        if means(report, [id_], f"{records[id_]['title']} {records[id_].get('question', '')}")
    ]
    found = [report] if report in made else found
    if len(found) != 1:
        listed = words.listed(found or made, "and", most=8)
        what = f"several reports of {folder}" if found else f"no report of {folder}, which holds"
        raise PackError(f"{shown(report)} means {what}: {listed}")
    [id_] = found
    page = (folder / "reports" / f"{id_}.html").read_text(encoding="utf-8")
    before, _, links = page.partition(_OTHERS)
    target = out or folder / "send" / f"{id_}.html"
    write_atomic(target, before + links.partition("</nav>")[2])
    return target
