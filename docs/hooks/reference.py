"""Make the reference pages from the package, so that a new module is never forgotten."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

PACKAGE = Path(__file__).resolve().parents[2] / "nhsi_analysis"
ROOMS = {
    "topics": "Topics: NHS meaning",
    "methods": "Methods: statistics that know nothing of the NHS",
    "datasets": "Datasets: checked tables",
    "ingest": "Ingest: publishers' own files",
    "charts": "Charts",
    "report": "Report: what a notebook calls to speak to a reader",
}
SINGLE = ("estimates", "errors", "paths")


def modules(room: str) -> list[str]:
    """Return the public modules and packages of a room, the room itself first."""
    folder = PACKAGE / room
    names = {p.stem for p in folder.glob("*.py")} | {
        p.parent.name for p in folder.glob("*/__init__.py")
    }
    found = sorted(n for n in names if not n.startswith("_"))
    return [f"nhsi_analysis.{room}", *(f"nhsi_analysis.{room}.{n}" for n in found)]


def submodules(module: str) -> list[str]:
    """Return a module and, if it is a package below a room, its public modules."""
    folder = PACKAGE.parent / module.replace(".", "/")
    if module.count(".") < 2 or not folder.is_dir():
        return [module]
    return [module, *sorted(f"{module}.{p.stem}" for p in folder.glob("[!_]*.py"))]


def pages() -> dict[str, dict[str, str]]:
    """Return the reference: heading of the room, then path and text of each page."""
    found: dict[str, dict[str, str]] = {}
    for room, heading in ROOMS.items():
        found[heading] = {}
        for module in modules(room):
            name = module.removeprefix("nhsi_analysis.")
            blocks = "\n\n".join(f"::: {m}" for m in submodules(module))
            found[heading][f"reference/{name}.md"] = f"# {name}\n\n{blocks}\n"
    single = "\n\n".join(f"::: nhsi_analysis.{name}" for name in SINGLE)
    found["Estimates, errors, paths"] = {
        "reference/base.md": f"# Estimates, errors, paths\n\n{single}\n"
    }
    return found


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Set the navigation: the pages written by hand, then the reference."""
    how_to = sorted(p.name for p in (Path(config.docs_dir) / "how-to").glob("*.md"))
    nav: list[Any] = ["index.md", "tutorial.md", {"How to": [f"how-to/{name}" for name in how_to]}]
    nav.append({"Reference": [{heading: list(found)} for heading, found in pages().items()]})
    written = [p.name for p in sorted(Path(config.docs_dir).glob("*.md"))]
    nav[2:2] = [name for name in written if name not in ("index.md", "tutorial.md")]
    config.nav = nav
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the reference pages to the site."""
    for found in pages().values():
        for path, text in found.items():
            files.append(File.generated(config, path, content=text))
    return files
