"""Models of the registers: one published number a row, each with the page it was published on."""

from __future__ import annotations

import pandas as pd

from nhsi_analysis.schemas.base import Model, date, number, row_rule, text
from nhsi_analysis.schemas.vocabulary import WEB_ADDRESS


class Sourced(Model):
    """A row that names the page it was taken from."""

    source_title: str = text("Title of the page")
    publisher: str = text("Who published it")
    source_url: str = text("Address of the page", pattern=WEB_ADDRESS)


class DatedFigure(Sourced):
    """A number for a period, with its unit, basis and page."""

    period_start: pd.Timestamp = date("First day of the period", missing=True)
    period_end: pd.Timestamp = date("Last day of the period", missing=True)
    measure: str = text("What was measured")
    unit: str = text("Unit of the value, with the words that qualify it")
    basis: str = text("Actual, plan, ceiling, forecast, target, estimate …: filter before charting")
    note: str = text("Remark; CONFLICT marks a figure with a rival row", missing=True)

    @row_rule("period_end", "must not be before period_start")
    @classmethod
    def ends_after_start(cls, table: pd.DataFrame) -> pd.Series:
        """Require a period to end after it starts."""
        return ~(table["period_end"] < table["period_start"])


class AgencyFigure(
    DatedFigure,
    key=(
        "period_start",
        "period_end",
        "measure",
        "unit",
        "basis",
        "staff_group",
        "provider_type",
        "source_url",
    ),
):
    """A published number on temporary staffing."""

    staff_group: str = text("Staff group the figure is about")
    provider_type: str = text("Providers the figure is about")
    value: float = number("The figure, in the row's unit", "see column unit")


class AgencyAnnual(AgencyFigure):
    """Yearly numbers on agency staffing, of several definitions."""


class AgencyQuarterly(AgencyFigure):
    """Quarterly and year-to-date numbers on agency staffing."""


class AgencyMonthly(AgencyFigure):
    """Monthly and weekly numbers on agency staffing."""


class AgencyNationalMore(Sourced, key=("period", "measure", "source_url")):
    """Further national numbers on agency staffing, with the period in words."""

    period: str = text("Period, as the page has it")
    measure: str = text("What was measured")
    value: str = text("The figure or rule, as text", missing=True)
    unit: str = text("Unit of the value, with the words that qualify it")


class AgencyControls(Sourced, key=("event_date", "event", "what_changed", "source_url")):
    """A dated rule on agency staffing a row."""

    event_date: pd.Timestamp = date("Day the rule took effect", missing=True)
    date_precision: str = text(
        "How exactly the date is known", among=("day", "month", "year", "not stated")
    )
    event: str = text("The rule")
    what_changed: str = text("What it changed")
    value: float = number("Level the rule set", "see column unit", missing=True)
    unit: str = text("Unit of the value", missing=True)
    note: str = text("Remark", missing=True)


class PathologyNetworks(Sourced, key=("network_id", "network_name", "as_of", "source_url")):
    """A pathology network as one page describes it a row; networks repeat across pages."""

    network_id: str = text("NHS Improvement's number of the network", missing=True)
    network_name: str = text("Name of the network", missing=True)
    region: str = text("Region, as the page has it")
    hub_trusts: str = text("Trusts that host the hub, by name", missing=True)
    n_trusts: float = number("Trusts in the network", "trusts", at_least=1, missing=True)
    member_trusts: str = text("Members, by name or in words", missing=True)
    savings_target_gbp_m: float = number(
        "Target saving a year", "GBP million", at_least=0, missing=True
    )
    target_year: str = text("When the target was to be met", missing=True)
    tests_per_year_m: float = number("Tests a year", "million tests", at_least=0, missing=True)
    cost_gbp_m: float = number("Cost a year", "GBP million", at_least=0, missing=True)
    population_m: float = number("Population served", "million people", at_least=0, missing=True)
    as_of: str = text("Date of the page, in words where it has none")
    note: str = text("Remark", missing=True)


class PathologyFigures(Sourced, key=("period", "measure", "scope", "source_url")):
    """Published numbers on pathology services."""

    period: str = text("Period, as the page has it")
    measure: str = text("What was measured")
    scope: str = text("Whom the figure is about")
    value: str = text("The figure, or words where the page gives words")
    unit: str = text("Unit of the value")
    basis: str = text("Actual, plan, target, estimate …: filter before charting")
    note: str = text("Remark; CONFLICT marks a figure with a rival row", missing=True)


class PathologyMemberships(Sourced, key=("network", "trust", "period", "source_url")):
    """A trust in a pathology network a row."""

    network: str = text("Name of the network")
    trust: str = text("Name of the trust, as the page has it")
    role: str = text("Its part in the network: hub, spoke, member")
    period: str = text("When, as the page has it", missing=True)


