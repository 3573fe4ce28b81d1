"""An analyst's own table as a league."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nhsi_analysis import datasets
from nhsi_analysis.errors import DataError, ParameterError
from nhsi_analysis.topics.as_at import parse
from nhsi_analysis.topics.league.survey import UNKNOWN_TYPE, binomial_error
from nhsi_analysis.topics.league.table import League, assemble, check_common

if TYPE_CHECKING:
    from nhsi_analysis.ingest.own import Numbers, OwnTable

_TEXT = ("org_code", "org_name", "trust_type")
_KNOWN = (*_TEXT, "score", "se", "n")
_MINIMUM = 3
_MOST_INDICATORS = 100
_NAMED = 8


def from_csv(
    path: str,
    *,
    indicators: Sequence[str] = (),
    weights: Mapping[str, float] | None = None,
    quotas: Sequence[int] = (18, 102, 78, 32),
    trust: str = "",
    confidence: float = 0.95,
    draws: int = 20_000,
    seed: int = 0,
    higher_is_better: bool = True,
    as_at: str = "",
) -> League:
    """Read a league table of an analyst's own.

    Parameters
    ----------
    path : str
        Text (see :func:`nhsi_analysis.ingest.own.read_own`) with ``org_code`` and one of:
        ``score`` and ``se``; ``score`` and ``n`` (score a share, or a percentage up to 100);
        several indicator columns with ``n``, or with ``<indicator>_n`` or ``<indicator>_se`` each.
        ``org_name`` and ``trust_type`` are used where given.
    indicators : sequence of str
        Indicator columns; without any of them in the file, every numeric column that isn't a
        base or an error.
    weights : mapping, optional
        Weight of each indicator.
    quotas, trust, confidence, draws, seed, as_at
        As in :func:`nhsi_analysis.topics.league.table.replica`.
    higher_is_better : bool
        Direction of the scores.

    Returns
    -------
    League
        The table as a league. Its notes say what was read as what: the scale of the scores, marks
        of missing values, rows and columns left out, codes that the project's table of trusts
        hasn't. A missing value of one of several indicators is noted, and the unit's other
        indicators carry its weight.

    Raises
    ------
    DataError
        Naming file, row, column and rule: no codes, duplicate codes, missing scores, shares among
        percentages, no error or base, negative or missing ones, fewer than three units, more than
        a hundred indicators.
    ParameterError
        For parameters that make no sense, or scores that are all equal.
    """
    check_common(quotas, confidence, draws, seed)
    until = parse(as_at)
    table = _read(path)
    frame, file = table.cells, table.file
    names = _indicator_columns(frame, indicators, file)
    read = {name: table.numbers(name) for name in names}
    values = pd.DataFrame({name: numbers.values for name, numbers in read.items()})
    _check_gaps(table, values)
    errors, bases, scales = _errors(table, read)
    shares = values / [100.0 if scales[name] == "percentages" else 1.0 for name in names]
    base = bases.min(axis=1) if bases is not None else pd.Series(np.nan, index=frame.index)
    codes = pd.Index(frame["org_code"], name="org_code")
    for part in (shares, errors):
        part.index = codes
    people, unknown = _people(frame, codes)
    return assemble(
        shares,
        errors,
        pd.Series(base.to_numpy(), index=codes),
        people,
        weights=weights,
        quotas=quotas,
        trust=" ".join(trust.split()).upper(),
        confidence=confidence,
        draws=draws,
        seed=seed,
        year=None,
        unit="share" if scales[names[0]] and len(names) == 1 else "",
        name=f"league of {file}",
        measure=names[0] if len(names) == 1 else f"mean standard score of {', '.join(names)}",
        period="",
        source=[f"Analyst's own table {file}"],
        notes=[
            *table.notes,
            *_scale_notes(scales),
            *_mark_notes(read),
            *_unused_notes(frame, names),
            *unknown,
        ],
        family=tuple(names),
        as_at=until,
        higher_is_better=higher_is_better,
    )


def _read(path: str) -> OwnTable:
    # The readers take half a second to import: a report without an own table is spared it.
    from nhsi_analysis.ingest.own import read_own

    if not Path(path).is_file():
        raise ParameterError("league_csv", "must name an existing file", value=path)
    table = read_own(Path(path), _KNOWN)
    if len(table.cells) < _MINIMUM:
        raise DataError(
            table.file, f"must hold at least {_MINIMUM} units", value=len(table.cells)
        )  # fmt: skip
    return table


def _is_support(name: str, columns: Set[str]) -> bool:
    """Tell whether a column is a base or an error."""
    stem, _, end = name.rpartition("_")
    return name in {"n", "se"} or (end in {"n", "se"} and stem in columns)


def _indicator_columns(frame: pd.DataFrame, wanted: Sequence[str], file: str) -> list[str]:
    from nhsi_analysis.ingest.reading import to_number

    columns = dict.fromkeys(frame.columns)
    present = [name for name in wanted if name in columns]
    if present:
        lost = [name for name in wanted if name not in columns]
        if lost:
            raise DataError(
                file, f"has no column for the indicator {', '.join(lost)}",
                remedy=f"Columns: {', '.join(columns)}.",
            )  # fmt: skip
        return present
    if "score" in columns:
        return ["score"]
    rest = [c for c in columns if c not in _TEXT and not _is_support(c, columns.keys())]
    if len(rest) > _MOST_INDICATORS:
        raise DataError(
            file,
            f"must have at most {_MOST_INDICATORS} columns that could be indicators",
            value=len(rest),
            remedy="Name those of the league in the parameter 'indicators'",
        )
    numeric = [c for c in rest if frame[c].map(to_number).notna().any()]
    if not numeric:
        raise DataError(file, "has neither a column score nor a numeric indicator")
    return numeric


def _check_gaps(table: OwnTable, values: pd.DataFrame) -> None:
    gap = values.isna()
    first = str(values.columns[0])
    if values.shape[1] == 1:
        table.refuse("must not be empty", gap[first], first)
    table.refuse("a unit has no indicator at all", gap.all(axis=1), first)
    if gap.all(axis=0).any():
        name = str(values.columns[gap.all(axis=0).to_numpy()][0])
        raise DataError(table.file, "an indicator has no value at all", column=name)


def _errors(
    table: OwnTable, read: Mapping[str, Numbers]
) -> tuple[pd.DataFrame, pd.DataFrame | None, dict[str, str]]:
    """Return standard errors, bases where given, and each indicator's scale ("" for its own)."""
    frame = table.cells
    single = len(read) == 1
    direct = {c: "se" if single and "se" in frame else f"{c}_se" for c in read}
    if all(name in frame for name in direct.values()):
        errors = pd.DataFrame({c: _support(table, name, read[c]) for c, name in direct.items()})
        bases = None
        if "n" in frame:
            bases = pd.DataFrame({c: _support(table, "n", read[c]) for c in read})
        return errors, bases, dict.fromkeys(read, "")
    base = {c: f"{c}_n" if f"{c}_n" in frame else "n" for c in read}
    lost = [c for c, name in base.items() if name not in frame]
    if lost:
        raise DataError(
            table.file,
            f"has neither standard errors nor bases for {', '.join(lost)}",
            remedy="Add a column se (standard error) or n (answers or cases behind the score).",
        )
    scales = {c: _scale(table, c, numbers) for c, numbers in read.items()}
    bases = pd.DataFrame({c: _support(table, name, read[c]) for c, name in base.items()})
    shares = pd.DataFrame(
        {c: read[c].values / (100 if scales[c] == "percentages" else 1) for c in read}
    )
    return binomial_error(shares, bases), bases, scales


