"""The league beside other orders: other choices, types, the inspectors, another year."""

from __future__ import annotations

import pandas as pd

from nhsi_analysis.studies.league.numbers.agreement import YEARS, Agreement
from nhsi_analysis.studies.league.numbers.choices import LEVEL
from nhsi_analysis.studies.league.numbers.peers import Peers
from nhsi_analysis.studies.league.numbers.stability import next_year
from nhsi_analysis.studies.league.numbers.study import Study
from nhsi_analysis.studies.league.numbers.table import League, place
from nhsi_analysis.studies.league.sections.answer import CHOICES, held, reach
from notebook_reports.charts import heatmap, ranks
from notebook_reports.evidence import (
    Estimate,
    Figure,
    Finding,
    Section,
    Words,
    findings,
    format_value,
    words,
)


def choices(study: Study) -> Section:
    """Say which ranks other reasonable choices give."""
    league, found = study.table, study.choices
    if found is None:
        return Section(CHOICES, [])
    places = round(found.mean_shift)
    shift = words.count(places, "place") if places else "less than a place"
    said = (
        "Somebody chose the indicators, their weights, a scale and a mean. Made anew "
        f"{league.settings.draws:,} times, with the scores as they are, these choices move a rank "
        f"by {shift} on average ([Figure](#fig-choice_ranges)) and take {found.changed_category} "
        f"of {words.count(league.count, league.one)} into another category. What matters most is "
        f"{found.first}: it takes part in {format_value(found.share, 'share', 0)} of what differs "
        "between draws in how far ranks move."
    )
    picture = ranks.rank_sets(
        found.table.reset_index(),
        cut=league.cut,
        sides=league.sides,
        order_label=f"Place in {league.where}",
        rank_label="Ranks other choices give",
        units="org_code",
    )
    figure = Figure(
        picture,
        key="choice_ranges",
        title=league.headed(
            f"other choices put {found.crossing} of {league.count} on either side of the line"
        ),
        subtitle=f"Range over {LEVEL:.0%} of {league.settings.draws:,} draws, {league.subtitle}",
        source=league.source,
        alt=f"One vertical bar for each of {league.count} in order of place; {found.crossing} "
        f"cross {league.line}.",
        data=league.named(found.table),
        units=held(
            league,
            found.table,
            lambda name, row: (
                f"{name} was {row['at']}; {LEVEL:.0%} of other choices would rank it "
                f"{reach(row['lower'], row['upper'])}."
            ),
        ),
    )
    return Section(CHOICES, [figure, Words(said)], {"choices": found.table})


def types(study: Study) -> Section:
    """Say how types fare, and what happens when each is compared with its own kind."""
    title, league, peers = "Fair between types?", study.table, study.peers
    if peers is None:
        return Section(title, [])
    order, count = peers.types, len(peers.units)
    followed, code = "", league.settings.trust
    if code in peers.units.index:
        row = peers.units.loc[[code]].iloc[0].to_dict()
        before, after = (
            place(int(row[f"{kind}first"]), int(row[f"{kind}last"])) for kind in ("", "adjusted_")
        )
        moved = f"from {before} of {league.count} to {after} of {count}"
        followed = f" {league.label(code)} would move {moved}."
    left_out, what = "", "openness" if league.stand_in else "quality"
    if peers.left_out:
        left_out = f" Left out: {words.count(peers.left_out, league.one)} of unknown or rare type."
    said = (
        f"Above the line are {_above(order, 0, league.one)} and {_above(order, -1, league.one)}: "
        f"of {len(order)} types, those with the best and the worst mean score "
        "([Figure](#fig-categories_by_type)). "
        f"Whether that is {what} or kind of work, a single ranking can't say. Compared with the "
        f"mean of their own type, {words.portion(peers.changed_category, count, league.one)} would "
        f"be in another category and {peers.crossed_line} on the other side of the line."
        f"{followed}{left_out}"
    )
    number = Estimate(
        peers.changed_category, n=count, label=f"{league.noun} change category by type"
    )
    kept = Finding("changed_category_adjusted_for_type", number, card=False)
    return Section(title, [_by_type(league, peers), Words(said), kept], {"peers": peers.units})


def _above(types: pd.DataFrame, at: int, one: str) -> str:
    row, kind = types.iloc[at], str(types.index[at]).lower()
    return words.portion(int(row["above"]), int(row["units"]), f"{kind} {one}")


def _by_type(league: League, peers: Peers) -> Figure:
    counts = peers.counts
    return Figure(
        heatmap.heatmap(
            counts,
            x_label=f"Category in {league.where}",
            y_label="Type",
            units=peers.units[["trust_type"]].set_axis(["row"], axis=1),
        ),
        key="categories_by_type",
        title=league.headed(
            f"{str(counts.index[0]).lower()} {league.noun} score best, "
            f"{str(counts.index[-1]).lower()} ones worst"
        ),
        subtitle=f"{words.capital(league.noun)} by type and category, {league.subtitle}",
        source=[*league.source, "trusts"] if league.stand_in else league.source,
        alt=f"{_each(counts)}.",
        data=counts,
        # Its own cell isn't marked: nobody gave it that category.
        units=held(
            league,
            peers.units,
            lambda name, row: (
                f"{name} was one of {peers.types.loc[row['trust_type'], 'units']} "
                f"{row['trust_type'].lower()} {league.noun}, with "
                f"{peers.types.loc[row['trust_type'], 'above'] or 'none'} in places above the line."
            ),
        ),
    )


