"""Models of the tables with a trust, site or organisation a row."""

from __future__ import annotations

from typing import Any

import pandas as pd

from nhsi_analysis.schemas.base import Model, date, number, organisation, row_rule, share, text
from nhsi_analysis.schemas.vocabulary import (
    KEY_QUESTIONS,
    NHS_ENGLAND_REGIONS,
    ORGANISATION_CODE,
    OVERSIGHT_LEAGUES,
    POSTCODE,
    RATINGS,
    REGIONS,
    TRUST_TYPES,
    WEB_ADDRESS,
)
from nhsi_analysis.years import FINANCIAL_YEAR, consecutive

SURVEY_QUESTIONS_2012_2018 = tuple(f"q7{i}" for i in "abcdefg") + tuple(f"q8{i}" for i in "abcd")


def score(description: str) -> Any:
    """Declare an average of metrics' scores from 1 to 4, which may be missing."""
    return number(description, "score", at_least=1, at_most=4, missing=True)


def segment_of(description: str, *, missing: bool = False) -> Any:
    """Declare a segment from 1, the best, to 5."""
    return number(description, "segment", at_least=1, at_most=5, missing=missing)


def points(description: str) -> Any:
    """Declare a score of the staff survey, 0 to 10."""
    return number(description, "points of 10", at_least=0, at_most=10)


class Yearly(Model):
    """A table by financial year."""

    @row_rule("financial_year", "must name two consecutive years")
    @classmethod
    def years_follow(cls, table: pd.DataFrame) -> pd.Series:
        """Accept 2016/17, not 2016/18."""
        return consecutive(table["financial_year"])


class Monthly(Model):
    """A table by month."""

    @row_rule("month", "must be the first day of a month")
    @classmethod
    def first_of_month(cls, table: pd.DataFrame) -> pd.Series:
        """Require months to be written as their first day."""
        first: pd.Series = table["month"].dt.day == 1
        return first


class Trusts(Model, key=("org_code",)):
    """An NHS trust or foundation trust a row, with its type and region."""

    org_code: str = organisation()
    org_name: str = text("Name of the trust")
    trust_type: str = text(
        "Type of provider in a 2018 classification", among=TRUST_TYPES, missing=True
    )
    specialist: pd.BooleanDtype = number(
        "Whether the trust is a specialist one", "true or false", missing=True
    )
    region: str = text("NHS Improvement region", among=REGIONS, missing=True)
    postcode: str = text("Postcode of the head office", pattern=POSTCODE, missing=True)
    open_date: pd.Timestamp = date(
        "Day the organisation opened", earliest="1948-07-05", missing=True
    )
    close_date: pd.Timestamp = date("Day it closed", earliest="1948-07-05", missing=True)

    @row_rule("close_date", "must not be before open_date")
    @classmethod
    def closes_after_opening(cls, table: pd.DataFrame) -> pd.Series:
        """Require that a trust closes after it opened."""
        return ~(table["close_date"] < table["open_date"])


class TrustSuccessions(Model, key=("org_code",)):
    """A trust that ended, and the organisation that took its services over, a row."""

    org_code: str = organisation()
    org_name: str = text("Name of the trust that ended")
    successor_code: str = text("ODS code of the successor", pattern=ORGANISATION_CODE)
    successor_name: str = text("Name of the successor on that day")
    effective_date: pd.Timestamp = date("First day under the successor", earliest="1991-04-01")
    share: str = text(
        "Whether the successor took the whole trust or, as the largest of several, a part",
        among=("whole", "part"),
    )
    source_title: str = text("Page that records the change")
    source_url: str = text("Its address", pattern=WEB_ADDRESS)
    note: str = text("Remark", missing=True)

    @row_rule("successor_code", "must not be the trust itself")
    @classmethod
    def not_itself(cls, table: pd.DataFrame) -> pd.Series:
        """Require another organisation as the successor."""
        return table["successor_code"] != table["org_code"]


class HospitalSites(Model, key=("site_code",)):
    """A hospital site with coordinates a row."""

    site_code: str = text("ODS code of the site", pattern=r"^[A-Z0-9]{5,6}$")
    site_name: str = text("Name of the site")
    org_code: str = organisation()
    latitude: float = number("Latitude, WGS 84", "degrees north", at_least=49.8, at_most=55.9)
    longitude: float = number("Longitude, WGS 84", "degrees east", at_least=-6.5, at_most=1.9)
    postcode: str = text("Postcode of the site", pattern=POSTCODE)


