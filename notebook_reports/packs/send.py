"""One page taken out of its pack: a file that leads nowhere else, to be mailed."""

from __future__ import annotations

from pathlib import Path

from notebook_reports.errors import PackError, shown
from notebook_reports.evidence import words
from notebook_reports.packs.compare import read_pack
from notebook_reports.packs.files import write_atomic
from notebook_reports.packs.notebook import meant

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
        File to write, or a folder that is there; without it, the pack's folder ``send``.

    Returns
    -------
    Path
        The copy.

    Raises
    ------
    PackError
        There is no pack, it has no such report or several, that one wasn't made, or the file would
        be one of the pack's own.
    """
    folder = folder.parent if folder.is_file() else folder
    records = {record["id"]: record for record in read_pack(folder)["reports"]}
    made = [id_ for id_, record in records.items() if record["status"] == "done"]
    asked = meant(
        report, {i: ([i], f"{r['title']} {r.get('question', '')}") for i, r in records.items()}
    )
    found = [id_ for id_ in asked if id_ in made]
    if len(asked) == 1 and not found:
        raise PackError(f"{asked[0]} is {records[asked[0]]['status']}: there is no page to send")
    if not made:
        raise PackError(f"{folder} holds no report that was made")
    if len(found) != 1:
        listed = words.listed(found or made, "and", most=8)
        what = f"several reports of {folder}" if found else f"no report of {folder}, which holds"
        raise PackError(f"{shown(report)} means {what}: {listed}")
    [id_] = found
    page = (folder / "reports" / f"{id_}.html").read_text(encoding="utf-8")
    before, _, links = page.partition(_OTHERS)
    own = folder / "send"
    target = (out if out and not out.is_dir() else (out or own) / f"{id_}.html").resolve()
    if target.is_relative_to(folder.resolve()) and not target.is_relative_to(own.resolve()):
        raise PackError(f"{target} is among the pack's own files: name one outside {folder}")
    write_atomic(target, before + links.partition("</nav>")[2])
    return target
