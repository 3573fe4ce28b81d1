"""The independent evaluation of consolidation, tested and taken apart.

BMC Health Services Research 2018, 18:862, compared the pathology budgets of 56 consolidated
laboratories and 57 single ones in 2010 and 2015. Only its table is public: counts, budgets, means
and standard deviations.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import pandas as pd
from scipy import stats

from nhsi_analysis import datasets
from nhsi_analysis.errors import DataError
from nhsi_analysis.studies.pathology.numbers.registers import published_numbers, reading
from notebook_reports.evidence import Estimate, format_value

_GROUPS = {
    "consolidated": "56 pathology hubs",
    "non-consolidated": "57 single laboratories",
}


@dataclass(frozen=True, slots=True)
class Group:
    """What the evaluation published about one group.

    Parameters
    ----------
    n : int
        Laboratories.
    budget_2010, budget_2015, uplifted_2010 : float
        Budgets, GBP m, the last at 2015 prices by the authors' own factor.
    activity_value : float
        What the authors added for increased activity, GBP m.
    mean, sd : float
        Saving a laboratory, GBP m.
    """

    n: int
    budget_2010: float
    budget_2015: float
    uplifted_2010: float
    activity_value: float
    mean: float
    sd: float

    @property
    def inflation(self) -> float:
        """The uplift factor the authors used."""
        return self.uplifted_2010 / self.budget_2010

    @property
    def activity(self) -> float:
        """The activity uplift, as a share of the 2015 budget."""
        return self.activity_value / self.budget_2015

    def saving(self, inflation: float, activity: float) -> float:
        """Return the mean saving a laboratory under other assumptions, GBP m."""
        total = self.budget_2010 * inflation - self.budget_2015 * (1 - activity)
        return total / self.n


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The evaluation re-examined.

    Parameters
    ----------
    consolidated, single : Group
        Published summaries.
    welch : dict of str to float
        t, df and p from the published means, and the published p.
    scenarios : DataFrame
        One row a set of assumptions: scenario, inflation_consolidated, inflation_single,
        activity_consolidated, activity_single, saving_consolidated, saving_single, gap, gap_low,
        gap_high (GBP m a laboratory), t, p, relative_gap and its ends (share of budget), worth,
        worth_low, worth_high (GBP m a year for the laboratories that were single).
    curve : DataFrame
        Gap by activity uplift for three ways of uplifting prices.
    confidence : float
        Level of the intervals.
    """

    consolidated: Group
    single: Group
    welch: dict[str, float]
    scenarios: pd.DataFrame
    curve: pd.DataFrame
    confidence: float

    def _row(self, scenario: str) -> pd.Series:
        return self.scenarios[self.scenarios["scenario"] == scenario].iloc[0]

    @property
    def gap(self) -> Estimate:
        """Published difference of mean savings, GBP m a laboratory."""
        row = self._row("As published")
        return Estimate(
            float(row["gap"]),
            float(row["gap_low"]),
            float(row["gap_high"]),
            unit="GBP m",
            n=self.consolidated.n + self.single.n,
            label="more saved by a consolidated than by a single laboratory, as published",
            confidence=self.confidence,
            decimals=2,
        )

    @property
    def relative_gap(self) -> Estimate:
        """Difference as a share of budget, with one inflation factor for both groups."""
        row = self._row("One inflation factor (the lower)")
        return Estimate(
            float(row["relative_gap"]) * 100,
            float(row["relative_low"]) * 100,
            float(row["relative_high"]) * 100,
            unit="pp",
            n=self.consolidated.n + self.single.n,
            label="of budget: what consolidated laboratories saved beyond single ones, with one "
            "inflation factor for both",
            confidence=self.confidence,
            decimals=1,
        )

    @property
    def supported(self) -> Estimate:
        """What the gap is worth, GBP m a year, if the laboratories then single closed it."""
        row = self._row("One inflation factor (the lower)")
        return Estimate(
            float(row["worth"]),
            float(row["worth_low"]),
            float(row["worth_high"]),
            unit="GBP m",
            n=self.single.n,
            label=f"a year: what the independent evaluation supports for its {self.single.n} "
            "single laboratories",
            confidence=self.confidence,
        )

    @property
    def sentence(self) -> str:
        """The re-examination in words."""
        w = self.welch
        spread = self.scenarios["gap"]
        return (
            f"The published test is reproduced: Welch t {w['t']:.2f} on {w['df']:.0f} degrees of "
            f"freedom, p {w['p']:.5f} (the paper prints {w['published_p']:g}). "
            f"Consolidated laboratories saved {self.gap} more each. "
            f"Under other assumptions the gap runs from {format_value(spread.min(), 'GBP m', 2)} "
            f"to {format_value(spread.max(), 'GBP m', 2)}. But their budgets were "
            f"{self._size_ratio:.1f} times those of single laboratories: as a share of budget the "
            f"gap is {self.relative_gap}."
        )

    @property
    def reading(self) -> str:
        """What is left of the evaluation, in words."""
        none = self._row("One inflation factor, no activity uplift")
        lopsided = self._row("Activity uplift for single laboratories only")
        end = (
            "can no longer be told from nothing"
            if lopsided["gap_low"] <= 0 <= lopsided["gap_high"]
            else f"is {format_value(lopsided['gap'], 'GBP m', 2)}"
        )
        return (
            "What is left: the difference survives one inflation factor for both groups, shrinks "
            f"to {format_value(none['gap'], 'GBP m', 2)} a laboratory without the activity uplift, "
            f"and {end} if activity grew in single laboratories only. If the "
            f"{self.single.n} single laboratories closed the gap in proportion to their budgets it "
            f"would be worth {self.supported} a year; the share of it that consolidation caused, "
            "rather than the kind of laboratory that chose it, is not known."
        )

    @property
    def _size_ratio(self) -> float:
        mean = self.consolidated.budget_2010 / self.consolidated.n
        return mean / (self.single.budget_2010 / self.single.n)


