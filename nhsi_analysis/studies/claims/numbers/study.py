"""The verdict on each claim."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, cast

import pandas as pd

from nhsi_analysis import as_at as dates
from nhsi_analysis import datasets
from nhsi_analysis.answers.verdicts import Grade, Verdict
from nhsi_analysis.errors import DataError, ParameterError
from nhsi_analysis.studies.claims.numbers.checks import checker_of
from nhsi_analysis.studies.claims.numbers.checks.model import Claim
from nhsi_analysis.studies.claims.numbers.checks.registers import Tables
from nhsi_analysis.studies.claims.settings import Settings
from notebook_reports.evidence import Estimate
from policy_methods.results import Result

OWN_SOURCE: Final = (Grade.ARITHMETIC, Grade.QUOTED)
"""Grades in which only the claim's own source speaks."""


@dataclass(frozen=True)
class Study(Result):
    """The verdicts on all claims.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a claim: ``claim_id``, ``topic``, ``claim`` (in words), ``claimed``, ``found``,
        ``low``, ``high`` (NaN where nothing was found), ``unit``, ``grade``, ``verdict``, ``part``
        (that holds, where only a part does), ``reason``, ``checked``.
    rivals : pandas.DataFrame
        One row a published number that a claim does not reach: ``claim_id``, ``claim``, ``words``.
    later, repeated, newest : int, int, pandas.Timestamp
        Claims left out because dated after ``as_at``, and because another row makes the same one;
        the newest day that a page searched bears or that a figure runs to.
    """

    settings: Settings
    table: pd.DataFrame
    rivals: pd.DataFrame
    later: int
    repeated: int
    newest: pd.Timestamp

    def of(self, *verdicts: Verdict) -> pd.DataFrame:
        """Return the claims that were checked, or refuted, and have one of some verdicts."""
        return self.checked[self.checked["verdict"].isin(verdicts)]

    @property
    def checked(self) -> pd.DataFrame:
        """The claims held against data or a second source, and those that are refuted."""
        return self.table[self.table["checked"]]

    @property
    def unchecked(self) -> pd.DataFrame:
        """The claims on which only their own source speaks, or nothing."""
        return self.table[~self.table["checked"]]

    @property
    def topics(self) -> pd.DataFrame:
        """Number of claims by topic and grade, with a total; topics in order of size."""
        grades = self.table["grade"].replace(dict.fromkeys(OWN_SOURCE, OWN_SOURCE[-1]))
        counts = pd.crosstab(self.table["topic"], grades)
        kinds = [Grade.DATA, Grade.SECOND, OWN_SOURCE[-1], Grade.NOTHING]
        counts = counts.reindex(columns=kinds, fill_value=0)
        counts["claims"] = counts.sum(axis=1)
        counts.columns = pd.Index([str(c) for c in counts.columns])
        return counts.sort_values("claims", ascending=False, kind="stable").reset_index()

    @property
    def findings(self) -> dict[str, Estimate]:
        """How many claims hold, hold in part, don't hold, can't be told, are unchecked."""
        n = len(self.table)
        exact, rounded = len(self.of(Verdict.HOLDS)), len(self.of(Verdict.ROUNDING))
        rough = " within rounding" if rounded and not exact else ""
        parts = {
            "hold": (exact + rounded, f"checked and hold{rough}"),
            "partly": (len(self.of(Verdict.PARTLY)), "checked and hold in part"),
            "refuted": (len(self.of(Verdict.FAILS)), "found not to hold"),
            "untold": (len(self.of(Verdict.UNTOLD)), "held against data that can't tell"),
            "unchecked": (len(self.unchecked), "that nobody but their source speaks for"),
        }
        return {
            f"claims_{key}": Estimate(float(count), n=n, decimals=0, label=f"of {n} claims {said}")
            for key, (count, said) in parts.items()
        }


class Claims(dict[str, Claim]):
    """Claims by number; a missing one is an error that says so."""

    def __missing__(self, claim_id: str) -> Claim:
        """Raise the error that names the claim."""
        raise DataError("claims", f"has no row {claim_id}, which other claims are held against")


def register() -> Claims:
    """Return the register of claims, by number."""
    rows = datasets.load("claims")
    rows.attrs = {}
    texts = rows.select_dtypes(exclude="number").columns
    rows[texts] = rows[texts].fillna("")
    claims = [Claim(**cast(dict[str, Any], record)) for record in rows.to_dict("records")]
    return Claims({c.claim_id: c for c in claims})


def build(settings: Settings) -> Study:
    """Put every claim to its checker.

    Raises
    ------
    ParameterError
        If no claim is left by the date.
    DataError
        If a claim that others are held against is missing from the register.

    Examples
    --------
    >>> print(build(Settings(topics=["agency"])).table.loc[0, "grade"])
    recomputed from data
    """
    everything = register()
    wanted = [c for c in everything.values() if c.topic in (settings.topics or [c.topic])]
    known = [c for c in wanted if dates.period_end(c.period) <= settings.until]
    if not known:
        raise ParameterError("as_at", "leaves no claim: all are dated later", value=settings.as_at)
    once: dict[tuple[str, ...], Claim] = {}
    for claim in known:
        once.setdefault((claim.entity, claim.plain_measure, claim.period, claim.source), claim)
    tables = Tables(settings.until)
    rows: list[dict[str, object]] = []
    rivals: list[dict[str, object]] = []
    for claim in once.values():
        found = checker_of(claim, settings)(claim, tables, everything)
        end = found.conclude(claim, settings.tolerance)
        rows.append(
            {
                "claim_id": claim.claim_id,
                "topic": claim.topic,
                "claim": claim.statement,
                "claimed": claim.value,
                "found": end.value,
                "low": end.low,
                "high": end.high,
                "unit": claim.unit,
                "grade": end.grade,
                "verdict": end.verdict,
                "part": end.part,
                "reason": end.reason,
                "checked": end.grade.checked or end.verdict is Verdict.FAILS,
            }
        )
        rivals += [
            {
                "claim_id": claim.claim_id,
                "claim": claim.statement,
                "words": f'{e.words} as "{e.counts}"' if e.counts else e.words,
            }
            for e in found.rivals(claim, settings.tolerance)
        ]
    return Study(
        settings,
        pd.DataFrame(rows),
        pd.DataFrame(rivals, columns=["claim_id", "claim", "words"]),
        len(wanted) - len(known),
        len(known) - len(once),
        tables.newest,
    )
