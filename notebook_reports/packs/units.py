"""Which units a page holds, in its figures and in the rows of its tables, for its script to find.

The script offers a field, "Find your trust", and marks the unit chosen; without it the page reads
as it always did.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from notebook_reports import project
from notebook_reports.report.blocks import Block


class PageUnits:
    """The units of one page, collected while it is written.

    Parameters
    ----------
    figures : iterable of dict
        The page's figure blocks. If none holds units, the page has no field.
    """

    def __init__(self, figures: Iterable[Block]) -> None:
        held = [(str(block["key"]), block["units"]) for block in figures if block.get("units")]
        self._figures: dict[str, dict[str, Any]] = {}
        self._names: dict[str, dict[str, None]] = {}
        self._spelled: dict[str, str] = {}
        if not held:
            return
        self._kinds = dict.fromkeys(str(units["kind"]) for _, units in held)
        for key, units in held:
            self._figures[key] = {p: units[p] for p in ("said", "wide", "narrow") if units.get(p)}
            for code, name in units["names"].items():
                self._names.setdefault(code, {})[name] = None
        # What a project knows more of a unit comes after what the page itself calls it.
        self._known = {code: dict.fromkeys(n) for code, n in project.current().units().items()}
        for code, names in [*self._names.items(), *self._known.items()]:
            for spelling in (code, *names):
                # A number in a table is a number, whatever somebody's codes are.
                if not spelling.isdigit():
                    self._spelled.setdefault(_plain(spelling), code)

    def __bool__(self) -> bool:
        """Tell whether the page has a field."""
        return bool(self._figures)

    def of_row(self, cells: Sequence[str]) -> str:
        """Return the code of the unit that a table's row is about; empty where it is about none."""
        for cell in cells if self else ():
            coded = _CODED.search(cell)
            for spelling in (cell, coded[1] if coded else ""):
                code = self._spelled.get(_plain(spelling))
                if code:
                    self._names.setdefault(code, {})
                    return code
        return ""

    def data(self) -> str:
        """Return what the script needs as an element that shows and runs nothing."""
        if not self:
            return ""
        names = {
            code: [*(names | self._known.get(code, {}))] for code, names in self._names.items()
        }
        told = {"kinds": list(self._kinds), "names": names, "figures": self._figures}
        text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
        # "<" could begin what ends the element.
        text = text.replace("<", "\\u003c")
        return f'<script type="application/json" id="find-unit-data">{text}</script>'


_CODED = re.compile(r"\((\w+)\)$")
_JOINTS = re.compile(r"[\W_]+")


def _plain(spelling: str) -> str:
    """Return a spelling without what differs between writers: case, signs, "and", "the"."""
    words = _JOINTS.sub(" ", spelling.replace("&", " and ").replace("'", "").replace("’", ""))
    return " ".join(word for word in words.casefold().split() if word not in {"and", "the"})
