"""An analyst's own table as a league."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from nhsi_analysis import datasets
from nhsi_analysis.errors import DataError, ParameterError
from nhsi_analysis.topics.as_at import parse
from nhsi_analysis.topics.league.survey import UNKNOWN_TYPE, binomial_error
from nhsi_analysis.topics.league.table import League, assemble, check_common

_TEXT = ("org_code", "org_name", "trust_type")
_MINIMUM = 3


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
        CSV file (UTF-8, header first) with ``org_code`` and one of: ``score`` and ``se``;
        ``score`` and ``n`` (score a share, or a percentage up to 100); several indicator columns
        with ``n``, or with ``<indicator>_n`` or ``<indicator>_se`` each. ``org_name`` and
        ``trust_type`` are used where given.
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
        The table as a league. A missing value of one of several indicators is noted, and the
        unit's other indicators carry its weight.

    Raises
    ------
    DataError
        Naming file, row, column and rule: no codes, duplicate codes, missing scores, no error or
        base, negative or missing ones, fewer than three units.
    ParameterError
        For parameters that make no sense, or scores that are all equal.
    """
    check_common(quotas, confidence, draws, seed)
    until = parse(as_at)
    frame = _read(path)
    file = Path(path).name
    names = _indicator_columns(frame, indicators, file)
    values = pd.DataFrame({name: _numbers(frame, name, file) for name in names})
    _check_gaps(values, file)
    errors, bases, unit = _errors(frame, values, file)
    shares = values / 100 if unit == "percent" else values
    codes = pd.Index(frame["org_code"], name="org_code")
    for table in (shares, errors):
        table.index = codes
    base = bases.min(axis=1) if bases is not None else pd.Series(np.nan, index=range(len(codes)))
    return assemble(
        shares,
        errors,
        pd.Series(base.to_numpy(), index=codes),
        _people(frame, codes),
        weights=weights,
        quotas=quotas,
        trust=trust,
        confidence=confidence,
        draws=draws,
        seed=seed,
        year=None,
        unit="share" if unit and len(names) == 1 else "",
        name=f"league of {file}",
        measure=names[0] if len(names) == 1 else f"mean standard score of {', '.join(names)}",
        period="",
        source=[f"Analyst's own table {file}"],
        notes=[],
        family=tuple(names),
        as_at=until,
        higher_is_better=higher_is_better,
    )


def _read(path: str) -> pd.DataFrame:
    file = Path(path)
    if not file.is_file():
        raise ParameterError("league_csv", "must name an existing file", value=path)
    try:
        frame = pd.read_csv(file, dtype=str, encoding="utf-8-sig", keep_default_na=False)
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as problem:
        raise DataError(file.name, f"can't be read as CSV in UTF-8: {problem}") from None
    frame.columns = [str(c).strip() for c in frame.columns]
    if "org_code" not in frame:
        raise DataError(file.name, "has no column org_code", remedy="Name the codes' column so.")
    frame = pd.DataFrame({c: frame[c].str.strip() for c in frame})
    blank = frame["org_code"] == ""
    if blank.any():
        raise DataError(file.name, "code must not be empty", row=_row(blank), column="org_code")
    twice = frame["org_code"].duplicated()
    if twice.any():
        raise DataError(
            file.name,
            "each code must appear once",
            row=_row(twice),
            column="org_code",
            value=frame.loc[twice, "org_code"].iloc[0],
        )
    if len(frame) < _MINIMUM:
        raise DataError(file.name, f"must hold at least {_MINIMUM} units", value=len(frame))
    return frame


def _row(bad: pd.Series) -> int:
    """Row of the first bad value as a reader of the file counts it."""
    return int(np.flatnonzero(bad.to_numpy())[0]) + 2


def _is_support(name: str, columns: Sequence[str]) -> bool:
    """Tell whether a column is a base or an error."""
    stem, _, end = name.rpartition("_")
    return name in {"n", "se"} or (end in {"n", "se"} and stem in columns)


def _indicator_columns(frame: pd.DataFrame, wanted: Sequence[str], file: str) -> list[str]:
    columns = list(frame.columns)
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
    rest = [c for c in columns if c not in _TEXT and not _is_support(c, columns)]
    numeric = [c for c in rest if pd.to_numeric(frame[c], errors="coerce").notna().any()]
    if not numeric:
        raise DataError(file, "has neither a column score nor a numeric indicator")
    return numeric


