"""Which of today's regions an organisation is in."""

from __future__ import annotations

import pandas as pd

from nhsi_analysis import datasets
from nhsi_analysis.datasets.successions import successor_of


def spoken(region: str) -> str:
    """Name a region as a sentence has it.

    Examples
    --------
    >>> spoken("Midlands"), spoken("London")
    ('the Midlands', 'London')
    """
    return region if region in ("London", "England") else f"the {region}"


def regions_today() -> pd.Series:
    """Return the NHS England region of each trust, and of each trust that went up in one.

    The newest of the tables that name regions counts; a trust that ended before they begin is in
    the region of the organisation that took it over.

    Returns
    -------
    pandas.Series of str
        Regions by ODS code.

    Examples
    --------
    >>> regions_today()[["RL4", "RLN"]].to_list()
    ['Midlands', 'North East and Yorkshire']
    """
    staffing = datasets.load("trust_temporary_staffing").sort_values("financial_year")
    framework = datasets.load("oversight_framework").sort_values("quarter")
    both = pd.concat([table.set_index("org_code")["region"] for table in (staffing, framework)])
    known = both[~both.index.duplicated(keep="last")]
    steps = {
        str(code): (str(successor), day)
        for code, successor, day in datasets.load("trust_successions")[
            ["org_code", "successor_code", "effective_date"]
        ].itertuples(index=False)
    }
    ended = {
        code: next((c for c in successor_of(code, steps) if c in known.index), None)
        for code in steps
        if code not in known.index
    }
    added = pd.Series({code: known[c] for code, c in ended.items() if c is not None}, dtype=object)
    found: pd.Series = pd.concat([known, added]).rename("region").rename_axis("org_code")
    return found
