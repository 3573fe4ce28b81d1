"""What was published for 2017/18: the rise in the ratings, and the target."""

from __future__ import annotations

import pandas as pd

from nhsi_analysis.studies.ratings.numbers.published import (
    PublishedShift,
    TargetChance,
    published_shift,
    target_chance,
    year_end,
)
from nhsi_analysis.studies.ratings.numbers.study import Study
from nhsi_analysis.studies.ratings.sections.wording import spread
from notebook_reports.charts.intervals import dot_interval
from notebook_reports.charts.transitions import chance_bars
from notebook_reports.evidence import Estimate, Figure, Finding, Section, Table, Words, words

CLAIMS = "NHS Improvement, 2017/18 highlights (figures in the table claims)"


def published(study: Study) -> Section:
    """Say which counts lie behind the four published shares, and what chance would do."""
    title = "What was published"
    found = published_shift(study)
    if found is None:
        return Section(title, [_not_yet(study)])
    table = found.table.assign(
        date="31 March " + found.table["year"].astype(str),
        implied=[
            _fits(found.implied[found.implied["year"] == row["year"]], row["rating"].lower())
            for row in found.table.to_dict("records")
        ],
    )[["rating", "date", "published", "implied"]]
    return Section(
        title,
        [
            Words(_reading(study, found)),
            _shares(found, table),
            Table(
                table.rename(
                    columns={
                        "rating": "Rating",
                        "date": "Date",
                        "published": "Published share",
                        "implied": "Counts that fit",
                    }
                ),
                key="published_counts",
                caption="Published shares of NHS trusts and the whole counts that round to them",
                source=CLAIMS,
                note="Totals tried: from the number of trusts rated in the first snapshot to the "
                "number of trusts listed.",
            ),
        ],
    )


def target(study: Study) -> Section:
    """Say how often chance alone would reach the number reported against the target."""
    title = "The target for 2017/18"
    found = target_chance(study)
    if found is None:
        return Section(title, [_not_yet(study)])
    reached = Finding("target_met_by_chance", found.beat, card=False)
    return Section(title, [Words(_target_reading(found)), _chances(found), reached])


def _not_yet(study: Study) -> Words:
    return Words(
        f"The figures published for {words.day(year_end())} are not used here: nothing published "
        f"after {words.day(study.dates.after)} is, and they can't have been published before the "
        "day they describe."
    )


def _seldom(found: PublishedShift) -> bool:
    """Whether so uneven a split of rises and falls comes up in under 5% of years."""
    return (found.split.high or 1.0) < 0.05


def _reading(study: Study, found: PublishedShift) -> str:
    change = found.change
    first, last = (
        " or ".join(
            f"{row.good} good and {row.outstanding} outstanding of {row.total}"
            for row in fits.itertuples()
        )
        for _, fits in found.implied.groupby("year", sort=True)
    )
    lines = [
        f"The published shares fit {first} at the start and {last} at the end.",
        "",
        f"- **As two separate samples** the share rated good would have risen by {change}, which "
        f"{'includes' if (change.low or 0) <= 0 else 'leaves out'} no change.",
        f"- **As the same trusts** it matters how many crossed the line each way. The report says "
        f"that {found.risen} rose to good or outstanding; the shares then mean that "
        f"{_to(found.fell)} fell below. If every crossing had been as likely to go the other way, "
        f"a split at least that uneven would come up in {_range(found.split)} of years"
        + (
            ": more than chance alone usually does. But trusts below good are visited sooner, so "
            "more of them could move, and the same test would find 'improvement' where nothing but "
            "the choice of whom to visit had changed."
            if _seldom(found)
            else ": within what chance does."
        ),
    ]
    if found.by_chance is not None:
        lines.append(
            f"- **Against the pace of the two snapshots**, when "
            f"{words.count(found.crossings, 'trust')} crossed into or out of good in "
            f"{words.count(study.dates.days, 'day')}, a net change of {found.net[0]} or more "
            f"would come up in {found.by_chance.text} of years without any drift."
        )
    lines.append("")
    if found.rated_again is not None:
        again, held = found.rated_again
        lines.append(
            f"The rise can't be rebuilt trust by trust: of the {words.count(held, 'trust')} in the "
            f"first snapshot, {again} were rated again after {words.day(year_end())}, which hides "
            "what they held then."
        )
    return "\n".join(lines)


