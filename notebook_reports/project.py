"""What packs and reports ask of the project they serve: one interface, which it registers.

A project is a folder of notebooks with a helper package behind them. :class:`Project` fits a
folder that has no such package; a package that has more to tell derives from it and registers
itself when it is imported, and names itself in the entry point group ``notebook_reports.project``
for processes that never import it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from notebook_reports import __version__
from notebook_reports.errors import PackError

if TYPE_CHECKING:
    import pandas as pd

GROUP: Final = "notebook_reports.project"
"""Group of the entry points by which projects are found."""


@dataclass(frozen=True)
class Project:
    """A plain folder of notebooks, with a folder ``data`` of CSV tables where there is one.

    Parameters
    ----------
    name, version : str
        What pages call the code that made them.
    packages : tuple of str
        Import packages whose code counts as the project's: a change to them makes every report
        run again, and a report's own modules are told from theirs.
    modules : tuple of str
        What a warm parent imports for a kernel whose notebook isn't known yet.
    attribution : str
        What the foot of each page says of where the data are from, and of the licence.
    headings : mapping of str to str
        What readers call a column of data, by its name, where that alone doesn't say it.
    """

    name: str = "notebook_reports"
    version: str = __version__
    packages: tuple[str, ...] = ("notebook_reports",)
    modules: tuple[str, ...] = ()
    attribution: str = ""
    headings: Mapping[str, str] = field(default_factory=dict)

    # Where things lie.

    def root(self) -> Path:
        """Return the folder of packs/ and outputs/: ``NHSI_HOME``, or the current folder."""
        return Path(os.environ.get("NHSI_HOME") or Path.cwd()).resolve()

    def notebooks(self) -> Path:
        """Return the folder of the notebooks."""
        folder = self.root() / "notebooks"
        return folder if folder.is_dir() else self.root()

    def data(self) -> Path:
        """Return the folder of the data, which records call ``data/``; it need not be there."""
        data = os.environ.get("NHSI_DATA")
        return Path(data).resolve() if data else self.root() / "data"

    def tables(self) -> Path:
        """Return the folder of the CSV tables that a pack's matrices and rules may name."""
        return self.data()

    def read_in(self, table: str, column: str) -> frozenset[str]:
        """Return the values of a column of a table read in since, which rules allow too."""
        return frozenset()

    def remedy(self) -> str:
        """Say where data are looked for, and how to name another place."""
        return f"Data are looked for in {self.data()}; name another folder with --data or NHSI_DATA"

    # Whether the data are there, and fit for use.

    def at_home(self) -> bool:
        """Return whether its data are where it looks; else a plain folder is served instead."""
        return True

    def check_data(self, folder: Path) -> None:
        """Refuse a folder that can't take the place of the data folder.

        Raises
        ------
        PackError
            It lacks something.
        """
        if not folder.is_dir():
            raise PackError(f"--data {folder} is not a folder")

    def check_inputs(self) -> None:
        """Check the tables that reports may read, before any kernel starts.

        Raises
        ------
        ReportError
            A table breaks a rule.
        """

    # What is known of the tables. In a kernel, no answer is worth importing the package for.

    def overview(self) -> pd.DataFrame:
        """List the tables for the start page, one a row.

        Returns
        -------
        DataFrame
            ``table``, its name, and what is known of title, rows, date, publisher and used.
        """
        import pandas as pd

        names = [path.stem for path in sorted(self.tables().glob("*.csv"))]
        return pd.DataFrame({"table": names, "used": [f"{name}.csv" for name in names]})

    def describe(self, name: str) -> Mapping[str, Any] | None:
        """Return where a table is from: name, title, publisher, date, licence, its page, modified.

        Parameters
        ----------
        name : str
            Any word; None is returned where it names no table.
        """
        return None

    def key(self, name: str) -> list[str]:
        """Return the columns that name a row of a table; none where that isn't known."""
        return []

    def reads(self) -> list[dict[str, Any]]:
        """Return the provenance of every table loaded in this process so far, once each."""
        return []

    def forget_reads(self) -> None:
        """Forget which tables were loaded: a notebook begins, perhaps not the session's first."""

    def recall(self) -> None:
        """Read tables into memory, for this process and its forks, if that spares them work."""

    def rehearse(self) -> None:
        """Work out what reports will ask for, for this process and its forks.

        It is called again whenever a report has ended, may fail, and leaves neither threads nor
        open files behind.
        """

    # What else is known of the units that figures hold: trusts, schools, towns.

    def units(self) -> Mapping[str, Sequence[str]]:
        """Return how tables may spell each unit, by its code; what it is called comes first."""
        return {}

    # When a report may stand.

    def begin_run(self) -> None:
        """Forget what was looked up: a run begins, and files may differ from the last one's."""

    def state(self) -> list[Any]:
        """Return plain data on what decides which files a table is read from."""
        return []

    def noted(self, read: dict[str, str], tables: Sequence[Mapping[str, Any]]) -> dict[str, str]:
        """Refine what a report read.

        Parameters
        ----------
        read : dict
            Digest by path; paths inside the data folder begin with ``data/``.
        tables : sequence of mapping
            Provenance of the tables it loaded.

        Returns
        -------
        dict
            The same, or with a part of a file ("data/x.json#part") in place of the file.
        """
        return read

    def digest_of_part(self, name: str) -> str | None:
        """Return the digest of a part of a file as it is now; None where ``name`` is none."""
        return None

    def is_copy(self, path: str) -> bool:
        """Return whether a file is a copy of data, made again when it is missing."""
        return False


_registered: Project | None = None
_told: Project | None = None


def register(project: Project) -> None:
    """Make a project the one that this process serves."""
    global _registered
    _registered = project


def current() -> Project:
    """Return the project that this process serves, looking for one if none has registered."""
    global _registered
    if _registered is None and _told is None:
        _registered = _installed()  # importing one has registered it, at home or not
    return loaded()


def loaded() -> Project:
    """Return the project that has registered; without one, what is known without an import."""
    return _registered or _told or Project()


def told() -> dict[str, Any]:
    """Return what another process must know of the project: plain data for :func:`tell`."""
    project = current()
    return {name: getattr(project, name) for name in asdict(Project())}


def tell(known: Mapping[str, Any]) -> None:
    """Let this process know of the project without importing it; one that registers has more.

    Parameters
    ----------
    known : mapping
        What :func:`told` returned, also by way of JSON.
    """
    global _told
    fields: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in known.items()}
    _told = Project(**fields)


@lru_cache(maxsize=1)
def _installed() -> Project | None:
    """Return the first project among those installed that is at home; None where none is."""
    from importlib.metadata import entry_points

    for entry in sorted(entry_points(group=GROUP)):
        if any(folders([entry.module.partition(".")[0]])):
            found: Project = entry.load()
            if found.at_home():
                return found
    return None


def folders(packages: Iterable[str]) -> list[Path]:
    """Return the folders of import packages, without importing them; of none that isn't there."""
    from importlib.util import find_spec

    found: list[Path] = []
    for name in packages:
        try:
            spec = find_spec(name)
        except (ImportError, ValueError):
            continue
        found += [Path(place) for place in (spec and spec.submodule_search_locations) or ()]
    return found
