"""Today's league: beside other measures and ranges, a verdict, and the appendix."""

from __future__ import annotations

from typing import Final

import pandas as pd

from nhsi_analysis.answers.oversight import CONCENTRATION, TABLE
from nhsi_analysis.answers.simulations import stored
from nhsi_analysis.answers.verdicts import Verdict
from nhsi_analysis.studies.league.numbers.changes import framework
from nhsi_analysis.studies.league.numbers.today import Today
from nhsi_analysis.studies.league.sections.today import answer as say
from notebook_reports.charts.intervals import dot_interval
from notebook_reports.evidence import Figure, Section, Table, Words, words

MEASURES: Final = "Against other measures"
RANGES: Final = "The published ranges"
_SOURCES: Final = [TABLE, "ae_monthly", "rtt_monthly", "staff_survey_promise"]
_SIMULATED: Final = {
    "error": "Weights off by (points)",
    "interval": "Intervals that held the average",
    "rebuilt": "Trusts that three ratios rebuild",
    "range": "Places that ranges held",
}


def measures(today: Today) -> Section:
    """Say how the score agrees with other measures, and which of them it scores itself."""
    found = today.measures
    if found.empty:
        return Section(MEASURES, [Words(_inspectors(today))])
    low, high = found["rho"].min(), found["rho"].max()
    said = (
        "The score agrees with other figures on the same trusts: rank correlations from "
        f"{low:.2f} to {high:.2f} ([Figure](#fig-measures)). Partly that is by construction: "
        f"{words.count(int(found['metric'].sum()), 'of them is', 'of them are')} among the "
        "framework's own metrics, as the figure says, and the others are of a staff survey, as "
        f"some of its metrics are. Agreement doesn't show that a place is right. "
        f"{_inspectors(today)}"
    )
    figure = Figure(
        dot_interval(
            found,
            group="measure",
            value="rho",
            unit="",
            decimals=2,
            x_label="Rank correlation with the average score, good with good",
            reference=(0.0, "none"),
        ),
        key="measures",
        title=f"The score agrees with others at {low:.1f} to {high:.1f}, partly by construction",
        subtitle=f"Rank correlations, {say.subtitle(today)}",
        source=_SOURCES,
        alt="; ".join(f"{m}: {r:.2f}" for m, r in found[["measure", "rho"]].to_numpy()) + ".",
        data=found,
        note="Intervals take the trusts as if drawn from many. The league's table doesn't say of "
        "which survey its score for raising concerns is.",
    )
    return Section(MEASURES, [figure, Words(said)], {"measures": found})


def _inspectors(today: Today) -> str:
    found = today.inspected
    if found.snapshot is None:
        return "No list of inspectors' ratings had been taken by the date asked for."
    day = words.day(found.snapshot)
    if found.correlation is not None:
        return (
            f"With the overall ratings of {day} the rank correlation is {found.correlation:.2f} "
            f"({words.count(found.rated, 'trust')})."
        )
    return (
        f"The newest ratings of whole trusts held here are of {day}, {found.apart} years before "
        "the quarter: too old to be held against it."
    )


def published_ranges(today: Today) -> Section:
    """Say how the published likely ranges of rank compare with ours."""
    found = today.likely
    if found is None:
        return Section(RANGES, [])
    inside = words.portion(found.inside, len(found.table), "published range")
    said = (
        f"For {words.count(len(found.table), 'trust')} the publisher gives likely ranges of score "
        "and rank. Read as 95% ranges, those of the score give standard errors, and so likely "
        f"ranks of our own. The publisher's are {found.published:.0f} places wide on average, ours "
        f"{found.ours:.0f} by the two-level model and {found.worst:.0f} in the worst case, within "
        f"which lie {inside}. Ours are by score alone, among the trusts held here."
    )
    return Section(RANGES, [Words(said)], {"ranges": found.table})


def verdict(today: Today) -> Section:
    """Say how far each criticism of 2016 holds of today's league."""
    rows = [
        ("The cut implies a difference that isn't there", *_on_cut(today)),
        ("How the data are put together decides the result", *_on_data(today)),
        ("It contradicts the inspectors", *_on_inspectors(today)),
    ]
    table = pd.DataFrame(
        [(what, words.capital(judged), why) for what, judged, why in rows],
        columns=["Criticism of 2016", "Verdict", "Because"],
    )
    said = (
        "Each is held against today's league ([Table](#tab-verdict)); the report on the league of "
        "2016 tries them on a stand-in for that one."
    )
    shown = Table(
        table,
        key="verdict",
        caption=f"Criticisms of March 2016, held against the league of {say.quarter(today)}",
        source=[TABLE, "nof_q2_2025_26_change_facts"],
        note="Bounds set for this report. The first holds where most changes of segment are below "
        "the publisher's own threshold, partly where a tenth are. The second holds where more than "
        "a quarter would be elsewhere, partly where a twentieth would. The third holds where score "
        "and rating are unrelated, partly where their correlation is below 0.5.",
    )
    return Section("Three criticisms, and a verdict on each", [Words(said), shown])


