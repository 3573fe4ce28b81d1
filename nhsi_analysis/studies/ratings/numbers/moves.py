"""What moved between the two snapshots, for whom, and how far groups and key questions differ."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from nhsi_analysis.studies.ratings.numbers.positions import (
    KEY_QUESTIONS,
    RATINGS,
    REGIONS,
    TRUST_TYPES,
    UNKNOWN,
)
from nhsi_analysis.studies.ratings.numbers.study import FEWEST, GOOD, Study, chance_of, pairs
from nhsi_analysis.studies.ratings.settings import ALL
from policy_methods.results import Result
from policy_methods.shares import PairedShares, group_differences, holm, paired_shares

GROUPS = {"Kind of trust": ("trust_type", TRUST_TYPES), "Region": ("region", REGIONS)}
"""What the trusts can be split by: the column and its groups."""


@dataclass(frozen=True, eq=False)
class Groups(Result):
    """Moves and ratings by kind of trust and by region, and how far the groups differ.

    Parameters
    ----------
    table : DataFrame
        One row a group that has a trust: kind, group, trusts, good_before, good_after (rated good
        or outstanding), up, down, chance (of the sign test), adjusted (Holm's, over its kind).
    apart : DataFrame
        One row a group with 20 trusts and 20 others: kind, group, count, total, difference (of the
        share good or outstanding later from that of the others of its kind), low, high, pvalue,
        adjusted (Holm's, over all rows).
    overall : dict of str to float
        By kind, the chance of counts so uneven if ratings fell on trusts whatever their group.
    """

    table: pd.DataFrame
    apart: pd.DataFrame
    overall: dict[str, float]


def by_group(study: Study) -> Groups | None:
    """Split the trusts by kind and region unless chosen; None where there are no two groups.

    Trusts whose group isn't recorded are counted, and take part in no test.
    """
    tables, apart, overall = [], [], {}
    for kind, (column, names) in GROUPS.items():
        held = study.table[study.table[column].isin(names)]
        if getattr(study.settings, column) != ALL or held[column].nunique() < 2:
            continue
        rows = []
        for group in (*names, UNKNOWN):
            table = study.table[study.table[column] == group]
            if len(table):
                pair = pairs(table)
                good = (int(table[f"rating_{at}"].isin(GOOD).sum()) for at in ("before", "after"))
                chance = chance_of(pair.up, pair.down)
                rows.append((kind, group, len(table), *good, pair.up, pair.down, chance))
        columns = ["kind", "group", "trusts", "good_before", "good_after", "up", "down", "chance"]
        found = pd.DataFrame(rows, columns=columns)
        named = found[found["group"] != UNKNOWN]
        found["adjusted"] = pd.Series(holm(named["chance"]), named.index)
        tables.append(found)
        compared = group_differences(
            named["good_after"], named["trusts"], study.settings.confidence, least=FEWEST
        )
        overall[kind] = compared.pvalue
        apart.append(compared.table.assign(kind=kind, group=named["group"].tolist()))
    if not tables:
        return None
    differences = pd.concat(apart, ignore_index=True).dropna(subset=["pvalue"])
    if len(differences):
        differences["adjusted"] = holm(differences["pvalue"])
    return Groups(pd.concat(tables, ignore_index=True), differences, overall)


def groups_of(study: Study, drawn: pd.DataFrame) -> pd.Series:
    """Return the drawn groups that each trust counts in, under its code once for each."""
    table = study.table.set_index("org_code")
    found: pd.Series = pd.concat([table[GROUPS[kind][0]] for kind in drawn["kind"].unique()])
    return found[found.isin(drawn["group"])]


def trusts_that_moved(study: Study) -> pd.DataFrame:
    """Return the rows of the trusts whose rating changed: largest rise first, then by name."""
    table = study.table
    rank = {rating: level for level, rating in enumerate(RATINGS)}
    step = table["rating_after"].map(rank) - table["rating_before"].map(rank)
    moved = table.assign(step=step)[step != 0]
    return moved.sort_values(["step", "org_name"], ascending=[False, True], ignore_index=True)


def followed_trust(study: Study) -> pd.DataFrame:
    """Return the rows of the trust to follow, one a key question; none if it has no ratings."""
    everywhere = study.positions.table
    rows = everywhere[everywhere["org_code"] == study.settings.trust]
    rows = rows.set_index("key_question").reindex(KEY_QUESTIONS).dropna(subset=["rating_after"])
    return rows.reset_index()


def by_key_question(study: Study) -> pd.DataFrame:
    """Return the later ratings, one row a trust and one column a key question, best first."""
    wide = study.grid.set_index(["org_code", "key_question"])["rating_after"].unstack()  # noqa: PD010
    wide = wide.reindex(columns=[q for q in KEY_QUESTIONS if q in wide])
    rank = wide.apply(lambda column: column.map(RATINGS.index, na_action="ignore"))
    order = rank.assign(mean=rank.mean(axis=1)).sort_values(
        [wide.columns[0], "mean"], ascending=False, kind="stable"
    )
    return wide.reindex(order.index)


def question_pairs(study: Study) -> PairedShares | None:
    """Compare the key questions two by two; None with fewer than 20 trusts rated on all of them."""
    wide = by_key_question(study).drop(columns=KEY_QUESTIONS[0], errors="ignore").dropna()
    if len(wide) < FEWEST or wide.shape[1] < 2:
        return None
    return paired_shares(wide.isin(GOOD), study.settings.confidence)
