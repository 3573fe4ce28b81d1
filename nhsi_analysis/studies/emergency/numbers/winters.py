"""Winters as counted, beside the one before like with like, and the trusts that changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from nhsi_analysis.answers.emergency import MAJOR, Piece, shares
from nhsi_analysis.answers.emergency_claims import WINTER
from policy_methods.changes import FEWEST as FEWEST_TRUSTS
from policy_methods.changes import Changes, changes
from policy_methods.spc import moving_sigma

FEWEST = 2
"""Months of a winter below which it isn't told."""
ALIKE = 0.2
"""How far a trust's attendances may have moved against the median trust's to be compared."""
_COUNTED = ("winter", "national", "counted", "untold", "share")
_BESIDE = ("before", "months", "organisations", "share_before", "share_after", "difference")


def months_of(piece: Piece) -> dict[str, list[pd.Timestamp]]:
    """Return the months of winter that a piece holds, by winter: "2017/18"."""
    found: dict[str, list[pd.Timestamp]] = {}
    for month in pd.DatetimeIndex(sorted(piece.rows["month"].unique())):
        if month.month in WINTER:
            first = month.year - (month.month < 7)
            found.setdefault(f"{first}/{(first + 1) % 100:02d}", []).append(month)
    return {winter: months for winter, months in found.items() if len(months) >= FEWEST}


def winters(pieces: Sequence[Piece]) -> pd.DataFrame:
    """Return each winter as its piece counts it, and beside the one before in the same piece.

    Returns
    -------
    pandas.DataFrame
        ``winter``, ``national`` (whether all organisations count), ``counted`` (its months),
        ``untold`` (organisations without breaches in one) and ``share``. Where its piece holds the
        one before: ``before`` (its name), ``months`` that both have (as numbers), ``organisations``
        that reported in all of them, ``share_before``, ``share_after``, ``difference``, ``usual``
        (median change, either way, of other months on a year before), ``trusts`` (by themselves).
    """
    rows: list[dict[str, Any]] = []
    for piece in pieces:
        joined, held = piece.joined(), months_of(piece)
        apart = joined.year_on_year()
        usual = apart[~pd.DatetimeIndex(apart.index).month.isin(WINTER)].abs().median()
        for before, (winter, months) in zip(["", *held], held.items(), strict=False):
            row = {"winter": winter, "national": piece.national, "counted": len(months)}
            own = piece.rows[piece.rows["month"].isin(months)]
            row["untold"] = own.loc[own["breaches"].isna(), "org_code"].nunique()
            sums = Piece(piece.table, own).monthly()
            row["share"] = 1 - sums["breaches"].sum() / sums["attendances"].sum()
            if before:
                row |= {"before": before, "usual": usual} | _beside(joined, held[before], months)
            rows.append(row)
    return pd.DataFrame(rows, columns=[*_COUNTED, *_BESIDE, "usual", "trusts"])


def _beside(piece: Piece, then: list[pd.Timestamp], now: list[pd.Timestamp]) -> dict[str, Any]:
    """Compare two winters over the months that both have."""
    both = sorted({m.month for m in then} & {m.month for m in now}, key=WINTER.index)
    trusts = piece.between(*([m for m in w if m.month in both] for w in (then, now)))
    total = trusts.sum()
    first, second = (
        1 - total[f"breaches_{at}"] / total[f"attendances_{at}"] for at in ("before", "after")
    )
    return {
        "months": tuple(both),
        "organisations": len(trusts),
        "share_before": first,
        "share_after": second,
        "difference": second - first,
        "trusts": trusts,
    }


def changed(
    pair: pd.Series | None, pieces: Sequence[Piece], confidence: float
) -> tuple[Changes | None, pd.Series]:
    """Find the outliers of the spread of changes of trusts with a major department.

    None with fewer than 20. Besides, the growth of attendances at trusts left out as they count
    other departments than before: it is further than :data:`ALIKE` from the median trust's.
    """
    if pair is None:
        return None, pd.Series(dtype=float)
    known = pd.concat(p.joined().of_departments(MAJOR).rows for p in pieces if p.national)
    trusts = pair["trusts"]
    trusts = trusts[trusts.index.isin(known.loc[known["attendances"] > 0, "org_code"])]
    growth = trusts["attendances_after"] / trusts["attendances_before"]
    alike = (growth / growth.median() - 1).abs() <= ALIKE
    trusts, apart = trusts[alike], growth[~alike] - 1
    if len(trusts) < FEWEST_TRUSTS:
        return None, apart
    rows = next(p for p in pieces if pair["winter"] in months_of(p)).joined().rows
    months = shares(rows[rows["org_code"].isin(trusts.index)], ["org_code", "month"])
    total = months.groupby("month")[["attendances", "breaches"]].sum()
    wide = months.pivot_table(index="org_code", columns="month", values="share").loc[trusts.index]
    own = wide - (1 - total["breaches"] / total["attendances"])
    noise = pd.Series(
        moving_sigma(own.to_numpy()) * (2 / len(pair["months"])) ** 0.5, index=trusts.index
    )
    return changes(trusts["share_before"], trusts["share_after"], noise, confidence), apart
