"""How sure the ranks are, in words: the answer, sets, the wrong categories, coverage."""

from __future__ import annotations

import numpy as np
import pandas as pd

from nhsi_analysis.studies.league.numbers.certainty import SIMULATIONS, joint_region_width
from nhsi_analysis.studies.league.numbers.certainty import coverage as simulated
from nhsi_analysis.studies.league.numbers.study import Study
from notebook_reports.charts import ranks as pictures
from notebook_reports.evidence import (
    Answer,
    Estimate,
    Figure,
    Section,
    Table,
    Words,
    findings,
    format_value,
    words,
)

_AROUND = 2


def answer(study: Study) -> Section:
    """Say how many can't be told from the line, and how wide the sets are."""
    league, sure = study.table, study.certainty
    counts, followed, noun = sure.doubt.counts, sure.followed, league.noun
    above, below = league.neighbours
    width = float(sure.sets.width.mean())
    said = (
        f"Of {league.count} {noun}, **{counts['doubtful']} can't be told from {league.line}** that "
        f"decides between '{above}' and '{below}'. The mean {league.level} confidence set for a "
        f"rank is {width:.1f} places wide: the {league.one} ranked "
        f"{words.ordinal(int(followed['position']))} could be anywhere from "
        f"{words.ordinal(int(followed['lower']))} to {words.ordinal(int(followed['upper']))}."
    )
    cards = {
        f"units_{side}": Estimate(counts[side], n=league.count, label=label)
        for side, label in (
            ("above", f"{noun} clearly above the line"),
            ("doubtful", f"{noun} the data can't place on either side"),
            ("below", f"{noun} clearly below it"),
        )
    }
    cards["mean_set_width"] = Estimate(
        width,
        n=league.count,
        decimals=1,
        label=f"places is the mean width of a {league.level} confidence set for a rank",
    )
    return Section("The answer", [Answer(said), *findings(cards)], {"units": sure.table})


def ranks(study: Study) -> Section:
    """Say which ranks the data allow, and how the kinds of set compare around the line."""
    league, sure, expected = study.table, study.certainty, study.certainty.expected
    last, first = league.cut - 1, league.cut
    truly = 1 - expected.probability_better(first, last)
    same = float(sure.table["score"].iloc[first]) == float(sure.table["score"].iloc[last])
    equal = "; their scores as published are equal" if same else ""
    said = (
        f"One rank at a time, the mean set is {sure.sets.width.mean():.1f} places wide; for all "
        f"ranks at once it is {sure.joint.width.mean():.1f}, and "
        f"{sure.joint_doubt.counts['doubtful']} of {league.count} {league.noun} can't be told from "
        f"the line. (The closed-form joint region gives {joint_region_width(league):.1f}. The "
        f"simultaneous critical value, {sure.joint.critical_value:.3f}, has a Monte Carlo error of "
        f"{sure.joint.critical_value_error:.3f}.)\n\n"
        f"Rankability is {format_value(expected.rankability, 'share')}: the share of the spread "
        "between scores that is real and not sampling error. High rankability and wide sets go "
        "together here: the ends of the table differ, the middle does not. The chance that the one "
        f"ranked {words.ordinal(first + 1)} is truly worse than the one ranked "
        f"{words.ordinal(last + 1)} is {format_value(truly, 'probability')}{equal}."
    )
    numbers = {
        "rankability": Estimate(
            expected.rankability,
            unit="share",
            n=league.count,
            label="of the spread between scores is real (rankability)",
        ),
        "next_below_truly_worse": Estimate(
            truly,
            unit="probability",
            label=f"chance that rank {first + 1} is truly below rank {last + 1}",
        ),
        "simultaneous_doubtful": Estimate(
            sure.joint_doubt.counts["doubtful"],
            n=league.count,
            label=f"{league.noun} that can't be told from the line, all ranks at once",
        ),
    }
    return Section(
        "How sure are the ranks?",
        [_sets(study), _around(study), Words(said), *findings(numbers, cards=False)],
        {"units": sure.table},
    )


def _sets(study: Study) -> Figure:
    league, sure, followed = study.table, study.certainty, study.certainty.followed
    counts, noun = sure.doubt.counts, league.noun
    share = counts["doubtful"] / league.count
    place = words.ordinal(int(followed["position"]))
    return Figure(
        pictures.rank_sets(
            sure.table[["org_name", "position", "lower", "upper", "side"]],
            cut=league.cut,
            sides=league.sides,
            follow=int(followed["position"]),
            follow_label=f"{place}: anywhere from {followed['lower']} to {followed['upper']}",
        ),
        key="rank_sets",
        title=(
            f"{'Most' if share > 0.5 else format_value(share, 'share', 0) + ' of'} {noun} could "
            "sit on either side of the line"
        ),
        subtitle=f"{league.level} confidence set for each rank; {league.subtitle}",
        source=league.source,
        alt=(
            f"One vertical line for each of {league.count} {noun} in order of rank. Grey lines "
            f"({counts['doubtful']}) cross {league.line}; blue lines do not: {counts['above']} lie "
            f"above it and {counts['below']} below. The line of {league.label(league.follow)}, "
            f"ranked {place}, runs from {followed['lower']} to {followed['upper']}."
        ),
        data=sure.table,
        note="Sets are exact for independent estimates and show sampling error only.",
    )


