"""What was published for 2017/18: the rise in the ratings, and the target."""

from __future__ import annotations

from nhsi_analysis.studies.ratings.numbers.published import published_shift
from nhsi_analysis.studies.ratings.numbers.study import Study
from nhsi_analysis.studies.ratings.sections import wording as say
from notebook_reports.evidence import Finding, Section, Words, words


def published(study: Study) -> Section:
    """Say which counts lie behind the published shares, and what chance would do."""
    title, found = "What was published for 2017/18", published_shift(study)
    if found is None:
        return Section(title, [])
    good, outstanding, counts = found.shares["good"], found.shares["outstanding"], []
    for _, rows in found.implied.groupby("at_end"):
        fits = [f"{r.good} and {r.outstanding} of {r.total}" for r in rows.itertuples()]
        counts.append(words.listed(fits, "or"))
    low, high = (say.chance(end or 0.0) for end in (found.split.low, found.split.high))
    seldom = (found.split.high or 1.0) < say.SELDOM
    cause = "chance seldom does this, but visiting trusts below good sooner could do it"
    text = (
        f"NHS Improvement reported that in the year to {words.day(found.until)} the trusts rated "
        f"good rose from {good[0]:.1f}% to {good[1]:.1f}% and those rated outstanding from "
        f"{outstanding[0]:.1f}% to {outstanding[1]:.1f}%. Of totals from {_to(*found.totals)} "
        f"trusts, only {counts[0]} round to the first shares, and {counts[1]} to the second. It "
        f"also reported that {found.risen} trusts rose to good or outstanding, against a target of "
        f"{found.target}.\n\n"
        f"With {found.risen} rises, a net rise of {_to(*found.net)} means that {_to(*found.fell)} "
        "fell, if trusts that left or joined the count cancel out; at least "
        f"{found.fell_at_least}, if those that left (up to {found.left}) had been good, and more "
        f"if some that joined were good. With {_to(found.fell_at_least, found.fell[1])} falls, had "
        "rises and falls been equally likely, so uneven a split would come "
        f"{_to(low, high)} of the time{f': {cause}' if seldom else ', as chance can do'}. Had "
        f"{found.target} rises been what to expect, {found.risen} or more would come up "
        f"{say.chance(found.beat.value)} of the time, and more often where trusts share causes."
    )
    split = Finding("published_rises_by_chance", found.split, card=False)
    beat = Finding("target_met_by_chance", found.beat, card=False)
    return Section(title, [Words(text), split, beat], {"implied": found.implied})


def _to(low: object, high: object) -> str:
    return f"{low}" if low == high else f"{low} to {high}"
