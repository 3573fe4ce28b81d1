"""The shell of every page of a pack: head, bar, contents, footer, style and script, all inline."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import jinja2
from markupsafe import Markup, escape

from notebook_reports import project
from notebook_reports.packs.imprint import (
    NOBODY,
    Imprint,
    Neighbour,
    contact_html,
    first_day,
    short_title,
)
from notebook_reports.packs.terminal import whole

TEMPLATES = Path(__file__).with_name("template")
_FOLDER = TEMPLATES / "nhsi"

ABOUT = "about-this-page"
"""Anchor of what a page says of itself."""

UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]")
"""What HTML allows nowhere, nor XML, whoever said it."""


@cache
def _file(name: str) -> str:
    """Read a part of the template."""
    return (_FOLDER / name).read_text(encoding="utf-8")


@cache
def _page() -> jinja2.Template:
    """Compile the shell."""
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    return environment.from_string(_file("page.html.j2"))


def render_page(
    *,
    title: str | Sequence[str],
    main: str,
    pack_title: str = "",
    imprint: Imprint = NOBODY,
    as_at: str = "",
    position: str = "",
    others: Sequence[Neighbour] = (),
    contents: Sequence[tuple[str, str]] = (),
    has_code: bool = False,
    version: str = "",
    wide: bool = False,
    has_units: bool = False,
) -> str:
    """Return a whole page: one file that asks the network for nothing.

    Parameters
    ----------
    title : str or sequence of str
        Title of the page, plain text; of several parts those are kept that fit.
    main : str
        HTML of the main part, safe as it is; its first heading is the page's only ``h1``.
    pack_title : str
        Title of the pack, plain text.
    imprint : Imprint
        Who speaks: at the top of the page, at its end, and at the foot of each printed one.
    as_at : str
        The day of the data, and what they are; the head shows its first date.
    position : str
        Where the page stands in its pack: "Report 1 of 6".
    others : sequence of Neighbour
        Pages of the pack that this one leads to.
    contents : sequence of (anchor, words)
        Entries of the contents at the side; none leaves the side out.
    has_code : bool
        Offer the switch for all code.
    version : str
        What made the page and when.
    wide : bool
        Let a page without contents use the whole width, for a table with many columns.
    has_units : bool
        Offer the field that finds a unit in the page's figures and tables.

    Returns
    -------
    str
        The page. Its content security policy lets only its own script run and nothing load.
    """
    script = "\n" + _file("page.js") + (_file("units.js") if has_units else "")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    first, *more = [title] if isinstance(title, str) else title
    name = short_title(first, imprint.publisher or pack_title.replace(first, ""), *more)
    listed = [*contents, (ABOUT, "About this page")] if contents else []
    html = _page().render(
        title=name,
        main=Markup(main),
        pack_title=pack_title,
        imprint=imprint,
        day=first_day(as_at),
        position=position,
        others=others,
        contents=listed,
        has_code=has_code,
        wide=wide,
        about=ABOUT,
        facts=about_page(imprint, pack_title, version, name),
        generator=project.loaded().name,
        css=Markup(
            _file("page.css") + (_file("units.css") if has_units else "") + _printed_foot(imprint)
        ),
        script=Markup(script.removeprefix("\n")),
        script_hash=Markup(f"'sha256-{digest}'"),
    )
    return UNFIT.sub("", whole(html))


def about_page(
    imprint: Imprint, pack_title: str, version: str, name: str
) -> list[tuple[str, Markup]]:
    """Return what a page says of itself at its end: names and what they tell, as HTML.

    Parameters
    ----------
    imprint : Imprint
        Who speaks.
    pack_title, version : str
        As in :func:`render_page`.
    name : str
        What an e-mail with a question calls the page.
    """
    publisher, standing = imprint.publisher, imprint.standing
    contact = contact_html(imprint.contact, ", ".join(filter(None, (name, version))))
    draft = imprint.status == "draft"
    told: list[tuple[str, str]] = [
        ("Made by", publisher and escape(". ".join(filter(None, (publisher, standing))))),
        ("Part of", publisher and escape(pack_title)),
        ("Status", "Draft: it may still change" if draft else "Published"),
        ("Questions", contact or "No address was given: ask whoever sent you this page"),
        ("Version", escape(version)),
        ("Next update", escape(imprint.next_update)),
        ("Licences", escape(project.current().attribution)),
    ]
    return [(term, Markup(words)) for term, words in told if words]


def _printed_foot(imprint: Imprint) -> str:
    """Return the style that says on each printed page who speaks, and whether it is a draft."""
    draft = "DRAFT" if imprint.status == "draft" else ""
    words = " · ".join(filter(None, (draft, imprint.publisher, imprint.quarter)))
    # Nothing that is said may end the string or the style that holds it.
    safe = "".join(c if c.isalnum() or c in " ·,.-/" else f"\\{ord(c):x} " for c in words)
    return f'@page{{@bottom-left{{content:"{safe}";font:8pt Arial,sans-serif}}}}\n' if words else ""
