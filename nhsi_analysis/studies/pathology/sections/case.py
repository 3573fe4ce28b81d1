"""The case, section by section: words, pictures, tables and findings."""

from __future__ import annotations

from nhsi_analysis.studies.pathology.numbers import registers
from nhsi_analysis.studies.pathology.numbers.labels import slope
from nhsi_analysis.studies.pathology.numbers.study import Study
from nhsi_analysis.studies.pathology.sections import figures, tables
from notebook_reports.evidence import (
    Answer,
    Finding,
    Section,
    Words,
    findings,
    format_value,
)
from notebook_reports.evidence.words import count


def answer(study: Study) -> Section:
    """Say how likely the saving is, with the cards and the numbers kept without one."""
    case = study.case
    return Section(
        "The answer",
        [
            Answer(_answer(study)),
            Finding("chance_of_target", case.probability),
            Finding("allocated_share", study.targets.share),
            Finding("independent_evidence", study.evaluation.supported),
            *findings(
                {
                    "saving_once_complete": case.complete,
                    "chance_once_complete": case.probability_ever,
                    "saving_in_target_year": case.in_target_year,
                    "net_present_value": case.npv,
                    "published_gap": study.evaluation.gap,
                    "relative_gap": study.evaluation.relative_gap,
                    "mean_distance": study.geography.travel,
                },
                cards=False,
            ),
        ],
    )


def baseline(study: Study) -> Section:
    """Say how large the service is by what is published, and where that disagrees."""
    return Section(
        "The baseline and its conflicts",
        [Words(study.baseline.sentence), tables.baseline(study)],
        {"baseline": study.baseline.table},
    )


def targets(study: Study) -> Section:
    """Say what was asked of which hub, and of none."""
    return Section(
        "What was asked of whom",
        [figures.targets(study), Words(study.targets.sentence), tables.targets(study)],
        {"targets": study.targets.table},
    )


def plans(study: Study) -> Section:
    """Say how local plans stand beside national targets."""
    return Section(
        "Local plans against national targets",
        [Words(study.targets.plans_sentence), tables.plans(study)],
        {"plans": study.targets.plans},
    )


def followed(study: Study) -> Section:
    """Say what is known of the trust or network followed."""
    none = Words("No trust or network is followed in this run.")
    return Section(
        "The trust or network followed", [tables.followed(study) if len(study.followed) else none]
    )


def cost_curve(study: Study) -> Section:
    """Say what the cost curve must be, and what is published of it."""
    return Section(
        "What the cost curve must be",
        [figures.curve(study), Words(study.case.break_even_sentence), tables.evidence(study)],
        {"curve": study.case.curve},
    )


def simulation(study: Study) -> Section:
    """Say which distributions were declared, and the saving that they give by year."""
    return Section(
        "The simulation and what drives it",
        [
            tables.assumptions(study),
            figures.years(study),
            Words(study.case.sentence),
            tables.years(study),
        ],
        {"by_year": study.case.by_year, "draws": study.case.simulation.outputs},
    )


def drivers(study: Study) -> Section:
    """Say what moves the saving."""
    return Section(
        "What moves the saving",
        [figures.tornado(study), tables.drivers(study)],
        {"sobol": study.case.sobol},
    )


def worth_collecting(study: Study) -> Section:
    """Say which number is worth collecting."""
    return Section(
        "Which figure is worth collecting",
        [tables.options(study), figures.worth(study), Words(study.case.worth_knowing)],
    )


def delivery(study: Study) -> Section:
    """Say what was delivered against a straight path."""
    found = study.delivery
    return Section(
        "Delivery so far",
        [
            figures.delivery(study),
            Words(found.sentence),
            tables.readings(study),
            Words(found.agreements_sentence),
        ],
    )


def evaluation(study: Study) -> Section:
    """Say what the independent evaluation gives when recomputed."""
    found = study.evaluation
    return Section(
        "The independent evaluation, re-examined",
        [
            Words(found.sentence),
            figures.evaluation(study),
            figures.activity(study),
            tables.scenarios(study),
            Words(found.reading),
        ],
        {"scenarios": found.scenarios},
    )


def hubs(study: Study) -> Section:
    """Say where hubs would go."""
    where = study.geography
    return Section(
        "Where hubs would go",
        [
            figures.hub_map(study),
            Words(where.sentence),
            Words(where.limit_sentence),
            Words(_travel_cost(study)),
            tables.hubs(study),
            tables.matches(study),
            Words(where.coverage),
        ],
        {"sites": where.sites},
    )