def _each(counts: pd.DataFrame) -> str:
    """Say the rows of a table of counts."""
    return "; ".join(
        f"{words.capital(str(name))}: "
        + ", ".join(f"{number} {str(column).lower()}" for column, number in row.items())
        for name, row in counts.iterrows()
    )


def inspectors(study: Study) -> Section:
    """Say how the league agrees with the CQC's overall ratings, and where it doesn't."""
    title, league, found = "Against the inspectors", study.table, study.agreement
    if found is None:
        return Section(title, [])
    if found.snapshot is None:
        return Section(title, [Words("No list of ratings had been taken by the date asked for.")])
    if found.apart > YEARS:
        old = f"The nearest list of ratings held here is of {words.day(found.snapshot)}, "
        old += f"{found.apart} years from the league's data: too far to be held against it."
        return Section(title, [Words(old)])
    if not found.compared:
        few = words.portion(len(found.rated), league.count, league.one)
        few = f"On {words.day(found.snapshot)}, {few} had a CQC rating: too few to compare."
        return Section(title, [Words(few)])
    rated = len(found.rated)
    corners = found.best + found.worst
    earlier = ""
    if league.stand_in:
        earlier = (
            f" {words.portion(found.earlier, rated)} of the ratings had been published by the "
        )
        earlier += "end of the survey's year; the others are later."
    said = (
        f"Place and rating fall on different sides for "
        f"**{words.portion(found.at_odds, rated, league.one)}**: above the line and rated below "
        f"good, or below it and rated good or better. About {found.expected:.0f} would if the two "
        f"had nothing to do with each other (rank correlation {found.correlation:.2f}). In "
        f"[Figure](#fig-league_and_ratings) the corners hold {corners}: {found.best} of the first "
        f"category rated below good, {found.worst} of the last rated good or better.{earlier} "
        "Inspectors look at more than one thing, so a disagreement doesn't say "
        "which of the two is right."
    )
    numbers = {
        "cqc_at_odds": Estimate(
            found.at_odds, n=rated, label=f"{league.noun} whose place and rating disagree"
        ),
        "cqc_rank_correlation": Estimate(
            found.correlation, n=rated, decimals=2, label="rank correlation of score and CQC rating"
        ),
    }
    return Section(
        title,
        [_ratings(league, found), Words(said), *findings(numbers, cards=False)],
        {"ratings": found.rated, "by": found.counts},
    )


def _ratings(league: League, found: Agreement) -> Figure:
    counts = found.counts
    return Figure(
        heatmap.heatmap(
            counts,
            x_label="CQC overall rating",
            y_label=f"Category in {league.where}",
            units=found.rated[["rating"]].set_axis(["column"], axis=1),
        ),
        key="league_and_ratings",
        title=league.headed(
            f"place and rating disagree for {found.at_odds} of {len(found.rated)} {league.noun}"
        ),
        subtitle=f"CQC overall rating on {words.day(found.snapshot)} of {league.subtitle}",
        source=[*league.source, "cqc_trust_ratings"],
        alt=f"{_each(counts)}.",
        data=counts,
        units=held(
            league,
            found.rated,
            lambda name, row: (
                f"{name} was {row['at']}, "
                f"{'above' if row['position'] <= league.cut else 'below'} the line"
                f"{' in order of code' if row['first'] <= league.cut < row['last'] else ''}; its "
                f"CQC rating was {row['rating'].lower()} on {words.day(found.snapshot)}: place and "
                f"rating {'disagree' if row['at_odds'] else 'agree'}."
            ),
        ),
    )


def years(study: Study) -> Section:
    """Say how much changes from year to year, beside what sampling error alone would do."""
    title, league = "From year to year", study.table
    pair = next_year(league)
    if pair is None:
        return Section(title, [])
    count = len(pair.table)
    rho = format_value(float(pair.table["first"].corr(pair.table["second"], "spearman")), "", 2)
    said = (
        f"Between the surveys of {pair.first} and {pair.second}, "
        f"{words.portion(pair.churn, count, 'trust')} changed category, by the same statements; "
        f"fresh samples and rounding alone would move {pair.chance_churn}. The rank correlation of "
        f"the two years is {rho}."
    )
    numbers = {
        "churn": Estimate(pair.churn, n=count, label="trusts changed category in a year"),
        "churn_by_chance": pair.chance_churn,
    }
    return Section(title, [Words(said), *findings(numbers, cards=False)], {"years": pair.table})