def _around(study: Study) -> Table:
    league, sure = study.table, study.certainty
    at = np.arange(league.cut - _AROUND - 1, league.cut + _AROUND + 1)
    at = at[(at >= 0) & (at < league.count)]
    codes = list(dict.fromkeys([*sure.table.index[at], league.follow]))
    near = sure.table.loc[codes].sort_values("position")
    shown = pd.DataFrame(
        {
            "Name": [league.label(str(c)) for c in near.index],
            "Position": near["position"],
            "Score": near["score"],
            "Standard error": near["se"],
            "Ranks the data allow": [
                f"{a} to {b}" for a, b in zip(near["lower"], near["upper"], strict=True)
            ],
            "All ranks at once": [
                f"{a} to {b}" for a, b in zip(near["joint_lower"], near["joint_upper"], strict=True)
            ],
            "Expected rank": near["expected_rank"],
        }
    )
    return Table(
        shown.rename_axis("Code"),
        key="around_the_line",
        caption="Neighbours of the line, and the one followed",
        source=league.source,
        formats={
            "Score": league.unit,
            "Standard error": league.unit,
            "Expected rank": lambda v: f"{v:.0f}",
        },
        note="Ties are broken by code. Expected ranks come from the two-level model.",
    )


def categories(study: Study) -> Section:
    """Say how likely each category is, and how many are expected in a wrong one."""
    league, sure, chances = study.table, study.certainty, study.certainty.chances
    own = chances.probability[np.arange(league.count), chances.category]
    unsure = int((own < 0.9).sum())
    row = chances.probability[int(sure.followed["position"]) - 1]
    each = ", ".join(
        f"{name} {format_value(float(p), 'probability')}"
        for name, p in zip(league.categories, row, strict=True)
    )
    said = (
        f"About {chances.wrong:.0f} of {league.count} {league.noun} are expected to be in a "
        f"category that their true score does not earn, and {unsure} hold theirs with a chance "
        f"below 90%. For {league.label(league.follow)} the chances are: {each}."
    )
    numbers = {
        "expected_misplaced": Estimate(
            chances.wrong,
            n=league.count,
            decimals=0,
            label=f"{league.noun} expected in a category they don't belong to",
        ),
        "unsure_of_category": Estimate(
            unsure, n=league.count, label=f"{league.noun} whose category has a chance below 90%"
        ),
    }
    # The chart has colours for four categories.
    figures = [_chances(study, unsure)] if len(league.categories) <= 4 else []
    return Section(
        "How many are in the wrong category?",
        [*figures, Words(said), *findings(numbers, cards=False)],
    )


def _chances(study: Study, unsure: int) -> Figure:
    league, sure, chances = study.table, study.certainty, study.certainty.chances
    table = sure.table.rename(columns={f"chance: {name}": name for name in league.categories})
    return Figure(
        pictures.category_chances(
            table, categories=league.categories, cuts=list(np.cumsum(league.sizes)[:-1])
        ),
        key="category_chances",
        title=f"About {chances.wrong:.0f} of {league.count} are expected in a wrong category",
        subtitle=f"Chance of each category along the league; {league.subtitle}",
        source=league.source,
        alt=(
            "Bands of chances from the first rank to the last. Around each cut two categories "
            f"share the chance; {unsure} of {league.count} {league.noun} have less than 90% for "
            "their own."
        ),
        data=table[["org_name", "position", "category", *league.categories]],
        note=(
            f"Two-level model, {league.settings.draws:,} draws; largest Monte Carlo error "
            f"{100 * chances.monte_carlo_error:.1f} percentage points."
        ),
    )


def coverage(study: Study) -> Section:
    """Say how often simulated sets held the true ranks."""
    league = study.table
    results = simulated(league)
    held = " and ".join(
        f"{format_value(r.coverage, 'share')} ({r.kind}, Monte Carlo error {100 * r.error:.1f} "
        "percentage points)"
        for r in results
    )
    said = (
        f"Simulated {SIMULATIONS} times around this table's own scores and errors, sets that "
        f"promise {league.level} held the true ranks {held}. Where true scores differ, sets are on "
        "the safe side."
    )
    numbers = {
        f"coverage_{r.kind}": Estimate(
            r.coverage,
            max(0.0, r.coverage - 2 * r.error),
            min(1.0, r.coverage + 2 * r.error),
            unit="share",
            n=r.checked,
            label=f"simulated coverage of {r.kind} sets that promise {league.level}",
            kind="range of two Monte Carlo errors",
        )
        for r in results
    }
    frame = pd.concat([r.to_frame() for r in results], ignore_index=True)
    return Section(
        "Method and caveats",
        [Words(said), *findings(numbers, cards=False)],
        {"coverage": frame},
    )