def verdict(study: Study) -> Section:
    """Say what the answer rests on."""
    return Section("Verdict", [Words(_verdict(study))])


def caveat(study: Study) -> Section:
    """Say what the published plateau would mean, taken literally."""
    return Section("Method and caveats", [Words(_plateau(study))])


def _answer(study: Study) -> str:
    """Say the finding in three sentences."""
    s, case = study.settings, study.case
    target = format_value(s.target_gbp_m, "GBP m")
    chance, ever = (_chance(p.value) for p in (case.probability, case.probability_ever))
    saves = "saves" if s.networks == 1 else "save"
    verdict = _in_words(case.probability.value)
    return (
        f"That {count(s.networks, 'network')} {saves} {target} a year by {s.target_year} is "
        f"{verdict}: {chance} under the assumptions below, and {ever} once every network is "
        f"in place. It hangs on {case.drivers}. Of the target {study.targets.share.text} was "
        "ever given to a named hub, and the independent evaluation supports about "
        f"{study.evaluation.supported} a year."
    )


def _travel_cost(study: Study) -> str:
    """Say what other choices of hubs would cost in transport."""
    where = study.geography
    carried = float(study.case.simulation.outputs["transport_cost"].mean())
    ways = {
        "with every hospital within the limit": where.limited,
        "with the published hubs kept": where.published,
    }
    base = where.mean_km(where.best)
    parts = [
        f"{way} {format_value(carried * (where.mean_km(other) / base - 1), 'GBP m', 1)}"
        for way, other in ways.items()
        if other is not None and base > 0
    ]
    if not parts:
        return "No other choice of hubs could be priced."
    return (
        f"Transport costs {format_value(carried, 'GBP m')} a year on average in the "
        f"simulation. If it follows distance, other hubs would add to that: {'; '.join(parts)}."
    )


def _verdict(study: Study) -> str:
    """Say the answer, with what it rests on."""
    s, case = study.settings, study.case
    target = format_value(s.target_gbp_m, "GBP m")
    steeper = (
        f"no elasticity as steep as −5 gives {target}"
        if case.break_even is None
        else f"{target} needs an elasticity of {slope(case.break_even)}, against a most "
        f"likely {slope(s.elasticity)}"
    )
    supported = study.evaluation.supported
    reaches = (
        "does not reach"
        if supported.high is not None and supported.high < s.target_gbp_m
        else "reaches, at its upper end,"
    )
    limit = (
        "Geography is not the obstacle"
        if study.geography.limited is not None
        else "Geography is an obstacle, too"
    )
    return (
        f"A saving of {case.complete} a year once complete is what these assumptions give: "
        f"{steeper}. The independent evaluation's range {reaches} {target}. {limit}: the best "
        f"{count(s.networks, 'hub')} would be {study.geography.travel.text} from the hospitals "
        "on average. "
        f"{case.worth_knowing}"
    )


def _plateau(study: Study) -> str:
    """Say what the published plateau would mean, taken literally."""
    table = registers.published_numbers()
    uk = "UK (Keele benchmarking, n=46)"
    measure = "workload at which unit cost stops falling, "
    biochemistry, haematology = (
        registers.reading(table, measure + what, uk)
        for what in ("clinical biochemistry", "haematology")
    )
    average = study.settings.tests_bn * 1000 / study.settings.services
    return (
        f"The published plateau is informal and by discipline: flat above {biochemistry:g}m "
        f"biochemistry or {haematology:g}m haematology tests a year. An average laboratory "
        f"here does {average:.1f}m tests of all kinds, so taken literally little is left to "
        "save by scale."
    )


def _chance(value: float) -> str:
    """Write a simulated chance: no number of draws shows that something is impossible."""
    return format_value(min(max(value, 1e-9), 1 - 1e-9), "probability")


def _in_words(chance: float) -> str:
    """Say a probability on the scale of the Professional Head of Intelligence Assessment."""
    scale = [
        (0.05, "a remote chance"),
        (0.22, "highly unlikely"),
        (0.37, "unlikely"),
        (0.52, "a realistic possibility"),
        (0.77, "likely"),
        (0.92, "highly likely"),
    ]
    return next((words for end, words in scale if chance <= end), "almost certain")