class StaffSurveyItems(Model, key=("org_code", "survey_year", "question")):
    """A trust, survey year and question a row: the five answers of an agreement scale."""

    org_code: str = organisation()
    survey_year: int = number("Year of the survey", "year", at_least=2003, at_most=2100)
    question: str = text("Question, by the number it then had", among=SURVEY_QUESTIONS_2012_2018)
    respondents: int = number("Unweighted base", "people", at_least=1)
    strongly_disagree_pct: float = share("Answered 'strongly disagree'")
    disagree_pct: float = share("Answered 'disagree'")
    neither_pct: float = share("Answered 'neither agree nor disagree'")
    agree_pct: float = share("Answered 'agree'")
    strongly_agree_pct: float = share("Answered 'strongly agree'")

    @row_rule("strongly_agree_pct", "must bring the answers to 100, give or take 2")
    @classmethod
    def adds_up(cls, table: pd.DataFrame) -> pd.Series:
        """Require the answers of a row to add to 98-102."""
        total = table[[c for c in table if str(c).endswith("_pct")]].sum(axis=1)
        return total.between(98 - 1e-6, 102 + 1e-6)


class CqcTrustRatings(
    Model, key=("snapshot", "org_code", "service", "key_question", "publication_date")
):
    """A snapshot, trust, service and key question a row: the rating CQC then published.

    A service may carry two ratings at once, of different dates (24 rows shipped).
    """

    snapshot: pd.Timestamp = date("Date of the CQC file", earliest="2013-10-01")
    org_code: str = organisation()
    service: str = text("Service rated; 'Overall' is the whole trust")
    key_question: str = text("Key question", among=KEY_QUESTIONS)
    rating: str = text("Rating", among=RATINGS)
    publication_date: pd.Timestamp = date("Day the rating was published", earliest="2013-10-01")

    @row_rule("publication_date", "must not be after the snapshot")
    @classmethod
    def published_before_snapshot(cls, table: pd.DataFrame) -> pd.Series:
        """Require that a file holds nothing published after it."""
        return table["publication_date"] <= table["snapshot"]

    @row_rule(
        "rating", "must be the only one of the whole trust for its key question in a snapshot"
    )
    @classmethod
    def one_rating_of_the_whole_trust(cls, table: pd.DataFrame) -> pd.Series:
        """Allow services to repeat, not the whole trust."""
        repeated = table.duplicated(["snapshot", "org_code", "service", "key_question"])
        return ~(repeated & (table["service"] == "Overall"))


class AeMonthly(Monthly, key=("month", "org_code", "department_type")):
    """A month, organisation and department type a row: A&E activity."""

    month: pd.Timestamp = date("First day of the month", earliest="2010-08-01")
    org_code: str = organisation()
    department_type: str = text(
        "1 major, 2 single specialty, other (minor injury unit, walk-in centre)",
        among=("1", "2", "other"),
    )
    attendances: int = number("Attendances", "attendances", at_least=0)
    breaches: int = number("Attendances over four hours", "attendances", at_least=0)
    admissions: float = number(
        "Emergency admissions by A&E; missing where the file read in has none",
        "admissions",
        at_least=0,
        missing=True,
    )

    @row_rule("breaches", "must not be more than attendances")
    @classmethod
    def breaches_are_attendances(cls, table: pd.DataFrame) -> pd.Series:
        """Require every breach to be an attendance."""
        return table["breaches"] <= table["attendances"]


class AeTrustMonthly(Monthly, key=("month", "org_code")):
    """A month and NHS trust a row: A&E activity, all department types together."""

    month: pd.Timestamp = date("First day of the month", earliest="2010-08-01")
    org_code: str = organisation()
    attendances: int = number("Attendances", "attendances", at_least=0)
    breaches: float = number(
        "Attendances over four hours; missing where the trust tested other standards",
        "attendances",
        at_least=0,
        missing=True,
    )
    admissions: int = number("Emergency admissions, by A&E or not", "admissions", at_least=0)
    admissions_over_four_hours: float = number(
        "Emergency admissions over four hours after the decision to admit",
        "admissions",
        at_least=0,
        missing=True,
    )

    @row_rule("breaches", "must not be more than attendances")
    @classmethod
    def breaches_are_attendances(cls, table: pd.DataFrame) -> pd.Series:
        """Require every breach to be an attendance."""
        return ~(table["breaches"] > table["attendances"])