def _support(table: OwnTable, name: str, indicator: Numbers) -> pd.Series:
    """Return errors or bases, which must be there where the indicator is."""
    numbers = table.numbers(name)
    values, there = numbers.values, indicator.values.notna()
    is_error = name.endswith("se")
    least, word = (0.0, "zero or more") if is_error else (1.0, "at least 1")
    bad = ((values < least) | values.isna()) & there
    if bad.any():
        found = table.cells.loc[bad, name].iloc[0]
        table.refuse(f"must be {word} and not empty", bad, name, value=found or "nothing")
    if numbers.percent != (is_error and indicator.percent):
        rule = "must be written with a percent sign, or without, as its indicator is"
        table.refuse(rule if is_error else "must be a count, not a percentage", there, name)
    return values


def _scale(table: OwnTable, name: str, numbers: Numbers) -> str:
    """Return "shares" or "percentages"; refuse what is neither, or may be both."""
    from nhsi_analysis.ingest.reading import odd_scale

    values = numbers.values
    table.refuse(
        "scores outside 0 to 100 have no binomial standard error",
        ~values.between(0, 100) & values.notna(),
        name,
        remedy="Add a column se, or give shares (0 to 1) or percentages (0 to 100).",
    )
    if numbers.percent:
        return "percentages"
    odd = odd_scale(values.to_numpy())
    if odd is not None:
        rows = pd.Series(np.arange(len(values)) == odd, index=values.index)
        others = "shares of 1" if values.iloc[odd] > 1 else "percentages"
        table.refuse(
            f"must be on the scale of the other rows, which are read as {others}",
            rows,
            name,
            remedy="Correct the cell; or write percentages with a percent sign in every row",
        )
    return "shares" if values.max() <= 1 else "percentages"


