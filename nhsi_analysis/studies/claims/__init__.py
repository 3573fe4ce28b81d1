"""The audit of every quantitative claim that the project answers to.

Each claim has a checker that computes a figure and its range from the tables; the verdict follows
from holding the two against each other. No verdict is written anywhere.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import pandas as pd

from nhsi_analysis import as_at as dates
from nhsi_analysis import datasets
from nhsi_analysis.errors import DataError, ParameterError
from nhsi_analysis.studies.claims.checks import DEFAULT_WINTER, checks
from nhsi_analysis.studies.claims.lookups import searched
from nhsi_analysis.studies.claims.model import Claim, Evidence, Found, Verdict, show
from nhsi_analysis.studies.claims.tables import Tables
from notebook_reports.charts import tally
from notebook_reports.evidence import Estimate

__all__ = ["Audit", "Claim", "Evidence", "Found", "Verdict", "audit", "register"]


_SHORT = ("reproduced", "consistent with rounding", "not consistent", "unchecked")


@dataclass(frozen=True)
class Audit:
    """The verdicts on all claims.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a claim: ``claim_id``, ``topic``, ``claim`` (in words), ``claimed``, ``found``,
        ``low``, ``high`` (figures; NaN where nothing was found), ``unit``, ``verdict``,
        ``computation`` (in words), ``rivals`` (other figures that disagree, in words), ``tables``.
    later : int
        Claims left out because they are dated after ``as_at``.
    tolerance : float
        Relative tolerance that the verdicts allow besides rounding.
    """

    table: pd.DataFrame
    later: int
    tolerance: float

    @property
    def by_topic(self) -> pd.DataFrame:
        """Number of claims by topic and verdict, with a total; topics in order of size."""
        counts = pd.crosstab(self.table["topic"], self.table["verdict"])
        counts = counts.reindex(columns=[str(v) for v in Verdict], fill_value=0)
        counts = counts.loc[counts.sum(axis=1).sort_values(ascending=False, kind="stable").index]
        counts["claims"] = counts.sum(axis=1)
        counts.columns.name = None
        counts = counts.reset_index()
        return counts.assign(topic=counts["topic"].map(topic_name))

    def count(self, verdict: Verdict) -> Estimate:
        """Return how many claims have a verdict, of how many."""
        n = len(self.table)
        found = int((self.table["verdict"] == str(verdict)).sum())
        return Estimate(value=found, n=n, decimals=0, label=f"of {n} claims {_words(verdict)}")

    @property
    def findings(self) -> dict[str, Estimate]:
        """The four counts by key."""
        keys = ("reproduced", "rounding", "not_consistent", "unchecked")
        return {f"claims_{k}": self.count(v) for k, v in zip(keys, Verdict, strict=True)}

    @property
    def reading(self) -> str:
        """The claims that do not hold, and why, as a list."""
        wrong = self.table[self.table["verdict"] == str(Verdict.NOT)]
        if wrong.empty:
            return "Every claim that can be checked holds."
        return "\n".join(
            f"- **{claim_id}**: {_capital(claim)}. {how}"
            for claim_id, claim, how in zip(
                wrong["claim_id"], wrong["claim"], wrong["computation"], strict=True
            )
        )

    @property
    def conflicts(self) -> pd.DataFrame:
        """Claims on which another published figure disagrees."""
        return self.table[self.table["rivals"] != ""]

    @property
    def lede(self) -> str:
        """The finding in two sentences."""
        n = len(self.table)
        counts = {v: int(self.count(v).value) for v in Verdict}
        good = counts[Verdict.REPRODUCED] + counts[Verdict.ROUNDING]
        checked = n - counts[Verdict.UNCHECKED]
        wrong = self.table[self.table["verdict"] == str(Verdict.NOT)]
        names = ", ".join(wrong["claim_id"]) if len(wrong) else "none"
        return (
            f"Of {n} claims, {checked} can be checked against published figures: **{good} hold** "
            f"({counts[Verdict.REPRODUCED]} reproduced, {counts[Verdict.ROUNDING]} consistent with "
            f"rounding) and **{counts[Verdict.NOT]} do not** ({names}). On "
            f"{counts[Verdict.UNCHECKED]} nothing independent is published; they were only held "
            f"against what is possible."
        )

    def figure(self) -> dict[str, Any]:
        """Return the arguments of ``report.figure``: verdicts by topic."""
        counts = self.by_topic
        kinds = [str(v) for v in Verdict]
        unchecked = self.count(Verdict.UNCHECKED)
        rows = counts.to_dict("records")
        whole = [r["topic"] for r in rows if r[kinds[0]] + r[kinds[1]] == r["claims"]]
        none = [r["topic"] for r in rows if r[kinds[3]] == r["claims"]]
        words = (
            f"every claim on {_listed([t.lower() for t in whole])} holds"
            if whole
            else "no topic holds throughout"
        )
        if none:
            words += f"; nothing can be checked on {_listed([t.lower() for t in none])}"
        return {
            "fig": tally.tally(
                counts,
                group="topic",
                parts=kinds,
                signs=["=", "≈", "≠", "?"],
                labels=_SHORT,
            ),
            "key": "verdicts_by_topic",
            "title": _capital(words),
            "subtitle": "Verdicts on claims by topic, one square a claim, England, 2016 to 2018",
            "source": "claims",
            "alt": f"Rows of squares by topic; {unchecked.value:.0f} of {unchecked.n} claims can't "
            "be checked. "
            + "; ".join(
                f"{r['topic']}: "
                + ", ".join(f"{r[k]} {w}" for k, w in zip(kinds, _SHORT, strict=True) if r[k])
                for r in rows
            )
            + ".",
            "data": counts,
            "note": "The claims are all there are, so counts have no sampling error. Verdicts "
            "allow for the rounding of claims and of the published figures they rest on"
            + (f", and for {self.tolerance:.0%} besides." if self.tolerance else "."),
        }

    def listing(self, verdict: Verdict | None = None) -> pd.DataFrame:
        """Return the claims as a reader's table, of one verdict or all."""
        return self._readable(
            self.table if verdict is None else self.table[self.table["verdict"] == str(verdict)],
            left_out=("tables",) if verdict is None else ("tables", "verdict"),
        )

    def disputed(self) -> pd.DataFrame:
        """Return the claims on which published figures disagree, as a reader's table."""
        return self._readable(self.conflicts, left_out=("computation", "range_text", "tables"))

    def computed(self) -> pd.DataFrame:
        """Return the claims that could be checked, as a reader's table."""
        checked = self.table["verdict"] != str(Verdict.UNCHECKED)
        return self._readable(self.table[checked], left_out=("rivals",))

    def topics(self) -> pd.DataFrame:
        """Return the counts by topic as a reader's table."""
        names = {"topic": "Topic", "claims": "Claims"}
        names |= {str(v): _capital(str(v)) for v in Verdict}
        return self.by_topic[list(names)].rename(columns=names)

    @staticmethod
    def _readable(rows: pd.DataFrame, left_out: tuple[str, ...]) -> pd.DataFrame:
        names = {
            "claim_id": "Claim",
            "topic": "Topic",
            "claim": "What is claimed",
            "verdict": "Verdict",
            "found_text": "Found",
            "range_text": "Range",
            "computation": "How",
            "rivals": "Figures that disagree",
            "tables": "Tables",
        }
        rows = rows.assign(topic=rows["topic"].map(topic_name))
        return rows[[n for n in names if n not in left_out]].rename(columns=names)


