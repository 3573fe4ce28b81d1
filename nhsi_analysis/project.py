"""What packs and reports are told of this project: its folders, its tables, and their state.

All of it is at hand without pandas: processes that only plan, watch or write pages ask it too.
"""

from __future__ import annotations

import csv
import hashlib
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from nhsi_analysis import paths
from nhsi_analysis.errors import DataError, PackError
from nhsi_analysis.licences import licence_of
from nhsi_analysis.schemas.vocabulary import LEGAL_FORMS
from notebook_reports.project import Project

if TYPE_CHECKING:
    import pandas as pd

_DESCRIPTOR: Final = f"data/raw/{paths.DESCRIPTOR}"
_PROCESSED: Final = "data/processed"
_COPIES: Final = f"{_PROCESSED}/cache/"
_OF_FILES: Final = ("hash", "bytes", "rows")
"""What the descriptor says of a table's file; it concerns the reports that read that file."""

_HEADINGS: Final = {
    "claim_id": "Number",
    "low": "Lower end",
    "high": "Upper end",
    "lower": "Lower end",
    "upper": "Upper end",
    "worst_lower": "Worst case, lower end",
    "worst_upper": "Worst case, upper end",
    "n": "Answers",
    "se": "Standard error",
    "position": "Order",
    "first": "First of its places",
    "last": "Last of its places",
    "chance_above": "Chance of being above the line",
    "side": "Side of the line",
    "z": "Standard errors from the average",
    "z_adjusted": "The same, limits widened",
    "outside_95": "Outside 95% limits",
    "outside_99.8": "Outside 99.8% limits",
    "lower_95": "Lower 95% limit",
    "upper_95": "Upper 95% limit",
    "lower_99.8": "Lower 99.8% limit",
    "upper_99.8": "Upper 99.8% limit",
    "unadjusted_outside_95": "Outside 95% limits not widened",
    "unadjusted_outside_99.8": "Outside 99.8% limits not widened",
    "org_code": "Code",
    "org_name": "Trust",
    "site_code": "Site's code",
    "site_name": "Site",
    "trust_type": "Type",
    "spend_before": "Spent before (£m)",
    "spend_after": "Spent after (£m)",
    "alike": "Compared",
    "informing": "Published figures on it",
    "year_end": "Year of its end",
    "km": "Kilometres",
    "pvalue": "Chance",
    "adjusted": "Chance, adjusted",
    "margin": "Surplus, share of income",
    "position_gbp_m": "Surplus (£m)",
    "peer_low": "Peers, lower quarter",
    "peer_high": "Peers, upper quarter",
    "peer_median": "Peers, median",
    "rule": "What stands out",
    "target": "Average",
    "planned": "Plan or ceiling",
    "providers": "Providers' own forecast",
    "complete": "Chance once complete",
    "gap": "Difference (£m)",
    "relative": "Difference, share of budget",
    "gap_low": "Difference, lower end (£m)",
    "gap_high": "Difference, upper end (£m)",
    "relative_low": "Share of budget, lower end",
    "relative_high": "Share of budget, upper end",
    "worth": "Worth (£m)",
    "worth_low": "Worth, lower end (£m)",
    "worth_high": "Worth, upper end (£m)",
    "others": "Good or better among the others",
    "others_total": "All others",
    "part": "What holds",
    "limit": "Longest interval",
}
"""What readers call columns of the studies' data whose names alone don't say it."""

_recalled: set[str] = set()
_copies_seen = -1
_rehearsed_with = -1


