"""The answer: how deep the deficit was, whether trusts turned round, and what follows."""

from __future__ import annotations

import math

from nhsi_analysis import years
from nhsi_analysis.studies.finances.numbers import margins, record, turned
from nhsi_analysis.studies.finances.numbers.study import Study
from nhsi_analysis.studies.finances.sections import wording as say
from notebook_reports.evidence import Answer, Estimate, Section, findings, words

_LEADS = {
    "accounts_result": say.DEFICIT,
    "trusts_in_deficit": say.MARGINS,
    "turned_round": say.TURNED,
    "planned_deficits": say.TODAY,
    "deepest_share": say.MARGINS,
}
"""The cards and the section that each leads to."""


def answer(study: Study) -> Section:
    """Say how deep the deficit was, how sure that is, what follows and what would change it."""
    year, found, plans = study.year, turned.turned(study), record.plans(study)
    now, own = study.now(margins.deficits(study)), study.now(margins.by_year(study.rows))
    total, red, codes = now["position_gbp_m"], own["in_deficit"], own["codes"]
    lede = f"In {year} the accounts of all trusts add up to {say.result(total)}"
    if not math.isnan(now["gap"]):
        lede += f"; {words.money(-now['reported'])} was reported for the sector"
    kind = f"{'deficit' if total < 0 else 'surplus'} in the accounts of all trusts, {year}"
    numbers = {
        "accounts_result": Estimate(abs(total) / 1000, unit="GBP bn", decimals=1, label=kind),
        "trusts_in_deficit": _of(red, codes, "trust", f"in deficit, {year}"),
    }
    sure = "Sums and counts are complete"
    if found is None:
        lede += f". **{words.portion(red, codes)} {say.group(study)} were in deficit**; too little "
        lede += "is held to tell whether any turned round."
    else:
        n, rose = len(found.table), found.rebound.beyond
        lede += (
            f". Of the {n} {say.group(study)} with the lowest margins {found.better} did better in "
            f"{study.newest}, but **{rose or 'none'} rose beyond what regression to the mean alone "
            "would bring**."
        )
        sure += "; turnarounds are held against a model of chance, which misses all but large ones"
        told = f"rose beyond regression to the mean by {study.newest}"
        numbers["turned_round"] = _of(rose, n, "trust", told)
    day = f"{words.day(years.last_day(study.newest))}, the end of the newest trust accounts held"
    if plans is not None:
        told = f"planned a deficit, {plans.quarter}"
        numbers["planned_deficits"] = _of(plans.deficit, plans.trusts, "acute trust", told)
        day += f"; plans of {plans.quarter}"
    if deepest := margins.deepest(study):
        label = f"of all deficits, in money, lay with the {deepest[0]} deepest, {year}"
        numbers["deepest_share"] = Estimate(deepest[2], unit="share", decimals=0, label=label)
    level = words.level(study.settings.confidence)
    answered = Answer(
        lede=lede,
        sure=f"{sure}.",
        as_at=day,
        follows="Before calling a smaller deficit a turnaround, hold it against what trusts in the "
        "same place did; add up the accounts of trusts that merged before comparing years.",
        changes="Accounts of later years in a form that joins these, or the control totals of "
        "single trusts.",
        ranges=f"Ranges in brackets are {level} confidence intervals unless named otherwise.",
    )
    return Section("The answer", [answered, *findings(numbers, leads_to=_LEADS)])


def _of(count: int, whole: int, noun: str, label: str) -> Estimate:
    return Estimate(count, unit=f"of {words.count(whole, noun)}", n=whole, label=label)
