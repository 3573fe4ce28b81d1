"""The league beside other orders: among types, of the inspectors, of another year."""

from __future__ import annotations

import pandas as pd

from nhsi_analysis.schemas.vocabulary import RATINGS
from nhsi_analysis.studies.league.numbers.agreement import Agreement, OrdinalFit
from nhsi_analysis.studies.league.numbers.peers import Peers
from nhsi_analysis.studies.league.numbers.stability import SIMULATIONS, Pair, pairs
from nhsi_analysis.studies.league.numbers.study import Study
from nhsi_analysis.studies.league.numbers.survey import LATER
from nhsi_analysis.studies.league.numbers.table import League
from notebook_reports.charts import bars, heatmap, intervals, ranks
from notebook_reports.evidence import (
    Estimate,
    Figure,
    Section,
    Table,
    Words,
    findings,
    format_value,
    words,
)


def types(study: Study) -> Section:
    """Say how types fare, and what happens when each is compared with its own kind."""
    title, league, peers = "Fair between types?", study.table, study.peers
    if peers is None:
        said = (
            "Types are not known for enough units of this table to compare them: add a column "
            "trust_type with at least two types of five units."
        )
        return Section(title, [Words(said)])
    above = f"{league.sides[0].capitalize()} (share)"
    table = Table(
        pd.DataFrame(
            {
                "Type": peers.types.index,
                league.noun.capitalize(): peers.types["units"].to_numpy(),
                "Mean score": peers.types["mean"].to_numpy(),
                above: peers.types["above"].to_numpy(),
            }
        ),
        key="types",
        caption="Scores by type",
        source=league.source,
        formats={"Mean score": league.unit, above: "share"},
    )
    numbers = {
        "changed_category_adjusted_for_type": peers.changed_category,
        "crossed_line_adjusted_for_type": peers.crossed_line,
    }
    # The chart has colours for four categories.
    figures = [_by_type(league, peers)] if len(league.categories) <= 4 else []
    return Section(
        title,
        [*figures, table, Words(_types_words(league, peers)), *findings(numbers, cards=False)],
        {"peers": peers.units},
    )


def _types_words(league: League, peers: Peers) -> str:
    noun, count, order = league.noun, len(peers.units), peers.types
    flatters = (
        ": pooling types flatters the table" if peers.rankability > peers.rankability_within else ""
    )
    followed = ""
    if peers.followed is not None:
        row, same = peers.units.loc[[league.follow]].iloc[0], peers.followed
        followed = (
            f"{league.label(league.follow)} moves from {words.ordinal(int(row['position']))} to "
            f"{words.ordinal(int(row['adjusted_position']))} of {count} when adjusted for type; "
            f"among its {same.count} peers it ranks {words.ordinal(same.rank)}, and the data allow "
            f"{same.lower} to {same.upper}."
        )
    left_out = (
        f" {peers.left_out} without a known type, or of a rare one, are left out."
        if peers.left_out
        else ""
    )
    return (
        f"{order.index[0]} {noun} do best: {format_value(order['above'].iloc[0], 'share', 0)} of "
        f"them are {league.sides[0]}, against {format_value(order['above'].iloc[-1], 'share', 0)} "
        f"of {str(order.index[-1]).lower()} ones. Whether that is culture or kind of work, a "
        "single ranking can't say. Compared with the mean of their own type, "
        f"{peers.changed_category.text} of {count} {noun} change category and "
        f"{peers.crossed_line.text} cross the line. Rankability is "
        f"{format_value(peers.rankability, 'share')} over all types and "
        f"{format_value(peers.rankability_within, 'share')} among {peers.largest.lower()} {noun} "
        f"alone{flatters}. {followed}{left_out}"
    )


def _by_type(league: League, peers: Peers) -> Figure:
    counts, best, worst = peers.counts, league.categories[0], league.categories[-1]
    chart = counts.reset_index()
    each = "; ".join(
        f"{kind}: {upper} of {size} in the best category, {lower} in the worst"
        for kind, upper, size, lower in zip(
            counts.index, counts[best], peers.types["units"], counts[worst], strict=True
        )
    )
    return Figure(
        bars.stacked_shares(chart, group="trust_type", parts=list(league.categories)),
        key="categories_by_type",
        title=f"{counts.index[0]} {league.noun} fill the upper categories",
        subtitle=f"Share of each type in each category; {league.subtitle}",
        source=[*league.source, "trusts"] if league.replica else league.source,
        alt=f"{each}.",
        data=chart,
        note="A difference between types is not by itself a difference in openness.",
    )


