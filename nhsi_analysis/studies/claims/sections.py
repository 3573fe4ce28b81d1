"""What the audit says and shows, one function a section."""

from __future__ import annotations

import pandas as pd

from nhsi_analysis.answers.verdicts import FAMILIES, Grade, Verdict
from nhsi_analysis.studies.claims.numbers.study import OWN_SOURCE, Study
from notebook_reports.charts import tally
from notebook_reports.evidence import Answer, Figure, Part, Section, Table, Words, findings, words

CHECKED = "What could be checked"
UNCHECKED = "Claims that were not checked"
_GOOD = (Verdict.HOLDS, Verdict.ROUNDING)
_SIGNS = {
    Grade.DATA: ("D", "held against data"),
    Grade.SECOND: ("2", "a second source"),
    OWN_SOURCE[-1]: ("s", "own source only"),
    Grade.NOTHING: ("–", "nothing found"),
}


def answer(study: Study) -> Section:
    """Say how many claims hold when they are checked, and for how many nobody else speaks."""
    good = study.of(*_GOOD)
    data, second = (int(good["grade"].eq(grade).sum()) for grade in (Grade.DATA, Grade.SECOND))
    part, untold, wrong = (
        len(study.of(verdict)) for verdict in (Verdict.PARTLY, Verdict.UNTOLD, Verdict.FAILS)
    )
    exact = (good["grade"].eq(Grade.DATA) & good["verdict"].eq(Verdict.HOLDS)).any()
    rough = "" if exact or not data else " within rounding"
    each = [
        f"{data or 'none'} {_verb(data, 'holds', 'hold')}{rough} when recomputed from data",
        *([f"{part} {_verb(part, 'holds', 'hold')} in part"] if part else []),
        f"{wrong or 'none'} {_verb(wrong, 'is', 'are')} refuted",
    ]
    until = words.day(study.settings.until if study.settings.as_at else study.newest)
    lede = f"Of {words.count(len(study.table), 'claim')} by or about NHS Improvement, "
    dated = "what was published by" if study.settings.as_at else "figures that run to"
    lede += f"{words.listed(each)}, on {dated} {until}. "
    lede += (
        f"A second, independent source confirms {second}."
        if second
        else "No second, independent source was found to confirm any."
    )
    lede += f" Data can't tell on {untold}." if untold else ""
    if left := len(study.unchecked):
        lede += f" On {left} only the claim's own source speaks, or nothing was found."
    later = words.count(study.later, "claim")
    told = Answer(
        lede=f"**{lede.partition('. ')[0]}.** {lede.partition('. ')[2]}",
        sure="The counts are complete; each verdict is as sure as the figures it rests on, whose "
        "rounding and gaps stand beside it.",
        as_at=f"{until}, "
        + ("the day asked for" if study.settings.as_at else "the newest of the figures searched")
        + (f" ({later} dated later left out)" if study.later else "")
        + "; each verdict names the period of its data",
        follows="A claim that holds can be quoted with its range. Any other is what its source "
        "said, not what is known, and should be quoted so.",
        changes="A figure from a body with data of its own on a claim that was not checked.",
        ranges="Ranges come from rounding, from gaps in the data or from the choice of what to "
        "count.",
    )
    leads = dict.fromkeys(study.findings, CHECKED if len(study.checked) else UNCHECKED)
    leads["claims_unchecked"] = UNCHECKED if left else CHECKED
    always = ("claims_hold", "claims_unchecked")
    cards = [key for key, number in study.findings.items() if number.value or key in always]
    shown = findings(study.findings, cards=cards, leads_to=leads)
    return Section("The answer", [told, *shown], {"claims": study.table})


def _verb(number: int, one: str, many: str) -> str:
    """Return a verb's form after a number, or after "none"."""
    return many if number > 1 else one


def checked(study: Study) -> Section:
    """Say of each claim that was checked whether it holds, and why."""
    parts = []
    for verdict in (Verdict.FAILS, *_GOOD, Verdict.PARTLY, Verdict.UNTOLD):
        told = [f"**{words.capital(verdict)}**\n"]
        for row in study.of(verdict).to_dict("records"):
            held = f" *What holds: {row['part']}.*" if row["part"] else ""
            by = f" ({words.capital(row['grade'])}.)" if verdict in (Verdict.FAILS, *_GOOD) else ""
            told.append(f"- {row['claim']}.{held} {words.capital(row['reason'])}.{by}")
        if told[1:]:
            parts.append(Words("\n".join(told)))
    return Section(CHECKED, parts, {"checked": study.checked})


