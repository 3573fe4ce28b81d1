"""A league table of an analyst's own: indicators, and how sure each is, checked cell by cell."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pandas as pd

from nhsi_analysis.errors import DataError
from nhsi_analysis.ingest.own import NAMED, Numbers, OwnTable, read_own
from nhsi_analysis.ingest.reading import label, odd_scale, to_number
from notebook_reports.evidence import words

_TEXT = ("org_code", "org_name", "trust_type")
_LIMITS = ("low", "high")
_KNOWN = (*_TEXT, "score", "se", "n", *_LIMITS, "level")
_MINIMUM = 3
_MOST_INDICATORS = 100
# Indexes, ranks and limits, as pandas, R and spreadsheets name them.
_NO_INDICATOR = re.compile(
    r"index|level_\d+|x|id|no|#|row|rank|position|year|\.\.\.\d+|column\d+"
    r"|.*[_ .](?:lower|upper|low|high|lci|uci|lcl|ucl|ci|no|rank|n|se)",
    re.IGNORECASE,
)
_MOST_CASES = 1e9
# Shares and percentages part by a hundred: what is nearer to the other rows may be true.
_OTHER_SCALE = 20


@dataclass(frozen=True)
class LeagueTable:
    """A league table as it was written.

    Parameters
    ----------
    file : str
        Name of the file.
    cells : pandas.DataFrame of str
        Its cells; ``org_code``, and ``org_name`` and ``trust_type`` where it has them.
    values : pandas.DataFrame
        Units by indicators, as written.
    errors, bases : pandas.DataFrame or None
        Standard errors on the same scale; answers or cases behind each. One of the two is there.
    scales : dict of str to str
        Of each indicator "shares", "percentages" or, where it has a standard error, "".
    own_bases : bool
        Whether each indicator has a base or standard error of its own.
    notes : list of str
        What was read as what, in sentences.
    """

    file: str
    cells: pd.DataFrame
    values: pd.DataFrame
    errors: pd.DataFrame | None
    bases: pd.DataFrame | None
    scales: dict[str, str]
    own_bases: bool
    notes: list[str]


def labels(names: Iterable[str]) -> dict[str, str]:
    """Return names by what of them matters, whatever their case."""
    return {label(name): name for name in names}


def read_league(path: Path, indicators: Sequence[str] = ()) -> LeagueTable:
    """Read a league table of an analyst's own.

    Parameters
    ----------
    path : Path
        Text (see :func:`nhsi_analysis.ingest.own.read_own`) with ``org_code`` and one of:
        ``score`` and ``se``; ``score`` and ``n`` (score a share, or a percentage up to 100);
        ``score`` with ``low`` and ``high``, the ends of its interval of ``level`` (0.95 without);
        several indicator columns with ``n``, or with ``<indicator>_n`` or ``<indicator>_se`` each.
        ``org_name`` and ``trust_type`` are used where given. Names are taken in any case.
    indicators : sequence of str
        Its columns; without any, ``score`` or else every numeric column that isn't a base, an
        error, an index, a rank or a limit.

    Raises
    ------
    DataError
        Naming file, row, column and rule: no codes, duplicate codes, missing scores, shares among
        percentages, no error or base, negative or missing ones, fewer than three units, more than
        a hundred indicators.
    """
    table = _read(path)
    frame = table.cells
    names = _indicator_columns(frame, indicators, table.file)
    read = {name: table.numbers(name) for name in names}
    values = pd.DataFrame({name: numbers.values for name, numbers in read.items()})
    _check_gaps(table, values)
    errors, bases, scales, used = _support_of(table, read)
    return LeagueTable(
        file=table.file,
        cells=frame,
        values=values,
        errors=errors,
        bases=bases,
        scales=scales,
        own_bases=not {"n", "se"} & (used & set(frame.columns)) or len(names) == 1,
        notes=[
            *table.notes,
            *_scale_notes(scales),
            *(
                ["Errors are taken from low and high, as of normal errors."]
                if "low" in used
                else []
            ),
            *_mark_notes(read),
            *_unused_notes(frame, {*names, *used}),
        ],
    )


def _read(path: Path) -> OwnTable:
    table = read_own(path, _KNOWN)
    columns = labels(map(str, table.cells))
    supports = {}
    for key, name in columns.items():
        stem, _, end = key.rpartition("_")
        if end in {"n", "se"} and stem in columns:
            supports[name] = f"{columns[stem]}_{end}"
    table = replace(table, cells=table.cells.rename(columns=supports))
    if len(table.cells) < _MINIMUM:
        raise DataError(table.file, f"must hold at least {_MINIMUM} units", value=len(table.cells))
    return table


def _is_support(name: str, columns: Set[str]) -> bool:
    """Tell whether a column is a base or an error."""
    stem, _, end = name.rpartition("_")
    return name in {"n", "se"} or (end in {"n", "se"} and stem in columns)


def _indicator_columns(frame: pd.DataFrame, wanted: Sequence[str], file: str) -> list[str]:
    columns = dict.fromkeys(frame.columns)
    by_label, asked = labels(columns), labels(wanted)
    lost = {key: name for key, name in asked.items() if key not in by_label}
    if lost:
        near = [m for key in lost for m in words.near(key, by_label, most=1)]
        raise DataError(
            file,
            f"has no column for the indicator {', '.join(lost.values())}"
            + (f"; {', '.join(by_label[m] for m in near)} is near" if near else ""),
            remedy=f"Columns: {_listed(list(columns))}",
        )
    if asked:
        return [by_label[key] for key in asked]
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
    numbers = frame[[c for c in rest if not _NO_INDICATOR.fullmatch(c)]].map(
        # A decimal comma makes a column no less numeric: it is refused where it is read.
        lambda cell: to_number(cell.replace(",", ".")),
        na_action="ignore",
    )
    count = np.arange(len(frame))
    numeric = [
        c
        for c in map(str, numbers)
        if numbers[c].notna().any() and not any((numbers[c] == count + k).all() for k in (0, 1))
    ]
    if not numeric:
        raise DataError(
            file,
            "has neither a column score nor a numeric indicator",
            remedy="Name a column that looks like an index or rank in the parameter 'indicators'",
        )
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


def _support_of(
    table: OwnTable, read: Mapping[str, Numbers]
) -> tuple[pd.DataFrame | None, pd.DataFrame | None, dict[str, str], set[str]]:
    """Return errors or None, bases or None, each indicator's scale ("" for its own), columns."""
    frame = table.cells
    single = len(read) == 1
    direct = {c: "se" if single and "se" in frame else f"{c}_se" for c in read}
    if all(name in frame for name in direct.values()):
        errors = pd.DataFrame({c: _support(table, name, read[c]) for c, name in direct.items()})
        for c, name in direct.items():
            _check_own_scale(table, c, read[c], name, errors[c])
        bases = None
        if "n" in frame:
            bases = pd.DataFrame({c: _support(table, "n", read[c]) for c in read})
        return errors, bases, dict.fromkeys(read, ""), {*direct.values(), "n"}
    if single and "n" not in frame and set(_LIMITS) <= set(frame):
        (name,) = read
        errors = pd.DataFrame({name: _error_of_limits(table, read[name])})
        return errors, None, {name: ""}, {*_LIMITS, "level"}
    base = {c: f"{c}_n" if f"{c}_n" in frame else "n" for c in read}
    lost = [c for c, name in base.items() if name not in frame]
    if part := [c for c in lost if direct[c] in frame]:
        others = [c for c in read if direct[c] not in frame]
        raise DataError(
            table.file,
            f"has standard errors for {', '.join(part)} and none for {', '.join(others)}",
            remedy="Give every indicator a standard error, or every indicator a base.",
        )
    if lost:
        raise DataError(
            table.file,
            f"has neither standard errors nor bases for {', '.join(lost)}",
            remedy="Add a column se (standard error) or n (answers or cases behind the score); or "
            "low and high, the ends of an interval.",
        )
    scales = {c: _scale(table, c, numbers) for c, numbers in read.items()}
    bases = pd.DataFrame({c: _support(table, name, read[c]) for c, name in base.items()})
    return None, bases, scales, set(base.values())


