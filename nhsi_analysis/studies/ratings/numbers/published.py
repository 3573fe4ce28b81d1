"""The shift that was published for 2017/18, the counts behind it, and what chance would do."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from scipy.stats import binom

from nhsi_analysis import datasets
from nhsi_analysis.as_at import period_end
from nhsi_analysis.errors import DataError
from nhsi_analysis.studies.ratings.numbers.positions import KEY_QUESTIONS
from nhsi_analysis.studies.ratings.numbers.study import Study, chance_of
from notebook_reports.evidence import Estimate
from policy_methods.shares import implied_counts

_SHARES = {"good": "share of trusts rated good", "outstanding": "share of trusts rated outstanding"}
_MOVED = "trusts that moved from inadequate or requires improvement to good or outstanding"
_MOST_OF = 0.9  # of the trusts in the register: a list that holds fewer tells no national total


@dataclass(frozen=True, eq=False)
class PublishedShift:
    """The published rise in the shares rated good and outstanding, and what chance would do.

    Parameters
    ----------
    until : Timestamp
        End of the year.
    implied : DataFrame
        Counts that fit: rating, year of 31 March, published (per cent), fits (tuple of count and
        total).
    risen, target : int
        Trusts said to have risen to good or outstanding, and the target.
    net, fell : tuple of int
        Fewest and most by which the number good or outstanding rose, and that fell below, if trusts
        that left or joined the count cancel out.
    left, fell_at_least : int
        Most by which the total may have shrunk, and the fewest that fell if all of those were good
        or outstanding.
    split, beat : Estimate
        Chance of so uneven a split of rises and falls, over the numbers that may have fallen; and
        of so many rises if the target was to be expected, each trust below good alike and alone.
    """

    until: pd.Timestamp
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

    Parameters
    ----------
    study : Study
        A comparison.

    Returns
    -------
    PublishedShift or None
        None where the page isn't about the overall rating of all trusts in England, as the
        published numbers are; if they weren't yet published on its `as_at`; or if its first list
        holds too few trusts to say how many were rated.
    """
    year = int(str(_claim(_SHARES["good"])["period"])[:4])
    until = period_end(_claim(_SHARES["good"])["period"])
    ratings, listed = study.ratings, len(datasets.load("trusts"))
    rated = ratings.loc[ratings["snapshot"] == ratings["snapshot"].min(), "org_code"].nunique()
    early = study.dates.as_at is not None and study.dates.as_at < until
    overall = study.settings.key_question == KEY_QUESTIONS[0]
    if early or not (study.national and overall and rated >= _MOST_OF * listed):
        return None
    published, fits, rows = {}, {}, []
    for end, column in ((year - 1, "comparator_value"), (year, "value")):
        published[end] = {r: float(_claim(measure)[column]) for r, measure in _SHARES.items()}
        found = implied_counts(published[end], range(rated, listed + 1))
        if found.empty:
            raise DataError("claims", f"no whole counts fit the shares published for {end}")
        fits[end] = found.assign(better=found["good"] + found["outstanding"])
    for rating in _SHARES:
        for end, found in fits.items():
            counts = tuple(zip(found[rating], found["total"], strict=True))
            rows.append((rating.capitalize(), end, published[end][rating], counts))
    start = fits[year - 1]
    both = start.merge(fits[year], how="cross", suffixes=("_before", "_after"))
    claim = _claim(_MOVED)
    risen, target = int(claim["value"]), int(claim["comparator_value"])
    net = both["better_after"] - both["better_before"]
    left = (both["total_before"] - both["total_after"]).clip(lower=0)
    fell = (max(0, risen - int(net.max())), max(0, risen - int(net.min())))
    least = max(0, int((risen - net - left).min()))
    below = (start["total"] - start["better"]).tolist()
    return PublishedShift(
        until=until,
        implied=pd.DataFrame(rows, columns=["rating", "year", "published", "fits"]),
        risen=risen,
        target=target,
        net=(int(net.min()), int(net.max())),
        fell=fell,
        left=int(left.max()),
        fell_at_least=least,
        split=_range([chance_of(risen, down) for down in range(least, fell[1] + 1)]),
        beat=_range([float(binom.sf(risen - 1, n, target / n)) for n in below]),
    )


def _claim(measure: str) -> pd.Series:
    claims = datasets.load("claims")
    rows = claims[(claims["topic"] == "cqc") & (claims["measure"] == measure)]
    if len(rows) != 1:
        raise DataError("claims", f"must have one row with the measure {measure!r}")
    return rows.iloc[0]


def _range(chances: list[float]) -> Estimate:
    low, high = min(chances), max(chances)
    return Estimate((low + high) / 2, low, high, unit="probability", kind="range")
