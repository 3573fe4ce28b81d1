"""What became of a report, as data: it crosses process and machine boundaries."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["error", "time limit", "died", "export", "writing"]


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a report failed.

    Parameters
    ----------
    kind : str
        "error" (a cell raised), "time limit", "died" (its kernel or worker), "export" or
        "writing".
    message : str
        One line.
    detail : str
        Traceback as text.
    cell : int, optional
        Number of the cell it stopped at, counted from 1.
    """

    kind: Kind
    message: str
    detail: str = ""
    cell: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one report.

    Parameters
    ----------
    id : str
        The report.
    failure : Failure, optional
        None where it succeeded.
    kernel : str
        "warm" or "ordinary".
    started : float
        When the kernel ran, in seconds since 1970; 0 where none did.
    note : str
        Why an ordinary kernel was used where a warm one was wanted.
    seconds : dict
        Time taken by start, imports, cells and export.
    lede : str
        The finding in a sentence or two, plain text.
    as_at : str
        The day of its data, and what they are, plain text.
    findings : list of dict
        The report's headline numbers.
    tables : list of dict
        Provenance of the tables loaded.
    read : dict
        Digest of everything read, by path, as it was when it was read.
    unseen : list of str
        What was used whose reading can't be watched.
    files : dict
        What it leaves, by path within the output folder.
    """

    id: str
    failure: Failure | None = None
    kernel: str = ""
    note: str = ""
    started: float = 0.0
    seconds: dict[str, float] = field(default_factory=dict)
    lede: str = ""
    as_at: str = ""
    findings: list[dict[str, Any]] = field(default_factory=list)
    tables: list[dict[str, Any]] = field(default_factory=list)
    read: dict[str, str] = field(default_factory=dict)
    unseen: list[str] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
