"""What moved between two snapshots of CQC ratings, for whom, and what chance would do alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import pandas as pd

from nhsi_analysis import datasets
from nhsi_analysis.answers.shares import share
from nhsi_analysis.errors import ParameterError
from nhsi_analysis.studies.ratings.numbers.positions import (
    KEY_QUESTIONS,
    RATINGS,
    REGIONS,
    TRUST_TYPES,
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
class RatingShift:
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


def build(settings: Settings) -> RatingShift:
    """Compare the CQC ratings of the same trusts at two snapshots.

    Parameters
    ----------
    settings : Settings
        Which snapshots, rating and trusts.

    Returns
    -------
    RatingShift
        Ratings and moves.

    Raises
    ------
    ParameterError
        If the table has no such snapshots, or no trust at all is left.

    Examples
    --------
    >>> shift = build(Settings("2018-09-03", "2019-03-01", trust_type="Mental health"))
    >>> shift.pair.n, shift.pair.up, shift.pair.down
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
    return RatingShift(
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


def by_group(shift: RatingShift) -> pd.DataFrame:
    """Return the ratings at both dates by key question, trust type and region.

    Parameters
    ----------
    shift : RatingShift
        A comparison.

    Returns
    -------
    DataFrame
        One row a group and date: kind, group, date, trusts, the four ratings' counts, and
        `good_or_better` as an Estimate. Key questions cover the trusts compared; types and regions
        split them, unless one was chosen. Groups without a trust have no row.
    """
    frames = []
    keep = shift.table
    kinds: list[tuple[str, str, tuple[str, ...], pd.DataFrame]]
    kinds = [("Key question", "key_question", KEY_QUESTIONS, shift.grid)]
    kinds += [("Trust type", "trust_type", (*TRUST_TYPES, UNKNOWN), keep)]
    kinds += [("Region", "region", (*REGIONS, UNKNOWN), keep)]
    kinds = [kind for kind in kinds if kind[0] in ("Key question", *splits(shift))]
    dates, confidence = shift.dates, shift.settings.confidence
    for kind, column, groups, table in kinds:
        for group in groups:
            rows = table[table[column] == group]
            for moment, date in (("before", dates.before), ("after", dates.after)):
                if rows.empty or (moment == "after" and dates.days == 0):
                    continue
                counts = rows[f"rating_{moment}"].value_counts().reindex(RATINGS, fill_value=0)
                good = int(counts[list(GOOD)].sum())
                estimate = share(good, len(rows), confidence=confidence)
                row = {"kind": kind, "group": group, "date": date, "trusts": len(rows)}
                row |= {r: int(counts[r]) for r in reversed(RATINGS)}
                frames.append(row | {"good_or_better": estimate})
    return pd.DataFrame(frames)


def splits(shift: RatingShift) -> list[str]:
    """Return what the trusts compared can be split by: trust type and region, unless chosen."""
    chosen = {"Trust type": shift.settings.trust_type, "Region": shift.settings.region}
    return [kind for kind, value in chosen.items() if value == ALL]


def trusts_that_moved(shift: RatingShift) -> pd.DataFrame:
    """Return the rows of the trusts whose rating changed: largest rise first, then by name."""
    table = shift.table
    rank = {rating: level for level, rating in enumerate(RATINGS)}
    step = table["rating_after"].map(rank) - table["rating_before"].map(rank)
    moved = table.assign(step=step)[step != 0]
    return moved.sort_values(["step", "org_name"], ascending=[False, True], ignore_index=True)


def followed_trust(shift: RatingShift) -> pd.DataFrame:
    """Return the rows of the trust to follow, one a key question; none if it has no ratings."""
    everywhere = shift.positions.table
    rows = everywhere[everywhere["org_code"] == shift.settings.trust]
    rows = rows.set_index("key_question").reindex(KEY_QUESTIONS).dropna(subset=["rating_after"])
    return rows.reset_index()


def by_key_question(shift: RatingShift) -> pd.DataFrame:
    """Return the later ratings, one row a trust and one column a key question, best first."""
    wide = shift.grid.set_index(["org_code", "key_question"])["rating_after"].unstack()  # noqa: PD010
    wide = wide.reindex(columns=[q for q in KEY_QUESTIONS if q in wide])
    rank = wide.apply(lambda column: column.map(RATINGS.index, na_action="ignore"))
    order = rank.assign(mean=rank.mean(axis=1)).sort_values(
        [wide.columns[0], "mean"], ascending=False, kind="stable"
    )
    return wide.reindex(order.index)
