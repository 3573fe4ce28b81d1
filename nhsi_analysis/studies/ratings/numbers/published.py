"""The shift that was published for 2017/18, the counts behind it, and what chance would do."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from scipy.stats import binom

from nhsi_analysis import datasets
from nhsi_analysis.as_at import period_end
from nhsi_analysis.errors import DataError
from nhsi_analysis.studies.ratings.numbers.study import Study, chance_of
from notebook_reports.evidence import Estimate
from policy_methods.results import Result
from policy_methods.shares import implied_counts

_SHARES = {"good": "share of trusts rated good", "outstanding": "share of trusts rated outstanding"}
_MOVED = "trusts that moved from inadequate or requires improvement to good or outstanding"
_VALUES = ("comparator_value", "value")
_EARLIER = 10  # trusts by which the total may have been another before the first list
_MOST_OF = 0.9  # of the trusts in the register: a list that holds fewer tells no national total


@dataclass(frozen=True, eq=False)
class PublishedShift(Result):
    """The published rise in the shares rated good and outstanding, and what chance would do.

    Parameters
    ----------
    until, shares, totals : Timestamp, dict of str to list of float, tuple of int
        End of the year; published percentages at its start and its end, by rating; fewest and most
        trusts tried as the total.
    implied : DataFrame
        Counts that fit them, one row each: at_end, total, good, outstanding, better (both).
    risen, target : int
        Trusts said to have risen to good or outstanding, and the target.
    net, fell : tuple of int
        Fewest and most net rises, and falls if trusts that left or joined the count cancel out.
    left, fell_at_least : int
        Most by which the total may have shrunk, and the fewest falls if all of those were good.
    split, beat : Estimate
        Chance of so uneven a split of rises and falls, over the falls there may have been; and of
        so many rises if the target was to be expected, each trust below good alike and alone.
    """

    until: pd.Timestamp
    shares: dict[str, list[float]]
    totals: tuple[int, int]
    implied: pd.DataFrame
    risen: int
    target: int
    net: tuple[int, int]
    fell: tuple[int, int]
    left: int
    fell_at_least: int
    split: Estimate
    beat: Estimate


def published_shift(study: Study) -> PublishedShift | None:
    """Rebuild the counts behind the published shift and ask whether it stands out.

    None where the page isn't about the overall rating of all trusts in England, as the published
    numbers are; if they weren't yet published on its `as_at`; or if its first list holds too few
    trusts to say how many were rated.
    """
    until = period_end(_claim(_SHARES["good"])["period"])
    ratings, listed = study.ratings, len(datasets.load("trusts"))
    rated = ratings.loc[ratings["snapshot"] == ratings["snapshot"].min(), "org_code"].nunique()
    early = study.dates.as_at is not None and study.dates.as_at < until
    if early or study.looks.kinds or rated < _MOST_OF * listed:
        return None
    shares = {r: [float(_claim(m)[at]) for at in _VALUES] for r, m in _SHARES.items()}
    totals = (rated - _EARLIER, listed + _EARLIER)
    fits = [
        implied_counts({r: pair[at] for r, pair in shares.items()}, range(totals[0], totals[1] + 1))
        for at in (0, 1)
    ]
    if any(found.empty for found in fits):
        raise DataError("claims", "no whole counts fit the published shares of ratings")
    start, end = (found.assign(better=found["good"] + found["outstanding"]) for found in fits)
    both = start.merge(end, how="cross", suffixes=("_before", "_after"))
    claim = _claim(_MOVED)
    risen, target = int(claim["value"]), int(claim["comparator_value"])
    net = both["better_after"] - both["better_before"]
    left = (both["total_before"] - both["total_after"]).clip(lower=0)
    fell = (max(0, risen - int(net.max())), max(0, risen - int(net.min())))
    least = max(0, int((risen - net - left).min()))
    below = (start["total"] - start["better"]).tolist()
    splits = [chance_of(risen, down) for down in range(least, fell[1] + 1)]
    beats = [float(binom.sf(risen - 1, n, target / n)) for n in below]
    return PublishedShift(
        until=until,
        shares=shares,
        totals=totals,
        implied=pd.concat({False: start, True: end}, names=["at_end"]).reset_index(level=0),
        risen=risen,
        target=target,
        net=(int(net.min()), int(net.max())),
        fell=fell,
        left=int(left.max()),
        fell_at_least=least,
        split=_range("chance of so uneven a split in 2017/18", splits),
        beat=_range("chance of so many rises in 2017/18", beats),
    )


def _claim(measure: str) -> pd.Series:
    claims = datasets.load("claims")
    rows = claims[(claims["topic"] == "cqc") & (claims["measure"] == measure)]
    if len(rows) != 1:
        raise DataError("claims", f"must have one row with the measure {measure!r}")
    return rows.iloc[0]


def _range(label: str, chances: list[float]) -> Estimate:
    low, high = min(chances), max(chances)
    middle = (low + high) / 2
    return Estimate(middle, low, high, unit="probability", label=label, kind="range")
