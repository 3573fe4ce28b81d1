"""Providers' results: trusts' accounts, the sector's published deficits, and claims on both.

Accounts of trusts end in 2018/19 and follow the accounting standards; the sector's deficit is the
regulator's own measure. The two are set side by side and never added or joined.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import pandas as pd

from nhsi_analysis import as_at as dates
from nhsi_analysis import datasets, years
from nhsi_analysis.answers.judged import Judged, claim_of
from nhsi_analysis.answers.peers import Numbers
from nhsi_analysis.answers.published import interval, is_actual, published_on
from nhsi_analysis.answers.trusts import kinds
from nhsi_analysis.answers.verdicts import Grade, Verdict, independent, judge
from notebook_reports.evidence import Estimate, words

UNUSUAL: Final = 0.1
"""Share of income beyond which a result may hold one-off items."""
_YEAR, _BEFORE = "2017/18", "2016/17"
_ALL: Final = "all NHS providers"
_RESTATED = "restated"


@datasets.remembered
def accounts(until: pd.Timestamp = dates.OPEN_END) -> pd.DataFrame:
    """Return the accounts of trusts published by a day.

    Parameters
    ----------
    until : pandas.Timestamp
        Last day whose publications count.

    Returns
    -------
    pandas.DataFrame
        One row a code and year: ``org_code``, ``financial_year``, ``position_gbp_m`` (a deficit is
        below nought), ``income_gbp_m``, ``cost_gbp_m`` (operating cost, above nought) and
        ``margin``, the position as a share of income; missing where there was no income.

    Examples
    --------
    >>> found = accounts(pd.Timestamp("2011-12-31"))
    >>> len(found), found["financial_year"].unique().tolist()
    (245, ['2010/11'])
    """
    rows = datasets.load("trust_finance")
    rows.attrs = {}
    ends = dates.financial_year_end(rows["financial_year"])
    rows = rows[dates.published("trust_finance", ends) <= until].reset_index(drop=True)
    income = rows["operating_income_gbp_000"] / 1000
    return rows[["org_code", "financial_year"]].assign(
        position_gbp_m=rows["financial_position_gbp_000"] / 1000,
        income_gbp_m=income,
        cost_gbp_m=-rows["operating_cost_gbp_000"] / 1000,
        margin=rows["financial_position_gbp_000"] / 1000 / income.where(income > 0),
    )


_PLACEHOLDER_GBP: Final = 1000
"""West Midlands Ambulance Service shows £10 of agency spending: a placeholder, not a number."""


@datasets.remembered
def staffing(until: pd.Timestamp = dates.OPEN_END) -> pd.DataFrame:
    """Return what trusts spent on temporary staff by accounts published by a day.

    Parameters
    ----------
    until : pandas.Timestamp
        Last day whose publications count.

    Returns
    -------
    pandas.DataFrame
        Rows of ``trust_temporary_staffing`` that tell of spending, in order of year, with
        ``agency_gbp_m``, agency and external bank staff, and ``share``, of staff costs.

    Examples
    --------
    >>> found = staffing().set_index(["org_code", "financial_year"])
    >>> f"{found['share']['RL4', '2023/24']:.3f}"
    '0.015'
    """
    rows = datasets.load("trust_temporary_staffing").sort_values("financial_year", kind="stable")
    rows.attrs = {}
    ends = dates.financial_year_end(rows["financial_year"])
    spent, staff = rows["agency_plus_external_bank_gbp"], rows["staff_costs_gbp"]
    out = dates.published("trust_temporary_staffing", ends) <= until
    told = out & (spent >= _PLACEHOLDER_GBP) & (staff > 0)
    return rows.assign(agency_gbp_m=spent / 1e6, share=spent / staff)[told]


def margins_beside_peers(trust: str, until: pd.Timestamp = dates.OPEN_END) -> pd.DataFrame:
    """Put a trust's margin beside its peers', by year, as :func:`~.peers.beside_peers` does.

    Parameters
    ----------
    trust : str
        ODS code.
    until : pandas.Timestamp
        Last day whose publications count.

    Examples
    --------
    >>> margins_beside_peers("RL4")["peers"].tolist()[-1]
    132
    """
    held, kind = _margins(until)
    others = [code for code in kind.index[kind == kind[trust]] if code != trust]
    return held.beside(held.rows_of(trust), held.rows_of(*others))


@datasets.remembered
def _margins(until: pd.Timestamp) -> tuple[Numbers, pd.Series]:
    """Return the margins of those that had income, and the kinds of trusts of that time."""
    rows = accounts(until).dropna(subset=["margin"])
    newest = max((years.last_day(year) for year in rows["financial_year"].unique()), default=until)
    return Numbers.of(rows, "financial_year", "margin", ["position_gbp_m"]), kinds(newest)


def sector_figures(until: pd.Timestamp = dates.OPEN_END) -> pd.DataFrame:
    """Return every published figure on the sector's result and its control totals, as printed.

    Parameters
    ----------
    until : pandas.Timestamp
        Last day whose publications count.

    Returns
    -------
    pandas.DataFrame
        Rows of the register in order of period, with ``year`` (the financial year where the
        period is one, else empty), ``published`` (missing where no page says), ``number`` and the
        ends of what it can stand for, ``low`` and ``high``: GBP m where it is money.
    """
    rows = datasets.load("nhsi_context")
    rows.attrs = {}
    topic = rows["topic"].eq("finance") & rows["measure"].str.contains("deficit|deficits$")
    rows = rows[(topic | rows["topic"].eq("control totals")) & rows["scope"].eq(_ALL)]
    rows = rows.assign(published=pd.to_datetime(rows["source_title"].map(published_on)))
    rows = rows[(rows["period_end"] <= until) & ~(rows["published"] > until)]
    rows = rows.sort_values(["period_end", "period_start"], kind="stable", ignore_index=True)
    whole = rows["period_end"] - rows["period_start"] > pd.Timedelta(days=363)
    scale = rows["unit"].str.startswith("GBP bn").map({True: 1000.0, False: 1.0})
    value = rows["value"].astype(float)
    told = zip(value, rows["unit"], rows["basis"], rows["note"].fillna(""), strict=True)
    ends = pd.DataFrame([interval(*row) for row in told], rows.index, ["low", "high"])
    return rows.assign(
        year=rows["period_end"].map(years.of).where(whole, ""),
        number=value * scale,
        **ends.mul(scale, axis=0),
    )


def outturns(until: pd.Timestamp = dates.OPEN_END) -> pd.DataFrame:
    """Return the sector's deficit of each year as published, in GBP m.

    Parameters
    ----------
    until : pandas.Timestamp
        Last day whose publications count.

    Returns
    -------
    pandas.DataFrame
        By ``year``: ``deficit`` (the first published), ``least`` and ``most`` of the figures
        published, ``figures`` (how many) and ``restated`` (whether a later one differs).

    Examples
    --------
    >>> outturns().loc["2017/18", ["deficit", "most"]].tolist()
    [960.0, 966.0]
    """
    rows = _deficits(sector_figures(until)).sort_values(
        "measure", key=lambda text: text.str.contains(_RESTATED), kind="stable"
    )
    number = rows.groupby("year")["number"]
    return pd.DataFrame(
        {
            "deficit": number.first(),
            "least": number.min(),
            "most": number.max(),
            "figures": number.size(),
            "restated": number.max() > number.min(),
        }
    )


def expected(until: pd.Timestamp = dates.OPEN_END) -> pd.Series:
    """Return what was planned, allowed or forecast of each year's result, in GBP m and in words.

    Parameters
    ----------
    until : pandas.Timestamp
        Last day whose publications count.

    Examples
    --------
    >>> expected()["2015/16"]
    '−2,370 (forecast at Q3); −1,800 (control total)'
    """
    rows = sector_figures(until)
    asked = rows["basis"].str.contains("plan|forecast|target|control total")
    rows = rows[asked & rows["topic"].eq("finance") & rows["year"].ne("")]
    said: dict[str, list[str]] = {}
    for year, number, basis in zip(rows["year"], rows["number"], rows["basis"], strict=True):
        said.setdefault(year, []).append(f"{words.signed(-number, 0)} ({basis})")
    return pd.Series(
        {year: "; ".join(dict.fromkeys(told)) for year, told in said.items()}, dtype=str
    )


def _deficits(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the figures of whole years that state the sector's deficit, restated ones too."""
    stated = rows["basis"].str.startswith("implied") | is_actual(rows["basis"])
    return rows[rows["year"].ne("") & rows["measure"].str.match("sector deficit") & stated]


