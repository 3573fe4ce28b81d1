"""The words and forms that tables share: types, regions, ratings, codes.

Kept apart from the models, which import pandera, for whoever only needs the words.
"""

from __future__ import annotations

from typing import Final

ORGANISATION_CODE: Final = r"^[A-Z0-9]{3,6}$"
POSTCODE: Final = r"^[A-Z]{1,2}[0-9][A-Z0-9]? [0-9][A-Z]{2}$"
FINANCIAL_YEAR: Final = r"^20[0-9]{2}/[0-9]{2}$"
WEB_ADDRESS: Final = r"^https?://\S+$"

TRUST_TYPES: Final = ("Acute", "Mental health", "Community", "Ambulance")
REGIONS: Final = ("North", "Midlands and East", "London", "South")
"""NHS Improvement's four, until 2019."""
NHS_ENGLAND_REGIONS: Final = (
    "East of England",
    "London",
    "Midlands",
    "North East and Yorkshire",
    "North West",
    "South East",
    "South West",
)
OVERSIGHT_LEAGUES: Final = ("Acute", "Mental health and community", "Ambulance")
"""Leagues that the NHS Oversight Framework ranks trusts in, each apart."""
KEY_QUESTIONS: Final = ("Safe", "Effective", "Caring", "Responsive", "Well-led", "Overall")
LEGAL_FORMS: Final = ("NHS Foundation Trust", "NHS Trust")
"""What the names of trusts end in, the longer form first."""
RATINGS: Final = ("Inadequate", "Requires improvement", "Good", "Outstanding")
"""CQC's, from lowest to highest."""
