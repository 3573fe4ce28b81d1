"""What a reader needs: the answer and its evidence, section by section."""

from __future__ import annotations

from nhsi_analysis.studies.pathology.numbers import registers
from nhsi_analysis.studies.pathology.numbers.chances import ADDED, APART
from nhsi_analysis.studies.pathology.numbers.registers import (
    DELIVERED,
    ON_TRACK,
    published_numbers,
    reading,
    row,
)
from nhsi_analysis.studies.pathology.numbers.study import Study
from nhsi_analysis.studies.pathology.sections import figures, names, tables
from notebook_reports.evidence import Answer, Finding, Section, Words, format_value
from notebook_reports.evidence.words import count, level, listed, money, short_name

CHANCE = "The chance, by the cost of a test"
REPORTED = "What was delivered"
EVALUATED = "The independent evaluation"
ASKED = "What was asked of whom"
PLACED = "Where hubs would go"
_UNLIKELY = 0.05
_FORMS = ("NHS Foundation Trust", "NHS Trust")


def answer(study: Study) -> Section:
    """Say how likely the saving was, with the cards and the numbers kept without one."""
    s, case, asked, told = study.settings, study.case, study.targets, study.reports
    target, found = money(s.target_gbp_m), study.chances
    big, single = (f"{n:.0f}" for n in study.evaluation.groups["n"])
    above, word = names.cheaper(study), "if every test got cheaper"
    beyond = f"; {names.bound(above['chance'])} {word}" if len(above) else ""
    chance = f"highest chance of {target} a year by {s.target_year} on a cost curve{beyond}"
    agree = found.agreeing(APART, ADDED, among=above)
    beyond = f"; {names.bound(agree)} {word}" if len(agree) else ""
    worth = (
        f"a year for the {single} single laboratories of a study of 2010 to 2015, had they saved "
        f"the share of budget that its {big} consolidated ones did"
    )
    given = f"of {money(asked.national)} a year asked for in September 2017 was given to "
    cards = {
        "chance_of_target": (found.before, chance, CHANCE),
        "chance_given_reports": (
            found.held,
            f"the same, given the savings reported for {told.year}{beyond}",
            REPORTED,
        ),
        "independent_evidence": (study.evaluation.estimate("worth"), worth, EVALUATED),
        "allocated": (asked.allocated, given + count(len(asked.known), "named hub"), ASKED),
    }
    kept = {
        "saving_in_target_year": (f"delivered_{s.target_index}", f"saved in {s.target_year}"),
        "saving_once_complete": ("net_saving", "saved a year once every network is in place"),
        "net_present_value": ("npv", f"net present value over {s.horizon_years} years"),
    }
    own = "by this report's own assumptions"
    return Section(
        "The answer",
        [
            _answer(study),
            *(Finding(k, e, label=label, leads_to=to) for k, (e, label, to) in cards.items() if e),
            *(
                Finding(key, case.saving(output, f"{label}, {own}"), card=False)
                for key, (output, label) in kept.items()
            ),
        ],
    )


