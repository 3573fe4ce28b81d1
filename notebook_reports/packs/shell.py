"""The shell of every page of a pack: head, bar, contents, footer, style and script, all inline."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from functools import cache
from html import escape
from pathlib import Path

import jinja2
from markupsafe import Markup

from notebook_reports import project
from notebook_reports.packs.terminal import whole

TEMPLATES = Path(__file__).with_name("template")
_FOLDER = TEMPLATES / "nhsi"

_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]")
"""What HTML allows nowhere, whoever said it."""


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
    title: str,
    main: str,
    pack_title: str = "",
    index_href: str = "",
    position: str = "",
    contents: Sequence[tuple[str, str]] = (),
    has_code: bool = False,
    footer: str = "",
    wide: bool = False,
    has_units: bool = False,
) -> str:
    """Return a whole page: one file that asks the network for nothing.

    Parameters
    ----------
    title : str
        Title of the page, plain text.
    main : str
        HTML of the main part, safe as it is; its first heading is the page's only ``h1``.
    pack_title : str
        Title of the pack, plain text, written in the bar and behind the title.
    index_href : str
        Where the pack's title leads; no link when empty.
    position : str
        Where the page stands in its pack: "Report 1 of 6".
    contents : sequence of (anchor, words)
        Entries of the contents at the side; none leaves the side out.
    has_code : bool
        Offer the switch for all code.
    footer : str
        HTML of the footer's first lines, safe as it is; the attribution follows.
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
    attribution = project.current().attribution
    html = _page().render(
        title=title,
        main=Markup(main),
        pack_title=pack_title,
        index_href=index_href,
        position=position,
        contents=list(contents),
        has_code=has_code,
        wide=wide,
        footer=Markup(footer + (f"<p>{escape(attribution)}</p>" if attribution else "")),
        css=Markup(_file("page.css") + (_file("units.css") if has_units else "")),
        script=Markup(script.removeprefix("\n")),
        script_hash=Markup(f"'sha256-{digest}'"),
    )
    return _UNFIT.sub("", whole(html))
