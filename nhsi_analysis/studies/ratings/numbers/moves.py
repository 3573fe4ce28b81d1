"""What moved between the two snapshots, and for whom."""

from __future__ import annotations

import pandas as pd

from nhsi_analysis.answers.shares import share
from nhsi_analysis.studies.ratings.numbers.positions import (
    KEY_QUESTIONS,
    RATINGS,
    REGIONS,
    TRUST_TYPES,
    UNKNOWN,
)
from nhsi_analysis.studies.ratings.numbers.study import GOOD, Study
from nhsi_analysis.studies.ratings.settings import ALL


def by_group(study: Study) -> pd.DataFrame:
    """Return the ratings at both dates by key question, trust type and region.

    Parameters
    ----------
    study : Study
        A comparison.

    Returns
    -------
    DataFrame
        One row a group and date: kind, group, date, trusts, the four ratings' counts, and
        `good_or_better` as an Estimate. Key questions cover the trusts compared; types and regions
        split them, unless one was chosen. Groups without a trust have no row.
    """
    frames = []
    keep = study.table
    kinds: list[tuple[str, str, tuple[str, ...], pd.DataFrame]]
    kinds = [("Key question", "key_question", KEY_QUESTIONS, study.grid)]
    kinds += [("Trust type", "trust_type", (*TRUST_TYPES, UNKNOWN), keep)]
    kinds += [("Region", "region", (*REGIONS, UNKNOWN), keep)]
    kinds = [kind for kind in kinds if kind[0] in ("Key question", *splits(study))]
    dates, confidence = study.dates, study.settings.confidence
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


def splits(study: Study) -> list[str]:
    """Return what the trusts compared can be split by: trust type and region, unless chosen."""
    chosen = {"Trust type": study.settings.trust_type, "Region": study.settings.region}
    return [kind for kind, value in chosen.items() if value == ALL]


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