def by_topic(study: Study) -> Section:
    """Say what kind of evidence there is by topic, one square a claim."""
    counts = study.topics.assign(topic=study.topics["topic"].map(topic_name))
    shown = [grade for grade in _SIGNS if counts[grade].any()]
    labels = [_SIGNS[grade][1] for grade in shown]
    each = [
        f"{row['topic']}: "
        + ", ".join(f"{row[g]} {name}" for g, name in zip(shown, labels, strict=True) if row[g])
        for row in counts.to_dict("records")
    ]
    nothing, n = int(counts[Grade.NOTHING].sum()), len(study.table)
    again, slack = study.repeated, study.settings.tolerance
    rare = counts.to_dict("records")[int(counts[shown[-1]].to_numpy().argmax())]
    many = f"{rare[shown[-1]]} of {words.count(sum(rare[grade] for grade in shown), 'claim')}"
    said = f"'{words.capital(labels[-1])}' is most frequent on {rare['topic']}: {many} "
    said += "([Figure](#fig-evidence_by_topic))."
    said += f" Left out, as repeating another: {words.count(again, 'claim')}." * bool(again)
    said += f" Claims are allowed {slack:.0%} besides rounding." * bool(slack)
    figure = Figure(
        tally.tally(
            counts,
            group="topic",
            parts=shown,
            signs=[_SIGNS[grade][0] for grade in shown],
            labels=labels,
        ),
        key="evidence_by_topic",
        title=f"Nothing was found on {words.portion(nothing, n, 'claim')}"
        if nothing
        else "Something was found on every claim",
        subtitle="Best evidence on each claim by topic, one square a claim",
        source="claims",
        alt=f"{'; '.join(each)}.",
        data=study.table,
    )
    return Section("What evidence there is", [Words(said), figure], {"topics": study.topics})


def topic_name(topic: str) -> str:
    """Write a topic of the register for readers: "cqc" is "CQC ratings"."""
    return {"cqc": "CQC ratings"}.get(topic, words.capital(topic))


def disputed(study: Study) -> Section:
    """Say on which claims another published number disagrees."""
    told = [
        f"- {claim}. But {words.listed(rows['words'])}."
        for claim, rows in study.rivals.groupby("claim", sort=False)
    ]
    parts = [Words("\n".join(told))] if told else []
    return Section("Where another figure disagrees", parts, {"rivals": study.rivals})


def unchecked(study: Study) -> Section:
    """Say of each claim that was not checked what there is on it."""
    rows = study.unchecked
    known = rows["grade"].ne(Grade.NOTHING)
    parts: list[Part] = []
    if known.any():
        own = rows[known]
        caption = f"{words.count(len(own), 'claim')} that only {_verb(len(own), 'its', 'their')} "
        parts.append(
            Table(
                pd.DataFrame(
                    {
                        "Claim": own["claim"],
                        "What there is": own["reason"].map(words.capital),
                        "Evidence": own["grade"].map(words.capital),
                    }
                ),
                key="own_source",
                caption=f"{caption}own source speaks for",
                source="claims",
            )
        )
    if not known.all():
        nothing = rows[~known]
        lines = [
            f"- *{topic}.* {'. '.join(claims)}."
            for topic, claims in nothing.groupby(nothing["topic"].map(topic_name), sort=False)[
                "claim"
            ]
        ]
        said = f"**Nothing was found on {words.count(len(nothing), 'claim')}**\n\n"
        parts.append(Words(said + "\n".join(lines)))
    return Section(UNCHECKED, parts, {"unchecked": rows})


def independence(study: Study) -> Section:
    """Say who counts as independent of whom."""
    said = (
        f"Publishers with figures of their own fall into families: {words.listed(FAMILIES)}. A "
        "figure is independent of a claim if its publisher is of another family than the claim's "
        "source. The press, trade bodies, law firms, blogs, an encyclopaedia and trusts that tell "
        "of their own place repeat what others announced and are independent of nobody. "
        "Figures of two families may still rest on the same returns, and are said to where known."
    )
    return Section("Who counts as independent", [Words(said)])
