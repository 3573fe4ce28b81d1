"""What would be fairer, and a verdict on each of the three criticisms of the league."""

from __future__ import annotations

import numpy as np
import pandas as pd

from nhsi_analysis.studies.league.numbers.fairer import league_funnel
from nhsi_analysis.studies.league.numbers.published import league_register
from nhsi_analysis.studies.league.numbers.study import Study
from nhsi_analysis.studies.league.numbers.table import League
from nhsi_analysis.studies.league.sections.comparisons import not_compared
from notebook_reports.charts.funnel import funnel_chart
from notebook_reports.evidence import (
    Estimate,
    Figure,
    Finding,
    Section,
    Table,
    Words,
    format_value,
)
from policy_methods.funnel import FunnelResult

_CONTRADICTION = "contradiction with CQC"
_CUT = "arbitrary cut"
_DATA = "NHS Confederation"


def fairer(study: Study) -> Section:
    """Say what would be fairer: a funnel, and the bands that the data support."""
    title, league = "What would be fairer", study.table
    result = league_funnel(league)
    if result is None:
        said = "Nearly all scores are known exactly, so there is no funnel to draw."
        return Section(title, [Words(said)])
    points, counts = result.points, study.certainty.doubt.counts
    plain = int(points["unadjusted_outside_99.8"].sum())
    beyond = points["outside_99.8"].to_numpy(bool)
    side = np.sign(points["value"] - points["target"]) * league.sign
    high, low = int((beyond & (side > 0)).sum()), int((beyond & (side < 0)).sum())
    bands = pd.DataFrame(
        {
            "Band": ["clearly above the line", "can't be told", "clearly below the line"],
            league.noun.capitalize(): [counts["above"], counts["doubtful"], counts["below"]],
            "Beyond the 99.8% limits of the funnel": [high, len(points) - high - low, low],
        }
    )
    said = (
        "A funnel asks another question: who differs from the average by more than chance? With "
        f"limits for sampling error alone {plain} of {len(points)} {league.noun} lie outside the "
        f"99.8% limits{_why(result, plain)} {high + low} stand out: {high} better and {low} worse. "
        f"Three bands say what the ranking knows: {counts['above']} clearly above the line, "
        f"{counts['below']} clearly below it, and {counts['doubtful']} that can't be told."
    )
    widened = "n over-dispersed" if result.overdispersed else ""
    outside = Estimate(
        high + low,
        n=len(points),
        label=f"{league.noun} outside the 99.8% limits of a{widened} funnel",
    )
    return Section(
        title,
        [
            _funnel(league, result, high, low),
            Table(
                bands,
                key="bands",
                caption="Bands that the data support, beside the funnel",
                source=league.source,
            ),
            Words(said),
            Finding("funnel_outside", outside, card=False),
        ],
        {"funnel": points},
    )


def _why(result: FunnelResult, plain: int) -> str:
    """Say what the spread of the units allows to be said of those outside; ends in mid-sentence."""
    phi = f"over-dispersion factor {result.phi:.1f}"
    if not result.overdispersed:
        return (
            f". Together they differ no more than chance explains ({phi}, not above "
            f"{result.phi_critical:.1f}), so the limits stay as they are and"
        )
    reasons = (
        ", because they truly differ for many reasons at once"
        if plain
        else ", though together they differ by more than chance explains"
    )
    return f"{reasons}. Allowing for that spread ({phi}),"


