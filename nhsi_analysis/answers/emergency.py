"""A&E within four hours: the pieces of data that there are, and shares of England and of trusts.

Two tables hold months of A&E. Neither is without gaps and they count different organisations, so
every series here belongs to one piece: an unbroken run of months of one table. No line, growth or
limit crosses from one piece to another.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import pandas as pd

from nhsi_analysis import as_at, datasets
from nhsi_analysis.answers.peers import Numbers, beside_peers, newest
from nhsi_analysis.datasets.successions import successor_of
from notebook_reports.evidence import Estimate
from policy_methods.results import Result
from policy_methods.spc import XmrResult, xmr

STANDARD: Final = 0.95
"""Share to be seen within four hours by the operational standard of the NHS Constitution."""
BY_DEPARTMENT: Final = "ae_monthly"
BY_TRUST: Final = "ae_trust_monthly"
MAJOR: Final = "1"
"""The tables' name for major departments."""
COPIED: Final = {BY_TRUST: ("2025-02-01", "2025-03-01")}
"""Months whose rows are those of another month again, by table; they are left out.

The table by trust has February and March 2024 twice: trusts' own figures of March 2024, and those
published of England in March 2025 (2,389,064 attendances, 75.0% in time), tell which are true.
"""
YEAR: Final = 12
"""Months of a year, and the fewest that limits can rest on."""


@dataclass(frozen=True)
class Piece(Result):
    """An unbroken run of months of one table.

    Parameters
    ----------
    table : str
        The table. That by department holds every organisation, as the published totals of England
        do; that by trust holds NHS trusts alone, their departments together.
    rows : pandas.DataFrame
        ``month``, ``org_code``, ``attendances``, ``breaches``; ``department_type`` in the table by
        department. Breaches are missing where a trust tested other standards.
    """

    table: str
    rows: pd.DataFrame

    @property
    def national(self) -> bool:
        """Whether its sums are those of England."""
        return self.table == BY_DEPARTMENT

    @property
    def first(self) -> pd.Timestamp:
        """Its first month."""
        return pd.Timestamp(self.rows["month"].min())

    @property
    def last(self) -> pd.Timestamp:
        """Its last month."""
        return pd.Timestamp(self.rows["month"].max())

    @property
    def label(self) -> str:
        """Its months, and whom it counts: "April 2016 to March 2019, all organisations"."""
        whom = "all organisations" if self.national else "NHS trusts only"
        ends = dict.fromkeys(f"{month:%B %Y}" for month in (self.first, self.last))
        return f"{' to '.join(ends)}, {whom}"

    def of_departments(self, kind: str) -> Piece:
        """Return the piece with departments of one type only, as the table by department has it."""
        return Piece(self.table, self.rows[self.rows["department_type"] == kind])

    def joined(self) -> Piece:
        """Return the piece with trusts that ended in it as part of those that took them whole."""
        taken = datasets.load("trust_successions").query("share == 'whole'")
        steps = {
            str(code): (str(successor), day)
            for code, successor, day in taken[
                ["org_code", "successor_code", "effective_date"]
            ].itertuples(index=False)
        }
        stays = set(self.rows.loc[self.rows["month"] == self.last, "org_code"])
        ended = {
            code: next((c for c in successor_of(code, steps) if c in stays), code)
            for code in set(self.rows["org_code"]) - stays
        }
        return Piece(self.table, self.rows.replace({"org_code": ended}))

    def reporting(self, months: Iterable[pd.Timestamp]) -> Piece:
        """Return some months of the organisations that reported attendances in each of them."""
        wanted = list(months)
        rows = self.rows[self.rows["month"].isin(wanted) & (self.rows["attendances"] > 0)]
        gaps = rows["org_code"][rows["breaches"].isna()]
        held = rows.groupby("org_code")["month"].nunique()
        kept = held.index[(held == len(wanted)) & ~held.index.isin(gaps)]
        return Piece(self.table, rows[rows["org_code"].isin(kept)])

    def between(
        self, before: Sequence[pd.Timestamp], after: Sequence[pd.Timestamp]
    ) -> pd.DataFrame:
        """Sum two runs of months of the organisations that reported in every one of them.

        Returns
        -------
        pandas.DataFrame
            Indexed by ``org_code``: ``attendances_before``, ``breaches_before``, ``share_before``
            and the same ``_after``.
        """
        held = self.reporting([*before, *after]).rows
        parts = [
            shares(held[held["month"].isin(months)], "org_code")
            .set_index("org_code")
            .add_suffix(at)
            for months, at in ((before, "_before"), (after, "_after"))
        ]
        return pd.concat(parts, axis=1)

    def year_on_year(self) -> pd.Series:
        """Return each month's share less that of a year before, at the organisations that reported.

        The same organisations count in all months of the piece; by ``month``, without those that
        have none a year before.
        """
        months = self.reporting(self.rows["month"].unique()).monthly().set_index("month")["share"]
        before = months.copy()
        before.index = before.index + pd.DateOffset(years=1)
        return (months - before).dropna()

    def monthly(self, by: str | None = None) -> pd.DataFrame:
        """Sum months over all organisations that reported breaches, or by a column of ``rows``.

        Returns
        -------
        pandas.DataFrame
            As :func:`shares` makes it, by ``month`` and the column where one is given.
        """
        return shares(self.rows, ["month"] if by is None else ["month", by])


