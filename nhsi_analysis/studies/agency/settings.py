"""What may be asked about agency spending."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Annotated

import pandas as pd

from nhsi_analysis.answers.agency_claims import NATIONAL as NATIONAL
from nhsi_analysis.as_at import parse
from nhsi_analysis.errors import ParameterError
from nhsi_analysis.years import year_bounds
from notebook_reports import parameters
from notebook_reports.evidence import words

DEFLATOR_RELEASE = pd.Timestamp(2025, 6, 30)
"""Day of the deflator table: a report as at an earlier one can't have used it."""


@dataclass(frozen=True, slots=True)
class Definition:
    """A definition of agency spending: its name, its words, its measures and its providers."""

    name: str
    words: str
    measures: tuple[str, ...]
    providers: tuple[str, ...]


DEFINITIONS = {
    "agency": Definition("agency", "agency spending of NHS providers", ("agency spend",), NATIONAL),
    "agency and contract": Definition(
        "agency and contract",
        "agency and contract staff spending of NHS providers",
        ("agency and contract staff spend",),
        ("NHS total", "all NHS providers"),
    ),
}
NURSING = Definition(
    "agency nurses",
    "agency nurse spending of NHS providers",
    ("agency nurse spend", "agency nurse spend, five years"),
    ("NHS providers England",),
)


@dataclass(frozen=True)
class Settings(parameters.Settings):
    """The parameters of the notebook, checked when they are made.

    Years are financial years such as "2015/16", dates are ISO dates. Real terms are in the last
    year's prices; claims, ceilings and the forecast stay in cash, as they were made.

    Raises
    ------
    ParameterError
        Naming the first parameter that breaks a rule.
    """

    first_year: Annotated[str, "First financial year of the series"] = "2013/14"
    last_year: Annotated[str, "Last financial year of the series"] = "2018/19"
    series: Annotated[
        str, "Definition of spending, never spliced", "one of: agency, agency and contract"
    ] = "agency"
    breaks: Annotated[
        list[str], "Dates of controls, empty for the register's main ones", "date"
    ] = field(default_factory=list)
    staff_group: Annotated[str, "Staff group to follow", "one of: all, nursing"] = "all"
    price_basis: Annotated[str, "Cash, or real terms by the GDP deflator", "one of: cash, real"] = (
        "cash"
    )
    confidence: Annotated[float, "Level of every interval", "from 0.5 to 0.999"] = 0.95
    horizon: Annotated[int, "Months to forecast", "from 1 to 36"] = 12
    draws: Annotated[int, "Draws of the reconstructed path", "from 200 to 10000"] = 800
    seed: Annotated[int, "Seed of the draws", "at least 0"] = 1
    as_at: Annotated[
        str, "Use nothing dated or published after this day, empty for everything", "date"
    ] = ""
    tac_csv: Annotated[
        str, "Your own trust-level figures as CSV, empty for the shipped table", "file"
    ] = ""
    trust: Annotated[
        str, "ODS code of a trust to follow", "value of: trust_temporary_staffing.org_code"
    ] = ""
    region: Annotated[
        str, "Region of the trusts, empty for all", "value of: trust_temporary_staffing.region"
    ] = ""

    def check(self) -> None:
        """Refuse years, dates and definitions that don't go together."""
        if self.last < self.first:
            raise ParameterError(
                "last_year",
                f"must not be before first_year, {self.first_year}",
                value=self.last_year,
            )
        if "" in self.breaks:
            raise ParameterError("breaks", "must be dates such as 2015-10-01", value="")
        if max(Counter(date[:7] for date in self.breaks).values(), default=1) > 1:
            raise ParameterError("breaks", "must name each month once", value=self.breaks)
        if self.staff_group == "nursing" and self.series != "agency":
            raise ParameterError(
                "staff_group", "nursing is published as agency only", value=self.staff_group
            )
        if self.price_basis == "real" and parse(self.as_at) < DEFLATOR_RELEASE:
            raise ParameterError(
                "price_basis",
                f"must be cash for a report as at {self.as_at}: the deflator was released on "
                f"{words.day(DEFLATOR_RELEASE)}",
            )

    @property
    def first(self) -> pd.Timestamp:
        """First day of the years."""
        return year_bounds(self.first_year, "first_year")[0]

    @property
    def last(self) -> pd.Timestamp:
        """Last day of the years."""
        return year_bounds(self.last_year, "last_year")[1]

    @property
    def definition(self) -> Definition:
        """What is followed."""
        nursing = self.staff_group == "nursing"
        return NURSING if nursing else DEFINITIONS[self.series]

    @property
    def tails(self) -> tuple[float, float]:
        """Quantiles at the ends of an interval."""
        return (1 - self.confidence) / 2, (1 + self.confidence) / 2
