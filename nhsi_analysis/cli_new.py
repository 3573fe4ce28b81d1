"""``nhsi new``: a study that works, to be changed into one's own."""

from __future__ import annotations

import keyword
import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Annotated, Final

import typer

from nhsi_analysis.errors import PackError, shown

EXAMPLE: Final = "deficits"
"""The study that docs/architecture.md shows whole; what is made anew is that page's."""

_BLOCK: Final = re.compile(r'^```(\w+) title="([^"]+)"\n(.*?)^```$', re.MULTILINE | re.DOTALL)
_LONGEST_NAME: Final = 30

new = typer.Typer(no_args_is_help=True, help="Begin a study of your own.")


def register(app: typer.Typer) -> None:
    """Add ``nhsi new`` to the command."""
    app.add_typer(new, name="new")


@new.callback()
def _new() -> None:
    """Begin a study of your own."""


@new.command("study")
def new_study(
    name: Annotated[str, typer.Argument(help="A word for it, such as waiting_lists.")],
) -> None:
    """Write a study, its notebook and its test, which run as they are."""
    from nhsi_analysis.paths import project_root

    root = project_root()
    written = write_study(name, root)
    (book,) = (path for path in written if path.suffix == ".ipynb")
    typer.echo(f"written: {', '.join(str(path.relative_to(root)) for path in written)}")
    typer.echo("updated: the inventory of docs/architecture.md")
    typer.echo(f"see it:  nhsi pack --only {book.stem} --out outputs/{name} --open")
    typer.echo("next:    change it into your question: docs/how-to/add-a-notebook.md")


def write_study(name: str, root: Path) -> list[Path]:
    """Write the example of docs/architecture.md under another name.

    Parameters
    ----------
    name : str
        Of the study: a word that names a module.
    root : Path
        The checkout.

    Returns
    -------
    list of Path
        The files: four modules, a notebook with the next free number, and a test.

    Raises
    ------
    PackError
        It is no name for a module or taken, or the folder isn't the checkout of this code.
    """
    page = root / "docs" / "architecture.md"
    studies = root / "nhsi_analysis" / "studies"
    if not (page.is_file() and studies.is_dir()):
        raise PackError(
            f"{root} is no checkout: run this inside a clone of the repository, or name one in "
            "NHSI_HOME"
        )
    if Path(__file__).resolve().parent != studies.parent.resolve():
        raise PackError(
            f"this nhsi isn't installed from {root}, so it wouldn't find the study: run make venv "
            "there, and the nhsi that it makes in .venv"
        )
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or keyword.iskeyword(name):
        raise PackError(f"{shown(name)} can't name a module: use letters a to z, digits and _")
    if len(name) > _LONGEST_NAME:
        raise PackError(f"{shown(name)} is too long: use at most {_LONGEST_NAME} characters")
    books = [path.stem for path in (root / "notebooks").glob("[0-9][0-9]_*.ipynb")]
    same = [*studies.glob(f"{name}*"), *(root / "tests").rglob(f"test_{name}.py")]
    taken = [path for path in same if path.stem in {name, f"test_{name}"}]
    if taken or any(book[3:] == name for book in books):
        raise PackError(f"there is a study, a test or a notebook {name} already: choose another")
    number = max((int(book[:2]) for book in books), default=-1) + 1
    written = []
    for place, blocks in groupby(_blocks(page.read_text(encoding="utf-8"), name), lambda b: b[1]):
        target = root / re.sub(r"notebooks/\d\d_", f"notebooks/{number:02}_", place)
        target.parent.mkdir(parents=True, exist_ok=True)
        cells = [(language, text) for language, _, text in blocks]
        text = _notebook(cells) if target.suffix == ".ipynb" else cells[0][1]
        target.write_text(text, encoding="utf-8")
        written.append(target)
    inventory = root / "docs" / "hooks" / "inventory.py"
    ran = subprocess.run([sys.executable, str(inventory)], cwd=root, capture_output=True, text=True)
    if ran.returncode:
        why = (ran.stderr.strip().splitlines() or ["no reason was given"])[-1]
        raise PackError(
            f"{name} is written, but {inventory.relative_to(root)} can't list it, maybe because of "
            f"another study: {why}"
        )
    return written


def _blocks(page: str, name: str) -> Iterator[tuple[str, str, str]]:
    """Yield the page's blocks that have a file's name: language, file and text."""
    for block in _BLOCK.findall(page):
        language, place, text = (re.sub(rf"\b{EXAMPLE}|(?<=_){EXAMPLE}", name, p) for p in block)
        yield language, place, text


def _notebook(cells: list[tuple[str, str]]) -> str:
    """Return a notebook; its first cell of code is the one of parameters."""
    import nbformat.v4 as nb

    made = [
        nb.new_markdown_cell(text.rstrip())
        if language == "markdown"
        else nb.new_code_cell(text.rstrip())
        for language, text in cells
    ]
    next(cell for cell in made if cell.cell_type == "code").metadata["tags"] = ["parameters"]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return str(nb.writes(nb.new_notebook(cells=made, metadata=metadata), indent=1)) + "\n"
