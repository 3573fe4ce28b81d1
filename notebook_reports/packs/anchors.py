"""Places in a page: their names, and the links that lead to them."""

from __future__ import annotations

import re
from html import escape
from urllib.parse import unquote

import bs4
from nbformat import NotebookNode

from notebook_reports.report.numbering import Numbers
from notebook_reports.report.reading import read_blocks


class Anchors:
    """The names used in one page, collected cell by cell.

    Parameters
    ----------
    nb : nbformat.NotebookNode
        The notebook, whose figures, tables and findings have names of their own; figures and
        tables have numbers too, for reading, in the order of the page.
    """

    def __init__(self, nb: NotebookNode) -> None:
        self.tables: set[str] = set()
        self.numbers = Numbers()
        self._ids: set[str] = {"main", "downloads", "all-code", "tables-read"}
        self._ids |= {"find-unit", "find-unit-list", "find-unit-data"}
        for kind, block in read_blocks(nb):
            self._ids |= {f"{start}-{block.get('key')}{end}" for start, end in _BLOCK_IDS[kind]}
            if kind in {"figure", "table"}:
                self.numbers.of(kind, str(block.get("key")))
            self.tables |= {str(table["name"]) for table in block.get("tables", ())}
        self._ids |= {f"source-{name}" for name in self.tables}
        self._headings: dict[str, str] = {}
        self._links: list[tuple[str, str]] = []

    def new(self, stem: str) -> str:
        """Return an unused anchor that is the given one or begins with it."""
        anchor, n = stem, 2
        while anchor in self._ids:
            anchor, n = f"{stem}-{n}", n + 1
        self._ids.add(anchor)
        return anchor

    def of_heading(self, heading: bs4.Tag, words: str) -> str:
        """Return a heading's anchor, its author's or made of its words."""
        anchor = str(heading.get("id") or "") or self.new(_slug(words))
        self.lead_by_words(words, anchor)
        return anchor

    def lead_by_words(self, words: str, anchor: str) -> None:
        """Let links that name a heading's words find it; the first of several has them."""
        self._headings.setdefault(_words_key(words), anchor)

    def keep(self, soup: bs4.BeautifulSoup, where: str) -> None:
        """Keep the author's anchors, apart from those of other cells, and what refers to them."""
        anchors = soup.find_all("a")
        for tag in anchors:
            if name := tag.attrs.pop("name", ""):
                tag["id"] = tag.get("id") or name
        tags = soup.find_all(id=True)
        links = [tag for tag in anchors if str(tag.get("href", ""))[0:1] == "#"]
        names = {unquote(str(tag["href"])[1:]) for tag in links}
        renamed: dict[str, str] = {}
        for tag in tags:
            old = str(tag["id"])
            if _RANDOM.match(old) and old not in names:
                del tag["id"]
                continue
            stem = "-".join("part" if _RANDOM.match(old) else word for word in old.split())
            tag["id"] = self.new(stem or "part")
            renamed.setdefault(old, str(tag["id"]))
        for link in links:
            name = unquote(str(link["href"])[1:])
            if name in renamed:
                link["href"] = f"#{renamed[name]}"
            elif name not in {"", "top"}:
                link["href"] = self.link(where, name)
        for tag in soup.find_all(_refers):
            for attribute in _REFERENCES & tag.attrs.keys():
                given = tag[attribute]
                words = given if isinstance(given, list) else str(given).split()
                kept = [renamed[word] for word in words if word in renamed]
                tag[attribute] = " ".join(kept)
                if not kept:
                    del tag[attribute]
        for tag in (part for svg in soup.find_all("svg") for part in svg.find_all(True)):
            for attribute, value in tag.attrs.items():
                if isinstance(value, str) and "#" in value:
                    tag[attribute] = _IN_PICTURE.sub(
                        lambda found: f"{found[1]}{renamed.get(found[2], found[2])}", value
                    )

    def link(self, where: str, name: str) -> str:
        """Return what stands for a link until the page is complete and says where it leads."""
        self._links.append((where, name))
        return f"{_LINK}{len(self._links) - 1};"

    def lead(self, main: str) -> tuple[str, list[str]]:
        """Return the main part with its links to places in it, and a fault for each dead one."""
        targets, faults = {}, []
        for number, (where, name) in enumerate(self._links):
            anchor = name if name in self._ids else self._headings.get(_words_key(name))
            if anchor is None and _SCHEME.match(name):
                faults.append(
                    f"{where}: a page can't hold the link {name}; let it lead to a place on the "
                    "web, to an address for mail or a telephone, or to a heading of the page"
                )
            elif anchor is None:
                faults.append(
                    f"{where}: the link #{name} leads nowhere in the page; name the words of a "
                    "heading with hyphens, #method-and-caveats, or an id that a cell sets"
                )
            targets[str(number)] = escape(f"#{anchor}")
        return _LINKS.sub(lambda found: targets.get(found[1], "#"), main), faults


_BLOCK_IDS = {
    "finding": [("finding", "")],
    "figure": [("fig", ""), ("fig", "-title"), ("fig", "-data")],
    "table": [("tab", ""), ("tab", "-caption")],
    "text": [],
    "provenance": [],
}
_RANDOM = re.compile(r"T_[0-9a-f]{5}|[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)
"""Anchors that differ from run to run: those of pandas' Styler and of random UUIDs."""
_SCHEME = re.compile(r"\s*[a-z]+:", re.IGNORECASE)
_REFERENCES = {"aria-labelledby", "aria-describedby", "headers"}
_IN_PICTURE = re.compile(r"(^#|url\(['\"]?#)([^)'\"]+)")
_LINK = "#\ufdd0"
_LINKS = re.compile(f"{_LINK}(\\d+);")


def _refers(tag: bs4.Tag) -> bool:
    """Tell whether an element names others by their anchors."""
    return not _REFERENCES.isdisjoint(tag.attrs)


def _slug(words: str) -> str:
    """Return the anchor made of a heading's words."""
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-") or "section"


def _words_key(words: str) -> str:
    """Return a heading's words as any of the usual ways to link to them writes them."""
    return re.sub(r"[\W_]+", "-", words.casefold()).strip("-")
