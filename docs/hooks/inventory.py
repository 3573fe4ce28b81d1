"""The inventory in docs/architecture.md: every method, chart and section, taken from the code."""

from __future__ import annotations

import inspect
import pkgutil
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

PAGE = Path(__file__).resolve().parents[1] / "architecture.md"
START, END = "<!-- inventory -->", "<!-- end -->"


def _purpose(thing: object) -> str:
    line = (inspect.getdoc(thing) or "").partition("\n")[0]
    return re.sub(r":\w+:(?=`)", "", line).rstrip(".").replace("|", "\\|")


def _rooms(package: ModuleType) -> Iterator[tuple[str, ModuleType]]:
    for info in pkgutil.iter_modules(package.__path__):
        yield info.name, import_module(f"{package.__name__}.{info.name}")


def methods() -> list[tuple[str, str]]:
    """Return the public functions of policy_methods, but for the checks that all of them share."""
    import policy_methods

    return [
        (f"{room}.{name}", _purpose(getattr(module, name)))
        for room, module in _rooms(policy_methods)
        if room != "checks"
        for name in sorted(module.__all__)
        if inspect.isfunction(getattr(module, name))
    ]


def charts() -> list[tuple[str, str]]:
    """Return the chart types with what they draw."""
    from notebook_reports.charts import gallery

    return [(name, _purpose(draw)) for name, draw in gallery.chart_types().items()]


def sections() -> list[tuple[str, str]]:
    """Return the sections of every study with what they answer."""
    from nhsi_analysis import studies

    return [
        (f"{name}.sections.{section.__name__}", _purpose(section))
        for name, study in _rooms(studies)
        for section in study.SECTIONS
    ]


def inventory() -> str:
    """Return the three lists as Markdown."""
    parts = []
    for heading, package, listed in (
        ("Methods", "policy_methods", methods()),
        ("Charts", "notebook_reports.charts", charts()),
        ("Sections", "nhsi_analysis.studies", sections()),
    ):
        rows = "\n".join(f"| `{name}` | {purpose} |" for name, purpose in listed)
        head = f"| `{package}.…` | what it does |\n|---|---|"
        parts.append(f"### {heading}\n\n{head}\n{rows}\n")
    return "\n".join(parts)


def page(text: str) -> str:
    """Return the page with the inventory of today in its place."""
    before, _, rest = text.partition(START)
    return f"{before}{START}\n\n{inventory()}\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