def inspectors(study: Study) -> Section:
    """Say how the league agrees with the CQC's overall ratings, and where it contradicts them."""
    title, league, found = "Against the inspectors", study.table, study.agreement
    if found.correlation is None:
        return Section(title, [Words(not_compared(league, found))])
    clash = pd.concat([found.best, found.worst])
    numbers = {
        "cqc_rank_correlation": found.correlation,
        "cqc_contradictions": Estimate(
            len(clash),
            n=len(found.rated),
            label=f"{league.noun} whose league label contradicts their CQC rating",
        ),
    }
    if found.fit is not None:
        numbers["cqc_odds_ratio"] = Estimate(
            found.fit.odds_ratio,
            found.fit.low,
            found.fit.high,
            n=len(found.rated),
            decimals=2,
            confidence=league.settings.confidence,
            label="odds ratio of a better rating for one standard deviation more in score",
        )
    shown = {
        "org_name": "Name",
        "position": "Position",
        "category": "League category",
        "rating": "CQC rating",
    }
    table = Table(
        clash[list(shown)].rename_axis("Code").rename(columns=shown),
        key="contradictions",
        caption="Where league and inspectors contradict each other",
        source=[*league.source, "cqc_trust_ratings"],
    )
    return Section(
        title,
        [
            _ratings(league, found),
            *([table] if len(clash) else []),
            Words(_ratings_words(league, found)),
            *findings(numbers, cards=False),
        ],
        {"ratings": found.rated, "by": found.counts},
    )


def not_compared(league: League, found: Agreement) -> str:
    """Say why a league is not compared with ratings.

    Parameters
    ----------
    league : League
        The table.
    found : Agreement
        One without a correlation.
    """
    if found.snapshot is None:
        return "No snapshot of ratings had been taken by the date asked for."
    return (
        f"The CQC's ratings cover {len(found.rated)} of this table's {league.count} codes, too few "
        "to compare."
    )


def _ratings_words(league: League, found: Agreement) -> str:
    best, worst = found.best, found.worst
    return (
        f"Of {league.count} {league.noun}, {len(found.rated)} had a CQC rating on "
        f"{words.day(found.snapshot)}. The rank correlation of league and ratings is "
        f"{found.correlation}. {len(best)} of the {league.sizes[0]} called {league.categories[0]} "
        f"{_were(best)} rated requires improvement or inadequate, and {len(worst)} of the "
        f"{league.sizes[-1]} in the last category {_were(worst)} rated good or "
        f"outstanding.{_fit_words(league, found.fit, found.separated)} The ratings are later than "
        "the survey, and inspectors look at more than culture: a contradiction shows that one "
        "label does not say all, not which is right."
    )


def _were(rows: pd.DataFrame) -> str:
    return "was" if len(rows) == 1 else "were"


def _fit_words(league: League, fit: OrdinalFit | None, separated: str) -> str:
    if fit is None and separated:
        return (
            f" No odds ratio is given: the scores of those rated {separated} and of the rest don't "
            "overlap, so it has no finite value."
        )
    if fit is None:
        return ""
    level = league.settings.confidence
    holds = "isn't contradicted" if fit.brant_p > 1 - level else "is contradicted"
    steps = "; ".join(
        f"{step.lower()} {ratio:.1f}"
        for step, ratio in zip(fit.by_step["step"], fit.by_step["odds_ratio"], strict=True)
    )
    merged = f" ({fit.merged} merged with the next class: too few)" if fit.merged else ""
    return (
        " One standard deviation more in score multiplies the odds of a better rating by "
        f"{fit.odds_ratio:.2f} ({league.level} confidence interval {fit.low:.2f} to "
        f"{fit.high:.2f}){merged}. That one number for every step of the scale {holds} by Brant's "
        f"test (chi-squared {fit.brant:.1f}, p = {format_p(fit.brant_p)}); step by step the odds "
        f"ratios are: {steps}."
    )


def format_p(p: float) -> str:
    """Write a p-value: "0.03", "less than 0.001"."""
    return "less than 0.001" if p < 0.001 else format_value(p, "", 3 if p < 0.1 else 2)


