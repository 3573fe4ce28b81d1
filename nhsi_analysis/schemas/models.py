"""``MODELS`` maps the name of a table to its pandera model.

Importing this imports pandera, so :mod:`nhsi_analysis.datasets` does it only when a table has to be
checked again.

Examples
--------
>>> sorted(MODELS["gdp_deflator_quarterly"].to_schema().columns)
['gdp_deflator_2022_100', 'quarter_start']
"""

from __future__ import annotations

from typing import Final

from nhsi_analysis.schemas import national, registers, trust_tables
from nhsi_analysis.schemas.base import Model

MODELS: Final[dict[str, type[Model]]] = {
    "trusts": trust_tables.Trusts,
    "trust_successions": trust_tables.TrustSuccessions,
    "hospital_sites": trust_tables.HospitalSites,
    "staff_survey_items": trust_tables.StaffSurveyItems,
    "staff_survey_2021_2024": trust_tables.StaffSurvey20212024,
    "cqc_trust_ratings": trust_tables.CqcTrustRatings,
    "ae_monthly": trust_tables.AeMonthly,
    "ae_trust_monthly": trust_tables.AeTrustMonthly,
    "rtt_monthly": trust_tables.RttMonthly,
    "oversight_framework": trust_tables.OversightFramework,
    "staff_survey_promise": trust_tables.StaffSurveyPromise,
    "trust_finance": trust_tables.TrustFinance,
    "trust_temporary_staffing": trust_tables.TrustTemporaryStaffing,
    "gdp_deflator_quarterly": national.GdpDeflatorQuarterly,
    "england_outline": national.Outline,
    "england_regions4_approx": national.Outline,
    "agency_annual": registers.AgencyAnnual,
    "agency_quarterly": registers.AgencyQuarterly,
    "agency_monthly": registers.AgencyMonthly,
    "agency_national_more": registers.AgencyNationalMore,
    "agency_controls": registers.AgencyControls,
    "pathology_networks": registers.PathologyNetworks,
    "pathology_figures": registers.PathologyFigures,
    "pathology_memberships": registers.PathologyMemberships,
    "pathology_programme_facts": registers.PathologyProgrammeFacts,
    "cqc_figures": registers.CqcFigures,
    "league_figures": registers.LeagueFigures,
    "nhsi_context": registers.NhsiContext,
    "sof_special_measures_facts": registers.SofSpecialMeasuresFacts,
    "staff_survey_safety_national_facts": registers.StaffSurveySafetyNationalFacts,
    "nof_2025_26_partial": registers.Nof202526Partial,
    "nof_q2_2025_26_change_facts": registers.NofQ2202526ChangeFacts,
    "claims": registers.Claims,
}
