"""Claims on control totals, trusts that merged, and today's plans."""

from __future__ import annotations

from typing import Final, NamedTuple

import pandas as pd

from nhsi_analysis import datasets
from nhsi_analysis.answers import finances
from nhsi_analysis.answers.judged import Judged
from nhsi_analysis.studies.finances.numbers.study import Study
from nhsi_analysis.studies.finances.settings import ALL

_CLAIMED: Final = pd.Timestamp("2018-03-31")  # last day of the year that the claims are on
_TODAY: Final = pd.Timestamp("2026-03-31")  # by then the plans of 2025/26 were out


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


def mergers(study: Study) -> pd.DataFrame:
    """Return the last accounts of the codes that went up whole in another."""
    went = study.rows[study.rows["unit"].ne(study.rows["org_code"])].dropna(subset="margin")
    return went.sort_values("financial_year").drop_duplicates("org_code", keep="last")


class Plans(NamedTuple):
    """How many acute trusts plan a deficit in a quarter, and are behind their plans."""

    quarter: str
    trusts: int
    deficit: int
    behind: int


def plans(study: Study) -> Plans | None:
    """Count today's plans of acute trusts; None where the page is of others or an earlier day."""
    if study.until < _TODAY or study.settings.trust_type not in (ALL, "Acute"):
        return None
    # A newer league table comes without plans, until its metrics are read.
    rows = datasets.load("oversight_framework").query("trust_type == 'Acute'")
    rows = rows.dropna(subset=["planned_surplus_pct", "variance_to_plan_pct"])
    rows = rows[rows["quarter"].eq(rows["quarter"].max())]
    year, _, number = str(rows["quarter"].iloc[0]).partition(" Q")
    deficit, behind = (rows[f"{each}_pct"] < 0 for each in ("planned_surplus", "variance_to_plan"))
    return Plans(f"quarter {number} of {year}", len(rows), int(deficit.sum()), int(behind.sum()))
