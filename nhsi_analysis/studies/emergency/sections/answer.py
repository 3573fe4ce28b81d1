"""The answer first, and the claims last."""

from __future__ import annotations

from nhsi_analysis.answers.emergency import STANDARD
from nhsi_analysis.answers.judged import Judged
from nhsi_analysis.studies.emergency.numbers.study import Study
from nhsi_analysis.studies.emergency.sections import wording as say
from notebook_reports.evidence import Answer, Section, Words, findings, words

_LEADS = {
    "within_four_hours_year": say.ENGLAND,
    "within_four_hours_major": say.ENGLAND,
    "within_four_hours_winter": say.WINTERS,
    "winter_change": say.WINTERS,
    "trusts_changed": say.CHANGED,
}
"""The cards and the section that each leads to."""


def answer(study: Study) -> Section:
    """Say whether the standard is met and what can be told of the winters."""
    last, told = study.places.months[-1], study.findings
    level = words.level(study.settings.confidence)
    said = Answer(
        lede=_lede(study),
        sure="The counts are complete and have no interval; "
        + (
            f"what limits them is that they come in {len(study.pieces)} pieces that don't join: "
            "no sentence here compares two of them."
            if len(study.pieces) > 1
            else "what a change means depends on what months do anyway."
        ),
        as_at=f"{last:%B %Y}, the newest month held here that counts every organisation.",
        follows=_follows(study),
        changes="Newer months, above all another winter that counts every organisation; a later "
        "revision by the publisher.",
        ranges=f"Trusts' changes are held against limits at {level}, over all trusts together.",
    )
    return Section("The answer", [said, *findings(told, cards=[*_LEADS], leads_to=_LEADS)])


def _lede(study: Study) -> str:
    year, winter = study.findings["within_four_hours_year"], study.winters
    said = (
        f"{'No' if year.value < STANDARD else 'Yes'}: in the {study.places.span}, **{year.text}** "
        "of A&E attendances in England were within four hours; the standard is "
        f"{say.STANDARD_TEXT}."
    )
    if winter.empty:
        return said
    now, pair = winter.iloc[-1], study.compared.iloc[-1:]
    said += f" Winter {now['winter']} had {words.percent(now['share'])}"
    if pair.empty:
        return f"{said}."
    moved = pair.iloc[0]
    way = "better" if moved["difference"] > 0 else "worse"
    by = say.points(moved["difference"], signed=False)
    if moved["winter"] == now["winter"] and moved["national"] == now["national"]:
        return f"{said}, {by} {way} than the one before at the same organisations."
    earlier = (
        "; that can't be set against an earlier one" if now["winter"] != moved["winter"] else ""
    )
    return (
        f"{said}{earlier}. At the same {say.base(moved['national']).removeprefix('all ')} "
        f"{say.months(moved['months'])} of "
        f"{moved['winter']} were {by} {way} than a year before."
    )


def _follows(study: Study) -> str:
    order = study.places.regions.iloc[1:].sort_values("share")
    low, high = order.iloc[0], order.iloc[-1]
    met = int((order["share"] >= STANDARD).sum())
    said = (
        f"{met or 'Not one'} of {len(order)} regions met the standard; they lie "
        f"within {say.points(high['share'] - low['share'], signed=False)} of each other, from "
        f"{words.percent(low['share'])} ({say.place(low['region'])}) to "
        f"{words.percent(high['share'])} ({say.place(high['region'])}), so it isn't a matter of a "
        "few places."
    )
    if study.pair is not None and (told := study.findings.get("trusts_changed")):
        said += (
            f" {int(told.value) or 'Not one'} of {told.n} trusts changed from winter "
            f"{study.pair['before']} to {study.pair['winter']} by so much more than others that "
            "the change alone is a reason to ask why."
        )
    return said


def claims(study: Study) -> Section:
    """Say what was claimed for 2017/18 and what the months say of it."""
    held = [claim for claim in study.claims if claim.found is not None or claim.grade.checked]
    if not held:
        return Section(say.CLAIMS, [])
    told = "\n".join(f"- {_told(claim)}" for claim in held)
    return Section(
        say.CLAIMS,
        [
            Words(
                "NHS Improvement's account of 2017/18 made these claims, judged as the audit of "
                f"claims judges them:\n\n{told}"
            )
        ],
    )


def _told(claim: Judged) -> str:
    held = f" (what holds: {claim.part})" if claim.part else ""
    return (
        f"{words.capital(claim.claim)}: **{claim.verdict}**{held}. {words.capital(claim.reason)}."
    )
