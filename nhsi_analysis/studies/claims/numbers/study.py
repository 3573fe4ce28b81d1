"""The verdict on each claim."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any, cast

import pandas as pd

from nhsi_analysis import as_at as dates
from nhsi_analysis import datasets
from nhsi_analysis.errors import DataError, ParameterError
from nhsi_analysis.studies.claims.numbers.checks import checkers
from nhsi_analysis.studies.claims.numbers.checks.lookups import sought
from nhsi_analysis.studies.claims.numbers.checks.model import Claim, Found, Verdict, written
from nhsi_analysis.studies.claims.numbers.checks.registers import Tables
from nhsi_analysis.studies.claims.settings import Settings
from notebook_reports.evidence import Estimate, words

_LABELS = {
    Verdict.REPRODUCED: "reproduced from published figures",
    Verdict.ROUNDING: "consistent with rounding",
    Verdict.NOT: "not consistent with published figures",
    Verdict.UNCHECKED: "can't be checked with what is published",
}


@dataclass(frozen=True)
class Study:
    """The verdicts on all claims.

    Parameters
    ----------
    settings : Settings
        What was audited, and how.
    table : pandas.DataFrame
        One row a claim: ``claim_id``, ``topic``, ``claim`` (in words), ``claimed``, ``found``,
        ``low``, ``high`` (NaN where nothing was found), ``unit``, ``verdict``, ``found_text``,
        ``range_text``, ``computation`` (in words), ``rivals`` (other numbers that disagree, in
        words), ``tables``.
    later : int
        Claims left out because they are dated after ``as_at``.
    """

    settings: Settings
    table: pd.DataFrame
    later: int

    @property
    def topics(self) -> pd.DataFrame:
        """Number of claims by topic and verdict, with a total; topics in order of size."""
        counts = pd.crosstab(self.table["topic"], self.table["verdict"])
        counts = counts.reindex(columns=[str(v) for v in Verdict], fill_value=0)
        counts = counts.loc[counts.sum(axis=1).sort_values(ascending=False, kind="stable").index]
        counts["claims"] = counts.sum(axis=1)
        counts.columns.name = None
        counts = counts.reset_index()
        return counts.assign(topic=counts["topic"].map(topic_name))

    def of(self, *verdicts: Verdict) -> pd.DataFrame:
        """Return the claims that have one of some verdicts."""
        return self.table[self.table["verdict"].isin([str(v) for v in verdicts])]

    def count(self, verdict: Verdict) -> Estimate:
        """Return how many claims have a verdict, of how many."""
        n = len(self.table)
        label = f"of {n} claims {_LABELS[verdict]}"
        return Estimate(value=len(self.of(verdict)), n=n, decimals=0, label=label)

    @property
    def findings(self) -> dict[str, Estimate]:
        """The four counts by key."""
        keys = ("reproduced", "rounding", "not_consistent", "unchecked")
        return {f"claims_{k}": self.count(v) for k, v in zip(keys, Verdict, strict=True)}


def topic_name(topic: str) -> str:
    """Write a topic of the register for readers: "cqc" is "CQC ratings"."""
    return {"cqc": "CQC ratings"}.get(topic, words.capital(topic))


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
    >>> build(Settings(topics=["league"])).table.loc[0, "verdict"]
    'reproduced'
    """
    everything = register()
    wanted = [c for c in everything.values() if c.topic in (settings.topics or [c.topic])]
    kept = [c for c in wanted if dates.period_end(c.period) <= settings.until]
    if not kept:
        raise ParameterError("as_at", "leaves no claim: all are dated later", value=settings.as_at)
    known, tables = checkers(settings.winter), Tables(settings.until)
    records = []
    for claim in kept:
        # a claim that an analyst has added is looked up by its own words
        checker = known.get(claim.claim_id) or sought(re.escape(claim.measure))
        records.append(_record(claim, checker(claim, tables, everything), settings.tolerance))
    return Study(settings, pd.DataFrame(records), len(wanted) - len(kept))


def _record(claim: Claim, found: Found, tolerance: float) -> dict[str, object]:
    """Put a claim, its verdict and the computation into a row."""
    best = found.best
    unit = claim.unit.partition("(")[0].strip()
    rivals = found.rivals(claim, tolerance)
    said = [e.words for e in found.evidence]
    agreeing = [e.words for e in found.others if e not in rivals]
    if agreeing:
        said.append("also " + "; ".join(agreeing))
    computation = ". ".join(words.capital(w) for w in said)
    remarks = list(found.remarks)
    verdict = found.verdict(claim, tolerance)
    if verdict is Verdict.NOT and best is not None and best.complete and claim.value:
        gap = claim.value - best.value
        side = "above" if gap > 0 else "below"
        remarks.append(
            f"The claim is {written(abs(gap), unit)} {side} that "
            f"({abs(gap / claim.value):.1%} of it)."
        )
    parts = [computation + "." if computation else "", *remarks]
    tables = dict.fromkeys(t for e in (*found.evidence, *found.others) for t in e.tables)
    solid = best is not None and (best.complete or best.exact)
    bounded = best is not None and all(map(math.isfinite, (best.low, best.high)))
    return {
        "claim_id": claim.claim_id,
        "topic": claim.topic,
        "claim": claim.statement,
        "claimed": claim.value,
        "found": best.value if best and solid else math.nan,
        "low": best.low if best else math.nan,
        "high": best.high if best else math.nan,
        "unit": claim.unit,
        "verdict": str(verdict),
        "found_text": written(best.value, claim.unit.partition("(")[0].strip())
        if best and solid
        else "none published",
        "range_text": f"{written(best.low, '')} to {written(best.high, '')}"
        if best and bounded and best.low != best.high
        else ("exact" if best and solid else "open"),
        "computation": " ".join(p for p in parts if p),
        "rivals": "; ".join(e.words for e in rivals),
        "tables": ", ".join(tables),
    }
