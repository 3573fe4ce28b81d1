"""What the audit says and shows, one function a section."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from nhsi_analysis.studies.claims.numbers.checks.model import Verdict
from nhsi_analysis.studies.claims.numbers.study import Study, topic_name
from notebook_reports.charts import tally
from notebook_reports.evidence import Answer, Figure, Part, Section, Table, Words, findings, words

_SHORT = ("reproduced", "consistent with rounding", "not consistent", "unchecked")
_HEADS = {
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


def answer(study: Study) -> Section:
    """Say in two sentences how many claims hold, with the four counts."""
    counts = {v: len(study.of(v)) for v in Verdict}
    good = counts[Verdict.REPRODUCED] + counts[Verdict.ROUNDING]
    checked = len(study.table) - counts[Verdict.UNCHECKED]
    wrong = ", ".join(study.of(Verdict.NOT)["claim_id"]) or "none"
    said = (
        f"Of {len(study.table)} claims, {checked} can be checked against published figures: "
        f"**{good} hold** ({counts[Verdict.REPRODUCED]} reproduced, {counts[Verdict.ROUNDING]} "
        f"consistent with rounding) and **{counts[Verdict.NOT]} do not** ({wrong}). On "
        f"{counts[Verdict.UNCHECKED]} nothing independent is published; they were only held "
        "against what is possible."
    )
    return Section("The answer", [Answer(said), *findings(study.findings)])


def by_topic(study: Study) -> Section:
    """Say how the verdicts fall by topic, as a picture and as a table."""
    heads = {"topic": "Topic", "claims": "Claims"}
    heads |= {str(v): words.capital(str(v)) for v in Verdict}
    table = Table(
        study.topics[list(heads)].rename(columns=heads),
        key="topics",
        caption="Claims by topic and verdict",
        source="claims",
    )
    return Section("By topic", [_topics_figure(study), table], frames={"topics": study.topics})


def _topics_figure(study: Study) -> Figure:
    """Draw one square a claim, by topic."""
    counts, kinds = study.topics, [str(v) for v in Verdict]
    rows = counts.to_dict("records")
    whole = [r["topic"].lower() for r in rows if r[kinds[0]] + r[kinds[1]] == r["claims"]]
    none = [r["topic"].lower() for r in rows if r[kinds[3]] == r["claims"]]
    said = f"every claim on {words.listed(whole)} holds" if whole else "no topic holds throughout"
    if none:
        said += f"; nothing can be checked on {words.listed(none)}"
    each = "; ".join(
        f"{r['topic']}: "
        + ", ".join(f"{r[k]} {w}" for k, w in zip(kinds, _SHORT, strict=True) if r[k])
        for r in rows
    )
    tolerance = study.settings.tolerance
    return Figure(
        tally.tally(counts, group="topic", parts=kinds, signs=["=", "≈", "≠", "?"], labels=_SHORT),
        key="verdicts_by_topic",
        title=words.capital(said),
        subtitle="Verdicts on claims by topic, one square a claim, England, 2016 to 2018",
        source="claims",
        alt=f"Rows of squares by topic; {len(study.of(Verdict.UNCHECKED))} of {len(study.table)} "
        f"claims can't be checked. {each}.",
        data=counts,
        note="The claims are all there are, so counts have no sampling error. Verdicts allow for "
        "the rounding of claims and of the published figures they rest on"
        + (f", and for {tolerance:.0%} besides." if tolerance else "."),
    )


def refuted(study: Study) -> Section:
    """Say which claims do not hold, and why."""
    wrong = study.of(Verdict.NOT)
    rows = zip(wrong["claim_id"], wrong["claim"], wrong["computation"], strict=True)
    said = "\n".join(f"- **{name}**: {words.capital(claim)}. {how}" for name, claim, how in rows)
    parts = [Words(said or "Every claim that can be checked holds.")]
    return Section("Claims that do not hold", parts, frames={"refuted": wrong})


def disputed(study: Study) -> Section:
    """Say on which claims another published number disagrees."""
    rows = study.table[study.table["rivals"] != ""]
    part: Part = Words("No published figure disagrees with a claim audited here.")
    if len(rows):
        part = _table(
            rows,
            "conflicts",
            "Claims with a rival figure",
            left_out=("computation", "range_text", "tables"),
        )
    return Section("Where published figures disagree", [part], frames={"disputed": rows})


def computed(study: Study) -> Section:
    """Say which claims could be checked, and how."""
    rows = study.of(Verdict.REPRODUCED, Verdict.ROUNDING, Verdict.NOT)
    part: Part = Words("None of these claims can be checked with what is published.")
    if len(rows):
        part = _table(rows, "computed", "Claims checked, and how", left_out=("rivals",))
    return Section("What could be computed", [part], frames={"computed": rows})


def register(study: Study) -> Section:
    """Say of every claim what was found."""
    caption = f"All {len(study.table)} claims audited"
    table = _table(study.table, "claims", caption, left_out=("tables",))
    return Section("All claims", [table], frames={"claims": study.table})


def _table(rows: pd.DataFrame, key: str, caption: str, left_out: Sequence[str]) -> Table:
    """Return claims as a reader's table."""
    heads = {name: head for name, head in _HEADS.items() if name not in left_out}
    rows = rows.assign(topic=rows["topic"].map(topic_name))
    return Table(rows[list(heads)].rename(columns=heads), key=key, caption=caption, source="claims")