def topic_name(topic: str) -> str:
    """Write a topic of the register for readers: "cqc" is "CQC ratings"."""
    return {"cqc": "CQC ratings"}.get(topic, _capital(topic))


class Claims(dict[str, Claim]):
    """Claims by number; a missing one is an error that says so."""

    def __missing__(self, claim_id: str) -> Claim:
        """Raise the error that names the claim."""
        raise DataError("claims", f"has no row {claim_id}, which other claims are held against")


def register(until: pd.Timestamp = dates.OPEN_END) -> dict[str, Claim]:
    """Return the register of claims dated up to a day, by number.

    Parameters
    ----------
    until : pandas.Timestamp
        Last day that counts.
    """
    rows = datasets.load("claims")
    rows.attrs = {}
    texts = rows.select_dtypes(exclude="number").columns
    rows[texts] = rows[texts].fillna("")
    claims = [Claim(**cast(dict[str, Any], record)) for record in rows.to_dict("records")]
    return Claims({c.claim_id: c for c in claims if dates.period_end(c.period) <= until})


def audit(
    *,
    topics: Sequence[str] = (),
    as_at: str = "",
    tolerance: float = 0.0,
    winter: Sequence[int] = DEFAULT_WINTER,
) -> Audit:
    """Put every claim to its checker.

    Parameters
    ----------
    topics : sequence of str
        Topics to audit; empty for all.
    as_at : str
        ISO date; claims and figures dated later are left out. Empty for everything there is.
    tolerance : float
        Relative tolerance besides rounding, from 0 to 0.5.
    winter : sequence of int
        Months that count as winter, October to March, in order.

    Returns
    -------
    Audit

    Raises
    ------
    ParameterError
        For an unknown topic, no claims left, or values out of range.
    DataError
        If a claim that others are held against is missing from the register.

    Examples
    --------
    >>> audit(topics=["league"]).table.loc[0, "verdict"]
    'reproduced'
    """
    until = dates.parse(as_at)
    if not 0 <= tolerance <= 0.5:
        raise ParameterError("tolerance", "must be from 0 to 0.5", value=tolerance)
    order = (10, 11, 12, 1, 2, 3)
    months = tuple(winter)
    if not months or any(m not in order for m in months):
        raise ParameterError("winter", "must be months from October to March", value=list(winter))
    if list(months) != sorted(set(months), key=order.index):
        raise ParameterError("winter", "must be in order, each once", value=list(winter))
    everything = register()
    known = sorted({c.topic for c in everything.values()})
    unknown = [t for t in topics if t not in known]
    if unknown:
        raise ParameterError("topics", "is unknown", value=", ".join(unknown), allowed=known)
    wanted = [c for c in everything.values() if not topics or c.topic in topics]
    kept = [c for c in wanted if dates.period_end(c.period) <= until]
    if not kept:
        raise ParameterError("as_at", "leaves no claim: all are dated later", value=as_at)
    checkers, tables = checks(months), Tables(until)
    records = []
    for claim in kept:
        # a claim that an analyst has added is looked up by its own words
        checker = checkers.get(claim.claim_id) or searched(re.escape(claim.measure))
        records.append(_record(claim, checker(claim, tables, everything), tolerance))
    return Audit(pd.DataFrame(records), len(wanted) - len(kept), tolerance)


