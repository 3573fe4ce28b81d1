"""What a reader needs: the answer and its evidence, section by section."""

from __future__ import annotations

from nhsi_analysis.studies.pathology.numbers.chances import WORD
from nhsi_analysis.studies.pathology.numbers.delivery import ADDED, APART
from nhsi_analysis.studies.pathology.numbers.progress import ON_TRACK
from nhsi_analysis.studies.pathology.numbers.registers import published_numbers, row
from nhsi_analysis.studies.pathology.numbers.study import Study
from nhsi_analysis.studies.pathology.sections import figures, names, tables
from notebook_reports.evidence import Answer, Finding, Section, Words, format_value
from notebook_reports.evidence.words import count, level, listed, money

CHANCE = "The chance, set by set"
DELIVERED = "What was delivered"
EVALUATED = "The independent evaluation"
ASKED = "What was asked of whom"
PLACED = "Where hubs would go"


def answer(study: Study) -> Section:
    """Say how likely the saving was, with the cards and the numbers kept without one."""
    s, found, told, case = study.settings, study.chances, study.delivery, study.case
    target, asked = money(s.target_gbp_m), study.targets
    single, hubs = int(study.evaluation.groups["n"].iloc[1]), count(len(asked.known), "named hub")
    own = "by this report's own assumptions"
    cards = {
        "chance_of_target": (
            found.before,
            f"chance of {target} a year by {s.target_year} {own}",
            CHANCE,
        ),
        "chance_given_reports": (
            found.held,
            f"the same, held to the savings reported for {told.year}",
            DELIVERED,
        ),
        "independent_evidence": (
            study.evaluation.estimate("worth"),
            f"a year if the evaluation's {single} single laboratories of 2010 to 2015 closed its "
            "gap in share of budget, as published",
            EVALUATED,
        ),
        "allocated": (
            asked.allocated,
            f"of {money(asked.national)} a year asked for in September 2017 was given to {hubs}",
            ASKED,
        ),
    }
    due, complete = f"a year saved in {s.target_year}, {own}", "a year once every network is in"
    kept = {
        "saving_in_target_year": case.saving(f"delivered_{s.target_index}", due),
        "saving_once_complete": case.saving("net_saving", f"{complete} place, {own}"),
        "net_present_value": case.saving("npv", f"over {s.horizon_years} years, {own}"),
    }
    said = Answer(
        lede=_lede(study),
        sure=_sure(study),
        as_at=_as_at(),
        follows=f"Treat {target} as an aim of 2017, not as money to count on. Each network's unit "
        "cost before and after would settle more than any model.",
        changes=f"What {s.target_year} in fact saved, or whether the {money(told.further)} "
        f"predicted for {told.year} came on top of the {money(told.delivered, 1)} delivered: this "
        "page holds neither.",
        ranges=f"Ranges in brackets are {level(s.confidence)} confidence intervals unless named "
        "otherwise.",
    )
    shown = [Finding(k, e, label=label, leads_to=to) for k, (e, label, to) in cards.items()]
    return Section(
        "The answer", [said, *shown, *(Finding(k, e, card=False) for k, e in kept.items())]
    )


def _lede(study: Study) -> str:
    s, found = study.settings, study.chances
    curves = found.curves["chance"]
    word = found.table.loc[found.table["curve"] == WORD, "chance"].max()
    every = (
        f", and {names.chance(word)} if every test became as cheap as network trusts reported"
        if word > curves.max()
        else ""
    )
    return (
        f"Published evidence doesn't settle whether networks could save {money(s.target_gbp_m)} a "
        f"year by {s.target_year}: the chance was {names.chances(curves)} by cost curves{every}. "
        f"{_held(study)}"
    )


def _held(study: Study) -> str:
    """Say the chance once held to the reports, in both readings."""
    found, start = study.chances, f"Held to savings reported for {study.delivery.year} it is"
    first, second = (
        _at_most(chances.max()) if len(chances) else ""
        for chances in (found.agreeing(APART), found.agreeing(ADDED))
    )
    if not first and not second:
        return f"No assumption tried agrees with the savings reported for {study.delivery.year}."
    if not second:
        return f"{start} {first}; none agrees if they add up."
    if not first:
        return f"{start} {second} if they add up; otherwise none agrees."
    return (
        f"{start} {first}." if first == second else f"{start} {first}, or {second} if they add up."
    )


