"""Ratings of the same trusts at two snapshots, the moves between them, and how many looks it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import pandas as pd

from nhsi_analysis import datasets
from nhsi_analysis.errors import ParameterError
from nhsi_analysis.studies.ratings.numbers.positions import (
    KEY_QUESTIONS,
    RATINGS,
    UNKNOWN,
    Dates,
    Positions,
    find_dates,
    positions,
    within,
)
from nhsi_analysis.studies.ratings.settings import ALL, Settings
from notebook_reports.evidence import words
from policy_methods.results import Result
from policy_methods.shares import holm
from policy_methods.transitions import PairedOrdinal, paired_ordinal, paired_ordinal_table

GOOD = ("Good", "Outstanding")
FEWEST = words.FEWEST_FOR_PERCENT
"""Fewest trusts of which a percentage, a difference of shares or a projection is given."""


@dataclass(frozen=True)
class Looks(Result):
    """How often chance does as much, and of how many looks of one kind this is one.

    Parameters
    ----------
    kinds : dict of str to int
        How many regions, trust types or key questions could have been picked instead, by the
        parameter that picked one; empty where none did.
    count, chance, adjusted : int, float, float
        Those looks, in all combinations that hold a trust; two-sided p-value of the exact sign test
        on moves up and down: alone, and after Holm's adjustment over those looks.
    everywhere : tuple of int and float, or None
        Where one region or trust type was picked: how many of both there are, and the chance
        adjusted over all of them.
    """

    kinds: dict[str, int]
    count: int
    chance: float
    adjusted: float
    everywhere: tuple[int, float] | None


@dataclass(frozen=True, eq=False)
class Study(Result):
    """Ratings of the same trusts at two moments.

    Parameters
    ----------
    ratings, positions : DataFrame, Positions
        The table that everything on the page comes from; ratings of every trust in England on every
        key question, and what was left out.
    table, grid : DataFrame
        The trusts compared, one row each, on the key question asked for, and on all of them;
        `reinspected` tells whether a new rating was published between the two moments.
    pair, reinspected : PairedOrdinal
        Moves of all trusts compared, and of the re-inspected ones.
    """

    settings: Settings
    ratings: pd.DataFrame
    dates: Dates
    positions: Positions
    table: pd.DataFrame
    grid: pd.DataFrame
    pair: PairedOrdinal
    reinspected: PairedOrdinal
    looks: Looks

    @property
    def moves(self) -> int:
        """Trusts whose rating changed."""
        return self.pair.up + self.pair.down

    @property
    def unplaced(self) -> tuple[str, ...]:
        """Codes of trusts that the region asked for leaves out because theirs isn't recorded."""
        if self.settings.region == ALL:
            return ()
        rows = within(self.positions.table, replace(self.settings, region=ALL))
        rows = rows[rows["key_question"] == self.settings.key_question]
        return tuple(rows.loc[rows["region"] == UNKNOWN, "org_code"])

    def good(self, moment: Literal["before", "after"]) -> int:
        """Count the trusts rated good or outstanding at one of the two moments."""
        return int(self.table[f"rating_{moment}"].isin(GOOD).sum())


def build(settings: Settings) -> Study:
    """Compare the CQC ratings of the same trusts at two snapshots.

    Raises
    ------
    ParameterError
        If the table has no such snapshots, or no trust at all is left.

    Examples
    --------
    >>> study = build(Settings("2018-09-03", "2019-03-01", trust_type="Mental health"))
    >>> study.pair.n, study.pair.up, study.pair.down
    (52, 2, 2)
    """
    ratings = datasets.load("cqc_trust_ratings", source=settings.ratings_source or None)
    trusts = datasets.load("trusts")
    dates = find_dates(ratings, settings)
    found = positions(ratings, trusts, dates, settings)
    grid = within(found.table, settings)
    grid = grid.assign(reinspected=grid["published_after"] > grid["published_before"])
    table = grid[grid["key_question"] == settings.key_question].reset_index(drop=True)
    if table.empty:
        name = "as_at" if settings.as_at else "trust_type"
        rule = "leaves no trust: none of this kind and region has this rating at both dates"
        raise ParameterError(name, rule, value=settings.as_at or settings.trust_type)
    return Study(
        settings=settings,
        ratings=ratings,
        dates=dates,
        positions=found,
        table=table,
        grid=grid.reset_index(drop=True),
        pair=pairs(table),
        reinspected=pairs(table[table["reinspected"]]),
        looks=_looks(found.table, settings),
    )


def pairs(table: pd.DataFrame) -> PairedOrdinal:
    """Return the moves of the trusts in a table of positions."""
    return paired_ordinal(
        table["rating_before"].tolist(), table["rating_after"].tolist(), list(RATINGS)
    )


def chance_of(up: int, down: int) -> float:
    """Return the two-sided p-value of the exact sign test: 1 where nothing moved."""
    found = paired_ordinal_table([[0, up], [down, 0]]).sign().pvalue
    return 1.0 if found is None else found


def _looks(table: pd.DataFrame, settings: Settings) -> Looks:
    """Test what was asked for, and whatever might have been asked for instead."""
    asked = {name: getattr(settings, name) for name in ("region", "trust_type", "key_question")}
    picked = [name for name, value in asked.items() if value not in (ALL, KEY_QUESTIONS[0])]
    same = table[table["key_question"] == settings.key_question]
    found = _chances(table if "key_question" in picked else same, picked)
    own, everywhere = tuple(asked[name] for name in picked), None
    if len({"region", "trust_type"} & {*picked}) == 1:
        wide = _chances(same, ["region"]) | _chances(same, ["trust_type"])
        place = next((asked[name],) for name in picked if name != "key_question")
        everywhere = (len(wide), _adjusted(wide, place))
    kinds = {name: len({key[i] for key in found}) for i, name in enumerate(picked)}
    return Looks(kinds, len(found), found[own], _adjusted(found, own), everywhere)


def _chances(table: pd.DataFrame, by: list[str]) -> dict[tuple[str, ...], float]:
    """Return the chance of the moves of each group that has a name."""
    named = table[(table[by] != UNKNOWN).all(axis=1)]
    groups = named.groupby(by) if by else [((), named)]
    moved = {tuple(map(str, key)): pairs(rows) for key, rows in groups}
    return {key: chance_of(pair.up, pair.down) for key, pair in moved.items()}


def _adjusted(chances: dict[tuple[str, ...], float], own: tuple[str, ...]) -> float:
    return float(holm(list(chances.values()))[list(chances).index(own)])
