"""Turn the roles of docstrings (``:func:`x` ``), which are Sphinx's, into links of this site."""

from __future__ import annotations

import re
from html import escape
from typing import Any

import griffe

ROLE = re.compile(r":(?:py:)?(?:func|class|meth|mod|attr|data|exc|obj):`(~?)([\w.]+)`")


class Roles(griffe.Extension):
    """Rewrites every docstring of a package when it has been read."""

    def on_package(self, *, pkg: griffe.Module, **_: Any) -> None:
        """Rewrite the docstrings of a package and all within it."""
        rewrite(pkg)


def rewrite(part: griffe.Object) -> None:
    """Rewrite the docstrings of a module, class, function or attribute and what it holds."""
    if part.docstring is not None:
        # Sphinx's mark of a block that follows as it is written goes too.
        text = ROLE.sub(lambda role: link(part, role[2], short=bool(role[1])), part.docstring.value)
        part.docstring.value = re.sub(r"::$", ":", text, flags=re.MULTILINE)
    for member in part.members.values():
        if isinstance(member, griffe.Object):
            rewrite(member)


def link(part: griffe.Object, name: str, *, short: bool) -> str:
    """Return a link to what a name means where it stands; code where this site doesn't show it."""
    first, dot, rest = name.partition(".")
    try:
        place = part.resolve(first) + dot + rest
    except griffe.NameResolutionError:
        place = name
    shown = name.rpartition(".")[2] if short else name
    return f'<autoref optional identifier="{escape(place)}"><code>{shown}</code></autoref>'