def _support(table: OwnTable, name: str, indicator: Numbers) -> pd.Series:
    """Return errors or bases, which must be there where the indicator is."""
    is_error = name.endswith("se")
    numbers = table.numbers(name, thousands=not is_error)
    values, there = numbers.values, indicator.values.notna()
    least, word = (0.0, "zero or more") if is_error else (1.0, "at least 1")
    bad = ((values < least) | values.isna()) & there
    if bad.any():
        found = table.cells.loc[bad, name].iloc[0]
        table.refuse(f"must be {word} and not empty", bad, name, value=found or "nothing")
    if numbers.percent != (is_error and indicator.percent):
        rule = "must be written with a percent sign, or without, as its indicator is"
        table.refuse(rule if is_error else "must be a count, not a percentage", there, name)
    if not is_error:
        table.refuse(
            f"must be a whole number of at most {_MOST_CASES:,.0f}",
            ((values % 1 != 0) | (values > _MOST_CASES)) & there,
            name,
            remedy="Remove thousands commas, and write a weighted base as the cases behind it",
        )
    return values


def _error_of_limits(table: OwnTable, score: Numbers) -> pd.Series:
    """Return the standard errors of which the ends of intervals tell."""
    low, high = (table.numbers(name) for name in _LIMITS)
    for name, end in zip(_LIMITS, (low, high), strict=True):
        if end.percent != score.percent:
            rule = "must be written with a percent sign, or without, as its score is"
            table.refuse(rule, score.values.notna(), name)
    held = (low.values <= score.values) & (score.values <= high.values)
    table.refuse("must not lie outside low to high, and these must not be empty", ~held, "score")
    level = pd.Series(0.95, index=held.index)
    if "level" in table.cells:
        given = table.numbers("level")
        level = given.values / (100 if given.percent else 1)
        rule = "must be a share from 0.5 to 0.999, or such a percentage with its sign"
        table.refuse(rule, ~level.between(0.5, 0.999), "level")
    width = level.map(lambda share: 2 * NormalDist().inv_cdf((1 + share) / 2))
    return (high.values - low.values) / width


