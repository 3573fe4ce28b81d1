"""The shift that was published for 2017/18, the counts behind it, and what chance would do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import binom
from statsmodels.stats.proportion import confint_proportions_2indep

from nhsi_analysis import datasets
from nhsi_analysis.as_at import period_end
from nhsi_analysis.errors import DataError
from nhsi_analysis.studies.ratings.numbers.positions import RATINGS, SERVICE
from nhsi_analysis.studies.ratings.numbers.study import Study, pairs
from notebook_reports.evidence import Estimate
from policy_methods.shares import implied_counts, wilson
from policy_methods.transitions import paired_ordinal_table

_SHARES = {"good": "share of trusts rated good", "outstanding": "share of trusts rated outstanding"}
_MOVED = "trusts that moved from inadequate or requires improvement to good or outstanding"


@dataclass(frozen=True, eq=False)
class PublishedShift:
    """The published rise in the share of trusts rated good, and how much of it could be chance.

    Parameters
    ----------
    table : DataFrame
        One row a rating and year of 31 March: rating, year, published (Estimate: the published
        share with the widest Wilson interval over the counts that fit).
    implied : DataFrame
        Counts that fit: year, total, good, outstanding.
    change : Estimate
        Rise of the share rated good in percentage points, if the two years were separate samples.
    risen : int
        Trusts said to have risen to good or outstanding.
    net : tuple of int
        Fewest and most trusts that fit the net rise in the number rated good.
    fell : tuple of int
        Fewest and most trusts that fell below good, from the number that rose.
    split : Estimate
        Chance of a split at least as uneven between rises and falls, if moves either way were as
        likely (exact McNemar); its range is over `fell`.
    crossings : int
        Trusts that moved into or out of good between the snapshots.
    by_chance : Estimate or None
        Chance of a net change at least this large in a year in which moves into and out of good
        were as many as between the snapshots and as likely either way; None without moves.
    rated_again : tuple of int or None
        Trusts in the first snapshot that were rated again after the year's end, and all in it;
        None if that was not known on the comparison's `as_at`.
    """

    table: pd.DataFrame
    implied: pd.DataFrame
    change: Estimate
    risen: int
    net: tuple[int, int]
    fell: tuple[int, int]
    split: Estimate
    crossings: int
    by_chance: Estimate | None
    rated_again: tuple[int, int] | None


@dataclass(frozen=True, eq=False)
class TargetChance:
    """Trusts that rose to good or better in 2017/18 against the target, and the play of chance.

    Parameters
    ----------
    observed, target : int
        Published numbers.
    eligible : tuple of int
        Fewest and most trusts below good at the start that fit the published shares.
    table : DataFrame
        One row a count: count, probability, reached (at least the observed number).
    beat : Estimate
        Chance of at least the observed number if the target were exactly what was to be expected;
        its range is over the eligible numbers.
    miss : Estimate
        Chance of fewer than the target if the observed number were what was to be expected.
    expected : Estimate
        Number to be expected in a year like it, with its interval.
    """

    observed: int
    target: int
    eligible: tuple[int, int]
    table: pd.DataFrame
    beat: Estimate
    miss: Estimate
    expected: Estimate


def year_end() -> pd.Timestamp:
    """Return the day that the published numbers describe."""
    return period_end(_claim(_SHARES["good"])["period"])


def is_published(study: Study) -> bool:
    """Tell whether the published numbers may be used: not before the day they describe."""
    return study.dates.as_at is None or study.dates.as_at >= year_end()


def published_shift(study: Study) -> PublishedShift | None:
    """Rebuild the counts behind the published shift and ask whether it stands out.

    Parameters
    ----------
    study : Study
        A comparison: its snapshots say how often trusts move into and out of good. The numbers
        cover all NHS trusts and the overall rating whatever the comparison covers.

    Returns
    -------
    PublishedShift or None
        None if the numbers were not yet published on the comparison's `as_at`.
    """
    if not is_published(study):
        return None
    confidence = study.settings.confidence
    implied = _implied()
    rows = [
        _published_row(implied, year, rating, value, confidence)
        for rating in _SHARES
        for year, value in ((year, values[rating]) for year, values in _published().items())
    ]
    table = pd.DataFrame(rows)
    first, last = (part for _, part in implied.groupby("year", sort=True))
    both = first.merge(last, how="cross", suffixes=("_before", "_after"))
    ends = [
        confint_proportions_2indep(
            row.good_after,
            row.total_after,
            row.good_before,
            row.total_before,
            compare="diff",
            method="newcomb",
            alpha=1 - confidence,
        )
        for row in both.itertuples()
    ]
    start, end = _published().values()
    change = Estimate(
        end["good"] - start["good"],
        100 * min(low for low, _ in ends),
        100 * max(high for _, high in ends),
        unit="pp",
        n=int(last["total"].max()),
        label="rise of the share rated good in the year to 31 March 2018",
        confidence=confidence,
    )
    risen = int(_claim(_MOVED)["value"])
    net = _extent(both["good_after"] - both["good_before"])
    better = both["good_after"] + both["outstanding_after"]
    fell = _extent(risen - (better - both["good_before"] - both["outstanding_before"]))
    split = _split(risen, fell)
    crossings, by_chance = _chance_of(net[0], study)
    return PublishedShift(
        table=table,
        implied=implied,
        change=change,
        risen=risen,
        net=net,
        fell=fell,
        split=split,
        crossings=crossings,
        by_chance=by_chance,
        rated_again=_rated_again(study),
    )


def target_chance(study: Study) -> TargetChance | None:
    """Ask how often 20 would be reached against a target of 17 by chance alone.

    Parameters
    ----------
    study : Study
        A comparison, for its confidence and `as_at`.

    Returns
    -------
    TargetChance or None
        None if the numbers were not yet published on the comparison's `as_at`.

    Notes
    -----
    The model: every trust below good at the start of the year has the same chance of rising to good
    or better, independently of the others. Visits in batches or shared causes would make the
    number vary more than this.
    """
    if not is_published(study):
        return None
    claim = _claim(_MOVED)
    observed, target = int(claim["value"]), int(claim["comparator_value"])
    implied = _implied()
    start = implied[implied["year"] == implied["year"].min()]
    below = start["total"] - start["good"] - start["outstanding"]
    fewest, most = int(below.min()), int(below.max())
    beats = [float(binom.sf(observed - 1, m, target / m)) for m in (fewest, most)]
    misses = [float(binom.cdf(target - 1, m, observed / m)) for m in (fewest, most)]
    beat, miss = (
        Estimate(
            float(np.mean(found)),
            min(found),
            max(found),
            unit="probability",
            n=fewest,
            label=label,
            kind="range",
        )
        for found, label in (
            (beats, f"chance of {observed} or more if {target} was to be expected"),
            (misses, f"chance of fewer than {target} if {observed} was to be expected"),
        )
    )
    rate = wilson([observed], [fewest], study.settings.confidence)
    expected = Estimate(
        observed,
        float(rate.low[0]) * fewest,
        float(rate.high[0]) * fewest,
        unit="trusts",
        n=fewest,
        label="trusts to be expected to rise in a year like it",
        confidence=study.settings.confidence,
        decimals=0,
    )
    counts = np.arange(max(0, target - 14), observed + 15)
    table = pd.DataFrame(
        {
            "count": counts,
            "probability": binom.pmf(counts, fewest, target / fewest),
            "reached": counts >= observed,
        }
    )
    return TargetChance(observed, target, (fewest, most), table, beat, miss, expected)


def _claim(measure: str) -> pd.Series:
    claims = datasets.load("claims")
    rows = claims[(claims["topic"] == "cqc") & (claims["measure"] == measure)]
    if len(rows) != 1:
        raise DataError("claims", f"must have one row with the measure {measure!r}")
    return rows.iloc[0]


def _published() -> dict[int, dict[str, float]]:
    """Return the published percentages by year of 31 March and rating."""
    found: dict[int, dict[str, float]] = {}
    for rating, measure in _SHARES.items():
        claim = _claim(measure)
        year = int(str(claim["period"])[:4])
        found.setdefault(year - 1, {})[rating] = float(claim["comparator_value"])
        found.setdefault(year, {})[rating] = float(claim["value"])
    return dict(sorted(found.items()))


def _implied() -> pd.DataFrame:
    """List the counts that fit, for totals from the trusts rated in 2018 to those that existed."""
    ratings = datasets.load("cqc_trust_ratings")
    first = ratings[ratings["snapshot"] == ratings["snapshot"].min()]
    totals = range(first["org_code"].nunique(), len(datasets.load("trusts")) + 1)
    frames = [
        implied_counts(values, totals).assign(year=year) for year, values in _published().items()
    ]
    return pd.concat(frames, ignore_index=True)[["year", "total", "good", "outstanding"]]


def _published_row(
    implied: pd.DataFrame, year: int, rating: str, value: float, confidence: float
) -> dict[str, object]:
    fits = implied[implied["year"] == year]
    if fits.empty:
        raise DataError("claims", f"no whole counts fit the shares published for {year}")
    ends = wilson(fits[rating].to_numpy(), fits["total"].to_numpy(), confidence)
    estimate = Estimate(
        value / 100,
        float(ends.low.min()),
        float(ends.high.max()),
        unit="share",
        n=int(fits["total"].min()),
        label=f"trusts rated {rating} on 31 March {year}",
        confidence=confidence,
    )
    return {"rating": rating.capitalize(), "year": year, "published": estimate}


def _rated_again(study: Study) -> tuple[int, int] | None:
    """Count the ratings of the published year's end that later ones hide, once that was known."""
    ratings = datasets.load("cqc_trust_ratings")
    held = ratings[(ratings["service"] == SERVICE) & (ratings["key_question"] == "Overall")]
    held = held[held["snapshot"] == held["snapshot"].min()]
    as_at = study.dates.as_at
    if as_at is not None and as_at < held["snapshot"].iloc[0]:
        return None
    return int((held["publication_date"] > year_end()).sum()), len(held)