def year_end_deficit(as_at: str = "", tolerance: float = 0.0) -> Judged:
    """Judge the claim on the sector's deficit of 2017/18 and that of the year before.

    The accounts are of another definition, so they say nothing of the size; whether the deficit
    grew or shrank they do say. A published figure of the year can refute the claim.

    Parameters
    ----------
    as_at : str
        Use nothing dated or published after this day; empty for everything.
    tolerance : float
        Relative tolerance allowed to the claim besides its rounding.

    Raises
    ------
    DataError
        If the register of claims lacks it.
    """
    row, claimed = claim_of("C024", tolerance)
    until, before = dates.parse(as_at), float(row["comparator_value"])
    told = f"the sector's deficit was {claimed.text} after {words.money(before)} the year before"
    figures = _deficits(sector_figures(until))
    figures = figures[~figures["measure"].str.contains(_RESTATED)]
    slack, (low, high) = before * tolerance, interval(before, str(row["unit"]))
    meant = {_BEFORE: (low - slack, high + slack)}
    meant |= {_YEAR: (float(claimed.low or 0), float(claimed.high or 0))}
    for year in (_YEAR, _BEFORE):
        stated = figures[figures["year"] == year].head(1)
        for number, *ends in stated[["number", "low", "high"]].to_numpy(dtype=float).tolist():
            if judge(meant[year], number, (ends[0], ends[1])) is Verdict.FAILS:
                by = str(stated["publisher"].iloc[0])
                grade = Grade.SECOND if independent(row["source"], [by]) else Grade.QUOTED
                reason = f"{by} gives {words.money(number)} for {year}"
                found = Estimate(
                    number, ends[0], ends[1], "GBP m", label="found", kind="rounding range"
                )
                return Judged("C024", told, claimed, found, Verdict.FAILS, grade, reason)
    rows = accounts(until)
    held = [rows.loc[rows["financial_year"] == y, "position_gbp_m"] for y in (_BEFORE, _YEAR)]
    if any(positions.empty for positions in held):
        quoted = Grade.NOTHING if figures[figures["year"] == _YEAR].empty else Grade.QUOTED
        reason = "The accounts of both years were not published by that day"
        return Judged("C024", told, claimed, None, Verdict.UNTOLD, quoted, reason)
    first, last = (-float(positions.sum()) for positions in held)
    way = "grew" if last > first else "shrank"
    same_way = (last - first) * (claimed.value - before) > 0
    reason = (
        f"the accounts of {len(held[0])} and {len(held[1])} trusts, of another definition, add up "
        f"to deficits of {words.money(first)} in {_BEFORE} and {words.money(last)} in {_YEAR}; the "
        "amounts claimed are the regulator's own"
    )
    verdict, part = Verdict.UNTOLD, ""
    if same_way:
        verdict, part = Verdict.PARTLY, f"that the deficit {way}"
    return Judged("C024", told, claimed, None, verdict, Grade.DATA, reason, part)


