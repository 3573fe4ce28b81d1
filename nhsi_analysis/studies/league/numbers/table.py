"""A league table ready for trial: the survey replica, or an analyst's own table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from nhsi_analysis.as_at import survey_published
from nhsi_analysis.errors import ParameterError
from nhsi_analysis.studies.league.numbers.survey import describe, family, measure_words, survey
from nhsi_analysis.studies.league.settings import Settings
from notebook_reports.evidence import Estimate, words
from policy_methods.composite import composite

CATEGORIES = ("outstanding", "good", "significant concerns", "poor reporting culture")
"""The league's categories, best first."""

_SCALE_FROM = 0.05


@dataclass(frozen=True)
class League:
    """A league table with its uncertainty, quotas and words.

    Parameters
    ----------
    settings : Settings
        As asked for; an own table's with its weights by the file's names.
    units : pandas.DataFrame
        Indexed by ``org_code`` in order of position: ``org_name``, ``trust_type``, ``position``
        (ties broken by code), ``score``, ``se``, ``n`` (smallest base), ``category``.
    indicators, indicator_se : pandas.DataFrame
        Indicators and standard errors, same index.
    family : tuple of str
        Indicators that could have been chosen in their place.
    weights : dict of str to float
        Weight of each indicator.
    sizes : tuple of int
        Units in each category, best first; ``categories`` names them.
    cut : int
        Last position above the line on trial.
    follow : str
        Code of the unit to follow.
    year : int or None
        Survey year; None for an analyst's table.
    unit : str
        Unit of the score: "share" or "" for standard scores and other numbers.
    name, measure, period : str
        "replica league", what the score measures, "2017".
    source : list of str
        Tables it comes from.
    notes : list of str
        Treatments that must be stated.
    """

    settings: Settings
    units: pd.DataFrame
    indicators: pd.DataFrame
    indicator_se: pd.DataFrame
    family: tuple[str, ...]
    weights: dict[str, float]
    sizes: tuple[int, ...]
    categories: tuple[str, ...]
    cut: int
    follow: str
    year: int | None
    unit: str
    name: str
    measure: str
    period: str
    source: list[str]
    notes: list[str]

    @property
    def sign(self) -> int:
        """1 where a higher score is better, -1 otherwise."""
        return 1 if self.settings.higher_is_better else -1

    @property
    def count(self) -> int:
        """Number of units."""
        return len(self.units)

    @property
    def replica(self) -> bool:
        """Whether this is a rebuilt league and not an analyst's table."""
        return self.year is not None

    @property
    def noun(self) -> str:
        """What the units are called."""
        return "trusts" if self.replica else "organisations"

    @property
    def one(self) -> str:
        """What one unit is called."""
        return self.noun.removesuffix("s")

    @property
    def line(self) -> str:
        """The line on trial in words."""
        return f"the line between ranks {self.cut} and {self.cut + 1}"

    @property
    def neighbours(self) -> tuple[str, str]:
        """Names of the categories on either side of the line."""
        k = int(np.searchsorted(np.cumsum(self.sizes), self.cut))
        return self.categories[k], self.categories[min(k + 1, len(self.categories) - 1)]

    @property
    def sides(self) -> tuple[str, str]:
        """Names of the two sides of the line."""
        k = int(np.searchsorted(np.cumsum(self.sizes), self.cut)) + 1
        above, below = self.categories[:k], self.categories[k:]
        upper = above[-1] + (" or better" if len(above) > 1 else "")
        lower = below[0] + (" or worse" if len(below) > 1 else "")
        return upper, lower

    @property
    def level(self) -> str:
        """The confidence level in words: "95%"."""
        return words.level(self.settings.confidence)

    @property
    def subtitle(self) -> str:
        """Geography, league and period for the line under a chart's title."""
        whom = "NHS trusts in England" if self.replica else self.noun
        return f"{self.count} {whom}, {self.name}, {self.measure}"

    def label(self, code: str) -> str:
        """Name a unit: its name, or its code where none is known."""
        name = self.units.loc[code, "org_name"]
        return str(name) if isinstance(name, str) and name else code


def replica(settings: Settings) -> League:
    """Build a replica of the 2016 league from the trust-level staff survey.

    Parameters
    ----------
    settings : Settings
        One indicator is scored as its share, several as a weighted mean of standard scores.
        Quotas are scaled where the number of trusts differs by more than 5%, otherwise the
        published cuts keep their places and the last category takes the difference.

    Returns
    -------
    League
        The replica.

    Raises
    ------
    ParameterError
        For a year, question, weight or trust that the survey doesn't hold.
    """
    year, questions = settings.survey_year, settings.indicators
    shares, errors, bases, source = survey(year, questions)
    if survey_published(pd.Series([year])).iloc[0] > settings.until:
        raise ParameterError(
            "survey_year", f"has no results published by {settings.as_at}", value=year
        )
    whole = bool((100 * shares == (100 * shares).round()).to_numpy().all())
    rounded = [
        "Its percentages were published as whole numbers, so trusts tie; ties are broken by code."
    ]
    return assemble(
        replace(settings, higher_is_better=True),
        shares,
        errors,
        bases.min(axis=1),
        describe(shares.index, year),
        year=year,
        unit="share" if len(questions) == 1 else "",
        name="replica league",
        measure=measure_words(questions, year),
        period=str(year),
        source=[source],
        notes=rounded if whole else [],
        family=family(year, questions),
    )


