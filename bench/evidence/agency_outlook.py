"""What report 02's forecast would have said from what was published by earlier days."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from nhsi_analysis.answers.agency_register import read_register
from nhsi_analysis.studies.agency import Settings
from nhsi_analysis.studies.agency.numbers import outlook, path, record, scope

DAYS = ("2017-09-30", "2017-12-31", "2018-09-30", "2019-04-30")
"""Days after the publication of figures on a part of a year or the year before."""


def run(runs: Mapping[str, int] | None = None, *, seed: int) -> pd.DataFrame:
    """Forecast the year's end as at each day.

    Parameters
    ----------
    runs : mapping
        Not used: a forecast as at a day is made once.
    seed : int

    Returns
    -------
    DataFrame
        One row a day: as_at, year, known (months on the path), total, low, high and spent (what
        the registers hold today, empty where they hold nothing); GBP m.
    """
    rows = []
    for day in DAYS:
        settings = Settings(as_at=day, seed=seed)
        chosen = scope.choose(settings)
        found = outlook.outlook(path.rebuild(chosen), chosen)
        if found is None:
            raise AssertionError(f"no forecast as at {day}")
        spent = record.levels(read_register(), settings.definition).get(found.year)
        total = found.total
        ends = (total.value, total.low, total.high, spent and spent.value)
        rows.append((day, found.year, found.known, *ends))
    columns = ["as_at", "year", "known", "total", "low", "high", "spent"]
    return pd.DataFrame(rows, columns=columns)
