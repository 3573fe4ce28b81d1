"""How sure the ranks are: sets, expected ranks, doubt about the line, chances of categories."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from nhsi_analysis.studies.league.table import League, Section, ordinal
from notebook_reports.charts import ranks
from notebook_reports.evidence import Estimate, format_value
from policy_methods.ranking import (
    BoundaryDoubt,
    CategoryProbabilities,
    ExpectedRanks,
    RankCoverage,
    RankSets,
    boundary_doubt,
    category_probabilities,
    expected_ranks,
    joint_rank_region,
    rank_confidence_sets,
    rank_set_coverage,
)

_AROUND = 2
_SIMULATIONS = 100
_UNITS_EACH = 4


@dataclass(frozen=True)
class Certainty:
    """What sampling error allows to be said about each rank.

    Attributes
    ----------
    league : League
        The table.
    sets, joint : RankSets
        Marginal and simultaneous sets.
    doubt, joint_doubt : BoundaryDoubt
        Who can't be told from the line, one at a time and all at once.
    expected : ExpectedRanks
        The two-level model.
    chances : CategoryProbabilities
        Chance of each category.
    table : pandas.DataFrame
        Units with all of it, in order of position.
    """

    league: League
    sets: RankSets
    joint: RankSets
    doubt: BoundaryDoubt
    joint_doubt: BoundaryDoubt
    expected: ExpectedRanks
    chances: CategoryProbabilities
    table: pd.DataFrame

    @property
    def followed(self) -> pd.Series:
        """Row of the unit that is followed."""
        return self.table[self.table.index == self.league.follow].iloc[0]


def certainty(league: League) -> Certainty:
    """Work out how sure the ranks of a league are.

    Parameters
    ----------
    league : League
        The table.

    Returns
    -------
    Certainty
        Sets, expected ranks and chances.
    """
    units = league.units
    up = league.higher_is_better
    score, error = units["score"], units["se"].to_numpy()
    sets = rank_confidence_sets(score, error, confidence=league.confidence, higher_is_better=up)
    joint = rank_confidence_sets(
        score,
        error,
        kind="simultaneous",
        confidence=league.confidence,
        draws=league.draws,
        seed=league.seed,
        higher_is_better=up,
    )
    expected = expected_ranks(score, error, higher_is_better=up)
    chances = category_probabilities(
        score,
        error,
        league.sizes,
        draws=league.draws,
        seed=league.seed,
        higher_is_better=up,
    )
    doubt = boundary_doubt(sets, league.cut)
    table = units.assign(
        lower=sets.lower,
        upper=sets.upper,
        joint_lower=joint.lower,
        joint_upper=joint.upper,
        side=doubt.to_frame()["side"],
        shrunken=expected.shrunken,
        expected_rank=expected.expected_rank,
    )
    for k, name in enumerate(league.categories):
        table[f"chance: {name}"] = chances.probability[:, k]
    return Certainty(
        league, sets, joint, doubt, boundary_doubt(joint, league.cut), expected, chances, table
    )


def first_screen(sure: Certainty) -> Section:
    """Say the finding, with the figures behind it and the chart that shows it."""
    league, counts = sure.league, sure.doubt.counts
    above, below = league.neighbours
    followed = sure.followed
    place = ordinal(int(followed["position"]))
    noun = league.noun
    reading = (
        f"Of {league.count} {noun}, **{counts['doubtful']} can't be told from {league.line}** that"
        f" decides between '{above}' and '{below}'. The mean {league.level} confidence set for a"
        f" rank is {sure.sets.width.mean():.1f} places wide: the {league.one} ranked"
        f" {place} could be anywhere from {ordinal(int(followed['lower']))} to"
        f" {ordinal(int(followed['upper']))}."
    )
    findings = {
        f"units_{key}": Estimate(counts[word], n=league.count, label=label)
        for key, word, label in (
            ("above", "above", f"{noun} clearly above the line"),
            ("doubtful", "doubtful", f"{noun} the data can't place on either side"),
            ("below", "below", f"{noun} clearly below it"),
        )
    }
    findings["mean_set_width"] = Estimate(
        float(sure.sets.width.mean()),
        unit="",
        n=league.count,
        decimals=1,
        label=f"places is the mean width of a {league.level} confidence set for a rank",
    )
    sets = sure.table[["org_name", "position", "lower", "upper", "side"]]
    share = counts["doubtful"] / league.count
    title = (
        f"{'Most' if share > 0.5 else format_value(share, 'share', 0) + ' of'} {noun} could sit"
        " on either side of the line"
    )
    figure = {
        "fig": ranks.rank_sets(
            sets,
            cut=league.cut,
            sides=league.sides,
            follow=int(followed["position"]),
            follow_label=f"{place}: anywhere from {followed['lower']} to {followed['upper']}",
        ),
        "key": "rank_sets",
        "title": title,
        "subtitle": f"{league.level} confidence set for each rank; {league.subtitle}",
        "source": league.source,
        "alt": (
            f"One vertical line for each of {league.count} {noun} in order of rank. Grey lines"
            f" ({counts['doubtful']}) cross {league.line}; blue lines do not:"
            f" {counts['above']} lie above it and {counts['below']} below. The line of"
            f" {league.label(league.follow)}, ranked {place}, runs from"
            f" {followed['lower']} to {followed['upper']}."
        ),
        "data": sure.table,
        "note": "Sets are exact for independent estimates and show sampling error only.",
    }
    return Section(reading, findings, [figure], [], {"units": sure.table})


def ranks_section(sure: Certainty) -> Section:
    """Compare the kinds of set, the two-level model and the neighbours of the line."""
    league, expected = sure.league, sure.expected
    at = np.arange(league.cut - _AROUND - 1, league.cut + _AROUND + 1)
    at = at[(at >= 0) & (at < league.count)]
    codes = list(dict.fromkeys([*sure.table.index[at], league.follow]))
    near = sure.table.loc[codes].sort_values("position")
    last, first = league.cut - 1, league.cut
    truly = 1 - expected.probability_better(first, last)
    same = float(sure.table["score"].iloc[first]) == float(sure.table["score"].iloc[last])
    region = joint_rank_region(
        league.units["score"],
        league.units["se"].to_numpy(),
        confidence=league.confidence,
        higher_is_better=league.higher_is_better,
    )
    wide = float((region.upper - region.lower + 1).mean())
    reading = (
        f"One rank at a time, the mean set is {sure.sets.width.mean():.1f} places wide; for all"
        f" ranks at once it is {sure.joint.width.mean():.1f}, and"
        f" {sure.joint_doubt.counts['doubtful']}"
        f" of {league.count} {league.noun} can't be told from the line. (The closed-form joint"
        " region"
        f" gives {wide:.1f}. The simultaneous critical value, {sure.joint.critical_value:.3f},"
        " has a"
        f" Monte Carlo error of {sure.joint.critical_value_error:.3f}.)\n\n"
        f"Rankability is {format_value(expected.rankability, 'share')}: the share of the spread"
        " between scores that is real and not sampling error. High rankability and wide sets go"
        " together here: the ends of the table differ, the middle does not. The chance that the one"
        f" ranked {ordinal(first + 1)} is truly worse than the one ranked {ordinal(last + 1)} is"
        f" {format_value(truly, 'probability')}"
        f"{'; their scores as published are equal.' if same else '.'}"
    )
    findings = {
        "rankability": Estimate(
            expected.rankability, unit="share", n=league.count,
            label="of the spread between scores is real (rankability)",
        ),
        "next_below_truly_worse": Estimate(
            truly, unit="probability",
            label=f"chance that rank {first + 1} is truly below rank {last + 1}",
        ),
        "simultaneous_doubtful": Estimate(
            sure.joint_doubt.counts["doubtful"], n=league.count,
            label=f"{league.noun} that can't be told from the line, all ranks at once",
        ),
    }  # fmt: skip
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
    decimals = {"Expected rank": lambda v: f"{v:.0f}"}
    tables = [
        {
            "df": shown.rename_axis("Code"),
            "key": "around_the_line",
            "caption": "Neighbours of the line, and the one followed",
            "source": league.source,
            "formats": {"Score": league.unit, "Standard error": league.unit, **decimals},
            "note": "Ties are broken by code. Expected ranks come from the two-level model.",
        }
    ]
    return Section(reading, findings, [], tables)


def categories_section(sure: Certainty) -> Section:
    """Chance of each category, and how many units are expected in the wrong one."""
    league, chances = sure.league, sure.chances
    table = sure.table.rename(columns={f"chance: {name}": name for name in league.categories})
    cuts = list(np.cumsum(league.sizes)[:-1])
    own = chances.probability[np.arange(league.count), chances.category]
    unsure = int((own < 0.9).sum())
    row = chances.probability[int(sure.followed["position"]) - 1]
    words = ", ".join(
        f"{name} {format_value(float(p), 'probability')}"
        for name, p in zip(league.categories, row, strict=True)
    )
    reading = (
        f"About {chances.wrong:.0f} of {league.count} {league.noun} are expected to be in a"
        " category"
        f" that their true score does not earn, and {unsure} hold theirs with a chance below 90%."
        f" For {league.label(league.follow)} the chances are: {words}."
    )
    findings = {
        "expected_misplaced": Estimate(
            chances.wrong, n=league.count, decimals=0,
            label=f"{league.noun} expected in a category they don't belong to",
        ),
        "unsure_of_category": Estimate(
            unsure, n=league.count, label=f"{league.noun} whose category has a chance below 90%"
        ),
    }  # fmt: skip
    figures = (
        [
            {
                "fig": ranks.category_chances(table, categories=league.categories, cuts=cuts),
                "key": "category_chances",
                "title": (
                    f"About {chances.wrong:.0f} of {league.count} are expected in a wrong category"
                ),
                "subtitle": f"Chance of each category along the league; {league.subtitle}",
                "source": league.source,
                "alt": (
                    "Bands of chances from the first rank to the last. Around each cut two"
                    f" categories share the chance; {unsure} of {league.count} {league.noun} have"
                    " less than 90% for their own."
                ),
                "data": table[["org_name", "position", "category", *league.categories]],
                "note": (
                    f"Two-level model, {league.draws:,} draws; largest Monte Carlo error"
                    f" {100 * chances.monte_carlo_error:.1f} percentage points."
                ),
            }
        ]
        if len(league.categories) <= 4
        else []
    )
    return Section(reading, findings, figures)


def coverage_section(sure: Certainty) -> Section:
    """Simulate the coverage of both kinds of set for this table's own scores and errors."""
    league = sure.league
    results: list[RankCoverage] = [
        rank_set_coverage(
            league.units["score"] if league.higher_is_better else -league.units["score"],
            league.units["se"].to_numpy(),
            kind=kind,
            confidence=league.confidence,
            simulations=_SIMULATIONS,
            units_each=_UNITS_EACH,
            draws=league.draws,
            seed=league.seed,
        )
        for kind in ("marginal", "simultaneous")
    ]
    words = " and ".join(
        f"{format_value(r.coverage, 'share')} ({r.kind}, Monte Carlo error"
        f" {100 * r.error:.1f} percentage points)"
        for r in results
    )
    reading = (
        f"Simulated {_SIMULATIONS} times around this table's own scores and errors, sets that"
        " promise"
        f" {league.level} held the true ranks {words}. Where true scores differ, sets are on"
        " the safe"
        " side."
    )
    findings = {
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
    return Section(reading, findings, frames={"coverage": frame})