def _on_cut(today: Today) -> tuple[Verdict, str]:
    facts = framework()
    apart = words.listed([f"{high - low:.2f}" for low, high in today.league.cuts])
    why = (
        f"In quarter 2 of 2025/26, among trusts of all kinds, {facts.below} of {facts.changed} "
        "changes of segment did not meet NHS England's own threshold of significance; "
        f"{facts.hidden} changes of score met it without one. In {say.quarter(today)} the nearest "
        f"scores on both sides of the cuts, of trusts that no deficit moves, were {apart} apart."
    )
    share = facts.below / facts.changed
    return (Verdict.HOLDS if share > 0.5 else Verdict.PARTLY if share > 0.1 else Verdict.FAILS), why


def _on_data(today: Today) -> tuple[Verdict, str]:
    moved, held = float(today.league.moved.mean()), int(today.table["held"].sum())
    why = (
        f"A rule on deficits, not the score, puts {words.portion(held, today.count, 'trust')} in "
        f"segment 3; other weights, domains and means move {moved:.0f} into another segment on "
        "average."
    )
    judged, alone = (_by_share(k / today.count) for k in (max(moved, held), moved))
    return judged, why + f" By these choices alone it {alone}." * (alone != judged)


def _by_share(share: float) -> Verdict:
    return Verdict.HOLDS if share > 0.25 else Verdict.PARTLY if share > 0.05 else Verdict.FAILS


def _on_inspectors(today: Today) -> tuple[Verdict, str]:
    rho, why = today.inspected.correlation, _inspectors(today)
    if rho is None:
        return Verdict.UNTOLD, why
    return (Verdict.HOLDS if rho <= 0.1 else Verdict.PARTLY if rho < 0.5 else Verdict.FAILS), why


def method(today: Today) -> Section:
    """Say by which methods today's league is tried."""
    said = (
        "- **Implied weights** are least squares of average scores on domains' scores, none below "
        "nought, scaled to add up to one. Kinds of trust are compared by a permutation test.\n"
        "- **Ratios of metrics** are whole numbers, found one set after another: each is that "
        "which rebuilds, to the rounding, most of the trusts left.\n"
        "- **Other choices** draw weights around those implied (a Dirichlet distribution of total "
        f"{CONCENTRATION:g}), leave out no domain or one with equal chances, and take either mean "
        "of domains' scores, with one set of weights for all trusts. How widely they are drawn is "
        "an assumption.\n"
        "- **Cuts** lie between the worst score known above one and the best below it of a trust "
        "that no deficit can have moved. **A deficit** is plan and variance together below nought."
        "\n- **Rank correlations** have intervals by Fisher's transformation (Bonett and Wright, "
        "2000)."
    )
    return Section("How it was worked out", [Words(said)])


def data(today: Today) -> Section:
    """Say what stands trial."""
    said = (
        f"The acute league of the NHS Oversight Framework, {say.quarter(today)}: "
        f"{say.out_of(today)}. Ranks are published among all of them; places here are among those "
        "held. Metrics are scored from 1, the best, to 4 and averaged; ranks are by segment, then "
        "score. The leagues of other kinds of trust are too incomplete here to be tried."
    )
    return Section("What stands trial", [Words(said)])


def coverage(today: Today) -> Section:
    """Say how near implied weights and ranges came to the truth in simulations."""
    found = stored("oversight").table
    rows = {
        world: {
            _SIMULATED[what]: f"{100 * value:.1f}{'' if what == 'error' else '%'}"
            for what, value in zip(part["what"], part["value"], strict=True)
        }
        for world, part in found.groupby("world", sort=False)
    }
    ends = found.groupby("what")["value"].agg(["min", "max"]).to_dict("index")
    sure, places = ends["interval"], ends["range"]
    said = (
        f"Leagues were made up {found['simulations'].iloc[0]} times in each world: domains' scores "
        "like the framework's, averages by numbers of metrics that are known, both rounded to two "
        f"decimals. Intervals of 95% held the average weight {sure['min']:.0%} of the "
        "time or more. Were choices as drawn, ranges of 90% held from "
        f"{places['min']:.0%} to {places['max']:.0%} of the places that trusts "
        "would have by their own numbers of metrics."
    )
    table = Table(
        pd.DataFrame(rows).T.rename_axis("Numbers of metrics"),
        key="coverage",
        caption="How often simulated answers were right",
        source="Simulations kept with the project",
    )
    return Section("How often the ranges are right", [Words(said), table], {"coverage": found})
