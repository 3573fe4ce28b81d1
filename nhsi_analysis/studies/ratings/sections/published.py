"""What was published for 2017/18: the rise in the ratings, and the target."""

from __future__ import annotations

from nhsi_analysis.studies.ratings.numbers.published import published_shift
from nhsi_analysis.studies.ratings.numbers.study import Study
from nhsi_analysis.studies.ratings.sections.wording import SELDOM, chance
from notebook_reports.evidence import Finding, Section, Words, words


def published(study: Study) -> Section:
    """Say which counts lie behind the published shares, and what chance would do."""
    title, found = "What was published for 2017/18", published_shift(study)
    if found is None:
        return Section(title, [])
    shares = []
    for rating, rows in found.implied.groupby("rating", sort=False):
        fits = [words.listed([f"{k} of {n}" for k, n in row], "or") for row in rows["fits"]]
        start, end = (
            f"{value:g}% ({fit})" for value, fit in zip(rows["published"], fits, strict=True)
        )
        shares.append(f"rated {str(rating).lower()} from {start} to {end}")
    low, high = (chance(end or 0.0) for end in (found.split.low, found.split.high))
    fewest, most = found.fell
    seldom = (found.split.high or 1.0) < SELDOM
    text = (
        f"NHS Improvement reported that in the year to {words.day(found.until)} the share of "
        f"trusts {words.listed(shares)} rose (in brackets, the only counts that round to these "
        f"shares), and that {found.risen} trusts rose to good or outstanding, against a target of "
        f"{found.target}.\n\n"
        f"With {found.risen} rises, a net rise of {_to(*found.net)} means that {_to(fewest, most)} "
        "fell, if trusts that left or joined the count cancel out; if the up to "
        f"{found.left} that left were good, {found.fell_at_least} at least. Had rises and falls "
        f"been as likely, so uneven a split would come up {_to(low, high)} of the time"
        + (
            ": chance seldom does this, but visiting trusts below good sooner could."
            if seldom
            else ", as chance can do."
        )
        + f" Had {found.target} rises been what to expect, {found.risen} or more would come up "
        f"{chance(found.beat.value)} of the time, and more often where trusts share causes."
    )
    split = Finding("published_rises_by_chance", found.split, card=False)
    beat = Finding("target_met_by_chance", found.beat, card=False)
    return Section(title, [Words(text), split, beat], {"implied": found.implied})


def _to(low: object, high: object) -> str:
    return f"{low}" if low == high else f"{low} to {high}"