class RttMonthly(Monthly, key=("month", "org_code")):
    """A month and NHS trust a row: its waiting list for consultant-led treatment at month end."""

    month: pd.Timestamp = date("First day of the month", earliest="2007-03-01")
    org_code: str = organisation()
    org_name: str = text("Name of the trust in that month")
    incomplete: int = number("Incomplete pathways", "pathways", at_least=0)
    within_18_weeks: int = number("Of these, within 18 weeks", "pathways", at_least=0)

    @row_rule("within_18_weeks", "must not be more than incomplete")
    @classmethod
    def within_the_list(cls, table: pd.DataFrame) -> pd.Series:
        """Require those within 18 weeks to be part of the list."""
        return table["within_18_weeks"] <= table["incomplete"]


class OversightFramework(Model, key=("quarter", "org_code")):
    """A quarter and trust a row: its place, score and segment in the NHS Oversight Framework.

    Scores run from 1, the best, to 4; segments from 1 to 5.
    """

    quarter: str = text("Quarter of the publication", pattern=r"^20[0-9]{2}/[0-9]{2} Q[1-4]$")
    org_code: str = organisation()
    org_name: str = text("Name of the trust in that quarter")
    trust_type: str = text("League the trust is ranked in", among=OVERSIGHT_LEAGUES)
    trust_subtype: str = text("Kind of trust, as published", missing=True)
    region: str = text("NHS England region", among=NHS_ENGLAND_REGIONS)
    rank: int = number("Place in its league, 1 the best", "rank", at_least=1)
    average_score: float = number("Average of its metrics' scores", "score", at_least=1, at_most=4)
    segment: int = segment_of("Segment, after the override for a deficit")
    access_score: float = score("Access to services")
    effectiveness_score: float = score("Effectiveness and experience of care")
    finance_score: float = score("Finance and productivity")
    safety_score: float = score("Patient safety")
    people_score: float = score("People and workforce")
    access_segment: float = segment_of("Access to services", missing=True)
    effectiveness_segment: float = segment_of("Effectiveness and experience of care", missing=True)
    finance_segment: float = segment_of("Finance and productivity", missing=True)
    safety_segment: float = segment_of("Patient safety", missing=True)
    people_segment: float = segment_of("People and workforce", missing=True)
    raising_concerns_score: float = number(
        "Staff survey: raising concerns", "points of 10", at_least=0, at_most=10, missing=True
    )
    engagement_score: float = number(
        "Staff survey: engagement", "points of 10", at_least=0, at_most=10, missing=True
    )
    planned_surplus_pct: float = number(
        "Planned surplus (+) or deficit (-)", "per cent", at_least=-100, at_most=100, missing=True
    )
    variance_to_plan_pct: float = number(
        "Better (+) or worse (-) than planned", "per cent", at_least=-100, at_most=100, missing=True
    )
    implied_productivity_pct: float = number(
        "Implied productivity, change", "per cent", at_least=-100, at_most=100, missing=True
    )
    cancer_28_day_pct: float = share("Cancer ruled in or out within 28 days", missing=True)
    cancer_62_day_pct: float = share("Cancer treated within 62 days", missing=True)
    mrsa_cases: float = number("MRSA infections", "cases", at_least=0, missing=True)
    ecoli_ratio: float = number(
        "E. coli infections against the threshold", "ratio", at_least=0, missing=True
    )
    cdiff_ratio: float = number(
        "C. difficile infections against the threshold", "ratio", at_least=0, missing=True
    )
    long_stay_pct: float = share("Inpatients of over 60 days", missing=True)
    score_low: float | None = score("Published likely range of the average score, lower end")
    score_high: float | None = score("Published likely range of the average score, upper end")
    rank_low: float | None = number(
        "Published likely range of the rank, best", "rank", at_least=1, missing=True
    )
    rank_high: float | None = number(
        "Published likely range of the rank, worst", "rank", at_least=1, missing=True
    )
    in_deficit: pd.BooleanDtype | None = number(
        "Whether the trust was held to be in deficit", "true or false", missing=True
    )

    @row_rule("rank_high", "must not be before rank_low")
    @classmethod
    def ranks_in_order(cls, table: pd.DataFrame) -> pd.Series:
        """Require a range of ranks to run from the better to the worse."""
        if "rank_low" not in table:
            return pd.Series(True, index=table.index)
        return ~(table["rank_high"] < table["rank_low"])


