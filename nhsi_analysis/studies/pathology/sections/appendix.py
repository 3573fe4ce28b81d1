"""What stands behind the answer: published costs, assumptions, what drives the saving."""

from __future__ import annotations

from nhsi_analysis.studies.pathology.numbers.curves import published_plateau
from nhsi_analysis.studies.pathology.numbers.study import Study
from nhsi_analysis.studies.pathology.sections import figures, names, tables
from notebook_reports.evidence import Section, Words
from notebook_reports.evidence.words import listed, money


def cost_curve(study: Study) -> Section:
    """Say what the cost curve would have to be, and what is published of it."""
    s, case = study.settings, study.case
    target, needed = money(s.target_gbp_m), case.break_even
    slope, best = case.steepest_worth_having
    need = (
        f"{target} needs an elasticity of {names.slope(needed)}, by which doubling volume cuts "
        f"unit cost by {names.whole(1 - 2.0**needed)}"
        if needed is not None
        else f"no elasticity gives {target}"
    )
    turn = (
        f"; beyond {names.slope(slope)}, where the saving is {names.tens(best)}, spokes lose more "
        "than hubs gain"
        if -2 < slope < 0
        else ""
    )
    biochemistry, haematology = published_plateau()
    words = (
        f"With every other input at its most likely, {need}{turn}. The published plateau is "
        f"informal and by discipline: flat above {biochemistry:g}m biochemistry or "
        f"{haematology:g}m haematology tests a year. An average laboratory here does "
        f"{s.tests_bn * 1000 / s.services:.1f}m tests of all kinds."
    )
    return Section(
        "What is published about unit cost",
        [Words(words), tables.curves(study)],
        {"curves": study.curves},
    )


def assumptions(study: Study) -> Section:
    """Say what the simulation draws from, and where published sizes disagree."""
    tests, services, cost, networks = (
        names.ends(*(f"{end:g}" for end in study.sizes[key]))
        for key in ("tests", "services", "cost", "networks")
    )
    words = (
        f"Published sizes differ: {tests} billion tests a year, {services} services, "
        f"£{cost} billion a year (the higher of wider scope), {networks} networks."
    )
    return Section(
        "What the simulation draws from",
        [Words(words), tables.assumptions(study)],
        {"draws": study.case.simulation.inputs},
    )


def drivers(study: Study) -> Section:
    """Say what moves the saving, and which figure is worth collecting."""
    return Section(
        "What moves the saving",
        [figures.tornado(study), Words(_worth_knowing(study)), tables.drivers(study)],
        {"sobol": study.case.sobol, "options": study.case.options},
    )


def _worth_knowing(study: Study) -> str:
    s, case, info = study.settings, study.case, study.case.information
    options = case.options.itertuples(index=False)
    best = (
        f"Net present values over {s.horizon_years} years at {s.discount_rate:.1%} average "
        f"{listed(f'{names.tens(value)} for {option}' for option, value in options)}. The best on "
        f"average is {info.best}"
    )
    if info.perfect < 0.5:
        return f"{best}, whatever the inputs turn out to be."
    first = info.by_input.iloc[0]
    label = case.declared.set_index("input")["label"].str.lower()[first["input"]]
    return f"{best}; knowing every input before choosing would add {names.tens(info.perfect)}. " + (
        f"The figure most worth collecting is the {label}, at {names.tens(first['value'])}."
        if first["value"] > 0
        else "No single figure is worth more than shuffling its draws gives."
    )


def reexamined(study: Study) -> Section:
    """Say what becomes of the evaluation's difference reading by reading."""
    found, test = study.evaluation, study.evaluation.welch
    big, small = (found.groups["inflation"] - 1).map("{:.1%}".format)
    words = (
        f"The paper raises consolidated budgets by {big} for inflation and single ones by {small}, "
        f"and adds {names.whole(found.groups['activity'].iloc[0])} for activity. Its test is "
        f"reproduced: Welch t {test['t']:.2f} on {test['df']:.0f} degrees of freedom, "
        f"p {test['p']:.4f}."
    )
    return Section("The evaluation, re-examined", [Words(words), tables.scenarios(study)])


def placed(study: Study) -> Section:
    """Say which hospital site stands for each published hub."""
    return Section(
        "How published hubs were placed",
        [tables.matches(study)],
        {"matched": study.geography.matched},
    )
