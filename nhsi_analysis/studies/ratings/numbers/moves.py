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
from nhsi_analysis.studies.ratings.numbers.study import FEWEST, GOOD, Study, chance, pairs
from nhsi_analysis.studies.ratings.settings import ALL
from notebook_reports.evidence import Estimate
from policy_methods.shares import PairedShares, group_differences, holm, paired_shares
from policy_methods.transitions import HomogeneityTest

GROUPS = {"Kind of trust": ("trust_type", TRUST_TYPES), "Region": ("region", REGIONS)}
"""What the trusts can be split by: the column and its groups."""


def splits(study: Study) -> list[str]:
    """Return what the trusts compared can be split by: kind of trust and region, unless chosen."""
    return [kind for kind, (column, _) in GROUPS.items() if getattr(study.settings, column) == ALL]


def by_group(study: Study) -> pd.DataFrame:
    """Return the moves and the ratings at both dates by kind of trust and region.

    Parameters
    ----------
    study : Study
        A comparison.

    Returns
    -------
    DataFrame
        One row a group that has a trust: kind, group, trusts, good_before, good_after (rated good
        or outstanding), up, down, chance (of the exact sign test) and adjusted (Holm's, over the
        groups of its kind; missing for trusts whose group isn't recorded).
    """
    frames = []
    for kind in splits(study):
        column, groups = GROUPS[kind]
        rows = []
        for group in (*groups, UNKNOWN):
            table = study.table[study.table[column] == group]
            if table.empty:
                continue
            pair = pairs(table)
            good = {
                f"good_{moment}": int(table[f"rating_{moment}"].isin(GOOD).sum())
                for moment in ("before", "after")
            }
            row = {"kind": kind, "group": group, "trusts": len(table), **good}
            rows.append(row | {"up": pair.up, "down": pair.down, "chance": chance(pair)})
        found = pd.DataFrame(rows)
        named = found["group"] != UNKNOWN
        if named.any():
            found.loc[named, "adjusted"] = holm(found.loc[named, "chance"])
            frames.append(found)
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


@dataclass(frozen=True, eq=False)
class Differences:
    """How far the groups of a page differ at the later date.

    Parameters
    ----------
    table : DataFrame
        One row a group with enough trusts beside it: kind, group, trusts, good, others,
        others_good, difference (Estimate, percentage points against the others of its kind
        together), chance (Fisher's exact), adjusted (Holm's, over all rows).
    overall : dict of str to float
        By kind, the chance of counts so uneven if ratings fell on trusts whatever their group.
    """

    table: pd.DataFrame
    overall: dict[str, float]


def differences(study: Study) -> Differences:
    """Compare each group's share rated good or outstanding with that of the others together.

    Parameters
    ----------
    study : Study
        A comparison.

    Returns
    -------
    Differences
        Trusts whose group isn't recorded are left out.
    """
    groups, confidence = by_group(study), study.settings.confidence
    rows: list[dict[str, object]] = []
    overall = {}
    for kind, table in groups.groupby("kind", sort=False) if len(groups) else ():
        named = table[table["group"] != UNKNOWN]
        if len(named) < 2:
            continue
        found = group_differences(named["good_after"], named["trusts"], confidence, least=FEWEST)
        overall[str(kind)] = found.pvalue
        for group, row in zip(named["group"], found.table.to_dict("records"), strict=True):
            if pd.isna(row["pvalue"]):
                continue
            difference = Estimate(
                *(100 * row[end] for end in ("difference", "low", "high")),
                unit="pp",
                n=row["total"],
                confidence=confidence,
                decimals=0,
            )
            about = {"kind": kind, "group": group, "trusts": row["total"], "good": row["count"]}
            about |= {"others": row["others_total"], "others_good": row["others"]}
            rows.append(about | {"difference": difference, "chance": row["pvalue"]})
    made = pd.DataFrame(rows)
    if len(made):
        made["adjusted"] = holm(made["chance"])
    return Differences(made, overall)


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
    """Compare the five key questions two by two, over the trusts rated on all of them.

    Parameters
    ----------
    study : Study
        A comparison.

    Returns
    -------
    PairedShares or None
        Shares rated good or outstanding; None with too few trusts or questions.
    """
    wide = by_key_question(study).drop(columns=KEY_QUESTIONS[0], errors="ignore").dropna()
    if len(wide) < FEWEST or wide.shape[1] < 2:
        return None
    return paired_shares(wide.isin(GOOD), study.settings.confidence)


def other_tests(study: Study) -> list[HomogeneityTest]:
    """Return the tests of marginal homogeneity that don't lead, nearest to the leading one first.

    Parameters
    ----------
    study : Study
        A comparison.
    """
    pair = study.pair
    return [
        pair.mcnemar("Good"),
        pair.exact_homogeneity(),
        pair.ordinal_homogeneity(),
        pair.stuart_maxwell(),
        pair.bhapkar(),
        pair.bowker(),
    ]
