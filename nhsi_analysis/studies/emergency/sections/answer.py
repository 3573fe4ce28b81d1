"""The answer first, and the claims last."""

from __future__ import annotations

from nhsi_analysis.answers.emergency import STANDARD
from nhsi_analysis.answers.emergency_claims import CLAIMS
from nhsi_analysis.answers.regions import spoken
from nhsi_analysis.studies.emergency.numbers.study import Study
from nhsi_analysis.studies.emergency.sections import wording as say
from notebook_reports.evidence import Answer, Section, Words, findings, words

_LEADS = {
    "within_four_hours_year": say.ENGLAND,
    "within_four_hours_major": say.REGIONS,
    "within_four_hours_winter": say.WINTERS,
    "winter_change": say.WINTERS,
    "trusts_changed": say.CHANGED,
}
"""The cards and the section that each leads to."""


def answer(study: Study) -> Section:
    """Say whether the standard is met and what can be told of the winters."""
    many = sum(not chart.major for chart in study.charts)
    told = f"; they come in {many} pieces, and no sentence compares two" * (many > 1)
    for usual in study.compared["usual"].tail(1):
        told += f"; other months' median change on a year is {words.points(usual, sign=False)}"
    for at, n in study.winters.query("untold > 0")[["winter", "untold"]].tail(1).to_numpy():
        told = f", but for {words.count(n, 'trust')} that told no breaches up to {at}{told}"
    said = Answer(
        lede=_lede(study),
        sure=f"The counts have no interval and are complete{told}.",
        as_at=f"{study.places.last:%B %Y}, the newest month held of every organisation.",
        follows=_follows(study),
        changes="Newer months, above all another winter of every organisation; later revisions.",
        ranges=f"Limits are at {words.level(study.settings.confidence)} over all trusts, and "
        "miss all but large changes.",
    )
    cards = findings(study.findings, cards=[*_LEADS], leads_to=_LEADS)
    return Section("The answer", [said, *cards])


def _lede(study: Study) -> str:
    year, winter = study.findings["within_four_hours_year"], study.winters.tail(1)
    said = (
        f"{'No' if year.value < STANDARD else 'Yes'}: in the {study.places.span}, **{year.text}** "
        f"of A&E attendances in England were within four hours; the standard is "
        f"{say.STANDARD_TEXT}."
    )
    for last in winter.to_dict("records"):
        whom = "" if last["national"] else f" at {say.base(last['national'])}"
        said += f" Winter {last['winter']} had {words.percent(last['share'])}{whom}."
    for pair in study.compared.tail(1).to_dict("records"):
        said += (
            f" Of comparable winters, the newest, {pair['winter']} "
            f"({say.months(pair['months'])}), was "
            f"{words.points(pair['difference'], sign=False)} "
            f"{'better' if pair['difference'] > 0 else 'worse'} than the one before at the same "
            f"{say.base(pair['national']).removeprefix('all ')}."
        )
    return said


def _follows(study: Study) -> str:
    order = study.places.regions.iloc[1:].sort_values("share")
    met = int((order["share"] >= STANDARD).sum())
    low, high = (
        f"{words.percent(row['share'])} ({spoken(row['region'])})"
        for row in order.iloc[[0, -1]].to_dict("records")
    )
    said = f"{met or 'Not one'} of {len(order)} regions met the standard: their NHS trusts run "
    said += f"from {low} to {high}, so it isn't a matter of a few places."
    if told := study.findings.get("trusts_changed"):
        said += (
            f" {int(told.value) or 'Not one'} of {told.n} trusts changed from {study.between} by "
            "so much more than others that the change alone is a reason to ask why."
        )
    return said


def claims(study: Study) -> Section:
    """Say what was claimed for 2017/18 and what the months say of it."""
    told = [
        f"\n- {words.capital(claim.claim)}: **{claim.verdict}**"
        f"{f' (what holds: {claim.part})' * bool(claim.part)}. {words.capital(claim.reason)}."
        for claim in (judge(study.settings.until) for judge in CLAIMS.values())
        if claim.found is not None or claim.grade.checked
    ]
    said = "NHS Improvement's highlights of 2017/18 made these claims, judged as the audit of "
    said += "claims judges them:\n" + "".join(told)
    return Section("What was claimed for 2017/18", [Words(said)] if told else [])
