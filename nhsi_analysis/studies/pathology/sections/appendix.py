"""What stands behind the answer: the assumptions, and what drives the saving."""

from __future__ import annotations

from nhsi_analysis.studies.pathology.numbers.study import Study
from nhsi_analysis.studies.pathology.sections import figures, names, tables
from notebook_reports.evidence import Section, Words, format_value
from notebook_reports.evidence.words import listed, money


def sets(study: Study) -> Section:
    """Say what each set of assumptions gives, before and after the reports."""
    return Section("Every set of assumptions", [tables.chances(study)])


def progress(study: Study) -> Section:
    """Say everything that was published on progress, whichever way it speaks."""
    del study
    return Section("Everything published on progress", [tables.progress()])


def otherwise(study: Study) -> Section:
    """Say what the evaluation gives under other assumptions."""
    return Section("The evaluation by other choices", [figures.evaluation(study)])


def asked(study: Study) -> Section:
    """Say what was asked of each hub."""
    return Section("What was asked of each hub", [figures.targets(study)])


def assumptions(study: Study) -> Section:
    """Say what the simulation draws from, and where published sizes disagree."""
    s, case = study.settings, study.case
    tests, services, cost, networks = (
        names.ends(*(f"{end:g}" for end in study.sizes[key]))
        for key in ("tests", "services", "cost", "networks")
    )
    sizes = (
        f"Published sizes differ: {tests} billion tests a year, {services} services, "
        f"£{cost} billion a year (the higher of wider scope), {networks} networks."
    )
    target, (slope, best) = money(s.target_gbp_m), case.steepest_worth_having
    needed = (
        f"no elasticity down to −5 gives {target}"
        if case.break_even is None
        else f"{target} needs an elasticity of {format_value(case.break_even, '', 2)}"
    )
    biochemistry, haematology = study.published.plateau
    curve = (
        f"With every other input at its most likely {needed}; of elasticities down to −2, "
        f"{format_value(slope, '', 2)} gives most, {names.tens(best)}. The published plateau is "
        f"informal: {biochemistry:g}m biochemistry or {haematology:g}m haematology tests a year. "
        f"An average laboratory does {s.tests_bn * 1000 / s.services:.1f}m of all kinds."
    )
    return Section(
        "What the simulation draws from",
        [Words(sizes), tables.assumptions(study), Words(curve)],
        {"draws": case.simulation.inputs},
    )


def drivers(study: Study) -> Section:
    """Say what moves the saving, and which figure is worth collecting."""
    s, case, info = study.settings, study.case, study.case.information
    options = case.options.iloc[1:].itertuples(index=False)
    first = info.by_input.iloc[0]
    label = case.declared.set_index("input")["label"].str.lower()[first["input"]]
    one = (
        f"The figure most worth collecting is the {label}, at {names.tens(first['value'])}."
        if first["value"] > 0
        else "No single figure is worth more than shuffling its draws gives."
    )
    words = (
        f"Net present values over {s.horizon_years} years at {s.discount_rate:.1%} average "
        f"{listed(f'{names.tens(value)} for {option}' for option, value in options)}, against "
        f"nothing without networks. The best on average is {info.best}"
    ) + (
        f"; knowing every input before choosing would add {names.tens(info.perfect)}. {one}"
        if info.perfect >= 0.5
        else ", whatever the inputs turn out to be."
    )
    return Section(
        "What moves the saving",
        [Words(words), tables.drivers(study)],
        {"sobol": case.sobol, "options": case.options},
    )