def accepted(as_at: str = "", tolerance: float = 0.0) -> Judged:
    """Judge the claim on how many trusts accepted their control totals for 2017/18.

    Parameters and errors as in :func:`year_end_deficit`.
    """
    row, claimed = claim_of("C022", tolerance)
    total, held = int(row["comparator_value"]), _of_year(as_at)
    told = f"{claimed.text} of {total} trusts accepted their control totals"
    extra = ""
    if len(held):
        same = "as many as" if len(held) == total else f"{len(held)}, not"
        extra = f"the accounts of {_YEAR} are of {same} the {total} of the claim"
    found = _sought("C022", row, claimed, told, "accepted.*control total", as_at, extra)
    most = min([total, *([len(held)] if len(held) else [])])
    if found.verdict is Verdict.UNTOLD and claimed.value > most:
        reason = f"there were no more than {most} trusts"
        return Judged("C022", told, claimed, None, Verdict.FAILS, Grade.ARITHMETIC, reason)
    return found


def met(as_at: str = "", tolerance: float = 0.0) -> Judged:
    """Judge the claim on the share of trusts that met their control totals for 2017/18.

    Not being in deficit is another thing than meeting a control total, which may allow a deficit
    or ask for a surplus. Parameters and errors as in :func:`year_end_deficit`.
    """
    row, claimed = claim_of("C023", tolerance)
    held = _of_year(as_at)
    told = f"{claimed.text} of trusts met or exceeded their control totals"
    extra = ""
    if len(held):
        balanced = int((held["position_gbp_m"] >= 0).sum())
        extra = (
            f"by the accounts of {_YEAR} {words.portion(balanced, len(held), 'trust')} were not in "
            "deficit, which is another thing: a control total may allow a deficit or ask for a "
            "surplus"
        )
    pattern = "share of trusts.*control total"
    return _sought("C023", row, claimed, told, pattern, as_at, extra)


CLAIMS: Final[Mapping[str, Callable[[str, float], Judged]]] = {
    "C022": accepted,
    "C023": met,
    "C024": year_end_deficit,
}
"""What judges a claim, by its number in the register."""


def _of_year(as_at: str) -> pd.DataFrame:
    rows = accounts(dates.parse(as_at))
    return rows[rows["financial_year"] == _YEAR]


def _sought(
    claim_id: str,
    row: Mapping[str, Any],
    claimed: Estimate,
    told: str,
    pattern: str,
    as_at: str,
    extra: str,
) -> Judged:
    """Judge a claim by a figure of 2017/18 in the register, if there is one."""
    figures = sector_figures(dates.parse(as_at))
    figures = figures[figures["measure"].str.contains(pattern) & figures["year"].eq(_YEAR)]
    if figures.empty:
        reason = f"no other figure is held; {extra}" if extra else "no other figure is held"
        return Judged(claim_id, told, claimed, None, Verdict.UNTOLD, Grade.NOTHING, reason)
    first = figures.iloc[0]
    scale = 0.01 if claimed.unit == "share" else 1.0
    number, low, high = (scale * float(first[end]) for end in ("number", "low", "high"))
    found = Estimate(number, low, high, unit=claimed.unit, label="found", kind="rounding range")
    known = independent(row["source"], [first["publisher"]])
    verdict = judge((claimed.low or 0, claimed.high or 0), number, (low, high))
    if not known and verdict is not Verdict.FAILS:
        verdict = Verdict.UNTOLD
    reason = f"{first['publisher']} gives {found.text}"
    grade = Grade.SECOND if known else Grade.QUOTED
    return Judged(claim_id, told, claimed, found, verdict, grade, reason)
