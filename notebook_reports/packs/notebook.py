"""What a pack needs to know of a notebook before running it: title, parameters, imports, digest."""

from __future__ import annotations

import ast
import contextlib
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import lru_cache
from pathlib import Path
from typing import Any

from notebook_reports import bare, project
from notebook_reports.errors import PackError, did_you_mean, shown
from notebook_reports.evidence import words
from notebook_reports.parameters.declared import ParameterList, parse_parameters

_OTHER_KERNELS = re.compile(
    r"ir|(?:julia|octave|bash|ruby|iruby|scala|java|ijava|javascript|sas|stata|matlab|xr|xcpp)\b.*"
)
"""Names of kernels of other languages, for notebooks that don't name their language."""


@dataclass(frozen=True, slots=True)
class Notebook:
    """A notebook as the planner sees it.

    Parameters
    ----------
    path : Path
        The file.
    title : str
        First heading, or the file's stem.
    parameters : ParameterList
        What it declares; none where it has no parameters cell.
    imports : tuple of str
        Modules its code cells import.
    sha256 : str
        Digest of the file without outputs.
    """

    path: Path
    title: str
    parameters: ParameterList
    imports: tuple[str, ...]
    sha256: str

    @property
    def name(self) -> str:
        """The file's stem."""
        return self.path.stem

    def meant_by(self, pattern: str) -> bool:
        """Return whether a pattern of :func:`means` means it."""
        return means(pattern, [self.name], self.title)


def means(pattern: str, names: Iterable[str], titles: str) -> bool:
    """Return whether a pattern means what has some names and titles.

    Parameters
    ----------
    pattern : str
        The beginning of a name ("04"), a shell pattern over names, or words of name and title.
    names : iterable of str
        Ids or file stems.
    titles : str
        What it is called.

    Examples
    --------
    >>> means("04", ["04_ratings"], "What moved?"), means("moved what", ["04"], "What moved?")
    (True, True)
    """
    low, low_names = pattern.strip().casefold(), [name.casefold() for name in names]
    said = " ".join([*low_names, titles.casefold()])
    numbers = re.findall(r"\d+", said)  # 04 is none of 2004
    return bool(low) and (
        any(name.startswith(low) or fnmatch(name, low) for name in low_names)
        or all(word in (numbers if word.isdigit() else said) for word in low.split())
    )


def meant(pattern: str, called: Mapping[str, tuple[Iterable[str], str]]) -> list[str]:
    """Return the ids that a pattern means: the one that it is, or else all that are alike.

    Parameters
    ----------
    pattern : str
        An id, or what :func:`means` takes.
    called : mapping of str to (iterable of str, str)
        Names and titles by id.

    Examples
    --------
    >>> called = {"04": (["04"], "What moved?"), "04-South": (["04-South"], "What moved?")}
    >>> meant("04", called), meant("moved", called)
    (['04'], ['04', '04-South'])
    """
    if pattern in called:
        return [pattern]
    return [id_ for id_, (names, titles) in called.items() if means(pattern, names, titles)]


def read_notebook(path: Path) -> Notebook:
    """Read a notebook's declarations without running it.

    Raises
    ------
    PackError
        The file is missing, is not a notebook of Python, or its parameters cell breaks the
        grammar.
    """
    try:
        stat = path.stat()
    except OSError:
        raise PackError(f"there is no notebook {path}") from None
    return _read(path, stat.st_mtime_ns, stat.st_size)


def find_notebook(name: str, folders: list[Path]) -> Path:
    """Find a notebook by stem, file name or relative path.

    Parameters
    ----------
    name : str
        As written in a pack: "04_cqc_rating_shifts".
    folders : list of Path
        Where to look, in order.

    Raises
    ------
    PackError
        It is in none of them; the message lists what is there.
    """
    file = name if name.endswith(".ipynb") else f"{name}.ipynb"
    for folder in folders:
        with contextlib.suppress(OSError, ValueError):  # no file has such a name
            if (folder / file).is_file():
                return (folder / file).resolve()
    known = sorted(
        {path.stem for folder in folders for path in folder.glob("*.ipynb") if path.is_file()}
    )
    question = did_you_mean(words.near(Path(name).stem, known, most=1), ".")
    raise PackError(
        f"there is no notebook {shown(name)}{question} Notebooks: {', '.join(known) or 'none'}"
    )