def _scale_notes(scales: Mapping[str, str]) -> list[str]:
    said = {"shares": "read as shares (0 to 1)", "percentages": "read as percentages (0 to 100)",
            "": "taken as it stands, with the standard errors given"}  # fmt: skip
    return [
        f"{', '.join(names)}: {said[scale]}."
        for scale in said
        if (names := [name for name, found in scales.items() if found == scale])
    ]


def _mark_notes(read: Mapping[str, Numbers]) -> list[str]:
    counts: dict[str, int] = {}
    for numbers in read.values():
        for mark, count in numbers.marks.items():
            counts[mark] = counts.get(mark, 0) + count
    if not counts:
        return []
    return ["Read as missing: " + ", ".join(f"{k} {mark}" for mark, k in counts.items()) + "."]


def _unused_notes(frame: pd.DataFrame, names: Sequence[str]) -> list[str]:
    columns = dict.fromkeys(frame.columns)
    used = {*names, *_KNOWN}
    rest = [c for c in columns if c not in used and not _is_support(c, columns.keys())]
    return [f"Not used: the column{'s' * (len(rest) > 1)} {_listed(rest)}."] if rest else []


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:_NAMED]) + (" and others" if len(names) > _NAMED else "")


def _people(frame: pd.DataFrame, codes: pd.Index) -> tuple[pd.DataFrame, list[str]]:
    """Return names and types, and a note of codes that the table of trusts hasn't."""
    trusts = datasets.load("trusts").set_index("org_code")
    lost = codes[~codes.isin(trusts.index)]
    trusts = trusts.reindex(codes)
    people = pd.DataFrame(
        {"org_name": trusts["org_name"], "trust_type": trusts["trust_type"]}, index=codes
    ).astype(object)
    for column in ("org_name", "trust_type"):
        if column in frame:
            given = pd.Series(frame[column].to_numpy(), index=codes)
            people[column] = given.where(given != "", people[column])
    people["trust_type"] = people["trust_type"].where(people["trust_type"].notna(), UNKNOWN_TYPE)
    if lost.empty:
        return people, []
    are = "is" if len(lost) == 1 else "are"
    return people, [
        f"{len(lost)} of {len(codes)} codes {are} not in the project's table of trusts: "
        f"{_listed(list(lost))}."
    ]