def published() -> tuple[Group, Group]:
    """Read the two groups from the register.

    Returns
    -------
    tuple of Group
        Consolidated, single.

    Raises
    ------
    DataError
        A number of the evaluation is missing.
    """
    table = published_numbers()
    found = []
    for name, scope in _GROUPS.items():
        count = re.match(r"\d+", scope)
        if count is None:
            raise DataError("pathology_figures", "scope must begin with a count", value=scope)

        def million(measure: str, period: str, name: str = name, scope: str = scope) -> float:
            return reading(table, f"{measure}, {name}", scope, period) / 1e6

        found.append(
            Group(
                n=int(count[0]),
                budget_2010=million("total pathology budget", "2010"),
                budget_2015=million("total pathology budget", "2015"),
                uplifted_2010=million("total pathology budget uplifted for inflation", "2010"),
                activity_value=million("value of 10% increased activity", "2015"),
                mean=million("average saving per unit", "2015"),
                sd=million("SD of saving per unit", "2015"),
            )
        )
    return found[0], found[1]


def general_inflation() -> float:
    """Return the rise of the GDP deflator from 2010 to 2015, as a factor."""
    table = datasets.load("gdp_deflator_quarterly")
    by_year = table.groupby(table["quarter_start"].dt.year)["gdp_deflator_2022_100"].mean()
    return float(by_year[2015] / by_year[2010])