@dataclass(frozen=True)
class HelperProject(Project):
    """The suite's checkout, or the folder of data that takes its place."""

    name: str = "nhsi_analysis"
    packages: tuple[str, ...] = ("nhsi_analysis", "notebook_reports", "policy_methods")
    modules: tuple[str, ...] = ("nhsi_analysis.datasets",)
    attribution: str = (
        "Contains public sector information licensed under the Open Government Licence v3.0. What "
        "is quoted from newspapers, journals and other bodies stays under their own terms. A "
        "report's list of tables read gives the licence of each source."
    )

    headings: Mapping[str, str] = field(default_factory=lambda: _HEADINGS)

    def root(self) -> Path:
        """Return the checkout."""
        return paths.project_root()

    def notebooks(self) -> Path:
        """Return the folder of the notebooks."""
        return paths.notebooks_dir()

    def data(self) -> Path:
        """Return the folder that holds raw/ and processed/."""
        return paths.data_dir()

    def tables(self) -> Path:
        """Return the folder of the shipped tables."""
        return paths.raw_dir()

    def read_in(self, table: str, column: str) -> frozenset[str]:
        """Return the values of a column of the table last read in from a publisher's file."""
        if not any(paths.processed_dir().glob(f"{table}.*.parquet")):
            return frozenset()  # seen without pandas
        from nhsi_analysis.datasets import store

        newest = [path for path, _ in store.ingested(table)[:1]]
        return frozenset(str(v) for path in newest for v in store.read(path)[column].dropna())

    def remedy(self) -> str:
        """Say where the data are looked for, and how to name another place."""
        return paths.data_remedy()

    def at_home(self) -> bool:
        """Return whether the shipped tables are there."""
        return (paths.raw_dir() / paths.DESCRIPTOR).is_file()

    def check_data(self, folder: Path) -> None:
        """Refuse a folder without shipped tables."""
        if not (folder / "raw").is_dir():
            raise PackError(f"--data {folder} has no folder raw/ with the tables")

    def check_inputs(self) -> None:
        """Check the raw tables that differ from the ones shipped.

        A table whose checksum is the recorded one was checked when it was recorded; that costs
        milliseconds to see. Any other is read and checked in full. Where there are no data, and
        none were named, there is nothing to check: a pack of one's own notebooks needs none.

        Raises
        ------
        DataError
            A table is missing or breaks a rule; the message names file, row, column and rule.
        """
        if not paths.data_named() and not paths.raw_dir().is_dir():
            return
        changed = _changed()
        if not changed:
            return
        from nhsi_analysis import datasets

        for name in changed:
            datasets.load(name, source="shipped")

    def overview(self) -> pd.DataFrame:
        """List the tables: what each holds, how much of it, how new, and from which file."""
        from nhsi_analysis import datasets

        return datasets.overview()

    def describe(self, name: str) -> Mapping[str, Any] | None:
        """Return where a table is from, as its descriptor says it."""
        found = _resources(*_stamp()).get(name)
        if found is None:
            return None
        return {
            "name": name,
            "title": str(found["title"]),
            "publisher": str(found["sources"][0]["publisher"]),
            **licence_of(found),
            "date": str(found["date"]),
            "modified": False,
        }

    def key(self, name: str) -> list[str]:
        """Return the columns that name a row of a table, as its descriptor says."""
        return list(_resources(*_stamp()).get(name, {}).get("schema", {}).get("primaryKey", []))

    def reads(self) -> list[dict[str, Any]]:
        """Return the provenance of every table loaded in this process so far."""
        datasets = sys.modules.get("nhsi_analysis.datasets")
        return list(datasets.reads()) if datasets is not None else []

    def units(self) -> Mapping[str, Sequence[str]]:
        """Return the names of each trust in the register, shortened and as published."""
        return _trusts(*_stamp())

    def forget_reads(self) -> None:
        """Forget which tables were loaded."""
        datasets = sys.modules.get("nhsi_analysis.datasets")
        if datasets is not None:
            datasets.clear_reads()

    def recall(self) -> None:
        """Read the checked copies into memory that were made since the last time."""
        global _copies_seen
        if "nhsi_analysis.datasets" not in sys.modules:
            return
        from nhsi_analysis import datasets

        made = datasets.store.changed()
        if made == _copies_seen:
            return
        _copies_seen = made
        for name in datasets.names():
            if name not in _recalled and datasets.recall(name):
                _recalled.add(name)

    def rehearse(self) -> None:
        """Build a profile from the copies there are: most of it is the same for all trusts."""
        global _rehearsed_with
        profile = sys.modules.get("nhsi_analysis.studies.profile")
        if profile is None or _rehearsed_with == _copies_seen:
            return
        from nhsi_analysis import datasets

        _rehearsed_with = _copies_seen
        try:
            with datasets.from_copies():
                profile.build(profile.Settings())
        finally:
            datasets.clear_reads()

    def begin_run(self) -> None:
        """Look at the descriptor anew, before any report reads it.

        One that changes meanwhile differs from what was seen now ever after.
        """
        _parts.cache_clear()
        _parts()

    def state(self) -> list[Any]:
        """Name the ingested tables: a new one is used in place of the one a report has read."""
        found = sorted(paths.processed_dir().glob("*.parquet"))
        return [[path.name, path.stat().st_size, path.stat().st_mtime_ns] for path in found]

    def noted(self, read: dict[str, str], tables: Sequence[Mapping[str, Any]]) -> dict[str, str]:
        """Note of the descriptor only what it says of the tables that were read.

        The one file describes every table: what it says of the others is no concern of a report.
        """
        found = dict(read)
        found.pop(_PROCESSED, None)  # the tables in it are named by the state
        for copy in {f"{_COPIES}{table['name']}.parquet" for table in tables} & found.keys():
            # A stale copy was looked at and made anew: the table it stands for is what counts.
            if _sha256(paths.data_dir() / copy.removeprefix("data/")) != f"sha256:{found[copy]}":
                del found[copy]
        parts = [f"{_DESCRIPTOR}#{table['name']}" for table in tables]
        if found.pop(_DESCRIPTOR, None) is not None:
            parts.append(f"{_DESCRIPTOR}#")
        return found | {part: self.digest_of_part(part) or "" for part in parts}

    def digest_of_part(self, name: str) -> str | None:
        """Return the digest of what the descriptor says of a table."""
        file, mark, table = name.partition("#")
        return _parts().get(table, "") if mark and file == _DESCRIPTOR else None

    def is_copy(self, path: str) -> bool:
        """Return whether a file is the checked copy of a table."""
        return path.startswith(_COPIES)