def list_notebooks(folder: Path | None = None) -> tuple[list[Notebook], list[str]]:
    """List the notebooks of a folder.

    Parameters
    ----------
    folder : Path, optional
        Where; the project's own folder without it.

    Returns
    -------
    tuple of list of Notebook and list of str
        Those that declare parameters, by name; and of each that can't be read the reason.

    Raises
    ------
    PackError
        There is no such folder.
    """
    if folder is None:
        folder = project.current().notebooks()
        hint = ": name one, or a folder with notebooks/ in NHSI_HOME"
    else:
        hint = ""
    if not folder.is_dir():
        raise PackError(f"there is no folder {folder}{hint}")
    found: list[Notebook] = []
    faults: list[str] = []
    for path in sorted(folder.glob("*.ipynb")):
        try:
            found.append(read_notebook(path))
        except PackError as error:
            faults.append(str(error))
    return [notebook for notebook in found if notebook.parameters.items], faults


@lru_cache(maxsize=256)
def _read(path: Path, _mtime_ns: int, _size: int) -> Notebook:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise PackError(f"can't read the notebook {path}: {error.strerror}") from None
    try:
        content = json.loads(raw.decode("utf-8-sig"))
        if content["nbformat"] != 4:
            raise ValueError("another format")
        cells = content["cells"]
        sources = [(cell["cell_type"], _text(cell["source"]), _tags(cell)) for cell in cells]
        language = other_language(content.get("metadata", {}))
        if rb"\ud" in raw.lower():
            json.dumps(content, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise PackError(f"{path} holds half a character (a lone surrogate), no text") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise PackError(f"{path} is not a notebook of format 4") from None
    if language:
        raise PackError(f"{path.name} is a notebook of {language}; a pack runs those of Python")
    tagged = [source for kind, source, tags in sources if kind == "code" and "parameters" in tags]
    if len(tagged) > 1:
        raise PackError(f"{path.stem} has {len(tagged)} cells tagged 'parameters'; keep one")
    code = [source for kind, source, _ in sources if kind == "code"]
    prose = [source for kind, source, _ in sources if kind == "markdown"]
    return Notebook(
        path=path,
        title=_title(prose) or path.stem,
        parameters=(parse_parameters(tagged[0], path.stem) if tagged else ParameterList(path.stem)),
        imports=tuple(sorted({name for source in code for name in _imports(source)})),
        sha256=hashlib.sha256(bare.bare(raw)).hexdigest(),
    )


def other_language(metadata: dict[str, Any]) -> str:
    """Return the language a notebook names, or its kernel's, where that isn't Python.

    A kernel that is missing here, such as one of a conda environment, is no hindrance.
    """
    kernel = metadata.get("kernelspec", {})
    named = [kernel.get("language"), metadata.get("language_info", {}).get("name")]
    languages = [str(language) for language in named if language]
    others = [word for word in languages if "python" not in word.casefold()]
    if not languages and _OTHER_KERNELS.fullmatch(str(kernel.get("name", "")).casefold()):
        others = [str(kernel["name"])]
    return others[0] if others else ""


def _text(source: Any) -> str:
    return source if isinstance(source, str) else "".join(source)


def _tags(cell: dict[str, Any]) -> list[str]:
    return list(cell.get("metadata", {}).get("tags", []))


def _title(prose: list[str]) -> str:
    for source in prose:
        for line in source.splitlines():
            if line.startswith("# "):
                return line[2:].strip()
    return ""


def _imports(source: str) -> set[str]:
    """Return the modules a cell imports; a cell with magics or broken code names none."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
            # `from package import module` needs the module too; names that aren't modules
            # are passed over by whoever imports these.
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found