def _record(claim: Claim, found: Found, tolerance: float) -> dict[str, object]:
    """Put a claim, its verdict and the computation into a row."""
    best = found.best
    unit = claim.unit.partition("(")[0].strip()
    rivals = found.rivals(claim, tolerance)
    words = [e.words for e in found.evidence]
    agreeing = [e.words for e in found.others if e not in rivals]
    if agreeing:
        words.append("also " + "; ".join(agreeing))
    computation = ". ".join(_capital(w) for w in words)
    remarks = list(found.remarks)
    verdict = found.verdict(claim, tolerance)
    if verdict is Verdict.NOT and best is not None and best.complete and claim.value:
        gap = claim.value - best.value
        side = "above" if gap > 0 else "below"
        remarks.append(
            f"The claim is {show(abs(gap), unit)} {side} that ({abs(gap / claim.value):.1%} of it)."
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
        "found_text": show(best.value, claim.unit.partition("(")[0].strip())
        if best and solid
        else "none published",
        "range_text": f"{show(best.low, '')} to {show(best.high, '')}"
        if best and bounded and best.low != best.high
        else ("exact" if best and solid else "open"),
        "computation": " ".join(p for p in parts if p),
        "rivals": "; ".join(e.words for e in rivals),
        "tables": ", ".join(tables),
    }


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _words(verdict: Verdict) -> str:
    return {
        Verdict.REPRODUCED: "reproduced from published figures",
        Verdict.ROUNDING: "consistent with rounding",
        Verdict.NOT: "not consistent with published figures",
        Verdict.UNCHECKED: "can't be checked with what is published",
    }[verdict]


def _listed(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
