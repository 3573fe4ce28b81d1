"""The first screen, and the claims one by one."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from nhsi_analysis.studies.agency.numbers.claims import VERDICTS, Claim
from nhsi_analysis.studies.agency.numbers.study import Study
from nhsi_analysis.studies.agency.numbers.trusts import LABEL
from nhsi_analysis.studies.agency.sections import wording
from notebook_reports.evidence import Answer, Estimate, Section, Table, Words, findings, words

CARDS = ("fall", "saving", "chance_above_ceiling", "year_end")
"""Findings that are cards; the others are kept as data."""


def answer(study: Study) -> Section:
    """Say how far spending fell, what the controls did to it, and which claims hold."""
    told = [f"{_fall(study)} {wording.effect_sentence(study.effect)}"]
    if study.effect is not None:
        told.append(wording.trust_sentence(study.effect))
    told.append(_claims(study))
    return Section(
        "The answer",
        [Answer("\n\n".join(told)), *findings(headlines(study), cards=CARDS)],
    )


def headlines(study: Study) -> dict[str, Estimate]:
    """Return the headline numbers by their stable keys."""
    found: dict[str, Estimate] = {}
    if study.fall is not None:
        found["fall"] = study.fall.share
    if study.effect is not None:
        found["saving"] = study.effect.saving
    if study.outlook is not None:
        if study.outlook.chance is not None:
            found["chance_above_ceiling"] = study.outlook.chance
        found["year_end"] = study.outlook.total
    if study.trusts is not None:
        totals = study.trusts.totals().iloc[-1]
        found["trust_share"] = Estimate(
            float(totals["share"]),
            unit="share",
            n=int(totals["trusts"]),
            label=f"{LABEL} as a share of staff costs, {totals['financial_year']}",
        )
    return found


def _fall(study: Study) -> str:
    scope, fall = study.scope, study.fall
    if fall is None:
        return f"What is published on {scope.what} covers too few months here to state a fall."
    share = fall.share
    word = "fell" if share.value >= 0 else "rose"
    low, high = sorted((abs(share.low or 0), abs(share.high or 0)))
    size = replace(share, value=abs(share.value), low=low, high=high)
    said = f"{words.capital(scope.what)} **{word} by {size}** {fall.span}, {scope.prices}"
    third = next((claim for claim in study.claims if claim.key == "down_a_third"), None)
    if third is not None and study.settings.price_basis == "cash":
        wide = third.widest.interval_text.removeprefix("range ")
        said += f" ({wide} over every published pair of figures)"
    return f"{said}."


def _claims(study: Study) -> str:
    """Give each known claim its verdict."""
    if not study.claims:
        when = f" known on {study.settings.as_at}" if study.settings.as_at else ""
        return f"No published claim{when} can be judged from the months shown."
    several = {
        "holds": "hold",
        "partly holds": "partly hold",
        "doesn't hold": "don't hold",
        "can't be told": "can't be told",
    }
    said = []
    for verdict in VERDICTS:
        names = [_name(claim) for claim in study.claims if claim.verdict == verdict]
        if names:
            shown = verdict if len(names) == 1 else several[verdict]
            said.append(f"{words.listed(names)} **{shown}**")
    return "Of the published claims, " + "; ".join(said) + "."


def _name(claim: Claim) -> str:
    value = claim.claimed.text
    names = {
        "down_a_third": "'down a third'",
        "below_year_before": f"'{value} less'",
        "below_plan": f"'{value} under plan'",
    }
    return names.get(claim.key) or f"'{value} saved' by {claim.until:%B %Y}"


def claims_judged(study: Study) -> Section:
    """Say which of the claims hold, each with its verdict."""
    title = "The claims, judged"
    made = study.claims
    if not made:
        return Section(title, [Words(_claims(study))])
    data = pd.DataFrame(
        {
            "Claim": [claim.words for claim in made],
            "Claimed": [claim.claimed.text for claim in made],
            "Recomputed": pd.Series([claim.recomputed for claim in made], dtype=object),
            "Widest range": [claim.widest.interval_text.removeprefix("range ") for claim in made],
            "Verdict": [claim.verdict for claim in made],
            "Source": [claim.source.partition(",")[0] for claim in made],
        }
    )
    # NHS Improvement's dated savings are in the registers, its other claims in a table of claims
    registers_only = all(claim.until is not None for claim in made)
    table = Table(
        data,
        key="claims",
        caption="Published claims, each recomputed with its range",
        source=wording.SOURCE if registers_only else ["claims", *wording.SOURCE],
        note="In cash. 'Holds': the claim's rounding meets our interval. 'Partly holds': it meets "
        "only the widest range (every rival figure, or one of two counterfactuals), or ours "
        "points the same way and is within a half. 'Can't be told': ours holds nought and is "
        "wider than twice the claim.",
    )
    return Section(title, [table], frames={"claims": data})