def _at_most(value: float) -> str:
    said = names.chance(value)
    return said if said.startswith("less") else f"at most {said}"


def _sure(study: Study) -> str:
    table = study.chances.table
    lost = int((~table[f"{APART}_agrees"] & ~table[f"{ADDED}_agrees"]).sum())
    disagree = f", {lost} of which no reading of those savings fits" if lost else ""
    return (
        f"Not sure: the ranges run over {len(table)} sets of assumptions{disagree}, and no unit "
        "costs of English networks before and after were found."
    )


def _as_at() -> str:
    measures = ("target saving", "saving delivered by networks so far", ON_TRACK)
    rows = (row(published_numbers(), measure) for measure in measures)
    plan, told, last = (names.month(str(found["period"])) for found in rows)
    return f"{plan} (the plan), {told} (savings reported) and {last} (progress reported)"


def chance(study: Study) -> Section:
    """Say how likely the saving was under each named set of assumptions."""
    fall, cost = float(study.curves["fall_low"]["network"]), study.settings.cost_gbp_bn
    words = (
        f"In 2019 trusts in networks were reported to test {names.whole(fall)} more cheaply. Taken "
        f"at its word for the whole {format_value(cost, 'GBP bn', 1)} that is "
        f"{names.tens(fall * cost * 1e3)} a year. A cost curve gives less, for what hubs gain in "
        f"scale the spokes lose: {names.tens(study.case.steepest_worth_having[1])} at best with "
        "the other inputs at their most likely. The report names no comparison group, and no curve "
        "rests on an English network, so both stand here side by side."
    )
    return Section(
        CHANCE,
        [figures.chances(study), Words(words), tables.chances(study)],
        {"sets": study.chances.table, "draws": study.case.simulation.outputs},
    )


def delivery(study: Study) -> Section:
    """Say what was reported to have been saved, and what the chance is once held to it."""
    s, told = study.settings, study.delivery
    apart = sorted((told.delivered, told.further))
    reports = (
        f"In September 2018 {money(told.delivered, 1)} was reported as delivered so far and a "
        f"further {money(told.further)} as predicted for {told.year}. The sources don't say "
        "whether the two add up, nor whether they recur. They are read in two ways: as one yearly "
        f"saving told twice, {names.ends(*map(money, apart))}, or as "
        f"{money(told.readings[ADDED][0])}. A straight build-up to {money(s.target_gbp_m)} in "
        f"{s.target_year} would have stood at {money(told.needed)}."
    )
    title = row(published_numbers(), ON_TRACK)["source_title"]
    against = (
        f"HFMA headed its report “{title}”. What {s.target_year} saved is not among the figures "
        "found; what was published on progress is."
    )
    return Section(
        DELIVERED,
        [
            Words(reports),
            figures.years(study),
            Words(_held_set_by_set(study)),
            Words(against),
            tables.progress(),
        ],
        {"by_year": study.case.by_year, "other_errors": study.chances.elsewhere},
    )


def _held_set_by_set(study: Study) -> str:
    found, said = study.chances, ""
    for reading, how in ((APART, "as one saving"), (ADDED, "as adding up")):
        agree = found.agreeing(reading)
        tail = f"; there the chance is {names.chances(agree)}" if len(agree) else ""
        said += f"Read {how}, the reports fit {len(agree)} of {len(found.table)} sets{tail}. "
    other = listed(
        f"{names.ends(names.chance(low), names.chance(high))} with {money(error)}"
        for error, low, high in found.elsewhere.itertuples(index=False)
    )
    wider = f", over both readings {other} instead" if len(found.elsewhere) else ""
    return (
        f"{said}Where they don't fit, model or report is wrong, and no chance is given. Each "
        f"reported saving is given a standard error of {money(study.delivery.error)}, an "
        f"assumption{wider}."
    )


