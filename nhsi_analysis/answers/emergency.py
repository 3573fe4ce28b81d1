"""A&E within four hours: the pieces of data that there are, and shares of England and of trusts.

Two tables hold months of A&E. Neither is without gaps and they count different organisations, so
every series here belongs to one piece: an unbroken run of months of one table. No line, growth or
limit crosses from one piece to another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pandas as pd

from nhsi_analysis import as_at, datasets

STANDARD: Final = 0.95
"""Share to be seen within four hours by the operational standard of the NHS Constitution."""
BY_DEPARTMENT: Final = "ae_monthly"
BY_TRUST: Final = "ae_trust_monthly"
MAJOR: Final = "1"
"""The tables' name for major departments."""


@dataclass(frozen=True)
class Piece:
    """An unbroken run of months of one table.

    Parameters
    ----------
    table : str
        The table. That by department holds every organisation, as the published totals of England
        do; that by trust holds NHS trusts alone, their departments together.
    rows : pandas.DataFrame
        ``month``, ``org_code``, ``attendances``, ``breaches``; ``department_type`` in the table by
        department. Breaches are missing where a trust tested other standards.
    """

    table: str
    rows: pd.DataFrame

    @property
    def national(self) -> bool:
        """Whether its sums are those of England."""
        return self.table == BY_DEPARTMENT

    @property
    def first(self) -> pd.Timestamp:
        """Its first month."""
        return pd.Timestamp(self.rows["month"].min())

    @property
    def last(self) -> pd.Timestamp:
        """Its last month."""
        return pd.Timestamp(self.rows["month"].max())

    @property
    def label(self) -> str:
        """Its months, and whom it counts: "April 2016 to March 2019, all organisations"."""
        whom = "all organisations" if self.national else "NHS trusts only"
        ends = dict.fromkeys(f"{month:%B %Y}" for month in (self.first, self.last))
        return f"{' to '.join(ends)}, {whom}"

    def of_departments(self, kind: str) -> Piece:
        """Return the piece with departments of one type only, as the table by department has it."""
        return Piece(self.table, self.rows[self.rows["department_type"] == kind])

    def monthly(self, by: str | None = None) -> pd.DataFrame:
        """Sum months over all organisations that reported breaches, or by a column of ``rows``.

        Returns
        -------
        pandas.DataFrame
            ``month``, the column where one is given, ``attendances``, ``breaches``, ``share``
            within four hours, as a proportion.
        """
        keys = ["month"] if by is None else ["month", by]
        known = self.rows.dropna(subset=["breaches"])
        found = known.groupby(keys)[["attendances", "breaches"]].sum().reset_index()
        found = found[found["attendances"] > 0]
        return found.assign(share=1 - found["breaches"] / found["attendances"])


def pieces(until: pd.Timestamp = as_at.OPEN_END) -> tuple[Piece, ...]:
    """Return the pieces of A&E data that were published by a day, oldest first.

    Parameters
    ----------
    until : pandas.Timestamp
        Last day whose publications count.

    Examples
    --------
    >>> [piece.label for piece in pieces()][0]
    'April 2016 to March 2019, all organisations'
    """
    found = []
    for name in (BY_DEPARTMENT, BY_TRUST):
        table = datasets.load(name)
        table.attrs = {}
        ends = table["month"] + pd.offsets.MonthEnd(0)
        table = table[as_at.published(name, ends) <= until]
        months = pd.Series(sorted(table["month"].unique()))
        gaps = months > months.shift() + pd.DateOffset(months=1)
        for _, run in months.groupby(gaps.cumsum()):
            found.append(Piece(name, table[table["month"].isin(run)]))
    return tuple(sorted(found, key=lambda piece: (piece.first, piece.table)))
