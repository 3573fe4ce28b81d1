"""The independent evaluation of consolidation, as published and re-examined.

BMC Health Services Research 2018, 18:862, compared the pathology budgets of 56 consolidated
laboratories and 57 single ones in 2010 and 2015. Only its table is public: counts, budgets, means
and standard deviations.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from nhsi_analysis import datasets
from nhsi_analysis.studies.pathology.numbers.registers import published_numbers, reading
from notebook_reports.evidence import Estimate
from policy_methods.results import Result

Floats = npt.NDArray[np.float64]

_GROUPS = {"consolidated": "56 pathology hubs", "non-consolidated": "57 single laboratories"}
_UNITS = {"gap": ("GBP m", 2), "relative": ("share", 1), "worth": ("GBP m", 0)}
_MEASURES = {
    "budget_2010": ("total pathology budget", "2010"),
    "budget_2015": ("total pathology budget", "2015"),
    "uplifted_2010": ("total pathology budget uplifted for inflation", "2010"),
    "activity_value": ("value of 10% increased activity", "2015"),
    "mean": ("average saving per unit", "2015"),
    "sd": ("SD of saving per unit", "2015"),
}


@dataclass(frozen=True, slots=True)
class Evaluation(Result):
    """The evaluation re-examined.

    Parameters
    ----------
    groups, confidence : DataFrame, float
        From :func:`published`; level of the intervals.
    welch : dict of str to float
        t, df and p from the published means, and the published p.
    scenarios : DataFrame
        One row a set of assumptions, the paper's own first: scenario, gap, gap_low, gap_high
        (GBP m a laboratory), relative and its ends (shares of budget), worth and its ends
        (GBP m a year for the laboratories that were single).
    """

    groups: pd.DataFrame
    welch: dict[str, float]
    scenarios: pd.DataFrame
    confidence: float

    def estimate(self, what: str, scenario: int = 0) -> Estimate:
        """Return the gap, its share of budget (relative) or its worth; as published by default."""
        row, (unit, decimals) = self.scenarios.iloc[scenario], _UNITS[what]
        value, low, high = (float(row[f"{what}{end}"]) for end in ("", "_low", "_high"))
        n = int(self.groups["n"].sum())
        return Estimate(value, low, high, unit, n, "", self.confidence, decimals=decimals)


def published() -> pd.DataFrame:
    """Read the two groups from the register.

    Returns
    -------
    DataFrame
        Rows consolidated, non-consolidated; n (laboratories), budget_2010, budget_2015,
        uplifted_2010 (at 2015 prices, by the authors), activity_value (added for activity), mean
        and sd (saving a laboratory), GBP m; inflation (factor) and activity (share of budget).

    Raises
    ------
    DataError
        A number of the evaluation is missing.
    """
    table = published_numbers()
    rows = {}
    for name, scope in _GROUPS.items():
        rows[name] = {"n": float(scope.split()[0])} | {
            key: reading(table, f"{measure}, {name}", scope, period) / 1e6
            for key, (measure, period) in _MEASURES.items()
        }
    groups = pd.DataFrame.from_dict(rows, orient="index")
    groups["inflation"] = groups["uplifted_2010"] / groups["budget_2010"]
    groups["activity"] = groups["activity_value"] / groups["budget_2015"]
    return groups


def examine(confidence: float = 0.95) -> Evaluation:
    """Reproduce the evaluation's test and vary its assumptions.

    Notes
    -----
    Welch's test from summaries (:func:`scipy.stats.ttest_ind_from_stats`). Under other assumptions
    the means move and the published standard deviations are kept: the laboratories' own numbers
    aren't public. Shares of budget divide a group's mean saving by its mean budget at 2015 prices,
    whose own spread isn't public either: their intervals are too narrow for that.
    """
    groups = published()
    own, rise = groups["inflation"], float(groups["activity"].iloc[0])
    low, high = float(own.min()), float(own.max())
    deflator = datasets.load("gdp_deflator_quarterly")
    yearly = deflator.groupby(deflator["quarter_start"].dt.year)["gdp_deflator_2022_100"].mean()
    economy = float(yearly[2015] / yearly[2010])
    single = np.array([0.0, rise])
    cases: dict[str, tuple[pd.Series | float, Floats | float]] = {
        "As published": (own, rise),
        "Both groups at the lower inflation": (low, rise),
        "Both groups at the higher inflation": (high, rise),
        "Inflation of the whole economy": (economy, rise),
        "No activity uplift": (own, 0.0),
        "Activity uplift of 5%": (own, 0.05),
        "Activity uplift of 20%": (own, 0.20),
        "Lower inflation, no activity uplift": (low, 0.0),
        "Whole economy's, no activity uplift": (economy, 0.0),
        "Activity uplift for single ones only": (low, single),
    }
    variance = groups["sd"] ** 2 / groups["n"]
    df = float(variance.sum() ** 2 / (variance**2 / (groups["n"] - 1)).sum())
    quantile = float(stats.t.ppf(0.5 + confidence / 2, df))
    rows = []
    for name, (inflation, activity) in cases.items():
        before = groups["budget_2010"] * inflation / groups["n"]
        saved = before - groups["budget_2015"] * (1 - activity) / groups["n"]
        share, relative = -float((saved / before).diff().iloc[1]), variance / before**2
        found = {"gap": (-float(saved.diff().iloc[1]), np.sqrt(variance.sum()))}
        found["relative"] = (share, np.sqrt(relative.sum()))
        found["worth"] = tuple(v * groups["budget_2015"].iloc[1] for v in found["relative"])
        row: dict[str, str | float] = {"scenario": name}
        for what, (value, error) in found.items():
            ends = (value - quantile * error, value + quantile * error)
            row |= {what: value, f"{what}_low": ends[0], f"{what}_high": ends[1]}
        rows.append(row)
    big, small = (groups.loc[name] for name in _GROUPS)
    test = stats.ttest_ind_from_stats(
        big["mean"], big["sd"], big["n"], small["mean"], small["sd"], small["n"], equal_var=False
    )
    p = reading(
        published_numbers(), "p value, difference in average savings", "hubs vs single laboratories"
    )
    welch = {"t": float(test.statistic), "df": df, "p": float(test.pvalue), "published_p": p}
    return Evaluation(groups, welch, pd.DataFrame(rows), confidence)