def _ratings(league: League, found: Agreement) -> Figure:
    counts = found.counts
    each = "; ".join(
        f"{words.capital(name)}: "
        + ", ".join(f"{counts.loc[name, r]} {r.lower()}" for r in RATINGS[::-1])
        for name in counts.index
    )
    return Figure(
        heatmap.heatmap(counts, x_label="CQC overall rating", y_label="League category"),
        key="league_and_ratings",
        title=(
            f"{len(found.best) + len(found.worst)} {league.noun} carry a league label that their "
            "inspectors contradict"
        ),
        subtitle=(
            f"{league.noun.capitalize()} by league category and CQC overall rating on "
            f"{words.day(found.snapshot)}; {len(found.rated)} in both"
        ),
        source=[*league.source, "cqc_trust_ratings"],
        alt=f"{each}.",
        data=counts,
        note="Ratings are the latest at the snapshot; the survey is earlier.",
    )


def years(study: Study) -> Section:
    """Say how much changes from year to year, beside what sampling error alone would give."""
    title, league = "From year to year", study.table
    if not league.replica:
        said = (
            "This table holds one occasion, so how ranks move from year to year can't be shown: "
            "give the years one table each and compare the two reports."
        )
        return Section(title, [Words(said)])
    found = pairs(league)
    if not found:
        return Section(
            title, [Words("No pair of surveys had been published by the date asked for.")]
        )
    numbers = {}
    for pair in found:
        tag = f"{pair.first}_{pair.second}"
        numbers[f"churn_{tag}"] = pair.churn
        numbers[f"churn_by_chance_{tag}"] = pair.chance_churn
        numbers[f"rank_correlation_{tag}"] = pair.correlation
    rows = pd.DataFrame(
        [
            {
                "years": f"{pair.first} to {pair.second}",
                "series": series,
                "value": share.value,
                "low": share.low,
                "high": share.high,
            }
            for pair in found
            for series, share in (
                ("observed", pair.churn),
                ("sampling error alone", pair.chance_churn),
            )
        ]
    )
    asked_later = any(question in LATER for question in league.indicators)
    return Section(
        title,
        [
            _churn(league, found, rows),
            _two_years(found[-1] if asked_later else found[0]),
            Words("\n\n".join(_pair_words(pair) for pair in found)),
            *findings(numbers, cards=False),
        ],
        {"pairs": rows},
    )


def _pair_words(pair: Pair) -> str:
    return (
        f"**{pair.first} to {pair.second}** ({pair.question}, {len(pair.table)} trusts in both): "
        f"rank correlation {pair.correlation.text}, where sampling error alone would leave "
        f"{pair.chance_correlation}; {pair.churn.text} of trusts changed category, where sampling "
        f"error alone would move {pair.chance_churn}. The last category of {pair.first} changed by "
        f"{pair.regression.text} on average; of that, sampling error alone brings back "
        f"{pair.chance_regression}."
    )


def _churn(league: League, found: list[Pair], rows: pd.DataFrame) -> Figure:
    each = "; ".join(
        f"{pair.first} to {pair.second}: {pair.churn.text} observed, {pair.chance_churn} from "
        "sampling error alone"
        for pair in found
    )
    return Figure(
        intervals.dot_interval(
            rows,
            group="years",
            series="series",
            unit="share",
            x_label="Share of trusts in another category in the second year",
        ),
        key="churn",
        title=(
            f"{found[0].churn.text} of trusts changed category in a year; "
            f"{found[0].chance_churn.text} would by chance"
        ),
        subtitle=(
            "Share of trusts in another category of the replica league in the second year; NHS "
            "trusts in England in both surveys"
        ),
        source=["staff_survey_items", "staff_survey_2021_2024"],
        alt=f"{each}.",
        data=rows,
        note=(
            f"The range holds {league.level} of {SIMULATIONS:,} simulations in which no trust "
            "truly changes."
        ),
    )


def _two_years(pair: Pair) -> Figure:
    order = {"same": 2, "better category": 0, "worse category": 1}
    points = pair.table.sort_values("moved", key=lambda s: s.map(order), kind="stable")
    moved = {kind: int((points["moved"] == kind).sum()) for kind in order}
    return Figure(
        ranks.two_occasions(
            points,
            first="first",
            second="second",
            group="moved",
            labels=(f"Share in {pair.first}", f"Share in {pair.second}"),
        ),
        key="two_years",
        title=(
            f"The extremes of {pair.first} moved towards the middle by {pair.second}"
            if pair.regression.value > 0
            else f"The last category of {pair.first} did not recover by {pair.second}"
        ),
        subtitle=(
            f"Share who agree ({pair.question}) in two surveys, {len(pair.table)} NHS trusts in "
            "England"
        ),
        source="staff_survey_2021_2024" if pair.first >= 2020 else "staff_survey_items",
        alt=(
            f"Dots around the line of no change: {moved['same']} trusts kept their category, "
            f"{moved['better category']} rose and {moved['worse category']} fell."
        ),
        data=points,
    )
