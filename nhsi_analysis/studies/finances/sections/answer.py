"""The answer: how deep the deficit was, whether trusts turned round, and what follows."""

from __future__ import annotations

import math

from nhsi_analysis import years
from nhsi_analysis.studies.finances.numbers import margins, record, turned
from nhsi_analysis.studies.finances.numbers.study import Study
from nhsi_analysis.studies.finances.sections import wording as say
from nhsi_analysis.studies.finances.sections.margins import MARGINS
from nhsi_analysis.studies.finances.sections.sector import DEFICIT, TODAY
from nhsi_analysis.studies.finances.sections.turnarounds import TURNED
from notebook_reports.evidence import Answer, Estimate, Section, findings, words


def answer(study: Study) -> Section:
    """Say how deep the deficit was, how sure that is, what follows and what would change it."""
    year, found, plans = study.year, turned.turned(study), record.plans(study)
    now = record.deficits(study).query("financial_year == @year").to_dict("records")[0]
    own = margins.by_year(study.rows).query("financial_year == @year").to_dict("records")[0]
    lede = f"In {year} the accounts of all trusts add up to {say.result(now['position_gbp_m'])}"
    if not math.isnan(now["gap"]):
        lede += f"; {words.money(-now['reported'])} was reported for the sector"
    counts = {
        "trusts_in_deficit": (own["in_deficit"], own["codes"], "trust", f"in deficit, {year}")
    }
    leads_to = {"accounts_result": DEFICIT, "trusts_in_deficit": MARGINS, "deepest_share": MARGINS}
    sure = "Sums and counts are complete"
    if found is None:
        lede += f". **{words.portion(own['in_deficit'], own['codes'])} {say.group(study)} were in "
        lede += "deficit**; too little is held to tell whether any turned round."
    else:
        n, rose = len(found.table), found.rebound.beyond
        lede += (
            f". Of the {n} {say.group(study)} with the lowest margins {found.better} did better in "
            f"{study.newest}, but **{rose or 'none'} rose beyond what regression to the mean alone "
            "would bring**."
        )
        sure += "; turnarounds are held against a model of chance, which mostly misses small ones"
        told = f"rose beyond regression to the mean by {study.newest}"
        counts["turned_round"] = (rose, n, "trust", told)
        leads_to["turned_round"] = TURNED
    day = f"{words.day(years.last_day(study.newest))}, the end of the newest trust accounts held"
    if plans is not None:
        told = f"planned a deficit, {say.quarter(plans.quarter)}"
        counts["planned_deficits"] = (plans.deficit, plans.trusts, "acute trust", told)
        leads_to["planned_deficits"] = TODAY
        day += f"; plans of {say.quarter(plans.quarter)}"
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
    kind = "deficit" if now["position_gbp_m"] < 0 else "surplus"
    total = Estimate(
        abs(now["position_gbp_m"]) / 1000,
        unit="GBP bn",
        decimals=1,
        label=f"{kind} in the accounts of all trusts, {year}",
    )
    numbers = {"accounts_result": total}
    for key, (count, whole, noun, label) in counts.items():
        unit = f"of {words.count(whole, noun)}"
        numbers[key] = Estimate(count, unit=unit, n=whole, label=label)
    shares = margins.concentration(study.rows, year)
    if len(shares) >= words.FEWEST_FOR_PERCENT:
        many, share = margins.deepest(shares)
        label = f"of all deficits were the {many} deepest, {year}"
        numbers["deepest_share"] = Estimate(share, unit="share", decimals=0, label=label)
    return Section("The answer", [answered, *findings(numbers, leads_to=leads_to)])