def _check_own_scale(
    table: OwnTable, name: str, numbers: Numbers, error_name: str, errors: pd.Series
) -> None:
    """Refuse a share among percentages, or the reverse, where the scale is the table's own."""
    values = numbers.values
    if numbers.percent or not (values.between(0, 100) | values.isna()).all():
        return
    middle = values[values > 0].median()
    remedy = "Correct the cell; or write percentages with a percent sign in every row"
    for column, cells, crosses in (
        (name, values, (values <= 1) != (middle <= 1)),
        (error_name, errors, True),
    ):
        times = cells.where(cells > 0) / cells[cells > 0].median()
        odd = (times >= _OTHER_SCALE) | (times <= 1 / _OTHER_SCALE)
        rest = cells[~odd & (cells > 0)]
        moved = (100 * cells).where(times <= 1, cells / 100)
        fits = moved.between(rest.min() / 2, 2 * rest.max())
        table.refuse(
            "must be on the scale of the other rows: it is off by the hundred between shares and "
            "percentages",
            odd & crosses & fits,
            column,
            remedy=remedy,
        )


def _scale(table: OwnTable, name: str, numbers: Numbers) -> str:
    """Return "shares" or "percentages"; refuse what is neither, or may be both."""
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
    said = {
        "shares": "read as shares (0 to 1)",
        "percentages": "read as percentages (0 to 100)",
        "": "taken as it stands, with the standard errors given",
    }
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


def _unused_notes(frame: pd.DataFrame, used: Set[str]) -> list[str]:
    rest = [c for c in frame.columns if c not in used and c not in _TEXT]
    return [f"Not used: the column{'s' * (len(rest) > 1)} {_listed(rest)}."] if rest else []


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:NAMED]) + (" and others" if len(names) > NAMED else "")