def _answer(study: Study) -> Answer:
    s, told, table = study.settings, study.reports, study.chances.table
    target, fall = money(s.target_gbp_m), names.whole(study.published.falls["network"][0])
    above, curves = names.cheaper(study)["chance"], names.bound(study.chances.curves["chance"])
    every = (
        f", and {names.bound(above)} if every test got {fall} cheaper, as network trusts reported"
        if len(above)
        else ""
    )
    lost = int((~table[f"{APART}_agrees"] & ~table[f"{ADDED}_agrees"]).sum())
    disagree = (
        f"; {lost} of {len(table)} sets fit no reading of the reported savings" if lost else ""
    )
    highest, others = names.highest(study)
    alone = (
        f"; the highest cost curve is that of {highest}, and the others give {others}"
        if others != curves
        else ""
    )
    start = (
        "Evidence conflicts on whether networks could save"
        if table["chance"].max() >= _UNLIKELY
        else "Networks were unlikely to save"
    )
    numbers = published_numbers()
    plan, reported, last = (
        names.month(str(row(numbers, measure)["period"]))
        for measure in ("target saving", DELIVERED, ON_TRACK)
    )
    return Answer(
        lede=f"{start} {target} a year by {s.target_year}: the chance was {curves} by "
        f"cost curves{every}. {_held(study)}",
        sure="Not sure: no costs of a test before and after an English network were "
        f"found{alone}{disagree}.",
        as_at=f"{last} (progress reported), {reported} (savings reported) and {plan} (the plan)",
        follows=f"Treat {target} as an aim, not as money to count on. Each network's cost "
        "of a test before and after would settle more than any model.",
        changes=f"What {s.target_year} in fact saved; whether the {money(told.further)} predicted "
        f"for {told.year} came on top of the {money(told.delivered, 1)} delivered; savings that "
        "came late: every set builds up in a straight line.",
        ranges=f"Ranges in brackets are {level(s.confidence)} confidence intervals unless named "
        "otherwise.",
    )


def _held(study: Study) -> str:
    """Say the chance once held to the reports, in both readings."""
    start = f"Given the savings reported for {study.reports.year} it was"
    first, second = (
        "" if chances.empty else names.bound(chances)
        for chances in map(study.chances.agreeing, (APART, ADDED))
    )
    if not first and not second:
        return f"No set tried can be held to the savings reported for {study.reports.year}."
    if not first or not second:
        only, other = ("if they add up", "otherwise") if second else ("", "if they add up")
        return f"{start} {first or second} {only}".rstrip() + f"; {other} none agrees."
    return f"{start} {first}" + (f", or {second} if those add up." if first != second else ".")


def chance(study: Study) -> Section:
    """Say how likely the saving was by what is supposed about unit cost."""
    fall, cost = study.published.falls["network"][0], study.settings.cost_gbp_bn
    curve, worth = study.case.steepest_worth_having[1], fall * cost * 1e3
    less = "gives less, for what hubs gain in scale the spokes lose:" if curve < worth else "gives"
    words = (
        f"In 2019 trusts in networks were reported to test {names.whole(fall)} more cheaply. Taken "
        f"at its word for the whole {format_value(cost, 'GBP bn', 1)} that is "
        f"{names.tens(worth)} a year. A cost curve {less} {names.tens(curve)} at best with "
        "everything else at its most likely. The report names no comparison group, and no curve "
        "rests on an English network, so both stand in [Figure](#fig-chance_by_supposition)."
    )
    return Section(
        CHANCE,
        [figures.chances(study), Words(words)],
        {"sets": study.chances.table, "draws": study.case.simulation.outputs},
    )


def delivery(study: Study) -> Section:
    """Say what was reported to have been saved, and what the chance is once held to it."""
    s, told = study.settings, study.reports
    apart, added = sorted((told.delivered, told.further)), told.readings[ADDED][0]
    found = row(published_numbers(), DELIVERED)
    needed = s.target_gbp_m * min(told.index / s.target_index, 1.0)
    reports = (
        f"In {names.month(str(found['period']))} {money(told.delivered, 1)} was reported as "
        f"delivered so far and a further {money(told.further)} as predicted for {told.year}. The "
        "report doesn't say whether the two add up, nor whether they recur. They are read in two "
        f"ways ([Figure](#fig-saving_by_year)): as one yearly saving told twice, "
        f"{names.ends(*map(money, apart))}, or as "
        f"{money(added)}. A straight build-up to {money(s.target_gbp_m)} in {s.target_year} would "
        f"have stood at {money(needed)}."
    )
    return Section(
        REPORTED,
        [Words(reports), figures.years(study), Words(_set_by_set(study)), Words(_progress(study))],
        {"by_year": study.case.by_year, "other_errors": study.chances.elsewhere},
    )


