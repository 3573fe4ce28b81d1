"""Styles of HTML from elsewhere that carry meaning: colours of cells and of drawings."""

from __future__ import annotations

import re
from collections.abc import Iterator

import bs4
import tinycss2  # type: ignore[import-untyped]
from soupsieve import SelectorSyntaxError

from notebook_reports.packs.sanitise import PICTURE, PICTURE_STYLES, TEXT_STYLES

_MOST_RULES = 1_000_000
"""Characters of style sheets that are read; no table of a report has as many."""

_ANY = re.compile("style|hidden", re.IGNORECASE)
_SHEET = re.compile(r"<style\b[^>]*>(.*?)</style", re.IGNORECASE | re.DOTALL)
_SCRIPT = re.compile(r"<script\b.*?</script", re.IGNORECASE | re.DOTALL)
_MARKS = re.compile(r"<!--|-->|<!\[CDATA\[|\]\]>")
_PLAIN_ID = re.compile(r"#([\w-]+)$")
_STYLED = {"td", "th", "tr", "span"}
_COLOURS = {"color", "background-color", "background-image", "fill", "stroke"}
_NO_COLOUR = {"inherit", "initial", "unset", "currentcolor", "transparent", "none"}
_SAFE = re.compile(r"[\w#%.,()\s'+-]+")
_FUNCTION = re.compile(r"([\w-]*)\((?!#)")
_FUNCTIONS = {"rgb", "rgba", "hsl", "hsla", "linear-gradient"}
_OURS = {"color": "#1b1f23", "background-color": "#fff"}
"""What a colour stands beside: its author saw it on a light page, a reader's may be dark."""


def put_styles(soup: bs4.BeautifulSoup, html: str) -> bool:
    """Put a style sheet's colours and weights on the elements of clean HTML; hide what it hides.

    Parameters
    ----------
    soup : bs4.BeautifulSoup
        The clean HTML with its author's classes and anchors; it is changed.
    html : str
        The HTML as it was, whose style sheets are read.

    Returns
    -------
    bool
        Whether colours had to be left out.
    """
    if not _ANY.search(html):
        return False
    given: dict[int, dict[str, str]] = {}
    tags: dict[int, bs4.Tag] = {}
    lost = False
    for tag, styles in _ruled(soup, html):
        given.setdefault(id(tag), {}).update(styles)
        tags[id(tag)] = tag
    for tag in soup.find_all(_is_styled):
        styles = _declared(str(tag.get("style", "")))
        if tag.name not in _PICTURE and (tag.has_attr("hidden") or styles.get("display") == "none"):
            tag.decompose()
            continue
        given.setdefault(id(tag), {}).update(styles)
        tags[id(tag)] = tag
    for number, tag in tags.items():
        if tag.decomposed:  # a rule spoke of what isn't seen
            continue
        drawn = tag.name in _PICTURE
        allowed = PICTURE_STYLES if drawn else TEXT_STYLES if tag.name in _STYLED else frozenset()
        styles = {n: v for n, v in given[number].items() if n in allowed and _is_safe(v)}
        lost |= any(
            n in _COLOURS and n not in styles and v.lower() not in _NO_COLOUR
            for n, v in given[number].items()
        )
        if tag.name not in {"td", "th"}:
            styles.pop("text-align", None)
        if not drawn and _COLOURS & styles.keys():
            styles = _OURS | styles
        del tag["style"]
        if styles:
            tag["style"] = ";".join(f"{name}:{value}" for name, value in styles.items())
    return lost


_PICTURE = {name.lower() for name in PICTURE}


def _is_styled(tag: bs4.Tag) -> bool:
    """Tell whether an element says itself how it looks or that it isn't seen."""
    return tag.has_attr("style") or tag.has_attr("hidden")


def _ruled(soup: bs4.BeautifulSoup, html: str) -> Iterator[tuple[bs4.Tag, dict[str, str]]]:
    """Yield the elements that a rule of a style sheet speaks of, with what it says of them."""
    if "<style" not in html.lower():
        return
    css = _MARKS.sub(" ", "\n".join(_SHEET.findall(_SCRIPT.sub("", html))))[:_MOST_RULES]
    places = {str(tag["id"]): tag for tag in soup.find_all(id=True)}
    for rule in tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True):
        if rule.type != "qualified-rule":
            continue
        styles = _declared(tinycss2.serialize(rule.content))
        for selector in tinycss2.serialize(rule.prelude).split(","):
            name = selector.strip()
            said = styles
            if not name.startswith("#"):  # how numbers stand in all tables is the page's affair
                said = {n: v for n, v in styles.items() if n != "text-align"}
            if not said:
                continue
            place = _PLAIN_ID.match(name)
            for tag in _selected(soup, name) if place is None else [places.get(place[1])]:
                if tag is not None:
                    yield tag, said


def _selected(soup: bs4.BeautifulSoup, selector: str) -> list[bs4.Tag]:
    """Return what a selector names; one for a pointer or for added text names nothing."""
    try:
        return list(soup.select(selector))
    except (SelectorSyntaxError, NotImplementedError):
        return []


def _declared(css: str) -> dict[str, str]:
    """Return those declarations that a page knows or that carry colours."""
    styles = {}
    for part in tinycss2.parse_blocks_contents(css, skip_comments=True, skip_whitespace=True):
        if part.type == "declaration":
            value = tinycss2.serialize(part.value).strip()
            name = part.lower_name
            if name == "background":
                name = "background-image" if "gradient" in value else "background-color"
            if name in TEXT_STYLES or name in PICTURE_STYLES:
                styles[name] = value
    return styles


def _is_safe(value: str) -> bool:
    """Tell whether a value loads nothing and calls only what makes colours."""
    return bool(_SAFE.fullmatch(value)) and _FUNCTIONS.issuperset(_FUNCTION.findall(value))
