"""How CQC rated trusts, by key question."""

from __future__ import annotations

from typing import Final

import pandas as pd

from nhsi_analysis import as_at, datasets
from nhsi_analysis.schemas.vocabulary import RATINGS

TABLE: Final = "cqc_trust_ratings"


@datasets.remembered
def rated(until: pd.Timestamp = as_at.OPEN_END) -> tuple[pd.DataFrame, pd.Timestamp]:
    """Return the ratings of whole trusts that were published by a day, and the newest list's day.

    Parameters
    ----------
    until : pandas.Timestamp
        Last day whose publications count.

    Returns
    -------
    tuple of pandas.DataFrame and pandas.Timestamp
        Rows of ``cqc_trust_ratings`` in order of publication, with ``level``, from 0, inadequate,
        to 3, outstanding; and the day of the newest list held, published by then or not.

    Examples
    --------
    >>> rows, newest = rated()
    >>> mine = rows[(rows["org_code"] == "RL4") & (rows["key_question"] == "Overall")]
    >>> mine["rating"].iloc[-1], f"{newest:%Y-%m-%d}"
    ('Good', '2019-03-01')
    """
    rows = datasets.load(TABLE)
    rows.attrs = {}
    newest = pd.Timestamp(rows["snapshot"].max())
    rows = rows[(rows["service"] == "Overall") & (rows["publication_date"] <= until)]
    order = {name: place for place, name in enumerate(RATINGS)}
    rows = rows.assign(level=rows["rating"].map(order).astype(float)).dropna(subset=["level"])
    return rows.sort_values(["publication_date", "snapshot"]), newest