def _funnel(league: League, result: FunnelResult, high: int, low: int) -> Figure:
    points, noun = result.points, league.noun
    return Figure(
        funnel_chart(
            result,
            unit=league.unit,
            x_label="Answers behind the score"
            if result.kind == "proportion"
            else "Standard error of the score",
            follow=[code for code in (league.follow,) if code in set(points["unit"])],
            names={str(code): league.label(str(code)) for code in league.units.index},
            label_at_most=4,
        ),
        key="funnel",
        title=(
            f"{high + low} of {len(points)} {noun} stand out from the "
            + (f"spread of {noun}" if result.overdispersed else "average")
        ),
        subtitle=f"Funnel plot with 95% and 99.8% limits; {league.subtitle}",
        source=league.source,
        alt=(
            f"A funnel of limits around the average: {high} {noun} lie beyond the outer limit on "
            f"the better side, {low} on the worse one, the rest between."
        ),
        data=points,
        note=(
            "Limits are widened by an additive random effect estimated from winsorised z-scores."
            if result.overdispersed
            else "Limits are for sampling error alone: no spread beyond it was found."
        ),
    )


def verdict(study: Study) -> Section:
    """Say how far each of the three criticisms of the league holds."""
    facts = league_register()
    made = facts[facts["kind"] == "criticism"].set_index("value")
    rows = [
        ("The cut between categories implies a difference that isn't there", _CUT, _on_cut(study)),
        ("The way the data were compiled decides the result", _DATA, _on_method(study)),
        ("The league contradicts the CQC", _CONTRADICTION, _on_inspectors(study)),
    ]
    table = pd.DataFrame(
        [(what, _who(made, value), *told) for what, value, told in rows],
        columns=["Criticism", "Made by", "What the numbers say", "Verdict"],
    )
    said = "\n\n".join(
        f"{number}. **{what}** ({who}). {judged}. {numbers}"
        for number, what, who, numbers, judged in table.set_axis(range(1, 4)).itertuples()
    )
    shown = Table(
        table[["Criticism", "Made by", "Verdict"]],
        key="verdict",
        caption="Three criticisms and a verdict on each",
        source=["league_figures", *study.table.source],
    )
    return Section(
        "Three criticisms, and a verdict on each", [Words(said), shown], {"verdict": table}
    )


def _who(made: pd.DataFrame, value: str) -> str:
    """Name who made a criticism."""
    row = made.loc[value]
    trust = str(row["trust"]) if isinstance(row["trust"], str) and row["trust"] else value
    return trust.replace("NHS FT", "NHS Foundation Trust")


def _on_cut(study: Study) -> tuple[str, str]:
    league, doubtful = study.table, study.certainty.doubt.counts["doubtful"]
    worse = 1 - study.certainty.expected.probability_better(league.cut, league.cut - 1)
    said = (
        f"{doubtful} of {league.count} {league.noun} can't be told from {league.line}; the chance "
        f"that rank {league.cut + 1} is truly below rank {league.cut} is "
        f"{format_value(worse, 'probability')}."
    )
    share = doubtful / league.count
    return said, "Upheld" if share > 0.5 else "Upheld in part" if share > 0.1 else "Not upheld"


def _on_method(study: Study) -> tuple[str, str]:
    choices, peers = study.choices, study.peers
    said = []
    if choices is not None:
        moved = choices.changed_category
        said.append(f"Other reasonable choices move {moved} of trusts to another category.")
    if peers is not None:
        crossed = peers.crossed_line.text
        said.append(f"Comparing each with its own type moves {crossed} across the line.")
    if not said:
        return "This table gives nothing to vary: one indicator, no types.", "Can't be told"
    often = choices is not None and choices.changed_category.value > 0.25
    return " ".join(said), "Upheld" if often and peers is not None else "Upheld in part"


def _on_inspectors(study: Study) -> tuple[str, str]:
    found = study.agreement
    rho = found.correlation
    if rho is None:
        return not_compared(study.table, found), "Can't be told"
    said = (
        f"Rank correlation with CQC ratings is {rho}; {len(found.best) + len(found.worst)} of "
        f"{len(found.rated)} rated trusts carry contradicting labels at the ends of the scale."
    )
    weak = rho.high is not None and rho.high < 0.5
    none = rho.low is not None and rho.low <= 0
    return (
        said,
        "Upheld" if none else "Upheld in part" if weak or rho.value < 0.7 else "Not upheld",
    )
