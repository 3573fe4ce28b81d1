"""The shift that was published for 2017/18, the counts behind it, and what chance would do."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from scipy.stats import binom, binomtest

from nhsi_analysis import datasets
from nhsi_analysis.as_at import period_end
from nhsi_analysis.errors import DataError
from nhsi_analysis.studies.ratings.numbers.positions import KEY_QUESTIONS, SERVICE
from nhsi_analysis.studies.ratings.numbers.study import Study
from notebook_reports.evidence import Estimate
from policy_methods.shares import implied_counts

_SHARES = {"good": "share of trusts rated good", "outstanding": "share of trusts rated outstanding"}
_MOVED = "trusts that moved from inadequate or requires improvement to good or outstanding"
_MOST_OF = 0.9
"""Part of the trusts in the register that a list must hold to say how many trusts were rated."""


@dataclass(frozen=True, eq=False)
class PublishedShift:
    """The published rise in the shares rated good and outstanding, and what chance would do.

    Parameters
    ----------
    implied : DataFrame
        Counts that fit: rating, year of 31 March, published (per cent), fits (tuple of count and
        total).
    net : tuple of int
        Fewest and most by which the number rated good or outstanding rose.
    risen, target : int
        Trusts said to have risen to good or outstanding, and the target.
    left : int
        Most trusts by which the total may have fallen.
    fell : tuple of int
        Fewest and most trusts that fell below good if trusts that left or joined the count cancel
        out.
    fell_at_least : int
        Fewest if every trust by which the total fell had been rated good or outstanding.
    split : Estimate
        Chance of a split at least as uneven between rises and falls, if moves either way were as
        likely (exact sign test); its range is over the numbers that may have fallen.
    beat : Estimate
        Chance of at least the number risen if the target were exactly what was to be expected; its
        range is over the trusts that may have stood below good.
    rated_again : tuple of int or None
        Trusts in the first list that were rated again after the year's end, and all in it; None if
        that was not known on the comparison's `as_at`.
    """

    implied: pd.DataFrame
    net: tuple[int, int]
    risen: int
    target: int
    left: int
    fell: tuple[int, int]
    fell_at_least: int
    split: Estimate
    beat: Estimate
    rated_again: tuple[int, int] | None


def year_end() -> pd.Timestamp:
    """Return the day that the published numbers describe."""
    return period_end(_claim(_SHARES["good"])["period"])


def published_shift(study: Study) -> PublishedShift | None:
    """Rebuild the counts behind the published shift and ask whether it stands out.

    Parameters
    ----------
    study : Study
        A comparison.

    Returns
    -------
    PublishedShift or None
        None where the page is not about the overall rating of all trusts in England, as the
        published numbers are; if they were not yet published on its `as_at`; or if its first list
        holds too few trusts to say how many were rated.

    Notes
    -----
    The chance of the target supposes that every trust below good at the start of the year has the
    same chance of rising, independently of the others.
    """
    first = _first_list(study)
    as_at = study.dates.as_at
    if (
        not study.national
        or study.settings.key_question != KEY_QUESTIONS[0]
        or (as_at is not None and as_at < year_end())
        or len(first) < _MOST_OF * len(datasets.load("trusts"))
    ):
        return None
    claim = _claim(_MOVED)
    risen, target = int(claim["value"]), int(claim["comparator_value"])
    published = _published()
    totals = range(len(first), len(datasets.load("trusts")) + 1)
    fits = {year: implied_counts(values, totals) for year, values in published.items()}
    for year, found in fits.items():
        if found.empty:
            raise DataError("claims", f"no whole counts fit the shares published for {year}")
    start, end = (
        found.assign(better=found["good"] + found["outstanding"]) for found in fits.values()
    )
    both = start.merge(end, how="cross", suffixes=("_before", "_after"))
    net = both["better_after"] - both["better_before"]
    left = (both["total_before"] - both["total_after"]).clip(lower=0)
    fell = (max(0, risen - int(net.max())), max(0, risen - int(net.min())))
    fell_at_least = max(0, int((risen - net - left).min()))
    below = start["total"] - start["better"]
    rows = [
        (
            rating.capitalize(),
            year,
            values[rating],
            tuple(zip(fits[year][rating], fits[year]["total"], strict=True)),
        )
        for rating in _SHARES
        for year, values in published.items()
    ]
    return PublishedShift(
        implied=pd.DataFrame(rows, columns=["rating", "year", "published", "fits"]),
        net=(int(net.min()), int(net.max())),
        risen=risen,
        target=target,
        left=int(left.max()),
        fell=fell,
        fell_at_least=fell_at_least,
        split=_range(
            [binomtest(risen, risen + down).pvalue for down in range(fell_at_least, fell[1] + 1)],
            "chance of so uneven a split of rises and falls in 2017/18",
        ),
        beat=_range(
            [float(binom.sf(risen - 1, n, target / n)) for n in (below.min(), below.max())],
            f"chance of {risen} or more if {target} was to be expected",
        ),
        rated_again=_rated_again(study, first),
    )


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


def _first_list(study: Study) -> pd.DataFrame:
    """Return the overall ratings of whole trusts in the table's first list, one row a trust."""
    held = study.ratings
    held = held[(held["service"] == SERVICE) & (held["key_question"] == KEY_QUESTIONS[0])]
    held = held[held["snapshot"] == held["snapshot"].min()]
    return held.sort_values("publication_date").drop_duplicates("org_code", keep="last")


def _rated_again(study: Study, first: pd.DataFrame) -> tuple[int, int] | None:
    """Count the ratings of the published year's end that later ones hide, once that was known."""
    as_at = study.dates.as_at
    if as_at is not None and as_at < first["snapshot"].iloc[0]:
        return None
    return int((first["publication_date"] > year_end()).sum()), len(first)


def _range(chances: list[float], label: str) -> Estimate:
    low, high = min(chances), max(chances)
    return Estimate((low + high) / 2, low, high, unit="probability", label=label, kind="range")