def scale_quotas(quotas: Sequence[int], count: int) -> tuple[int, ...]:
    """Fit quotas to a number of units.

    Parameters
    ----------
    quotas : sequence of int
        Units in each category, best first.
    count : int
        Units there are.

    Returns
    -------
    tuple of int
        Within 5% of the quotas' sum the cuts keep their places and the last category takes the
        difference; otherwise shares by largest remainder. A category may become empty.

    Examples
    --------
    >>> scale_quotas((18, 102, 78, 32), 235)
    (18, 102, 78, 37)
    >>> scale_quotas((18, 102, 78, 32), 40)
    (3, 18, 14, 5)
    """
    total = sum(quotas)
    rest = count - sum(quotas[:-1])
    if abs(count - total) <= _SCALE_FROM * total and rest >= 1:
        return (*(int(q) for q in quotas[:-1]), rest)
    exact = np.array(quotas, dtype=float) * count / total
    sizes = np.floor(exact).astype(int)
    order = np.argsort(-(exact - sizes), kind="stable")
    sizes[order[: count - sizes.sum()]] += 1
    return tuple(int(s) for s in sizes)


def assemble(
    settings: Settings,
    indicators: pd.DataFrame,
    errors: pd.DataFrame,
    base: pd.Series,
    people: pd.DataFrame,
    *,
    year: int | None,
    unit: str,
    name: str,
    measure: str,
    period: str,
    source: list[str],
    notes: list[str],
    family: tuple[str, ...],
) -> League:
    """Score, order and cut a table of indicators; arguments as in :class:`League`."""
    notes = list(notes)
    sign = 1 if settings.higher_is_better else -1
    names = [str(c) for c in indicators.columns]
    weights = settings.weights or None
    if weights is not None:
        _check_weights(weights, names)
    if len(names) == 1:
        score, error = indicators.iloc[:, 0], errors.iloc[:, 0]
        shares = {names[0]: 1.0}
    else:
        made = composite(
            indicators,
            weights=weights,
            directions=dict.fromkeys(names, sign),
            missing="reweight",
        )
        share = indicators.notna().astype(float) * made.weights.to_numpy()
        share = share.div(share.sum(axis=1), axis=0)
        # The same people answer every question, so errors are added as if they moved together:
        # an upper bound that keeps the sets from being too narrow.
        error = (share * errors.fillna(0) / indicators.std(ddof=1).replace(0, np.inf)).sum(axis=1)
        score = made.score * sign
        shares = {str(n): float(w) for n, w in made.weights.items()}
        gaps = int(indicators.isna().sum().sum())
        if gaps:
            codes = indicators.index[indicators.isna().any(axis=1)]
            notes.append(
                f"{gaps} missing indicator value{'s' if gaps > 1 else ''} "
                f"({', '.join(codes[:8])}{' and others' if len(codes) > 8 else ''}): the unit's "
                "other indicators carry the weight."
            )
    units = people.reindex(indicators.index).assign(score=score, se=error, n=base)
    units.index.name = "org_code"
    if float(np.ptp(units["score"].to_numpy())) <= 1e-12 * float(units["score"].abs().max()):
        raise ParameterError("scores", "are all equal, so there is no order to put on trial")
    order = np.lexsort((units.index.to_numpy(), -sign * units["score"].to_numpy()))
    units = units.iloc[order]
    units["position"] = np.arange(1, len(units) + 1)
    sizes = scale_quotas(settings.quotas, len(units))
    cut = int(np.clip(sum(sizes[: len(sizes) // 2]), 1, len(units) - 1))
    labels = CATEGORIES if len(sizes) == 4 else tuple(f"band {k + 1}" for k in range(len(sizes)))
    kept = [k for k, size in enumerate(sizes) if size]
    if len(kept) < len(sizes):
        notes.append("Categories whose scaled quota is zero are left out.")
    categories, sizes = tuple(labels[k] for k in kept), tuple(sizes[k] for k in kept)
    units["category"] = np.repeat(np.array(categories, dtype=object), sizes)
    return League(
        settings=settings,
        units=units,
        indicators=indicators.reindex(units.index),
        indicator_se=errors.reindex(units.index),
        family=family,
        weights=shares,
        sizes=sizes,
        categories=categories,
        cut=cut,
        follow=_follow(settings.trust, units),
        year=year,
        unit=unit,
        name=name,
        measure=measure,
        period=period,
        source=source,
        notes=notes,
    )


def _check_weights(weights: Mapping[str, float], names: Sequence[str]) -> None:
    unknown = [name for name in weights if name not in names]
    if unknown or len(weights) < len(names):
        raise ParameterError(
            "weights",
            "must name each indicator and nothing else",
            value=", ".join(unknown) or weights,
            allowed=names,
        )
    if min(weights.values()) < 0 or max(weights.values()) == 0:
        raise ParameterError("weights", "must be zero or more and not all zero", value=weights)


def _follow(trust: str, units: pd.DataFrame) -> str:
    if not trust:
        # The place at which the league's best-known critic found itself, scaled to the table.
        place = 125 if len(units) >= 200 else max(1, round(len(units) * 125 / 230))
        return str(units.index[place - 1])
    if trust in units.index:
        return trust
    near = words.near(trust, units.index, most=5)
    raise ParameterError(
        "trust", "isn't in this league table", value=trust, allowed=near or units.index[:5]
    )


def of_draws(
    values: np.ndarray,
    *,
    level: float,
    kind: str,
    n: int,
    decimals: int,
    label: str,
    unit: str = "",
) -> Estimate:
    """Return the mean of simulated values with the range that holds `level` of them."""
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(
        float(values.mean()),
        float(low),
        float(high),
        unit=unit,
        n=n,
        label=label,
        confidence=level,
        kind=kind,
        decimals=decimals,
    )