def _shares(found: PublishedShift, table: pd.DataFrame) -> Figure:
    ends = spread(table, "published")
    shares = "; ".join(f"{row.rating} on {row.date}: {row.published}" for row in table.itertuples())
    apart = [
        str(rating).lower()
        for rating, pair in ends.groupby("rating", sort=False)
        if pair["low"].max() > pair["high"].min()
    ]
    overlap = (
        f"Intervals of the two dates lie apart for {words.listed(apart)}"
        if apart
        else "Intervals of the two dates overlap for both ratings"
    )
    start, end = (
        f"{100 * share.value:g}%" for share in table.loc[table["rating"] == "Good", "published"]
    )
    chance = ": seldom chance alone, but visits weren't random"
    return Figure(
        dot_interval(ends, group="rating", series="date", x_label="Share of trusts rated"),
        key="published_shift",
        title=f"The rise from {start} to {end} rated good is {_to(found.net)} trusts"
        + (chance if _seldom(found) else ", as chance can do"),
        subtitle="Share of NHS trusts in England rated good and outstanding overall, 31 March "
        "2017 and 31 March 2018",
        source=CLAIMS,
        alt=f"{overlap}. {shares}.",
        data=table,
        note="Lines are Wilson intervals, the widest over the counts that fit the rounded "
        "shares. They treat the trusts as a sample of what inspection could have found.",
    )


def _target_reading(found: TargetChance) -> str:
    observed, aim = found.observed, found.target
    fewest, most = found.eligible
    who = f"{fewest} to {most}" if most > fewest else f"{fewest}"
    return (
        f"The report says that {observed} trusts rose to good or outstanding, against a target of "
        f"{aim}. By the published shares {who} trusts stood below good when the year began. If "
        f"each had the same chance of rising, independently of the others, and {aim} was to be "
        f"expected, {observed} or more would come up in {found.beat.text} of years. Turned round: "
        f"a year in which {observed} was to be expected would miss {aim} in {found.miss.text} of "
        f"cases. The number to be expected in a year like it is {found.expected}, so beating the "
        f"target by {observed - aim} "
        f"{'says little' if found.beat.value >= 0.05 else 'is unusual'}. Trusts are inspected in "
        "batches and share causes, so the true play of chance is wider than this model's."
    )


def _chances(found: TargetChance) -> Figure:
    return Figure(
        chance_bars(
            found.table,
            count="count",
            probability="probability",
            reached="reached",
            observed=(found.observed, f"{found.observed} reported"),
            target=(found.target, f"target {found.target}"),
            x_label="Trusts that rise to good or outstanding in a year",
            y_label="Chance",
        ),
        key="target_by_chance",
        title=f"Chance alone brings {found.observed} or more in {found.beat.text} of years that "
        f"should bring {found.target}",
        subtitle=f"Chance of each number of trusts that rise if each of {found.eligible[0]} has "
        f"the same chance and {found.target} are to be expected, NHS trusts in England, 2017/18",
        source=CLAIMS,
        alt=f"A bell of bars around {found.target}; the bars from {found.observed} up, in blue, "
        f"add up to {found.beat.text}.",
        data=found.table,
        note=f"Number to be expected in a year like it: {found.expected}.",
    )


def _fits(implied: pd.DataFrame, rating: str) -> str:
    """List the counts of a rating that fit, each with its total."""
    pairs = zip(implied[rating], implied["total"], strict=True)
    return " or ".join(f"{count} of {total}" for count, total in pairs)


def _to(ends: tuple[int, int]) -> str:
    return f"{ends[0]}" if ends[0] == ends[1] else f"{ends[0]} to {ends[1]}"


def _range(estimate: Estimate) -> str:
    low, high = (
        Estimate(end, unit="probability").text
        for end in (estimate.low or 0.0, estimate.high or 0.0)
    )
    return low if low == high else f"{low} to {high}"
