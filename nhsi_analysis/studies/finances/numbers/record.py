"""The sector's published figures, trusts that merged, and today's plans."""

from __future__ import annotations

from typing import Final, NamedTuple

import pandas as pd

from nhsi_analysis import datasets
from nhsi_analysis.answers import finances
from nhsi_analysis.answers.judged import Judged
from nhsi_analysis.studies.finances.numbers.margins import by_year, real_terms
from nhsi_analysis.studies.finances.numbers.study import Study
from nhsi_analysis.studies.finances.settings import ALL

_CLAIMED: Final = pd.Timestamp("2018-03-31")  # last day of the year that the claims are on
_TODAY: Final = pd.Timestamp("2026-03-31")  # by then the plans of 2025/26 were out


def deficits(study: Study) -> pd.DataFrame:
    """Return the sums of all trusts' accounts beside the sector's published deficits, by year.

    Returns
    -------
    DataFrame
        As :func:`~.margins.by_year`, with ``real`` (prices of the newest year), ``size`` (the
        result as a share of income), the results ``reported``, ``least`` and ``most`` (below nought
        for a deficit, missing where none is held), ``gap`` (accounts less reported), ``expected``
        (plans and forecasts in words, empty where none is held).
    """
    found, told = by_year(study.everything), finances.outturns(study.until)
    ends = {"reported": -told["deficit"], "least": -told["most"], "most": -told["least"]}
    told = pd.DataFrame(ends).join(finances.expected(study.until).rename("expected"), how="outer")
    found = found.merge(told, left_on="financial_year", right_index=True, how="left")
    return found.assign(
        expected=found["expected"].fillna(""),
        gap=found["position_gbp_m"] - found["reported"],
        size=found["position_gbp_m"].abs() / found["income_gbp_m"],
        real=real_terms(found),
    )


def claims(study: Study) -> tuple[Judged, ...]:
    """Return the judged claims; none before the year that they are on was over."""
    if study.until < _CLAIMED:
        return ()
    return tuple(judge(study.settings.as_at, 0.0) for judge in finances.CLAIMS.values())


def met(judged: tuple[Judged, ...]) -> list[tuple[int, int]]:
    """Return how many met their control totals, of those that accepted one and of all trusts."""
    claimed = {each.claim_id: each.claimed.value for each in judged}
    everyone = datasets.load("claims").set_index("claim_id")["comparator_value"]["C022"]
    return [(int(claimed["C023"] * n), round(n)) for n in (claimed["C022"], float(everyone))]


class Mergers(NamedTuple):
    """Codes that begin and end, and what became of those that merged.

    ``codes`` with accounts by year; codes that ``began`` after the first year, and codes that ended
    and are ``apart``: divided, or without a successor; the last accounts of those that ``went`` up
    whole in another, with its ``unit``.
    """

    codes: pd.Series
    began: list[str]
    apart: list[str]
    went: pd.DataFrame


def mergers(study: Study) -> Mergers:
    """Count the codes that begin and end, and follow those that merged."""
    rows, ends = study.rows, study.rows.groupby("org_code")["financial_year"].agg(["min", "max"])
    went = rows[rows["unit"].ne(rows["org_code"])].dropna(subset="margin")
    went = went.sort_values("financial_year").drop_duplicates("org_code", keep="last")
    ended = ends.index[ends["max"] < study.newest]
    return Mergers(
        codes=rows.groupby("financial_year").size(),
        began=[*ends.index[ends["min"] > study.years[0]]],
        apart=sorted({*ended} - {*went["org_code"]}),
        went=went,
    )


class Plans(NamedTuple):
    """Plans of acute trusts in a quarter: counts of trusts, medians in per cent.

    Those that planned a ``deficit``, a ``balance`` or a ``surplus``; those ``behind`` their plan,
    and ``both`` behind and with a deficit planned; medians of the ``plan`` and of the ``variance``,
    what was better (+) or worse than planned.
    """

    quarter: str
    trusts: int
    deficit: int
    balance: int
    surplus: int
    behind: int
    both: int
    plan: float
    variance: float


def plans(study: Study) -> Plans | None:
    """Count today's plans of acute trusts; None where the page is of others or an earlier day."""
    if study.until < _TODAY or study.settings.trust_type not in (ALL, "Acute"):
        return None
    rows = datasets.load("oversight_framework")
    # A newer league table comes without plans, until its metrics are read.
    rows = rows.dropna(subset=["planned_surplus_pct", "variance_to_plan_pct"])
    rows = rows[rows["trust_type"].eq("Acute")]
    rows = rows[rows["quarter"].eq(rows["quarter"].max())]
    plan, variance = rows["planned_surplus_pct"], rows["variance_to_plan_pct"]
    kinds = (plan < 0, plan == 0, plan > 0, variance < 0, (plan < 0) & (variance < 0))
    deficit, balance, surplus, behind, both = (int(each.sum()) for each in kinds)
    middle = float(plan.median()), float(variance.median())
    quarter = str(rows["quarter"].iloc[0])
    return Plans(quarter, len(rows), deficit, balance, surplus, behind, both, *middle)
