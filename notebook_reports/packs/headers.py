"""Headers of a plain HTML table: which cells each speaks for."""

from __future__ import annotations

import bs4


def scope_table(soup: bs4.BeautifulSoup, table: bs4.Tag) -> None:
    """Give every header of a table its scope; headers over several columns or rows get groups.

    A header that spans columns or rows speaks for a group of them, which HTML knows only where
    the table says so: by ``colgroup`` elements and by a ``tbody`` for each group.

    Parameters
    ----------
    soup : bs4.BeautifulSoup
        Maker of elements.
    table : bs4.Tag
        A table with its caption.
    """
    has_head = table.find("thead") is not None
    for row in table.find_all("tr"):
        cells = row.find_all(["th", "td"])
        # Where no part of the table is its head, a row that has nothing but headers is one.
        in_head = row.find_parent("thead") is not None or not (
            has_head or any(cell.name == "td" and cell.get_text(strip=True) for cell in cells)
        )
        for cell in cells:
            if in_head and not cell.get_text(strip=True):
                cell.name = "td"
            elif cell.name == "th":
                cell["scope"] = "col" if in_head else "row"
            if cell.name == "td":
                del cell["scope"]
    _group_columns(soup, table)
    for body in table.find_all("tbody"):
        _group_rows(soup, body)


def span(cell: bs4.Tag, name: str) -> int:
    """Return the number that an attribute of an element says: over how many columns a cell goes."""
    text = str(cell.get(name, "1"))
    return max(1, int(text)) if text.isdigit() else 1


def _group_columns(soup: bs4.BeautifulSoup, table: bs4.Tag) -> None:
    """Make a group of the columns under each cell of the first row of the head."""
    head = table.find("thead")
    first = head.find("tr") if head else None
    cells = first.find_all(["th", "td"]) if first else []
    caption = table.find("caption")
    wide = [cell for cell in cells if cell.name == "th" and span(cell, "colspan") > 1]
    if not wide or caption is None:
        return
    for old in table.find_all("colgroup"):
        old.decompose()
    for cell in wide:
        cell["scope"] = "colgroup"
    groups = [
        soup.new_tag("colgroup", attrs={"span": f"{span(cell, 'colspan')}"}) for cell in cells
    ]
    caption.insert_after(*groups)


def _group_rows(soup: bs4.BeautifulSoup, body: bs4.Tag) -> None:
    """Make a body of the rows beside each header that goes over several of them."""
    groups: list[list[bs4.Tag]] = []
    left = 0
    rows = body.find_all("tr", recursive=False)
    for row in rows:
        if left == 0:
            first = row.find("th")
            left = span(first, "rowspan") if first else 1
            if first and left > 1:
                first["scope"] = "rowgroup"
            groups.append([])
        groups[-1].append(row)
        left -= 1
    if len(groups) == len(rows):
        return
    for group in groups[1:]:
        part = soup.new_tag("tbody")
        part.extend(row.extract() for row in group)
        body.insert_after(part)
        body = part
