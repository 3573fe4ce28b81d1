"""The shift that was published for 2017/18, the counts behind it, and what chance would do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import binom
from statsmodels.stats.proportion import confint_proportions_2indep

from nhsi_analysis import datasets
from nhsi_analysis.errors import DataError
from nhsi_analysis.estimates import Estimate
from nhsi_analysis.methods.shares import check_confidence, implied_counts, wilson
from nhsi_analysis.methods.transitions import paired_ordinal_table
from nhsi_analysis.topics.ratings.moves import GOOD, RatingShift, pairs
from nhsi_analysis.topics.ratings.scope import day, parse_date, plural

_SHARES = {"good": "share of trusts rated good", "outstanding": "share of trusts rated outstanding"}
_MOVED = "trusts that moved from inadequate or requires improvement to good or outstanding"


@dataclass(frozen=True, eq=False)
class PublishedShift:
    """The published rise in the share of trusts rated good, and how much of it could be chance.

    Parameters
    ----------
    table : DataFrame
        One row a year and rating: year, rating, published_pct, implied (text), share (Estimate:
        published value with the widest Wilson interval over the counts that fit).
    implied : DataFrame
        Counts that fit: year, total, good, outstanding.
    change : Estimate
        Rise of the share rated good in percentage points, if the two years were separate samples.
    churn : DataFrame
        One row a number of trusts that left good: left, joined, pvalue (exact McNemar).
    net : int
        Net number of trusts that became good: smallest that fits the published shares.
    most_left : int
        Largest number that can have left good with a p-value below 5%.
    by_chance : Estimate or None
        Chance of a net rise or fall at least this large in a year in which moves into and out of
        good were as many as between the snapshots and as likely either way; None without moves.
    title, sentence : str
        The message and the reading.
    """

    table: pd.DataFrame
    implied: pd.DataFrame
    change: Estimate
    churn: pd.DataFrame
    net: int
    most_left: int
    by_chance: Estimate | None
    title: str
    sentence: str


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
    title, sentence : str
        The message and the reading.
    """

    observed: int
    target: int
    eligible: tuple[int, int]
    table: pd.DataFrame
    beat: Estimate
    miss: Estimate
    expected: Estimate
    title: str
    sentence: str


def year_end(as_at: str = "") -> pd.Timestamp | None:
    """Return the day the published figures stand for, or None if `as_at` is before it."""
    period = pd.Timestamp(_claim(_SHARES["good"])["period"]) + pd.offsets.MonthEnd(0)
    return None if as_at and parse_date("as_at", as_at) < period else pd.Timestamp(period)


def not_yet(as_at: str) -> str:
    """Say that the published figures are not used."""
    return (
        f"The shares published for 31 March 2018 are not used here: `as_at` is {as_at}, and they "
        "can't have been published before the day they describe."
    )


def published_shift(shift: RatingShift) -> PublishedShift | None:
    """Rebuild the counts behind the published shift and ask whether it stands out.

    Parameters
    ----------
    shift : RatingShift
        A comparison: its snapshots say how often trusts move into and out of good. The figures
        cover all NHS trusts and the overall rating whatever the comparison covers.

    Returns
    -------
    PublishedShift or None
        None if the figures were not yet published on the comparison's `as_at`.
    """
    scope = shift.scope
    if year_end(_iso(scope.as_at)) is None:
        return None
    confidence = check_confidence(scope.confidence)
    implied = _implied()
    rows = [
        _published_row(implied, year, rating, value, confidence)
        for year, values in _published().items()
        for rating, value in values.items()
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
        )  # fmt: skip
        for row in both.itertuples()
    ]
    published = [row["share"].value for row in rows if row["rating"] == "good"]
    change = Estimate(
        100 * (published[1] - published[0]),
        100 * min(low for low, _ in ends),
        100 * max(high for _, high in ends),
        unit="pp",
        n=int(last["total"].max()),
        label="rise of the share rated good in the year to 31 March 2018",
        confidence=confidence,
    )
    net = int((both["good_after"] - both["good_before"]).min())
    churn = _churn(net)
    most_left = int(churn.loc[churn["pvalue"] < 0.05, "left"].max())
    crossings, by_chance = _chance_of(net, shift)
    words = (
        f"The published {published[0]:.1%} and {published[1]:.1%} fit {_fits(first)} and "
        f"{_fits(last)}: a net {net} to {int((both['good_after'] - both['good_before']).max())} "
        f"trusts more. As two separate samples the rise would be {change}, which "
        f"{'includes' if (change.low or 0) <= 0 else 'leaves out'} no change. But these are the "
        f"same trusts, so what counts is how many crossed the line: the rise is hard to put down to "
        f"chance (p below 0.05) only if at most {plural(most_left)} lost a good rating while "
        f"{most_left + net} gained one, and the report does not say how many did."
    )
    stands_out = False
    if by_chance is not None:
        stands_out = by_chance.value < 0.05
        words += (
            f" Between the two snapshots {plural(crossings, 'trust')} crossed into or out of good "
            f"in {plural(scope.days, 'day')}. At that pace, with every crossing as likely one way "
            f"as the other, a net change of {net} or more either way would come up in "
            f"{by_chance.text} of years, so a shift of this size "
            f"{'stands out' if stands_out else 'does not stand out'} by itself."
        )
    title = f"A rise from {published[0]:.1%} to {published[1]:.1%} is a net {plural(net)}" + (
        ", more than chance usually does" if stands_out else ", within what chance can do"
    )
    return PublishedShift(table, implied, change, churn, net, most_left, by_chance, title, words)


