"""What several sections say or cite alike."""

from __future__ import annotations

from dataclasses import replace

from nhsi_analysis.studies.agency.numbers.effects import Effect
from nhsi_analysis.studies.agency.numbers.published import REGISTERS
from nhsi_analysis.studies.agency.numbers.scope import Scope
from notebook_reports.evidence import Estimate, words

SOURCE = list(REGISTERS)


def span(scope: Scope) -> str:
    """Say from when to when the path runs."""
    return f"{scope.start:%B %Y} to {scope.end:%B %Y}"


def events(scope: Scope) -> list[tuple[object, str]]:
    """Return the controls as charts mark them."""
    return [(f"{month:%Y-%m-%d}", label) for month, label in scope.controls.items()]


def compact(value: object) -> object:
    """Leave out the name of an estimate's interval, which the table's caption gives."""
    return replace(value, kind="interval") if isinstance(value, Estimate) else value


def effect_sentence(found: Effect | None) -> str:
    """Say what the controls are estimated to have done, against both counterfactuals."""
    if found is None:
        return (
            "No control in the register falls inside the months published on, so their effect "
            "can't be estimated from this series."
        )
    saving, by = found.saving, f"{found.until:%B %Y}"
    level = f"{found.frozen_by(found.until)} had it stayed at its level before"
    if saving.low is not None and saving.low > 0:
        return (
            f"By {by} spending since the controls was **{saving}** lower than had its earlier "
            f"trend gone on, {level}."
        )
    told = "can't be told from none" if (saving.high or 0) >= 0 else "was negative"
    return (
        f"The saving since the controls by {by}, had the earlier trend gone on, {told}: "
        f"**{saving}**; {level}."
    )


def trust_sentence(found: Effect) -> str:
    """Say in computed words how far the estimate can be trusted."""
    if found.placebo is None:
        tested = "too few months precede the controls for a placebo test"
    else:
        dates = found.placebo.dates
        hits = int(dates["rejected"].sum())
        tested = f"{hits or 'none'} of {len(dates)} placebo dates before the controls show a change"
    grid = found.grid["value"]
    low, high = words.money(float(grid.min())), words.money(float(grid.max()))
    return (
        f"How far to trust that: {found.agreeing} of {len(grid)} ways to estimate it show a saving "
        f"({low} to {high}), and {tested}; but one series without a control can't tell the "
        "controls from anything else that happened then."
    )