class PathologyProgrammeFacts(Sourced, key=("date", "measure", "source_url")):
    """Facts on the progress of the pathology programme."""

    date: str = text("Date, in words where the page has none")
    measure: str = text("What was measured")
    value: str = text("The figure, as text", missing=True)
    unit: str = text("Unit of the value")


class CqcFigures(Sourced, key=("as_of", "scope", "measure", "rating", "source_url")):
    """Published numbers on CQC ratings."""

    as_of: str = text("Date or month, in words where the page has none")
    scope: str = text("Whom the figure is about")
    measure: str = text("What was measured")
    rating: str = text("Rating the figure counts", missing=True)
    value: str = text("The figure, or a date in words")
    unit: str = text("Unit of the value")
    basis: str = text("Actual, count or policy")
    note: str = text("Remark", missing=True)


class LeagueFigures(Sourced, key=("kind", "trust", "category", "measure", "source_url")):
    """Published numbers and statements on the Learning from Mistakes league."""

    kind: str = text("Kind of statement: count, position, method, criticism …")
    trust: str = text("Trust named", missing=True)
    rank: float = number("Its rank, of 230", "rank", at_least=1, at_most=230, missing=True)
    category: str = text("League category", missing=True)
    measure: str = text("What was measured")
    value: str = text("The figure or finding")
    unit: str = text("Unit of the value", missing=True)
    detail: str = text("Detail", missing=True)
    as_of: str = text("Date, in words where the page has none")
    note: str = text("Remark", missing=True)


class NhsiContext(
    DatedFigure, key=("topic", "scope", "period_start", "period_end", "measure", "source_url")
):
    """Published numbers on NHS Improvement and its sector."""

    topic: str = text("Subject")
    scope: str = text("Whom the figure is about")
    value: str = text("The figure, or a date")


class SofSpecialMeasuresFacts(Sourced, key=("date", "measure", "source_url")):
    """Facts on oversight segments and special measures."""

    date: str = text("Date, in words where the page has none")
    measure: str = text("What was measured")
    value: float = number("The figure", "see column unit", missing=True)
    unit: str = text("Unit of the value")


class StaffSurveySafetyNationalFacts(
    Sourced, key=("survey_year", "group", "question", "source_url")
):
    """National results of the staff survey on errors and speaking up."""

    survey_year: int = number("Year of the survey", "year", at_least=2003, at_most=2100)
    group: str = text("Whom the figure is about")
    question: str = text("Question or index")
    value: float = number("The figure", "see column unit")
    unit: str = text("Unit of the value")


class Nof202526Partial(Sourced, key=("period", "table", "trust", "source_url")):
    """Ranks, scores and segments of some trusts in the 2025/26 Oversight Framework."""

    period: str = text("Quarter, as the page has it")
    table: str = text("League the trust is ranked in")
    trust: str = text("Name of the trust")
    rank: float = number("Rank", "rank", at_least=1, missing=True)
    of_n: float = number("Trusts ranked in that league", "trusts", at_least=1, missing=True)
    average_metric_score: float = number(
        "Average metric score, 1 best", "score", at_least=1, at_most=4, missing=True
    )
    adjusted_segment: float = number(
        "Segment, 1 best", "segment", at_least=1, at_most=5, missing=True
    )
    note: str = text("Remark", missing=True)

    @row_rule("rank", "must not be more than of_n")
    @classmethod
    def ranked_within(cls, table: pd.DataFrame) -> pd.Series:
        """Require a rank to lie within its league."""
        return ~(table["rank"] > table["of_n"])


class NofQ2202526ChangeFacts(Sourced, key=("period", "measure", "source_url")):
    """Facts on what changed between the first two quarters of the 2025/26 framework."""

    period: str = text("Period")
    measure: str = text("What was measured")
    value: str = text("The figure or rule, as text")
    unit: str = text("Unit of the value")


class Claims(Model, key=("claim_id",)):
    """A quantitative claim of the documents the project answers to a row."""

    claim_id: str = text("Number of the claim", pattern=r"^C[0-9]{3}$")
    topic: str = text("Subject")
    entity: str = text("Whom the claim is about")
    measure: str = text("What is claimed")
    value: float = number("The figure claimed", "see column unit")
    unit: str = text("Unit of the value")
    period: str = text("Period the claim is about")
    kind: str = text("Kind of claim", among=("change", "count", "level", "target"))
    comparator: str = text("What the claim compares with", missing=True)
    comparator_value: float = number("Its figure", "see column unit", missing=True)
    source: str = text("Document that makes the claim")