def shares(rows: pd.DataFrame, by: str | list[str]) -> pd.DataFrame:
    """Sum rows that tell breaches.

    Parameters
    ----------
    rows : pandas.DataFrame
        Rows of a :class:`Piece`.
    by : str or list of str
        What to sum by.

    Returns
    -------
    pandas.DataFrame
        The columns of ``by``, ``attendances``, ``breaches``, ``share`` within four hours, as a
        proportion; nothing where nobody attended.
    """
    sums = rows.dropna(subset=["breaches"]).groupby(by)[["attendances", "breaches"]].sum()
    found = sums[sums["attendances"] > 0].reset_index()
    return found.assign(share=1 - found["breaches"] / found["attendances"])


@datasets.remembered
def pieces(until: pd.Timestamp = as_at.OPEN_END) -> tuple[Piece, ...]:
    """Return the pieces of A&E data that were published by a day, oldest first.

    Parameters
    ----------
    until : pandas.Timestamp
        Last day whose publications count.

    Examples
    --------
    >>> [piece.label for piece in pieces()][0]
    'April 2016 to March 2019, all organisations'
    """
    found = []
    for name in (BY_DEPARTMENT, BY_TRUST):
        table = datasets.load(name)
        table.attrs = {}
        ends = table["month"] + pd.offsets.MonthEnd(0)
        table = table[as_at.published(name, ends) <= until]
        table = table[~table["month"].isin(pd.to_datetime(COPIED.get(name, ())))]
        months = pd.Series(sorted(table["month"].unique()))
        gaps = months > months.shift() + pd.DateOffset(months=1)
        for _, run in months.groupby(gaps.cumsum()):
            found.append(Piece(name, table[table["month"].isin(run)]))
    kept = [
        piece
        for piece in found
        if piece.national
        or not any(p.national and p.first <= piece.first and piece.last <= p.last for p in found)
    ]
    return tuple(sorted(kept, key=lambda piece: (piece.first, piece.table)))


@dataclass(frozen=True)
class Attended(Result):
    """A trust's share of attendances within four hours, all departments, in its newest piece.

    Parameters
    ----------
    table : str
        The table that the piece is of; empty where no piece holds the trust.
    months : pandas.DataFrame
        From the first month reported to the last: ``month``, ``attendances``, ``breaches``,
        ``share``, missing where none was reported.
    run : pandas.DataFrame
        Its last unbroken run of months reported.
    chart : XmrResult or None
        The chart of the run's ``share``, its limits within what a share can be; none below 12
        months.
    year : pandas.DataFrame
        One row, what it reported of the 12 months to the last, as :func:`beside_peers` makes it of
        trusts that reported all of these: ``to``, ``reported`` (months), ``share``, ``place`` (1
        the best).
    major : bool
        Whether it reported a major department, or may have: the table by trust doesn't say.
    """

    table: str
    months: pd.DataFrame
    run: pd.DataFrame
    chart: XmrResult | None
    year: pd.DataFrame
    major: bool

    @property
    def reported(self) -> int:
        """Months reported."""
        return int(self.months["share"].notna().sum())

    @property
    def flagged(self) -> int:
        """Months that stand out by the chart's rules."""
        return 0 if self.chart is None else int((self.chart.points["rule"] != "").sum())

    @property
    def span(self) -> str:
        """The latest 12 months, as far as reported."""
        n, to = self.year[["reported", "to"]].iloc[-1]
        return f"{'' if n == YEAR else f'{n} of the '}12 months to {to:%B %Y}"

    @cached_property
    def headline(self) -> Estimate | None:
        """Share within four hours over the latest 12 months."""
        label = "of A&E attendances within four hours, {}"
        return None if self.year.empty else newest(self.year, "share", label.format(self.span))