PROJECT: Final = HelperProject()


def _changed() -> list[str]:
    """Name the tables whose file is not the one its checksum was taken of."""
    raw = paths.raw_dir()
    descriptor = raw / paths.DESCRIPTOR
    try:
        resources = json.loads(descriptor.read_bytes())["resources"]
        expected = {str(r["name"]): (raw / str(r["path"]), str(r["hash"])) for r in resources}
    except FileNotFoundError:
        raise DataError(str(descriptor), "is missing", remedy=paths.data_remedy()) from None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        raise DataError(
            str(descriptor), "is not a data package", remedy="Restore it from the repository"
        ) from None
    return [name for name, (path, digest) in expected.items() if _sha256(path) != digest]


def _sha256(path: Path) -> str:
    try:
        return "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()
    except (OSError, ValueError):
        return ""


def _stamp() -> tuple[Path, int]:
    path = paths.raw_dir() / paths.DESCRIPTOR
    try:
        return path, path.stat().st_mtime_ns
    except OSError:
        return path, 0


@lru_cache(maxsize=2)
def _resources(path: Path, _mtime_ns: int) -> dict[str, Any]:
    """Return the descriptor of each table by name; none where there is none to read."""
    return {name: part for name, part in _read(path)[1].items() if name}


@lru_cache(maxsize=2)
def _trusts(path: Path, _mtime_ns: int) -> dict[str, tuple[str, ...]]:
    """Return the names of each trust; none where there is no register to read."""
    from notebook_reports.evidence import words

    try:
        with path.with_name("trusts.csv").open(encoding="utf-8", newline="") as register:
            named = {row["org_code"]: row["org_name"] for row in csv.DictReader(register)}
    except (OSError, ValueError, KeyError):
        return {}
    return {code: (words.short_name(name, LEGAL_FORMS), name) for code, name in named.items()}


def _read(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    try:
        package = json.loads(path.read_bytes())
        return package, {str(resource["name"]): resource for resource in package["resources"]}
    except (OSError, ValueError, KeyError, TypeError):
        return {}, {}


@lru_cache(maxsize=1)
def _parts() -> dict[str, str]:
    """Return a digest of what the descriptor says of each table; under no name, of all of them."""
    package, resources = _read(paths.raw_dir() / paths.DESCRIPTOR)
    if not package:
        return {}
    bare = [{k: v for k, v in r.items() if k not in _OF_FILES} for r in resources.values()]
    parts: dict[str, Any] = {**resources, "": {**package, "resources": bare}}
    return {
        name: hashlib.sha256(json.dumps(part, sort_keys=True).encode()).hexdigest()
        for name, part in parts.items()
    }
