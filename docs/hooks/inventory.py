"""The inventory in docs/architecture.md: every method, chart and section, taken from the code."""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

PAGE = Path(__file__).resolve().parents[1] / "architecture.md"
START, END = "<!-- inventory -->", "<!-- end -->"


def _purpose(thing: object) -> str:
    return (inspect.getdoc(thing) or "").partition("\n")[0].rstrip(".").replace("|", "\\|")


def _modules(package: ModuleType) -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not found.name.rpartition(".")[2].startswith("_"):
            yield import_module(found.name)


def methods() -> list[tuple[str, str]]:
    """Return the public functions of policy_methods, but for the checks that all of them share."""
    import policy_methods

    found = {
        f"{thing.__module__.removeprefix('policy_methods.')}.{name}": _purpose(thing)
        for module in _modules(policy_methods)
        for name, thing in inspect.getmembers(module, inspect.isfunction)
        if name in getattr(module, "__all__", ()) and thing.__module__ == module.__name__
        if not module.__name__.endswith(".checks")
    }
    return sorted(found.items())


def charts() -> list[tuple[str, str]]:
    """Return the chart types with what they draw."""
    from notebook_reports.charts import gallery

    return [(name, _purpose(draw)) for name, draw in gallery.chart_types().items()]


def sections() -> list[tuple[str, str]]:
    """Return the sections of every study with what they answer."""
    from nhsi_analysis import studies

    return [
        (f"{info.name}.{section.__name__}", _purpose(section))
        for info in pkgutil.iter_modules(studies.__path__)
        for section in import_module(f"{studies.__name__}.{info.name}").SECTIONS
    ]


def inventory() -> str:
    """Return the three lists as Markdown."""
    parts = []
    for heading, listed in (("Methods", methods()), ("Charts", charts()), ("Sections", sections())):
        rows = "\n".join(f"| `{name}` | {purpose} |" for name, purpose in listed)
        parts.append(f"### {heading}\n\n| name | what it does |\n|---|---|\n{rows}\n")
    return "\n".join(parts)


def page(text: str) -> str:
    """Return the page with the inventory of today in its place."""
    before, _, rest = text.partition(START)
    return f"{before}{START}\n\n{inventory()}\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