def attended(
    code: str,
    peers: Sequence[str],
    until: pd.Timestamp = as_at.OPEN_END,
    ended: pd.Timestamp | None = None,
) -> Attended:
    """Collect a trust's months of A&E from the newest piece that holds it.

    Parameters
    ----------
    code : str
        ODS code.
    peers : sequence of str
        Codes of the trusts that its year is set beside.
    until : pandas.Timestamp
        Last day whose publications count.
    ended : pandas.Timestamp, optional
        Day from which its code no longer stands for it: its departments may report on under it.

    Examples
    --------
    >>> attended("RL4", ["RLN"], pd.Timestamp("2026-06-01")).span
    '12 months to March 2026'
    """
    known = [months for months in _by_trust(until) if code in months.codes]
    found = known[-1] if known else _months(Piece("", pieces()[0].rows.iloc[:0]))
    first = found.major.get(code)
    major = first is not None and (ended is None or first < ended)
    own = found.sums.rows.iloc[found.sums.rows_of(code)].drop(columns="org_code")
    if ended is not None:
        own = own[own["month"] < ended]
    if own.empty:
        return Attended(found.table, own, own, None, pd.DataFrame(), major)
    last = own["month"].max()
    every = pd.date_range(own["month"].min(), last, freq="MS", name="month")
    months = own.set_index("month").reindex(every).reset_index()
    run = months[months["share"].isna()[::-1].cumsum()[::-1] == 0].reset_index(drop=True)

    recent = own["month"][own["month"] > last - pd.DateOffset(months=YEAR)]
    alike = [trust for trust in (code, *peers) if trust in found.attendances]
    attendances, breaches = (
        table.loc[recent, alike].to_numpy() for table in (found.attendances, found.breaches)
    )
    whole = ~np.isnan(attendances).any(axis=0)
    share = 1 - breaches[:, whole].sum(axis=0) / attendances[:, whole].sum(axis=0)
    year = pd.DataFrame({"org_code": np.array(alike)[whole], "to": last, "share": share})
    year["reported"] = len(recent)
    beside = beside_peers(code, year, "to", "share", ["reported"])
    beside["place"] = 1 + int((year["share"] > beside["share"].iloc[0]).sum())
    chart = chart_of(run["share"], run["month"]) if len(run) >= YEAR else None
    return Attended(found.table, months, run, chart, beside, major)


@dataclass(frozen=True)
class _Months:
    """Months of a piece: whom it holds, sums by trust, also as tables of months by trusts.

    And the first month in which each had a major department, or may have.
    """

    table: str
    codes: frozenset[str]
    sums: Numbers
    attendances: pd.DataFrame
    breaches: pd.DataFrame
    major: dict[str, pd.Timestamp]


@datasets.remembered
def _by_trust(until: pd.Timestamp) -> tuple[_Months, ...]:
    return tuple(map(_months, pieces(until)))


def _months(piece: Piece) -> _Months:
    rows = piece.rows[piece.rows["attendances"] > 0]
    major = rows if piece.table == BY_TRUST else rows[rows["department_type"] == MAJOR]
    first = {str(code): day for code, day in major.groupby("org_code")["month"].min().items()}
    sums = shares(rows, ["org_code", "month"])
    wide = sums.set_index(["month", "org_code"])[["attendances", "breaches"]].astype(float)
    attendances, breaches = (wide[name].unstack() for name in wide)  # noqa: PD010  # one a place
    held, codes = Numbers.of(sums, "month", "share"), frozenset(piece.rows["org_code"])
    return _Months(piece.table, codes, held, attendances, breaches, first)


def chart_of(share: pd.Series, month: pd.Series) -> XmrResult:
    """Draw up the XmR chart of an unbroken run of shares, its limits within 0 and 1."""
    chart = xmr(share, month, improvement="up", target=STANDARD)
    for table in (chart.points, chart.summary):
        for end in ("lower", "upper"):
            table[end] = table[end].to_numpy().clip(0, 1)
    return chart
