"""How far the programme got, against the path it needed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from nhsi_analysis.studies.pathology.numbers.registers import published_numbers, reading
from nhsi_analysis.studies.pathology.settings import FIRST_YEAR, Settings
from notebook_reports.evidence import format_value

_START = pd.Timestamp(2017, 9, 7)
"""The plan was published in September 2017."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """Savings and agreements published, and where their pace leads.

    Parameters
    ----------
    savings : DataFrame
        Dated cumulative savings: date, delivered (GBP m), needed (GBP m, straight path to the
        target), basis.
    agreements : DataFrame
        date, agreed (networks), networks.
    dates : DataFrame
        One row a reading of the pace: reading, per_year, when (date the target is met).
    target : float
        GBP m a year.
    deadline : Timestamp
        End of the target year.
    trusts : str
        What was published about trusts that agreed, in words.
    """

    savings: pd.DataFrame
    agreements: pd.DataFrame
    dates: pd.DataFrame
    target: float
    deadline: pd.Timestamp
    trusts: str

    @property
    def sentence(self) -> str:
        """Delivery against the path in words."""
        last = self.savings.iloc[-1]
        met = self.dates.dropna(subset=["when"])
        earliest, latest = met["when"].min(), met["when"].max()
        late = (
            "after it"
            if earliest > self.deadline
            else "by then"
            if latest <= self.deadline
            else "around it"
        )
        return (
            f"By {last['date']:%B %Y} {format_value(last['delivered'], 'GBP m', 1)} had been "
            f"reported ({last['basis']}), where a straight path to the target needed "
            f"{format_value(last['needed'], 'GBP m', 1)}. At the published paces the target would "
            f"be met between {earliest:%B %Y} and {latest:%B %Y}; it was due by "
            f"{self.deadline:%B %Y}, so {late}."
        )

    @property
    def agreements_sentence(self) -> str:
        """Agreements and their conflict in words."""
        counts = ", ".join(
            f"{row.agreed:.0f} in {row.date:%B %Y}" for row in self.agreements.itertuples()
        )
        return (
            f"Networks with an agreed model, of {self.agreements['networks'].iloc[0]:.0f}: "
            f"{counts}. {self.trusts}"
        )


def _at(period: str) -> pd.Timestamp:
    """Return the end of a month such as "2018-09"."""
    return pd.Timestamp(f"{period}-01") + pd.offsets.MonthEnd(0)


def examine(settings: Settings) -> Delivery:
    """Compare what was reported with what was needed.

    Parameters
    ----------
    settings : Settings
        Target and target year.

    Returns
    -------
    Delivery

    Notes
    -----
    The sources don't say whether the GBP 30m forecast for 2018/19 comes on top of the GBP 33.6m;
    both readings are kept.
    """
    table = published_numbers()
    first = reading(table, "saving delivered by networks so far")
    further = reading(table, "further saving predicted for the year")
    deadline = pd.Timestamp(FIRST_YEAR + settings.target_index + 1, 3, 31)
    span = (deadline - _START).days
    year_end = pd.Timestamp(2019, 3, 31)
    september = _at("2018-09")

    def needed(date: pd.Timestamp) -> float:
        return settings.target_gbp_m * min((date - _START).days / span, 1.0)

    savings = pd.DataFrame(
        [
            (_START, 0.0, needed(_START), "plan published"),
            (september, first, needed(september), "actual"),
            (year_end, first + further, needed(year_end), "actual to September 2018 and forecast"),
        ],
        columns=["date", "delivered", "needed", "basis"],
    )
    agreed = [
        (_at("2018-03"), reading(table, "networks where trusts fully agreed")),
        (_at("2018-09"), reading(table, "networks with formally agreed model", period="2018-09")),
        (_at("2019-09"), reading(table, "networks with formally agreed model", period="2019-09")),
    ]
    networks = reading(table, "proposed networks")
    agreements = pd.DataFrame(agreed, columns=["date", "agreed"]).assign(networks=networks)
    years = (agreements["date"] - _START).dt.days / 365.25
    slope, level = np.polyfit(years, agreements["agreed"], 1)
    early, late = _years(september), _years(year_end)
    readings = [
        (f"{_gbp(first)} in the first {early:.1f} years", first / early, _START),
        (f"{_gbp(first + further)} in {late:.1f} years", (first + further) / late, _START),
        (f"{_gbp(further)} a year after the first {_gbp(first)}", further, september),
    ]
    rows: list[tuple[str, str, object]] = []
    for words, pace, origin in readings:
        left = settings.target_gbp_m - (first if origin == september else 0.0)
        rows.append((words, f"{_gbp(pace)} a year", _after(origin, max(left, 0.0) / pace)))
    rows.append(
        (
            f"Agreements, by the trend of {len(agreements)} counts, reaching {networks:.0f}",
            f"{slope:.1f} networks a year",
            _after(_START, (networks - level) / slope) if slope > 0 else pd.NaT,
        )
    )
    dates = pd.DataFrame(rows, columns=["reading", "per_year", "when"])
    signed = reading(table, "trusts formally agreed", period="2018-09")
    scheme = reading(table, "trusts in scheme")
    minutes = reading(table, "share of trusts agreed to NHSI networking model")
    trusts = (
        f"By trust the sources conflict: NHS Improvement's minutes of May 2018 have {minutes:.0f}% "
        f"agreed, while {signed:.0f} of about {scheme:.0f} ({signed / scheme:.0%}) had formally "
        "agreed in September 2018."
    )
    return Delivery(savings, agreements, dates, settings.target_gbp_m, deadline, trusts)


def _years(date: pd.Timestamp) -> float:
    return float((date - _START).days) / 365.25


def _gbp(value: float) -> str:
    return format_value(value, "GBP m", 1)


def _after(origin: pd.Timestamp, years: float) -> pd.Timestamp:
    return origin + pd.Timedelta(days=round(years * 365.25))
