"""A league table ready for trial: the stand-in from the survey, or an analyst's own table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Final

import numpy as np
import pandas as pd

from nhsi_analysis.as_at import survey_published
from nhsi_analysis.errors import ParameterError
from nhsi_analysis.studies.league.numbers.survey import (
    QUESTIONS,
    UNKNOWN_TYPE,
    default_questions,
    describe,
    survey,
)
from nhsi_analysis.studies.league.settings import ALL, Settings
from notebook_reports.evidence import words
from policy_methods.composite import weighted_error
from policy_methods.ranking import scale_quotas, tied_places
from policy_methods.results import Result

CATEGORIES: Final = ("outstanding", "good", "significant concerns", "poor reporting culture")
"""The league's categories, best first."""

QUOTAS: Final = (18, 102, 78, 32)
"""Trusts in each, as published; a test holds them to the register."""

CRITIC: Final = 125
"""The place at which the league's best-known critic found itself."""

_OWN_TABLE, _SURVEY = 0.5, 0.7
"""Correlation of the errors of indicators of one base: as assumed, and as changes of the survey's
statements between years suggest (see :func:`least_correlation`)."""


@dataclass(frozen=True)
class Recipe(Result):
    """What a league table is made of.

    Parameters
    ----------
    settings : Settings
        As asked for; an own table's with its weights by the file's names.
    indicators, indicator_se, people : pandas.DataFrame
        Indicators, standard errors, and ``org_name``, ``trust_type`` and ``n`` (smallest base),
        indexed by ``org_code``.
    rounding, own_bases : pandas.Series, bool
        Standard deviation of what rounding did to each indicator; whether each has its own base or
        standard error.
    quotas, names : tuple
        Units in each category, best first, before they are fitted to the table; the categories'
        names, empty for "band 1" and so on.
    year, unit, name, measure : int or None, str, str, str
        Survey year, None for an analyst's table; "share", or "" for standard scores and other
        numbers; what is on trial; what its score is.
    source, notes : list of str
        Tables it comes from; treatments that must be stated.
    """

    settings: Settings
    indicators: pd.DataFrame
    indicator_se: pd.DataFrame
    people: pd.DataFrame
    rounding: pd.Series
    own_bases: bool
    quotas: tuple[int, ...]
    names: tuple[str, ...]
    year: int | None
    unit: str
    name: str
    measure: str
    source: list[str]
    notes: list[str]