def evaluation(study: Study) -> Section:
    """Say what the independent evaluation published, and what becomes of it re-examined."""
    found = study.evaluation
    big, small = (found.groups.loc[name] for name in ("consolidated", "non-consolidated"))
    single, other = f"{small['n']:.0f} single", found.scenarios["relative"]
    published = (
        f"A study of 2018 compared {big['n']:.0f} consolidated laboratories with {single} ones "
        f"from 2010 to 2015. As published, a consolidated laboratory saved "
        f"{money(big['mean'], 2)} and a single one {money(small['mean'], 2)}: "
        f"{found.estimate('gap')} more (p {found.welch['published_p']:g}). But its budget was "
        f"{found.size_ratio:.1f} times as large. As a share of budget the difference is "
        f"{found.estimate('relative')}, worth {found.estimate('worth')} a year to the {single} "
        "laboratories; that is no measure of what England could save."
    )
    after = (
        "The study credits all laboratories with the same rise of activity, and the two groups "
        "with different inflation. Other choices move the share of budget from "
        f"{format_value(other.min(), 'share')} to {format_value(other.max(), 'share')}. "
        "Laboratories chose to consolidate: what consolidation caused isn't known."
    )
    return Section(
        EVALUATED,
        [Words(published), figures.evaluation(study), Words(after)],
        {"scenarios": found.scenarios},
    )


def targets(study: Study) -> Section:
    """Say what was asked of which hub, and of none."""
    found = study.targets
    table = found.table
    missing = table.loc[table["target_gbp_m"].isna(), "network"]
    unsure = found.known[found.known["unvalidated"]]
    local = [
        f"{name} {names.ends(money(low, 1), money(high, 1))} (asked {money(asked, 1)})"
        for name, asked, low, high in table.dropna(subset=["local_low_gbp_m", "target_gbp_m"])[
            ["network", "target_gbp_m", "local_low_gbp_m", "local_high_gbp_m"]
        ].itertuples(index=False)
    ]
    words = (
        f"{money(found.unallocated, 1)} of the {money(found.national)} a year asked for by 2020/21 "
        "has no published allocation, and none is made here."
        + f" For {listed(missing)} no figure was published."
        * bool(len(missing))
        + f" The {money(float(unsure['target_gbp_m'].sum()), 1)} of {listed(unsure['network'])} was said "
        "by its board not to have been validated."
        * bool(len(unsure))
        + f" Later or local figures differ: {listed(local)}." * bool(local)
    )
    return Section(ASKED, [figures.targets(study), Words(words)], {"targets": table})


def hubs(study: Study) -> Section:
    """Say which trusts the map lacks, then where hubs would go."""
    where = study.geography
    return Section(
        PLACED,
        [Words(_without_site(study)), figures.hub_map(study), Words(_placed(study))],
        {"sites": where.sites, "hubs": where.hubs(where.best)},
    )


def _without_site(study: Study) -> str:
    where = study.geography
    if where.missing.empty:
        return "Every acute trust of September 2017 has a hospital site in the data."
    lost = where.matched.loc[where.matched["site_code"].isna(), "hub_trust"].drop_duplicates()
    were = "was a published hub" if len(lost) == 1 else "were published hubs"
    have = "has" if len(where.missing) == 1 else "have"
    return (
        f"{count(len(where.missing), 'acute trust')} of September 2017 {have} no hospital site in "
        "the data, and so no place on this map, served or as a hub: "
        f"{listed(names.trust(name) for name in where.missing['org_name'])}."
        + f" {listed(lost)} {were}."
        * bool(len(lost))
    )


def _placed(study: Study) -> str:
    where, s = study.geography, study.settings
    limit, far = f"{s.travel_limit_km:g} km", int((where.best.cost > s.travel_limit_km).sum())
    text = (
        f"With the best {count(s.networks, 'hub')} the {len(where.sites)} sites of acute trusts, "
        f"community hospitals among them, are {where.travel.text} from their hub on average and "
        f"{where.best.cost.max():.0f} km at most. Trusts' income stands in for tests, which aren't "
        "published by site. "
    )
    if not where.best.proven:
        text += f"The choice is within {where.best.gap:.1%} of the best possible. "
    if where.published is not None:
        kept, placed = where.mean_km(where.published), int(where.matched["site_code"].count())
        text += (
            f"Of {len(where.matched)} hub trusts published in 2017 {placed} have a site here, and "
            f"{where.shared} of them also hold a best hub; keeping them all makes the mean "
            f"{kept:.0f} km. "
        )
    fewest = (
        "no number of hubs would bring all within"
        if where.fewest is None
        else f"it takes at least {count(where.fewest, 'hub')} to bring all within"
    )
    lie = "lies" if far == 1 else "lie"
    return f"{text}{count(far, 'site')} {lie} more than {limit} from the best hubs; {fewest} it."


def followed(study: Study) -> Section:
    """Say what is known of the trust or network followed; nothing where none is."""
    parts = [tables.followed(study)] if len(study.followed) else []
    return Section("The trust or network followed", parts)