class StaffSurveyPromise(Model, key=("survey_year", "org_code")):
    """A survey year and trust a row: People Promise scores, 0 to 10, higher is better."""

    survey_year: int = number("Year of the survey", "year", at_least=2021, at_most=2100)
    org_code: str = organisation()
    org_name: str = text("Name of the trust in that year")
    compassionate: float = points("We are compassionate and inclusive")
    recognised: float = points("We are recognised and rewarded")
    voice: float = points("We each have a voice that counts")
    raising_concerns: float = points("Raising concerns, part of a voice that counts")
    safe: float = points("We are safe and healthy")
    safety_climate: float = points("Health and safety climate, part of safe and healthy")
    burnout: float = points("Burnout, part of safe and healthy")
    negative_experiences: float = points("Negative experiences, part of safe and healthy")
    learning: float = points("We are always learning")
    flexible: float = points("We work flexibly")
    team: float = points("We are a team")
    engagement: float = points("Staff engagement")
    morale: float = points("Morale")


class TrustFinance(Yearly, key=("org_code", "financial_year")):
    """A trust and financial year a row: income, cost and result."""

    org_code: str = organisation()
    financial_year: str = text("Financial year, April to March", pattern=FINANCIAL_YEAR)
    financial_position_gbp_000: float = number(
        "Surplus (+) or deficit (-)", "GBP thousand", at_least=-1e6, at_most=1e6
    )
    operating_income_gbp_000: float = number(
        "Operating income", "GBP thousand", at_least=0, at_most=1e7
    )
    operating_cost_gbp_000: float = number(
        "Operating cost, negative", "GBP thousand", at_least=-1e7, at_most=0
    )


class StaffSurvey20212024(Model, key=("org_code", "survey_year", "question")):
    """A trust, survey year and question a row: share that agrees."""

    org_code: str = organisation()
    survey_year: int = number("Year of the survey", "year", at_least=2021, at_most=2100)
    org_name: str = text("Name of the trust in that year")
    benchmarking_group: str = text("Group within which the publisher compares trusts")
    question: str = text(
        "Question, by the number it had in that year", pattern=r"^q[0-9]{1,2}[a-z]$"
    )
    respondents: float = number(
        "Unweighted base; missing in results read in from a workbook without bases",
        "people",
        at_least=1,
        missing=True,
    )
    agree_pct: float = share("Answered 'agree' or 'strongly agree', weighted by occupation group")


class TrustTemporaryStaffing(Yearly, key=("financial_year", "org_code")):
    """A trust and financial year a row: temporary staffing, pay and staff numbers."""

    financial_year: str = text("Financial year, April to March", pattern=FINANCIAL_YEAR)
    org_code: str = organisation()
    org_name: str = text("Name of the trust in that year")
    sector: str = text(
        "Sector", among=("Acute", "Ambulance", "Community", "Mental Health", "Specialist")
    )
    region: str = text("NHS England region", among=NHS_ENGLAND_REGIONS)
    agency_plus_external_bank_gbp: int = number(
        "Agency, contract and external bank staff, which the source adds together",
        "GBP",
        at_least=0,
    )
    staff_costs_gbp: int = number("All staff costs", "GBP", at_least=0)
    salaries_gbp: float = number("Salaries and wages", "GBP", at_least=0, missing=True)
    operating_expenditure_gbp: float = number(
        "Operating expenditure", "GBP", at_least=0, missing=True
    )
    wte_total: float = number("Staff", "whole-time equivalents", at_least=0, missing=True)
    wte_nursing: float = number("Nursing staff", "whole-time equivalents", at_least=0, missing=True)
    wte_medical: float = number("Medical staff", "whole-time equivalents", at_least=0, missing=True)
    agency_gbp: float | None = number(
        "Agency and contract staff (STA0310), in tables read from the accounts themselves",
        "GBP",
        at_least=0,
        missing=True,
    )
    external_bank_gbp: float | None = number(
        "External bank staff (STA0300), in tables read from the accounts themselves",
        "GBP",
        at_least=0,
        missing=True,
    )

    @row_rule("agency_plus_external_bank_gbp", "must not be more than staff_costs_gbp")
    @classmethod
    def part_of_staff_costs(cls, table: pd.DataFrame) -> pd.Series:
        """Require temporary staffing to be part of staff costs."""
        return table["agency_plus_external_bank_gbp"] <= table["staff_costs_gbp"]

    @row_rule("wte_nursing", "must not be more than wte_total")
    @classmethod
    def nurses_are_staff(cls, table: pd.DataFrame) -> pd.Series:
        """Require nursing staff to be part of the staff."""
        return ~(table["wte_nursing"] > table["wte_total"])