def _progress(study: Study) -> str:
    """Say what was published on progress, for and against, and on what was saved."""
    table = published_numbers()
    headed, apart = row(table, ON_TRACK), row(table, registers.APART)
    title, named = str(headed["source_title"]).split(" (")[0], names.month(str(headed["period"]))
    on_track, engaged, model = (
        f"{reading(table, measure):.0f}%"
        for measure in (ON_TRACK, registers.ENGAGED, registers.MODEL)
    )
    networks, trusts, before = (
        f"{reading(table, measure, period=period):.0f}"
        for measure, period in (
            (registers.AGREED, "2019-09"),
            (registers.SIGNED, "2019-09"),
            (registers.SIGNED, "2018-09"),
        )
    )
    whole = [reading(table, what) for what in ("proposed networks", "trusts in scheme")]
    banked = (
        f"An undated commentary ({apart['publisher']}) says that the savings of 2020/21 were never "
        "fully banked; it gives no figure."
        if "never fully banked" in str(apart["note"])
        else ""
    )
    return (
        f"The programme's own figures of {named}, which {headed['publisher']} headed “{title}”, "
        f"say that {on_track} of organisations were on track for 2020/21, {engaged} engaged and "
        f"{model} had agreed a local model; who counted as an organisation isn't said. HSJ found "
        f"an agreed model in {networks} of {whole[0]:.0f} networks in September 2019, and "
        f"agreement by {trusts} of {whole[1]:.0f} trusts, after {before} a year before. What "
        f"{study.settings.target_year} saved is not among the figures found. {banked}"
    ).rstrip()


def _set_by_set(study: Study) -> str:
    found, said = study.chances, ""
    for key, how in ((APART, "as one saving"), (ADDED, "as adding up")):
        agree = found.agreeing(key)
        tail = f", and the chance is {names.chances(agree)}" if len(agree) else ""
        said += f"Read {how}, the reports fit {len(agree)} of {len(found.table)} sets{tail}. "
    other = listed(
        f"{names.ends(names.chance(low), names.chance(high))} with an error of £{error:g}m"
        for error, low, high in found.elsewhere.itertuples(index=False)
    )
    wider = f" Over both readings the chance is {other}." if len(found.elsewhere) else ""
    return (
        f"{said}A set doesn't fit if under 5% of its runs would bring a report so far out: set or "
        "report is wrong then, and no chance is given, as where too few draws come near. Each "
        "reported saving is given a standard "
        f"error of £{study.reports.error:g}m, an assumption.{wider}"
    )


def evaluation(study: Study) -> Section:
    """Say what the independent evaluation published, and what becomes of it re-examined."""
    found, welch = study.evaluation, study.evaluation.welch
    big, small = found.groups.to_dict("records")
    ratio = big["budget_2010"] / big["n"] / (small["budget_2010"] / small["n"])
    single, other = f"{small['n']:.0f} single", found.scenarios["relative"]
    published = (
        f"A study of 2018 compared {big['n']:.0f} consolidated laboratories with {single} ones "
        "from 2010 to 2015. As published, a consolidated laboratory saved "
        f"{money(big['mean'], 2)} and a single one {money(small['mean'], 2)}: "
        f"{found.estimate('gap')} more (p {welch['published_p']:g}; recomputed from its table "
        f"{welch['p']:.4f}). But its budget was {ratio:.1f} times as large. As a share of budget "
        f"it is {found.estimate('relative')}, worth {found.estimate('worth')} a year "
        f"to the {single} laboratories; that is no measure of what England could save."
    )
    inflation = " against ".join(f"{group['inflation'] - 1:.1%}" for group in (big, small))
    after = (
        f"The study credits all laboratories with {names.whole(big['activity'])} more "
        f"activity, and consolidated ones with less inflation ({inflation}). By other choices the "
        f"difference is {format_value(other.min(), 'share')} to "
        f"{format_value(other.max(), 'share')} of budget. Laboratories chose to consolidate: what "
        "consolidation caused isn't known."
    )
    return Section(
        EVALUATED,
        [Words(published), Words(after)],
        {"scenarios": found.scenarios, "groups": found.groups},
    )