@dataclass(frozen=True)
class League(Recipe):
    """A league table with its uncertainty and its categories.

    Parameters
    ----------
    units : pandas.DataFrame
        Indexed by ``org_code`` in order of position: ``org_name``, ``trust_type``, ``n``,
        ``position`` (ties broken by code), ``first`` and ``last`` (places that a tie shares),
        ``score``, ``se``, ``category``.
    part : pandas.DataFrame
        What one unit of each indicator adds to the score.
    weights, sizes : dict of str to float, tuple of int
        Weight of each indicator, of 1; units in each category of ``categories``, best first.
    cut : int
        Last position above the line on trial.
    """

    units: pd.DataFrame
    part: pd.DataFrame
    weights: dict[str, float]
    sizes: tuple[int, ...]
    categories: tuple[str, ...]
    cut: int

    @property
    def sign(self) -> int:
        """1 where a higher score is better, -1 otherwise."""
        return 1 if self.settings.higher_is_better else -1

    @property
    def count(self) -> int:
        """Number of units."""
        return len(self.units)

    @property
    def stand_in(self) -> bool:
        """Whether this stands in for the league of 2016 and isn't an analyst's table."""
        return self.year is not None

    @property
    def as_published(self) -> bool:
        """Whether places are cut where those of the league of 2016 were."""
        return self.stand_in and self.sizes[:3] == QUOTAS[:3]

    @property
    def noun(self) -> str:
        """What the units are called."""
        return "trusts" if self.stand_in else "organisations"

    @property
    def one(self) -> str:
        """What one unit is called."""
        return self.noun.removesuffix("s")

    @property
    def where(self) -> str:
        """What a place is a place in."""
        return "the stand-in" if self.stand_in else "your table"

    def headed(self, title: str) -> str:
        """Return a title of a figure, which says so where it is of a stand-in."""
        return f"Stand-in: {title}" if self.stand_in else words.capital(title)

    @property
    def line(self) -> str:
        """The line on trial in words."""
        return f"the line between ranks {self.cut} and {self.cut + 1}"

    @property
    def sides(self) -> tuple[str, str]:
        """Names of the two sides of the line."""
        k = int(np.searchsorted(np.cumsum(self.sizes), self.cut)) + 1
        above, below = self.categories[:k], self.categories[k:]
        upper = above[-1] + (" or better" if len(above) > 1 else "")
        lower = below[0] + (" or worse" if len(below) > 1 else "")
        return upper, lower

    @property
    def subtitle(self) -> str:
        """Units, table and measure for the line under a chart's title."""
        kind = self.settings.trust_type
        whom = "NHS trusts in England" if self.stand_in else self.noun
        whom = whom if kind == ALL or not self.stand_in else f"{kind.lower()} {whom}"
        return f"{self.count} {whom}, {self.name}: {self.measure}"

    @property
    def tied_at_line(self) -> int:
        """Units of equal score on both sides of the line; 0 where no tie crosses it."""
        row = self.units.iloc[self.cut]
        return int(row["last"] - row["first"] + 1) if row["first"] <= self.cut else 0

    @property
    def correlation(self) -> float:
        """Correlation of the errors of a unit's indicators."""
        usual = _SURVEY if self.stand_in else 0.0 if self.own_bases else _OWN_TABLE
        asked = self.settings.error_correlation
        return usual if asked is None else asked

    def error(self, correlation: float) -> pd.Series:
        """Return the standard errors of the scores by a correlation of indicators' errors."""
        error = weighted_error(self.part, self.indicator_se, self.rounding, correlation)
        return error.reindex(self.units.index)

    def named(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return rows of units with their names under a heading that fits them, and known types."""
        if self.stand_in:
            return rows
        untyped = (rows.get("trust_type", pd.Series(dtype=str)) == UNKNOWN_TYPE).all()
        rows = rows.drop(columns="trust_type", errors="ignore") if untyped else rows
        return rows.rename(columns={"org_name": "name"})

    def label(self, code: str) -> str:
        """Name a unit: its name, or its code where none is known."""
        name = self.units.loc[code, "org_name"]
        return str(name) if isinstance(name, str) and name else code


def place(first: int, last: int) -> str:
    """Write a place as a sentence has it: "125th", "tied 114th to 131st".

    Examples
    --------
    >>> place(125, 125), place(114, 131)
    ('125th', 'tied 114th to 131st')
    """
    if first == last:
        return words.ordinal(first)
    return f"tied {words.ordinal(first)} to {words.ordinal(last)}"


def stand_in(settings: Settings) -> League:
    """Build a stand-in for the league of 2016 from the trust-level staff survey.

    The score is the weighted mean of the shares who agree. Quotas are scaled where the number of
    trusts differs by more than 5%, otherwise the published cuts keep their places and the last
    category takes the difference.

    Raises
    ------
    ParameterError
        For a year, question, weight, kind of trust or trust that the survey doesn't hold.
    """
    year = settings.survey_year
    questions = tuple(settings.indicators) or default_questions(year)
    answers = survey(year, questions)
    if survey_published(pd.Series([year])).iloc[0] > settings.until:
        raise ParameterError(
            "survey_year", f"has no results published by {settings.as_at}", value=year
        )
    people = describe(answers.share.index, year)
    if settings.trust_type != ALL:
        people = people[people["trust_type"] == settings.trust_type]
        if len(people) < 3:
            raise ParameterError(
                "trust_type",
                f"must be a kind of which the {year} survey has at least three trusts",
                value=settings.trust_type,
            )
    share, error, base = (
        frame.loc[people.index] for frame in (answers.share, answers.error, answers.base)
    )
    asked = (
        f"staff who agree: {QUESTIONS[questions[0]]}"
        if len(questions) == 1
        else f"staff who agree, mean of {len(questions)} statements"
    )
    notes = [
        "Errors leave out staff who didn't answer, and that staff are finite in number.",
        "Shares are unweighted; their publisher advises against comparing organisations by them.",
        "The parts of the Isle of Wight NHS Trust are one trust here.",
    ]
    if answers.rounding:
        notes = ["Shares are whole per cents: trusts tie, and rounding is allowed for.", *notes]
    if answers.unbased:
        left = words.count(answers.unbased, "trust")
        notes.append(f"{left} without a number of answers left out: no doubt can be told.")
    quotas = tuple(settings.quotas) or QUOTAS
    return assemble(
        Recipe(
            settings=replace(settings, higher_is_better=True),
            indicators=share,
            indicator_se=error,
            people=people.assign(n=base.min(axis=1)),
            rounding=pd.Series(answers.rounding, index=share.columns),
            own_bases=False,
            quotas=quotas,
            names=CATEGORIES if len(quotas) == len(CATEGORIES) else (),
            year=year,
            unit="share",
            name="stand-in for the league of 2016",
            measure=f"{asked}, NHS Staff Survey {year}",
            source=[answers.table],
            notes=notes if year < 2020 else notes[:1],
        )
    )


def assemble(recipe: Recipe) -> League:
    """Score, order and cut a table of indicators.

    Raises
    ------
    ParameterError
        For weights or a unit to follow that it hasn't, or scores that are all equal.
    """
    settings, indicators, notes = recipe.settings, recipe.indicators, recipe.notes
    sign = 1 if settings.higher_is_better else -1
    names = [str(c) for c in indicators.columns]
    weights = settings.weights or dict.fromkeys(names, 1.0)
    _check_weights(weights, names)
    there = indicators.notna() * np.array([weights[n] for n in names], dtype=float)
    if (there.sum(axis=1) == 0).any():
        raise ParameterError("weights", "leave a unit whose only values have no weight")
    part = there.div(there.sum(axis=1), axis=0)
    if len(names) > 1 and recipe.unit != "share":
        spread = indicators.std(ddof=1).replace(0, np.inf)
        part, indicators = part / spread, indicators - indicators.mean()
    gaps = int(indicators.isna().sum().sum())
    if gaps:
        codes = indicators.index[indicators.isna().any(axis=1)]
        notes = [
            *notes,
            f"{words.count(gaps, 'missing indicator value')} "
            f"({', '.join(codes[:8])}{' and others' if len(codes) > 8 else ''}): the unit's other "
            "indicators carry the weight.",
        ]
    units = recipe.people.assign(score=(part * indicators).sum(axis=1))
    units.index.name = "org_code"
    span = float(np.ptp(units["score"].to_numpy()))
    if span <= 1e-12 * float(units["score"].abs().max()):
        raise ParameterError("scores", "are all equal, so there is no order to put on trial")
    units["first"], units["last"] = tied_places(sign * units["score"].to_numpy())
    units = units.iloc[np.lexsort((units.index.to_numpy(), units["first"].to_numpy()))]
    units["position"] = np.arange(1, len(units) + 1)
    sizes = scale_quotas(recipe.quotas, len(units))
    cut = int(np.clip(sum(sizes[: len(sizes) // 2]), 1, len(units) - 1))
    labels = recipe.names or [f"band {k + 1}" for k in range(len(sizes))]
    kept = [k for k, size in enumerate(sizes) if size]
    if len(kept) < len(sizes):
        notes = [*notes, "Categories whose share of so few units is none are left out."]
    units["category"] = np.repeat(
        np.array([labels[k] for k in kept], dtype=object), [sizes[k] for k in kept]
    )
    made = {field.name: getattr(recipe, field.name) for field in fields(Recipe)} | {"notes": notes}
    total = sum(weights.values())
    league = League(
        **made,
        units=units,
        part=part.reindex(units.index),
        weights={n: weights[n] / total for n in names},
        sizes=tuple(sizes[k] for k in kept),
        categories=tuple(labels[k] for k in kept),
        cut=cut,
    )
    units["se"] = league.error(league.correlation)
    trust = settings.trust
    if trust and trust not in units.index:
        near = words.near_units(trust, {str(c): league.label(str(c)) for c in units.index})
        raise ParameterError("trust", "isn't in this league table", value=trust, near=near)
    return league


def reweighted(league: League, weights: Mapping[str, float], trust: str = "") -> League:
    """Make a league again with other weights, and perhaps another unit to follow.

    Raises
    ------
    ParameterError
        As :func:`assemble`, and for weights that name no indicator or are all zero.
    """
    if set(weights) - set(league.indicators) or not any(weights.values()):
        raise ParameterError("weights", "must be zero or more, not all zero", value=dict(weights))
    kept = {name: weight for name, weight in weights.items() if weight}
    names = list(kept)
    settings = replace(league.settings, weights=kept, trust=trust or league.settings.trust)
    recipe = {field.name: getattr(league, field.name) for field in fields(Recipe)} | {
        "settings": settings,
        "indicators": league.indicators[names],
        "indicator_se": league.indicator_se[names],
        "rounding": league.rounding[names],
    }
    return assemble(Recipe(**recipe))


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
