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
    joined = f"; they come in {many} pieces, and no sentence compares two" if many > 1 else ""
    said = Answer(
        lede=_lede(study),
        sure=f"The counts are complete and have no interval{joined}; what a change means depends "
        "on what months do anyway.",
        as_at=f"{study.places.last:%B %Y}, the newest month held here that counts every "
        "organisation.",
        follows=_follows(study),
        changes="Newer months, above all another winter that counts every organisation; a later "
        "revision by the publisher.",
        ranges="Trusts' changes are held against limits at "
        f"{words.level(study.settings.confidence)}, over all trusts together.",
    )
    return Section(
        "The answer", [said, *findings(study.findings, cards=[*_LEADS], leads_to=_LEADS)]
    )


def _lede(study: Study) -> str:
    year, winter = study.findings["within_four_hours_year"], study.winters.tail(1)
    said = (
        f"{'No' if year.value < STANDARD else 'Yes'}: in the {study.places.span}, **{year.text}** "
        f"of A&E attendances in England were within four hours; the standard is "
        f"{say.STANDARD_TEXT}."
    )
    for last in winter.to_dict("records"):
        said += f" Winter {last['winter']} had {words.percent(last['share'])}."
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
    said = f"{met or 'Not one'} of {len(order)} regions met the standard: they run from {low} to "
    said += f"{high}, so it isn't a matter of a few places."
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
    said = "NHS Improvement's account of 2017/18 made these claims, judged as the audit of claims "
    said += "judges them:\n" + "".join(told)
    return Section("What was claimed for 2017/18", [Words(said)] if told else [])