def target_chance(shift: RatingShift) -> TargetChance | None:
    """Ask how often 20 would be reached against a target of 17 by chance alone.

    Parameters
    ----------
    shift : RatingShift
        A comparison, for its confidence and `as_at`.

    Returns
    -------
    TargetChance or None
        None if the figures were not yet published on the comparison's `as_at`.

    Notes
    -----
    The model: every trust below good at the start of the year has the same chance of rising to good
    or better, independently of the others. Visits in batches or shared causes would make the
    number vary more than this.
    """
    scope = shift.scope
    if year_end(_iso(scope.as_at)) is None:
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
    rate = wilson([observed], [fewest], scope.confidence)
    expected = Estimate(
        observed,
        float(rate.low[0]) * fewest,
        float(rate.high[0]) * fewest,
        unit="trusts",
        n=fewest,
        label="trusts to be expected to rise in a year like it",
        confidence=scope.confidence,
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
    usual = beat.value >= 0.05
    title = (
        f"Chance alone reaches {observed} or more in {beat.text} of years in which {target} "
        f"{'is' if usual else 'was'} to be expected"
    )
    who = f"{fewest} to {most}" if most > fewest else f"{fewest}"
    words = (
        f"The report says that {observed} trusts rose to good or outstanding, against a target of "
        f"{target}. By the published shares {who} trusts stood below good when the year began. If "
        f"each had the same chance of rising, independently of the others, and {target} was to be "
        f"expected, {observed} or more would come up in {beat.text} of years. Turned round: a "
        f"year in which {observed} was to be expected would miss {target} in {miss.text} of cases. "
        f"The number to be expected in a year like it is {expected}, so beating the target by "
        f"{observed - target} {'says little' if usual else 'is unusual'}. Trusts are inspected in "
        "batches and share causes, so the true play of chance is wider than this model's."
    )
    return TargetChance(observed, target, (fewest, most), table, beat, miss, expected, title, words)


def _iso(date: pd.Timestamp | None) -> str:
    return "" if date is None else f"{date:%Y-%m-%d}"


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
    counts = " or ".join(f"{c} of {t}" for c, t in zip(fits[rating], fits["total"], strict=True))
    row: dict[str, object] = {"year": year, "rating": rating, "published_pct": value}
    return row | {"implied": counts, "share": estimate}


def _fits(fits: pd.DataFrame) -> str:
    return " or ".join(
        f"{row.good} good and {row.outstanding} outstanding of {row.total}"
        for row in fits.itertuples()
    )


def _churn(net: int) -> pd.DataFrame:
    """Return the exact McNemar p-value by the number of trusts that left good."""
    rows = []
    for left in range(2 * net + 1):
        test = paired_ordinal_table([[0, left + net], [left, 0]], ["other", "good"]).mcnemar("good")
        rows.append({"left": left, "joined": left + net, "pvalue": test.pvalue})
    return pd.DataFrame(rows)


def _chance_of(net: int, shift: RatingShift) -> tuple[int, Estimate | None]:
    """Return the trusts that crossed good's line between the snapshots, and the chance of `net`."""
    everyone = shift.positions.table
    overall = pairs(everyone[everyone["key_question"] == "Overall"])
    matrix = overall.matrix
    good = GOOD[0]
    held = int(matrix.loc[good, good])
    crossings = int(matrix.loc[good].sum() + matrix[good].sum() - 2 * held)
    if shift.scope.days == 0 or crossings == 0:
        return crossings, None
    a_year = round(crossings / shift.scope.years)
    needed = (a_year + net + 1) // 2
    tail = 2 * float(binom.sf(needed - 1, a_year, 0.5)) if a_year >= net else 0.0
    found = Estimate(
        min(1.0, tail),
        unit="probability",
        n=a_year,
        label=f"chance of a net change of {net} or more in a year, if moves either way are as likely",
    )
    return crossings, found


def latest_use(shift: RatingShift) -> str:
    """Say which day the report stands at."""
    if shift.scope.as_at is None:
        return "Everything in the tables is used."
    return f"Nothing published after {day(shift.scope.as_at)} is used."
