"""What a trust is called, and what became of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from nhsi_analysis import as_at, datasets
from nhsi_analysis.datasets.successions import successor_of
from nhsi_analysis.errors import ParameterError
from nhsi_analysis.schemas.vocabulary import LEGAL_FORMS
from notebook_reports.evidence import Units, words
from policy_methods.results import Result

REGISTERED: Final = 2018
"""Year of the register of trusts."""


def short_trust(name: str, most: int | None = None) -> str:
    """Shorten a trust's name to what tells it apart.

    Parameters
    ----------
    name : str
        Name in the register.
    most : int, optional
        Letters at most.

    Examples
    --------
    >>> short_trust("The Royal Wolverhampton NHS Trust")
    'The Royal Wolverhampton'
    """
    return words.short_name(name, LEGAL_FORMS, most)


def held(
    names: pd.Series,
    rows: pd.DataFrame,
    say: Callable[[str, dict[str, Any]], str],
    kind: str = "trust",
) -> Units:
    """Return the trusts that a figure holds, each with what the figure says of it.

    Parameters
    ----------
    names : pandas.Series of str
        Names in the register, by code; a trust without one is called by its code.
    rows : pandas.DataFrame
        Numbers of the figure, one row a trust, indexed by code.
    say : callable
        Returns the sentence on a trust from its short name and its row.
    kind : str
        What one is called, where they aren't trusts.

    Examples
    --------
    >>> ages = pd.DataFrame({"years": [2]}, index=["RL4"])
    >>> names = pd.Series({"RL4": "The Royal Wolverhampton NHS Trust"})
    >>> held(names, ages, "{0}: {1[years]}".format).said
    {'RL4': 'The Royal Wolverhampton: 2'}
    """
    told: dict[str, Any] = {str(code): row for code, row in rows.to_dict("index").items()}
    short = {code: short_trust(names.get(code, code)) for code in told}
    return Units(kind, short, {code: say(short[code], row) for code, row in told.items()})


@datasets.remembered
def kinds(until: pd.Timestamp = as_at.OPEN_END) -> pd.Series:
    """Return what each trust is among its peers: "specialist acute trusts".

    Trusts of a type in the register of 2018, specialist acute trusts apart. A trust that had a
    major A&E department in a month published by a day is a non-specialist acute one whatever it is
    called; one that took a hospital over later was none then.

    Parameters
    ----------
    until : pandas.Timestamp
        The day.

    Returns
    -------
    pandas.Series of str
        By ODS code.

    Examples
    --------
    >>> kinds()[["RL4", "RYD"]].tolist()
    ['non-specialist acute trusts', 'ambulance trusts']
    """
    trusts = datasets.load("trusts").set_index("org_code")
    emergency = datasets.load("ae_monthly").query("department_type == '1' and attendances > 0")
    out = as_at.published("ae_monthly", emergency["month"] + pd.offsets.MonthEnd(0)) <= until
    found = trusts["trust_type"].str.lower() + " trusts"
    major = found.index.isin(emergency.loc[out, "org_code"].unique())
    found[(found == "acute trusts") | major] = "non-specialist acute trusts"
    found[trusts["specialist"].fillna(value=False).astype(bool)] = "specialist acute trusts"
    found.attrs = {}
    return found.fillna("trusts of unknown type")


def names_today() -> pd.Series:
    """Return the names of trusts by code: the register's, and of those formed since, later tables'.

    Examples
    --------
    >>> names_today()[["RL4", "R0D"]].to_list()
    ['Royal Wolverhampton NHS Trust', 'University Hospitals Dorset NHS Foundation Trust']
    """
    register = datasets.load("trusts").set_index("org_code")["org_name"]
    later = datasets.load("oversight_framework").set_index("org_code")["org_name"]
    became = datasets.load("trust_successions").set_index("successor_code")["successor_name"]
    both = pd.concat([register, became, later])
    found: pd.Series = both[~both.index.duplicated()]
    return found


def names_in(year: int) -> pd.Series:
    """Return what trusts were called in a year, by code: from 2021 on, the staff survey's names.

    A name that is only spelt otherwise stays as in the register. A code can be that of a larger
    trust than the register of 2018 named: RC9 was Luton and Dunstable, and took Bedford Hospital
    over in 2020.

    Examples
    --------
    >>> names_in(2018)["RC9"], names_in(2024)["RC9"]
    ('Luton and Dunstable University Hospital NHS Foundation Trust', \
'Bedfordshire Hospitals NHS Foundation Trust')
    """
    rows = datasets.load("staff_survey_2021_2024").sort_values("survey_year", kind="stable")
    later, names = (
        rows[rows["survey_year"] <= year].groupby("org_code")["org_name"].last(),
        names_today(),
    )
    later = later[later.index.isin(names.index)]
    renamed = later.map(_plain) != names[later.index].map(_plain)
    names.update(later[renamed])
    return names


def trusts_like(text: str, most: int = 10) -> pd.DataFrame:
    """Find trusts by a code or a part of a name.

    Parameters
    ----------
    text : str
        What to look for; large and small letters are alike.
    most : int
        Trusts at most.

    Returns
    -------
    pandas.DataFrame
        Indexed by ``org_code``, the likeliest first: ``org_name``, ``trust_type`` and ``region`` of
        the register of 2018, and ``became``, the organisation that took the trust over.

    Examples
    --------
    >>> trusts_like("barts")["org_name"].to_dict()
    {'R1H': 'Barts Health NHS Trust'}
    """
    names = names_today()
    codes = [near.split(" ")[0] for near in words.near_units(text, _called(names), most=most)]
    register = datasets.load("trusts").set_index("org_code")
    found = register.reindex(codes)[["org_name", "trust_type", "region"]]
    gone = {code: became(code, as_at.OPEN_END) for code in codes}
    after = [succession.name if succession else "" for succession in gone.values()]
    found.attrs = {}
    return found.assign(org_name=names.reindex(codes), became=after)


def code_of(trust: str, name: str = "trust") -> str:
    """Return the code of a trust that is named by its code or by a part of a name it has or had.

    Parameters
    ----------
    trust : str
        The code, or letters that are in the name of one trust alone.
    name : str
        Parameter to name in an error.

    Raises
    ------
    ParameterError
        There is none such, or several; those that are near are listed.

    Examples
    --------
    >>> code_of("rl4"), code_of("Royal Wolverhampton"), code_of("Bedfordshire Hospitals")
    ('RL4', 'RL4', 'RC9')
    """
    names, text = names_today(), str(trust).strip()
    said = pd.concat([names, names_in(as_at.OPEN_END.year)[names.index]])
    folded, plain = said.map(_plain), _plain(text)
    for alike in (
        folded.index.str.casefold() == text.casefold(),
        folded == plain,
        folded.str.contains(plain, regex=False) & (len(plain) > 2),
    ):
        if len(found := said[alike].index.unique()) == 1:
            return str(found.tolist()[0])
    raise ParameterError(
        name,
        "must be the ODS code of a trust, or a part of one trust's name",
        value=trust,
        near=words.near_units(text, _called(names)),
    )


def _called(names: pd.Series) -> dict[str, str]:
    """Return names by code, with the later one where a trust was renamed or took others over."""
    later = names_in(as_at.OPEN_END.year)
    return {
        code: name if _plain(name) == _plain(later[code]) else f"{name}, later {later[code]}"
        for code, name in dict(names).items()
    }


def _plain(name: str) -> str:
    # St. Peter's is written in four ways, and some names with an article or without.
    return re.sub(r"[^\w\s]|^the ", "", name.casefold())


@dataclass(frozen=True, slots=True)
class Succession(Result):
    """What became of a trust.

    Parameters
    ----------
    name : str
        The organisation that took it over.
    since : pandas.Timestamp
        First day under it.
    whole : bool
        Whether all of it went there.
    """

    name: str
    since: pd.Timestamp
    whole: bool


def became(trust: str, until: pd.Timestamp) -> Succession | None:
    """Return what became of a trust by a day; None while it stands.

    Parameters
    ----------
    trust : str
        ODS code.
    until : pandas.Timestamp
        Last day that counts.

    Examples
    --------
    >>> became("RC1", pd.Timestamp("2020-04-01")).name
    'Bedfordshire Hospitals NHS Foundation Trust'
    """
    known = [step for step in _steps().get(trust, ()) if step.since <= until]
    return known[-1] if known else None


@datasets.remembered
def _steps() -> dict[str, list[Succession]]:
    """Return what became of each trust, in order of date."""
    rows = datasets.load("trust_successions").sort_values("effective_date")
    found: dict[str, list[Succession]] = {}
    for row in rows.to_dict("records"):
        step = Succession(row["successor_name"], row["effective_date"], row["share"] == "whole")
        found.setdefault(row["org_code"], []).append(step)
    return found


def chains(
    codes: Iterable[str], until: pd.Timestamp = as_at.OPEN_END
) -> dict[str, tuple[str, ...]]:
    """Return each code with those of the trusts it went up in whole by a day, nearest first.

    Parameters
    ----------
    codes : iterable of str
        ODS codes.
    until : pandas.Timestamp
        The day.

    Examples
    --------
    >>> chains(["RM4", "RJD"])
    {'RM4': ('RM4', 'RW3', 'R0A'), 'RJD': ('RJD',)}
    """
    steps = datasets.load("trust_successions")
    steps = steps[steps["share"].eq("whole") & (steps["effective_date"] <= until)]
    to = zip(steps["successor_code"], steps["effective_date"], strict=True)
    went = dict(zip(steps["org_code"], to, strict=True))
    return {code: (code, *successor_of(code, went)) for code in codes}


def kinds_of(codes: Iterable[str], until: pd.Timestamp = as_at.OPEN_END) -> dict[str, str]:
    """Return what trusts were by a day, or the first that took one over whose kind is known.

    Parameters
    ----------
    codes : iterable of str
        ODS codes, of trusts that ended before the register too; those of unknown kind are left out.
    until : pandas.Timestamp
        The day, as of :func:`kinds`.

    Examples
    --------
    >>> kinds_of(["RM4", "RYQ"])
    {'RM4': 'non-specialist acute trusts'}
    """
    known = kinds(until)
    known = known[known != "trusts of unknown type"]
    found = {code: [c for c in chain if c in known] for code, chain in chains(codes).items()}
    return {code: str(known[chain[0]]) for code, chain in found.items() if chain}
