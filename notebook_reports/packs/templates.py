"""Rendering of the pack's own pages: index, comparison, error."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from notebook_reports.packs.job import say
from notebook_reports.packs.terminal import said

FOLDER = Path(__file__).parent / "pages"


def render(template: str, **values: Any) -> str:
    """Return a page; text in it is escaped unless a template says otherwise.

    Parameters
    ----------
    template : str
        Name of a file in pages/, without ".j2".
    **values : object
        What it shows.
    """
    return _environment().get_template(f"{template}.j2").render(**values)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["say"] = say
    environment.filters["said"] = said
    return environment
