"""Formulas of a page, which are MathML, as Word's own, which can be edited there."""

from __future__ import annotations

from html import escape

import bs4
from bs4.element import PageElement
from docx.oxml import parse_xml
from docx.oxml.xmlchemy import BaseOxmlElement

_SPACE = "http://schemas.openxmlformats.org/officeDocument/2006/math"
_PARTS = {
    "mfrac": ("f", "num", "den"),
    "msub": ("sSub", "e", "sub"),
    "msup": ("sSup", "e", "sup"),
    "msubsup": ("sSubSup", "e", "sub", "sup"),
    "munder": ("limLow", "e", "lim"),
    "mover": ("limUpp", "e", "lim"),
    "munderover": ("sSubSup", "e", "sub", "sup"),
    "mroot": ("rad", "e", "deg"),
}
"""What has parts: its name in Word, and theirs, by its name in MathML."""


def formula(math: bs4.Tag) -> BaseOxmlElement:
    """Return a formula as an element of Word's."""
    return parse_xml(f'<m:oMath xmlns:m="{_SPACE}">{_inside(math)}</m:oMath>')


def _inside(node: bs4.Tag) -> str:
    return "".join(_written(part) for part in node.children)


def _written(node: PageElement) -> str:
    if not isinstance(node, bs4.Tag):
        text = str(node).strip()
        return f'<m:r><m:t xml:space="preserve">{escape(text)}</m:t></m:r>' if text else ""
    if node.name == "msqrt":
        shown = '<m:radPr><m:degHide m:val="1"/></m:radPr><m:deg/>'
        return f"<m:rad>{shown}<m:e>{_inside(node)}</m:e></m:rad>"
    if node.name == "mtable":
        rows = (f"<m:e>{_inside(row)}</m:e>" for row in node.find_all("mtr", recursive=False))
        return f"<m:eqArr>{''.join(rows)}</m:eqArr>"
    if node.name not in _PARTS:
        return _inside(node)
    name, *parts = _PARTS[node.name]
    children = [child for child in node.children if isinstance(child, bs4.Tag)]
    inside = {part: _written(child) for part, child in zip(parts, children, strict=True)}
    # A root names its degree first.
    order = sorted(parts, key=lambda part: part != "deg") if name == "rad" else parts
    return f"<m:{name}>{''.join(f'<m:{p}>{inside[p]}</m:{p}>' for p in order)}</m:{name}>"
