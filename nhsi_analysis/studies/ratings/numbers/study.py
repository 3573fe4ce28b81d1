"""Ratings of the same trusts at two snapshots: what was compared, and the moves between them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import pandas as pd

from nhsi_analysis import datasets
from nhsi_analysis.answers.shares import share
from nhsi_analysis.errors import ParameterError
from nhsi_analysis.studies.ratings.numbers.positions import (
    RATINGS,
    UNKNOWN,
    Dates,
    Positions,
    find_dates,
    positions,
    within,
)
from nhsi_analysis.studies.ratings.settings import ALL, Settings
from notebook_reports.evidence import Estimate
from policy_methods.transitions import HomogeneityTest, PairedOrdinal, paired_ordinal

GOOD = ("Good", "Outstanding")


@dataclass(frozen=True, eq=False)
class Study:
    """Ratings of the same trusts at two moments.

    Parameters
    ----------
    settings : Settings
        The parameters.
    dates : Dates
        The two moments.
    positions : Positions
        Ratings of every trust in England on every key question, and what was left out.
    table : DataFrame
        The trusts compared, one row each, on the key question asked for; `reinspected` tells
        whether a new rating was published between the two moments.
    grid : DataFrame
        The same trusts on every key question.
    pair : PairedOrdinal
        Moves of all trusts compared.
    reinspected : PairedOrdinal
        Moves of the re-inspected ones.
    """

    settings: Settings
    dates: Dates
    positions: Positions
    table: pd.DataFrame
    grid: pd.DataFrame
    pair: PairedOrdinal
    reinspected: PairedOrdinal

    @property
    def net(self) -> Estimate:
        """Share that moved up less share that moved down, in percentage points."""
        effect = self.pair.effect_size(self.settings.confidence)
        return Estimate(
            100 * effect.value,
            100 * effect.low,
            100 * effect.high,
            unit="pp",
            n=self.pair.n,
            label="net share of trusts that moved up",
            confidence=self.settings.confidence,
        )

    @property
    def unplaced(self) -> tuple[str, ...]:
        """Codes of trusts that the region asked for leaves out because theirs isn't recorded."""
        if self.settings.region == ALL:
            return ()
        everywhere = replace(self.settings, region=ALL)
        rows = within(self.positions.table, everywhere)
        rows = rows[rows["key_question"] == self.settings.key_question]
        return tuple(rows.loc[rows["region"] == UNKNOWN, "org_code"])

    def good(self, moment: Literal["before", "after"]) -> Estimate:
        """Return the share rated good or outstanding at one of the two moments."""
        held = int(self.table[f"rating_{moment}"].isin(GOOD).sum())
        return share(held, self.pair.n, confidence=self.settings.confidence)

    @property
    def tests(self) -> dict[str, HomogeneityTest]:
        """Every test of marginal homogeneity, by name; Bhapkar's for the re-inspected as well."""
        bhapkar = self.pair.bhapkar()
        tests = [
            self.pair.sign(),
            self.pair.exact_homogeneity(),
            self.pair.mcnemar("Good"),
            self.pair.ordinal_homogeneity(),
            self.pair.stuart_maxwell(),
            bhapkar,
        ]
        found = {test.name: test for test in tests}
        if self.reinspected.n:
            found[f"{bhapkar.name}, re-inspected only"] = self.reinspected.bhapkar()
        bowker = self.pair.bowker()
        return found | {bowker.name: bowker}


def build(settings: Settings) -> Study:
    """Compare the CQC ratings of the same trusts at two snapshots.

    Parameters
    ----------
    settings : Settings
        Which snapshots, rating and trusts.

    Returns
    -------
    Study
        Ratings and moves.

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
        dates=dates,
        positions=found,
        table=table,
        grid=grid.reset_index(drop=True),
        pair=pairs(table),
        reinspected=pairs(table[table["reinspected"]]),
    )


def pairs(table: pd.DataFrame) -> PairedOrdinal:
    """Return the moves of the trusts in a table of positions."""
    return paired_ordinal(
        table["rating_before"].tolist(), table["rating_after"].tolist(), list(RATINGS)
    )
