"""Winters: each as it was counted, and those of one piece compared like with like."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pandas as pd

from nhsi_analysis.answers.emergency import Piece, shares
from nhsi_analysis.answers.emergency_claims import WINTER

FEWEST = 2
"""Months of a winter below which it isn't told."""


def called(first: int) -> str:
    """Name the winter that begins in a year: "2017/18"."""
    return f"{first}/{(first + 1) % 100:02d}"


def months_of(piece: Piece) -> dict[str, list[pd.Timestamp]]:
    """Return the months of winter that a piece holds, by winter: "2017/18"."""
    found: dict[str, list[pd.Timestamp]] = {}
    for month in pd.DatetimeIndex(sorted(piece.rows["month"].unique())):
        if month.month in WINTER:
            found.setdefault(called(month.year - (month.month < 7)), []).append(month)
    return {winter: months for winter, months in found.items() if len(months) >= FEWEST}


def every_winter(pieces: Sequence[Piece]) -> pd.DataFrame:
    """Return each winter as its piece counts it, oldest first.

    Returns
    -------
    pandas.DataFrame
        ``winter``, ``national`` (whether all organisations count), ``months`` (their number),
        ``first`` and ``last`` (months), ``organisations``, ``attendances``, ``share``.
    """
    rows = []
    for piece in pieces:
        for winter, months in months_of(piece).items():
            held = piece.rows[piece.rows["month"].isin(months)].dropna(subset=["breaches"])
            found = shares(held, "org_code")
            total = found[["attendances", "breaches"]].sum()
            rows.append(
                {
                    "winter": winter,
                    "national": piece.national,
                    "months": len(months),
                    "first": months[0],
                    "last": months[-1],
                    "organisations": len(found),
                    "attendances": int(total["attendances"]),
                    "share": 1 - total["breaches"] / total["attendances"],
                }
            )
    return pd.DataFrame(rows)


def usual_change(piece: Piece) -> float:
    """Return the median change, either way, of a month outside winter on the same month before.

    The same organisations count in all months; NaN where the piece has no such months.
    """
    months = piece.reporting(piece.rows["month"].unique()).monthly().set_index("month")["share"]
    before = months.copy()
    before.index = before.index + pd.DateOffset(years=1)
    apart = (months - before).dropna()
    return float(apart[~pd.DatetimeIndex(apart.index).month.isin(WINTER)].abs().median())


def compared(pieces: Sequence[Piece]) -> pd.DataFrame:
    """Compare winters of one piece that follow each other, over the months that both have.

    Returns
    -------
    pandas.DataFrame
        One row a winter with one before it: ``winter``, ``before`` (its name), ``national``,
        ``months`` (their numbers in the calendar), ``organisations`` that reported in all of them,
        ``share_before``, ``share``, ``difference``, ``usual`` as :func:`usual_change`, ``trusts``
        (a frame: as :func:`by_organisation` makes it).
    """
    rows = []
    for piece in pieces:
        joined = piece.joined()
        winters, usual = list(months_of(joined).items()), usual_change(joined)
        for (before, then), (winter, now) in pairwise(winters):
            both = sorted({m.month for m in then} & {m.month for m in now}, key=WINTER.index)
            pair = [[m for m in months if m.month in both] for months in (then, now)]
            trusts = by_organisation(joined, *pair)
            share = [
                1 - trusts[f"breaches_{at}"].sum() / trusts[f"attendances_{at}"].sum()
                for at in ("before", "after")
            ]
            rows.append(
                {
                    "winter": winter,
                    "before": before,
                    "national": piece.national,
                    "months": tuple(both),
                    "organisations": len(trusts),
                    "share_before": share[0],
                    "share": share[1],
                    "difference": share[1] - share[0],
                    "usual": usual,
                    "trusts": trusts,
                }
            )
    return pd.DataFrame(rows)


def by_organisation(
    piece: Piece, before: Sequence[pd.Timestamp], after: Sequence[pd.Timestamp]
) -> pd.DataFrame:
    """Sum two runs of months of the organisations that reported in every one of them.

    Returns
    -------
    pandas.DataFrame
        Indexed by ``org_code``: ``attendances_before``, ``breaches_before``, ``share_before``, the
        same ``_after``, and ``change`` of the share.
    """
    held = piece.reporting([*before, *after]).rows
    parts = [
        shares(held[held["month"].isin(months)], "org_code").set_index("org_code").add_suffix(end)
        for months, end in ((before, "_before"), (after, "_after"))
    ]
    both = pd.concat(parts, axis=1)
    return both.assign(change=both["share_after"] - both["share_before"])