def examine(confidence: float = 0.95) -> Evaluation:
    """Reproduce the evaluation's test and vary its assumptions.

    Parameters
    ----------
    confidence : float
        Level of the intervals.

    Returns
    -------
    Evaluation

    Notes
    -----
    Welch's test from summaries (:func:`scipy.stats.ttest_ind_from_stats`). Under other assumptions
    the means move and the published standard deviations are kept: the laboratories' own numbers
    aren't public. Shares of budget divide a group's mean saving by its mean budget at 2015 prices,
    whose own spread isn't public either: their intervals are too narrow for that.
    """
    big, small = published()
    deflator = general_inflation()
    low, high = sorted((big.inflation, small.inflation))
    activity = big.activity
    cases = [
        ("As published", big.inflation, small.inflation, activity),
        ("One inflation factor (the lower)", low, low, activity),
        ("One inflation factor (the higher)", high, high, activity),
        ("Inflation as the whole economy's (GDP deflator)", deflator, deflator, activity),
        ("No activity uplift", big.inflation, small.inflation, 0.0),
        ("Activity uplift of 5%", big.inflation, small.inflation, 0.05),
        ("Activity uplift of 20%", big.inflation, small.inflation, 0.20),
        ("One inflation factor, no activity uplift", low, low, 0.0),
        ("GDP deflator, no activity uplift", deflator, deflator, 0.0),
    ]
    rows = [
        {"scenario": name, **_test(big, small, f, g, (a, a), confidence)} for name, f, g, a in cases
    ]
    lopsided = _test(big, small, low, low, (0.0, activity), confidence)
    rows.append({"scenario": "Activity uplift for single laboratories only", **lopsided})
    curve = []
    for step in range(0, 21, 2):
        point: dict[str, float] = {"activity": step / 100}
        for column, (f, g) in {
            "published": (big.inflation, small.inflation),
            "equal": (low, low),
            "deflator": (deflator, deflator),
        }.items():
            test = _test(big, small, f, g, (step / 100, step / 100), confidence)
            point |= {column: test["gap"], f"{column}_low": test["gap_low"]}
            point |= {f"{column}_high": test["gap_high"]}
        curve.append(point)
    result = stats.ttest_ind_from_stats(
        big.mean, big.sd, big.n, small.mean, small.sd, small.n, equal_var=False
    )
    return Evaluation(
        consolidated=big,
        single=small,
        welch={
            "t": float(result.statistic),
            "df": _welch_df(big, small),
            "p": float(result.pvalue),
            "published_p": reading(
                published_numbers(),
                "p value, difference in average savings",
                "hubs vs single laboratories",
            ),
        },
        scenarios=pd.DataFrame(rows),
        curve=pd.DataFrame(curve),
        confidence=confidence,
    )


def _welch_df(a: Group, b: Group) -> float:
    va, vb = a.sd**2 / a.n, b.sd**2 / b.n
    return (va + vb) ** 2 / (va**2 / (a.n - 1) + vb**2 / (b.n - 1))


def _test(
    big: Group,
    small: Group,
    inflation_big: float,
    inflation_small: float,
    activity: tuple[float, float],
    confidence: float,
) -> dict[str, float]:
    """Recompute the gap, its test and what it is worth under a set of assumptions."""
    means = (
        big.saving(inflation_big, activity[0]),
        small.saving(inflation_small, activity[1]),
    )
    test = stats.ttest_ind_from_stats(
        means[0], big.sd, big.n, means[1], small.sd, small.n, equal_var=False
    )
    quantile = float(stats.t.ppf(0.5 + confidence / 2, _welch_df(big, small)))
    gap = means[0] - means[1]
    error = math.sqrt(big.sd**2 / big.n + small.sd**2 / small.n)
    budgets = (
        big.budget_2010 * inflation_big / big.n,
        small.budget_2010 * inflation_small / small.n,
    )
    relative = means[0] / budgets[0] - means[1] / budgets[1]
    relative_error = math.sqrt(
        (big.sd / budgets[0]) ** 2 / big.n + (small.sd / budgets[1]) ** 2 / small.n
    )
    ends = (relative - quantile * relative_error, relative + quantile * relative_error)
    return {
        "inflation_consolidated": inflation_big,
        "inflation_single": inflation_small,
        "activity_consolidated": activity[0],
        "activity_single": activity[1],
        "saving_consolidated": means[0],
        "saving_single": means[1],
        "gap": gap,
        "gap_low": gap - quantile * error,
        "gap_high": gap + quantile * error,
        "t": float(test.statistic),
        "p": float(test.pvalue),
        "relative_gap": relative,
        "relative_low": ends[0],
        "relative_high": ends[1],
        "worth": relative * small.budget_2015,
        "worth_low": ends[0] * small.budget_2015,
        "worth_high": ends[1] * small.budget_2015,
    }