def _extent(values: pd.Series) -> tuple[int, int]:
    return int(values.min()), int(values.max())


def _split(risen: int, fell: tuple[int, int]) -> Estimate:
    """Return the exact McNemar p-value over the numbers that may have fallen."""
    found = []
    for down in range(max(0, fell[0]), max(0, fell[1]) + 1):
        test = paired_ordinal_table([[0, risen], [down, 0]], ["below", "good"]).mcnemar("good")
        found.append(1.0 if test.pvalue is None else test.pvalue)
    return Estimate(
        float(np.mean(found)),
        min(found),
        max(found),
        unit="probability",
        n=risen,
        label="chance of so uneven a split of rises and falls in 2017/18",
        kind="range",
    )


def _chance_of(net: int, study: Study) -> tuple[int, Estimate | None]:
    """Return the trusts that crossed good's line between the snapshots, and the chance of `net`."""
    everyone = study.positions.table
    counts = pairs(everyone[everyone["key_question"] == "Overall"]).counts
    good = RATINGS.index("Good")
    crossings = int(counts[good].sum() + counts[:, good].sum() - 2 * counts[good, good])
    if study.dates.days == 0 or crossings == 0:
        return crossings, None
    a_year = round(crossings / study.dates.years)
    needed = (a_year + net + 1) // 2
    tail = 2 * float(binom.sf(needed - 1, a_year, 0.5)) if a_year >= net else 0.0
    found = Estimate(
        min(1.0, tail),
        unit="probability",
        n=a_year,
        label=f"chance of a net change of {net} or more in a year without drift",
    )
    return crossings, found