def _numbers(frame: pd.DataFrame, name: str, file: str) -> pd.Series:
    text = frame[name]
    blank = text.isin(["", "NA", "NaN", "nan", "na"])
    numbers = pd.to_numeric(text.where(~blank), errors="coerce")
    bad = (numbers.isna() & ~blank) | ~np.isfinite(numbers.fillna(0))
    if bad.any():
        raise DataError(
            file, "must be a number", row=_row(bad), column=name, value=text[bad].iloc[0]
        )
    return numbers.astype(float)


def _check_gaps(values: pd.DataFrame, file: str) -> None:
    gap = values.isna()
    if values.shape[1] == 1 and gap.to_numpy().any():
        name = str(values.columns[0])
        raise DataError(file, "must not be empty", row=_row(gap[name]), column=name)
    if gap.all(axis=1).any():
        raise DataError(file, "a unit has no indicator at all", row=_row(gap.all(axis=1)))
    if gap.all(axis=0).any():
        name = str(values.columns[gap.all(axis=0).to_numpy()][0])
        raise DataError(file, "an indicator has no value at all", column=name)


def _errors(
    frame: pd.DataFrame, values: pd.DataFrame, file: str
) -> tuple[pd.DataFrame, pd.DataFrame | None, str]:
    """Return standard errors, bases where given, and "share", "percent" or "" (the scale)."""
    single = values.shape[1] == 1
    scale = _scale(values)
    names = [str(c) for c in values]
    direct = {c: "se" if single and "se" in frame else f"{c}_se" for c in names}
    if all(name in frame for name in direct.values()):
        errors = pd.DataFrame(
            {c: _support(frame, name, values[c], file) for c, name in direct.items()}
        )
        bases = None
        if "n" in frame:
            bases = pd.DataFrame({c: _support(frame, "n", values[c], file) for c in names})
        return errors, bases, ""
    base = {c: f"{c}_n" if f"{c}_n" in frame else "n" for c in names}
    lost = [c for c, name in base.items() if name not in frame]
    if lost:
        raise DataError(
            file,
            f"has neither standard errors nor bases for {', '.join(lost)}",
            remedy="Add a column se (standard error) or n (answers or cases behind the score).",
        )
    if not scale:
        raise DataError(
            file,
            "scores outside 0 to 100 have no binomial standard error",
            remedy="Add a column se, or give shares (0 to 1) or percentages (0 to 100).",
        )
    bases = pd.DataFrame({c: _support(frame, name, values[c], file) for c, name in base.items()})
    shares = values / 100 if scale == "percent" else values
    return binomial_error(shares, bases), bases, scale


def _support(frame: pd.DataFrame, name: str, values: pd.Series, file: str) -> pd.Series:
    numbers = _numbers(frame, name, file)
    least, word = (0.0, "zero or more") if name.endswith("se") else (1.0, "at least 1")
    bad = ((numbers < least) | numbers.isna()) & values.notna()
    if bad.any():
        found = frame.loc[bad, name].iloc[0]
        raise DataError(
            file,
            f"must be {word} and not empty",
            row=_row(bad),
            column=name,
            value=found or "nothing",
        )
    return numbers


def _scale(values: pd.DataFrame) -> str:
    low, high = float(values.min().min()), float(values.max().max())
    if low < 0 or high > 100:
        return ""
    return "share" if high <= 1 else "percent"


def _people(frame: pd.DataFrame, codes: pd.Index) -> pd.DataFrame:
    trusts = datasets.load("trusts").set_index("org_code").reindex(codes)
    people = pd.DataFrame(
        {"org_name": trusts["org_name"], "trust_type": trusts["trust_type"]}, index=codes
    ).astype(object)
    for column in ("org_name", "trust_type"):
        if column in frame:
            given = pd.Series(frame[column].to_numpy(), index=codes)
            people[column] = given.where(given != "", people[column])
    people["trust_type"] = people["trust_type"].where(people["trust_type"].notna(), UNKNOWN_TYPE)
    return people
