"""What few readers need: what stands in, other settings, which choice matters, the funnel."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from nhsi_analysis.answers.simulations import stored
from nhsi_analysis.answers.trusts import short_trust
from nhsi_analysis.studies.league.numbers.fairer import league_funnel
from nhsi_analysis.studies.league.numbers.published import line_up, published_counts
from nhsi_analysis.studies.league.numbers.study import Study
from nhsi_analysis.studies.league.numbers.survey import least_correlation
from nhsi_analysis.studies.league.numbers.table import League, place
from nhsi_analysis.studies.league.sections.answer import held
from notebook_reports.charts.funnel import funnel_chart
from notebook_reports.evidence import (
    Estimate,
    Figure,
    Finding,
    Section,
    Table,
    Words,
    format_value,
    words,
)
from policy_methods.funnel import FunnelResult


def method(study: Study) -> Section:
    """Say by which methods a league is tried."""
    said = (
        "- **Likely ranks** come from a two-level normal model: true scores are spread normally "
        "around a mean, and each score errs by its standard error. Mean and spread are integrated "
        "over with flat priors. Ranges are right on average over units.\n"
        "- **Worst-case sets** invert tests of all pairwise differences, with step-down (Mogstad, "
        "Romano, Shaikh and Wilhelm, 2023), and hold whatever the true scores are.\n"
        "- **Standard errors** of shares are binomial, from the number of answers, with what "
        "rounding to whole per cents adds.\n"
        "- **Categories** keep their cuts where the number of units is within 5% of the quotas' "
        "sum, and are scaled otherwise. Tied units are put in order of code."
    )
    return Section("How it was worked out", [Words(said)])


def stand_in(study: Study) -> Section:
    """Say what stands trial, and how like the league of 2016 it is."""
    title, league = "What stands trial", study.table
    if not league.stand_in:
        said = f"{words.count(league.count, 'organisation')} by {league.measure}. "
        return Section(title, [Words(said + " ".join(league.notes))])
    counts, found = published_counts(), line_up(league)
    tables = []
    if len(found.mapping):
        tables.append(
            Table(
                found.mapping,
                key="components",
                caption="What the launch named, and what stands in for it",
                source=["league_figures", *league.source],
            )
        )
    if len(found.known):
        rank = [f"{r:.0f}" if r == r else "not reported" for r in found.known["rank"]]
        shown = pd.DataFrame(
            {
                "Trust": found.known["trust"] + " (" + found.known["org_code"] + ")",
                "Rank in 2016": rank,
                "Category in 2016": found.known["category"],
                "Place in the stand-in": [
                    place(int(a), int(b))
                    for a, b in zip(found.known["first"], found.known["last"], strict=True)
                ],
            }
        )
        tables.append(
            Table(
                shown,
                key="known_positions",
                caption="Positions reported in 2016, beside places in the stand-in",
                source=["league_figures", *league.source],
            )
        )
    correlation = ""
    if found.correlation is not None:
        correlation = (
            f"For {words.count(found.ranked, 'trust')} with a reported rank, rank and place "
            f"correlate at {found.correlation:.2f}. That is weak evidence: the reported ranks are "
            "mostly the extremes, and some come from the order of an article. The statements were "
            "therefore not chosen by it: of many choices some fit a few ranks by luck. "
        )
    total = sum(counts.values())
    said = (
        f"On 9 March 2016 Monitor and the NHS Trust Development Authority ranked {total} trusts: "
        f"{', '.join(f'{n} {name}' for name, n in counts.items())}. Scoring rules, weights and "
        "the full list were never found. The league drew on the staff survey of 2015 and on "
        f"incident reports; the stand-in is {league.measure}, {words.count(league.count, 'trust')}"
        f". {correlation}{' '.join(league.notes)}"
    )
    number = Estimate(total, label="trusts ranked by the league of March 2016")
    kept = Finding("published_trusts", number, card=False)
    return Section(title, [Words(said), *tables, kept], {"positions": found.known})


def sensitivity(study: Study) -> Section:
    """Say what other correlations of errors, and other surveys, would answer."""
    title, league, rows = "Other settings", study.table, study.sensitivity
    if rows.empty:
        return Section(title, [])
    said = []
    if "correlation" in set(rows["what"]):
        who, least = "Indicators are of one unit, so errors may go together", ""
        if league.stand_in:
            who = "The same staff answer every statement, so errors go together"
            bound = least_correlation(tuple(league.weights))
            least = f"the changes from 2012 to 2013 fit no less than {bound:.1f}; " if bound else ""
        said = [
            Words(
                f"{who}. How much isn't published: {least}{league.correlation:g} is assumed, and 0 "
                "and 1 are the extremes."
            )
        ]
    names = {"correlation": "Correlation of errors {:g}", "survey": "Survey of {:.0f}"}
    settings = zip(rows["what"], rows["value"], strict=True)
    shown = pd.DataFrame(
        {
            "Setting": [names[what].format(value) for what, value in settings],
            words.capital(league.noun): rows["units"],
            "Can't be placed": rows["doubtful"],
            "Mean range (places)": rows["width"],
        }
    )
    table = Table(
        shown,
        key="settings",
        caption="The answer with other settings",
        source=league.source,
        formats={"Mean range (places)": lambda v: f"{v:.0f}"},
        note="The survey of 2015 here holds acute and specialist trusts only."
        if 2015 in set(rows["value"])
        else "",
    )
    return Section(title, [*said, table], {"settings": rows})


def fairer(study: Study) -> Section:
    """Say who stands out from the spread of the units."""
    title, league = "Who stands out", study.table
    result = league_funnel(league)
    if result is None:
        return Section(title, [])
    points = result.points
    plain = int(points["unadjusted_outside_99.8"].sum())
    beyond = points["outside_99.8"].to_numpy(bool)
    side = np.sign(points["value"] - points["target"]) * league.sign
    high, low = int((beyond & (side > 0)).sum()), int((beyond & (side < 0)).sum())
    verb = "differs" if plain == 1 else "differ"
    said = (
        f"Of {words.count(len(points), league.one)}, {plain} {verb} from the average by "
        "more than error explains (99.8% limits). "
    )
    beyond_limits = f"{high} on the better side and {low} on the worse"
    if result.overdispersed:
        said += (
            "They differ among themselves by more than error too, so wider limits ask who stands "
            f"out from that spread: {beyond_limits}. Such limits test outliers of the spread, not "
            "differences from the average."
        )
    else:
        said += f"Together they differ no more than error explains. Outside: {beyond_limits}."
    outside = Estimate(
        high + low, n=len(points), label=f"{league.noun} outside the 99.8% limits of the funnel"
    )
    return Section(
        title,
        [
            _funnel(league, result, high, low),
            Words(said),
            Finding("funnel_outside", outside, card=False),
        ],
        {"funnel": points},
    )


def _funnel(league: League, result: FunnelResult, high: int, low: int) -> Figure:
    points, noun = result.points, league.noun
    verb = "stands" if high + low == 1 else "stand"
    from_what = f"the spread of {noun}" if result.overdispersed else "the average"
    code = league.settings.trust
    score = partial(format_value, unit=league.unit, decimals=1 if league.unit else 2)
    return Figure(
        funnel_chart(
            result,
            unit=league.unit,
            x_label="Answers behind the score"
            if result.kind == "proportion"
            else "Standard error of the score",
            follow=[code] if code in set(points["unit"]) else [],
            names={str(c): short_trust(league.label(str(c))) for c in league.units.index},
            label_at_most=4,
        ),
        key="funnel",
        title=league.headed(f"{high + low} of {len(points)} {noun} {verb} out from {from_what}"),
        subtitle=f"Funnel plot with 95% and 99.8% limits, {league.subtitle}",
        source=league.source,
        alt=f"A funnel of limits around the average; outside: {high} on the better side, {low} on "
        "the worse.",
        data=points.rename(columns={"unit": "org_code"}),
        note="Limits are widened for the spread between units."
        if result.overdispersed
        else "Limits are for error alone.",
        units=held(
            league,
            points.set_index("unit"),
            lambda name, row: (
                f"{name} scored {score(row['value'])} against {score(row['target'])} on average, "
                f"{_beyond(row)}."
            ),
        ),
    )


def _beyond(row: dict[str, Any]) -> str:
    if row["outside_99.8"]:
        return "outside the 99.8% limits"
    return "between the 95% and 99.8% limits" if row["outside_95"] else "within the 95% limits"


def coverage(study: Study) -> Section:
    """Say how often the ranges and the sets held the true ranks in simulations."""
    found = stored("league").table
    rows, least = [], found.loc[found["what"] == "range", "held"].min()
    for (world, units), part in found.groupby(["world", "units"], sort=False):
        row, by = {"True scores": world, "Units": units}, part.set_index("what")
        for what, name in (("range", "Likely ranks"), ("side", "Side"), ("worst", "Worst case")):
            one = by.loc[what]
            said = [f"{100 * one[column]:.1f}" for column in ("stated", "held", "error")]
            told = not np.isnan(one["held"])
            row[f"{name}: promised"] = f"{said[0]}%" if told else "none placed"
            row[f"{name}: held"] = f"{said[1]}% ± {said[2]}" if told else "none placed"
        rows.append(row)
    usual = "the stand-in of 2016" if study.table.stand_in else "this report's example, not yours"
    text = (
        f"True scores were drawn {found['simulations'].iloc[0]} times in each world, with the "
        f"standard errors of {usual}, and answered anew. Promised is what the model itself "
        "said on average: ranks are whole numbers, so that differs a little from 95%. The worst "
        "case promises 95% whatever the truth, and so holds more under any one. In none "
        f"of the worlds, wrong ones among them, did likely ranks hold less than {100 * least:.1f}%."
    )
    table = Table(
        pd.DataFrame(rows),
        key="coverage",
        caption="How often simulated answers were right",
        source="Simulations kept with the project",
        note="± is one standard error over simulations. Side: of units placed, those placed right.",
    )
    return Section("How often the ranges are right", [Words(text), table], {"coverage": found})
