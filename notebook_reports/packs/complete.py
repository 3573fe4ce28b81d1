"""What a shell offers when the tab key is pressed: known without a plan, and without pandas."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import (
    AbstractContextManager,
    contextmanager,
    nullcontext,
    redirect_stdout,
    suppress,
)
from typing import TYPE_CHECKING

import typer

from notebook_reports import project
from notebook_reports.errors import ReportError

if TYPE_CHECKING:
    from notebook_reports.packs.notebook import Notebook
    from notebook_reports.parameters.declared import Parameter

Offers = list[tuple[str, str]]
"""Words, each with what it means."""


def quietly(program: str) -> AbstractContextManager[None]:
    """Offer nothing where anything fails: a traceback would land in the line being typed.

    Parameters
    ----------
    program : str
        Name of the command, within which errors are silent while a shell asks.
    """
    asked = os.environ.get(f"_{program.upper()}_COMPLETE", "").startswith("complete_")
    return suppress(Exception) if asked else nullcontext()


@contextmanager
def told_whole(program: str) -> Iterator[None]:
    """Let bash, which parts words at "=" and at spaces, ask for NAME=VALUE as other shells do.

    Parameters
    ----------
    program : str
        Name of the command, which is asked within.
    """
    if os.environ.get(f"_{program.upper()}_COMPLETE") != "complete_bash":
        yield
        return
    words = os.environ["COMP_WORDS"].split("\n")[: int(os.environ["COMP_CWORD"]) + 1]
    joined = re.sub("\n=\n?", "=", "\n".join(words))
    os.environ |= {"COMP_WORDS": joined, "COMP_CWORD": str(joined.count("\n"))}
    before, equals, _ = joined.rpartition("\n")[2].rpartition("=")
    offers = io.StringIO()
    try:
        with redirect_stdout(offers):
            yield
    finally:
        for offer in offers.getvalue().splitlines():
            print(re.sub(r"([^\w.,:=/-])", r"\\\1", offer.removeprefix(before + equals)))


def notebooks(incomplete: str) -> Offers:
    """Offer the notebooks by name."""
    return [(book.name, book.title) for book in _books([]) if book.name.startswith(incomplete)]


def settings(ctx: typer.Context, incomplete: str) -> Offers:
    """Offer the parameters of the notebooks that ``--only`` names, then the values of one."""
    name, equals, begun = incomplete.partition("=")
    books = _books(ctx.params.get("only") or [])
    found = [parameter for book in books for parameter in book.parameters]
    alike = {
        p.name: p.comment for p in found if (p.name == name if equals else p.name.startswith(name))
    }
    if len(alike) > 1:
        return [(f"{parameter}=", comment) for parameter, comment in alike.items()]
    values = {v for p in found if p.name in alike for v in _values(p) if v.startswith(begun)}
    lead = "".join(f"{parameter}=" for parameter in alike)
    offers = [(f"{lead}{value}", "") for value in sorted(values)]
    return offers or [(lead, meaning) for meaning in alike.values()]


def statuses(incomplete: str) -> Offers:
    """Offer what a pack may be."""
    meanings = {"draft": "it may still change", "published": "needs a publisher and a contact"}
    return [(status, said) for status, said in meanings.items() if status.startswith(incomplete)]


def tables(incomplete: str) -> Offers:
    """Offer the tables of the project by name."""
    served = project.current()
    names = sorted(path.stem for path in served.tables().glob(f"{incomplete}*.csv"))
    return [(name, str((served.describe(name) or {}).get("title", ""))) for name in names]


def pages(incomplete: str) -> Offers:
    """Offer the reports in outputs/."""
    folder = project.current().root() / "outputs" / "reports"
    return [(path.stem, "") for path in sorted(folder.glob(f"{incomplete}*.html"))]


def _books(patterns: Sequence[str]) -> list[Notebook]:
    from notebook_reports.packs.notebook import list_notebooks

    try:
        found, _ = list_notebooks()
    except ReportError:
        return []
    return [b for b in found if any(b.meant_by(p) for p in patterns)] or found


def _values(parameter: Parameter) -> Iterator[str]:
    """Yield the values that a parameter's type and rules name."""
    from notebook_reports.parameters.tables import rows

    if parameter.type == "bool":
        yield from ("true", "false")
    for rule in parameter.rules:
        yield from (str(value) for value in rule.allowed)
        if rule.kind == "value of":
            try:
                yield from (row[rule.column] for row in rows(rule.table, [rule.column]))
            except ReportError:
                return
