"""Make the reference pages from the packages, so that a new room or module is never forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("nhsi_analysis", "notebook_reports", "policy_methods")


def parts(folder: Path) -> list[Path]:
    """Return the public modules and packages in a package's folder."""
    found = [*folder.glob("*.py"), *(p.parent for p in folder.glob("*/__init__.py"))]
    return sorted(p for p in found if not p.name.startswith("_"))


def dotted(path: Path) -> str:
    """Return the name a module or package is imported by."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def within(path: Path) -> Iterator[Path]:
    """Yield a module, or a package and then all within it."""
    yield path
    for part in parts(path) if path.is_dir() else ():
        yield from within(part)


def page(path: Path) -> tuple[str, str]:
    """Return the path and text of the page of a module, or of a package with all within it."""
    blocks = "\n\n".join(f"::: {dotted(part)}" for part in within(path))
    return f"reference/{dotted(path)}.md", f"# {dotted(path)}\n\n{blocks}\n"


def rooms() -> Iterator[tuple[str, dict[str, dict[str, str]]]]:
    """Yield each package with its rooms, and of each room the pages: path and text.

    Modules beside the rooms stand under no room's name.
    """
    for package in PACKAGES:
        found: dict[str, dict[str, str]] = {"": {}}
        for path in parts(ROOT / package):
            if path.is_dir():
                own = (f"reference/{dotted(path)}.md", f"# {dotted(path)}\n\n::: {dotted(path)}\n")
                found[path.name] = dict([own, *map(page, parts(path))])
            else:
                found[""] |= [page(path)]
        yield package, found


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Set the navigation: the pages written by hand, then the reference."""
    how_to = sorted(p.name for p in (Path(config.docs_dir) / "how-to").glob("*.md"))
    first = ["index.md", "tutorial.md", {"How to": [f"how-to/{name}" for name in how_to]}]
    written = {p.name for p in Path(config.docs_dir).glob("*.md")} - {"index.md", "tutorial.md"}
    reference = [
        {package: [*named(found.pop("")), *({room: named(pages)} for room, pages in found.items())]}
        for package, found in rooms()
    ]
    rest = sorted(written, key=lambda name: (name != "architecture.md", name))
    config.nav = [*first, *rest, {"Reference": reference}]
    return config


def named(pages: dict[str, str]) -> list[dict[str, str]]:
    """Return pages for the navigation, by the last part of their names."""
    return [{path.removesuffix(".md").rpartition(".")[2]: path} for path in pages]


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the reference pages to the site."""
    for _, found in rooms():
        for pages in found.values():
            for path, text in pages.items():
                files.append(File.generated(config, path, content=text))
    return files