def targets(study: Study) -> Section:
    """Say what was asked of which hub, and of none."""
    found = study.targets
    missing = found.table.loc[found.table["target_gbp_m"].isna(), "network"]
    unsure = found.known[found.known["unvalidated"]]
    known = found.known.dropna(subset=["local_low_gbp_m"])
    columns = ("network", "target_gbp_m", "local_low_gbp_m", "local_high_gbp_m")
    local = [
        f"{name} {names.ends(money(low, 1), money(high, 1))} (asked {money(asked, 1)})"
        for name, asked, low, high in zip(*(known[c] for c in columns), strict=True)
    ]
    rest = money(max(found.national - found.allocated.value, 0.0))
    most, hubs = found.known.iloc[0], count(len(found.known), "named hub")
    words = [
        f"In September 2017 savings of {found.allocated} a year by 2020/21 were asked of {hubs}, "
        f"most of {most['network']} ({money(most['target_gbp_m'], 1)}). {rest} of the "
        f"{money(found.national)} asked for has no published allocation, and none is made here."
    ]
    if len(missing):
        words.append(f"For {listed(missing)} no figure was published.")
    if len(unsure):
        words.append(f"The board of {listed(unsure['network'])} said its figure was unvalidated.")
    if local:
        words.append(f"Later or local figures differ: {listed(local)}.")
    return Section(ASKED, [Words(" ".join(words))], {"targets": found.table})


def hubs(study: Study) -> Section:
    """Say which trusts the map lacks, then where hubs would go."""
    where, s = study.geography, study.settings
    lost = where.matched.loc[where.matched["site_code"].isna(), "hub_trust"].drop_duplicates()
    missing = [short_name(name, _FORMS) for name in where.missing["org_name"]]
    have = "has" if len(missing) == 1 else "have"
    first = (
        f"{count(len(missing), 'trust')}, acute or of no recorded type, open in September 2017 or "
        f"later, {have} no hospital site in the data, and so no place on this map, served or as a "
        f"hub: {listed(missing)}."
        if missing
        else "Every acute trust open in September 2017 or later has a hospital site in the data."
    )
    if len(lost):
        hub = "was a published hub" if len(lost) == 1 else "were published hubs"
        first += f" {listed(lost)} {hub}."
    after = (
        f"With the {names.best(s.networks)} ([Figure](#fig-hub_map)) the {len(where.sites)} sites "
        "of acute trusts, "
        f"community hospitals among them, are {where.mean_km(where.best):.0f} km from their hub on "
        f"average and {where.best.cost.max():.0f} km at most. Trusts' income stands in for tests, "
        "which aren't published by site."
    )
    if not where.best.proven:
        after += f" The choice is within {where.best.gap:.1%} of the best possible."
    if where.published is not None:
        best_trusts, published = set(where.hubs["org_code"]), len(where.matched)
        shared = len(best_trusts & set(where.matched["org_code"].dropna()))
        after += (
            f" Of {published} hub trusts published in 2017, {published - len(lost)} have a site "
            f"here and {shared} of these also hold a best hub; keeping them all makes the mean "
            f"{where.mean_km(where.published):.0f} km."
        )
    limit = f"{s.travel_limit_km:g} km"
    after += (
        f" No number of hubs would bring every site within {limit}."
        if where.fewest is None
        else f" To bring every site within {limit} takes at least {count(where.fewest, 'hub')}."
    )
    return Section(
        PLACED,
        [Words(first), figures.hub_map(study), Words(after)],
        {"sites": where.sites, "hubs": where.hubs, "published": where.matched},
    )


def followed(study: Study) -> Section:
    """Say what is known of the trust or network followed; nothing where none is."""
    told = Words("What the registers hold on it stands in [Table](#tab-followed).")
    parts = [told, tables.followed(study)] if len(study.followed) else []
    return Section("The trust or network followed", parts)
