"""What each claim is put to. No verdict is written here: they follow from the data.

Most claims are about things that no register holds: they are looked for in every register by
:data:`SOUGHT`, and held to what is possible, so that a figure that appears is found and an
impossible claim is refuted.
"""

from __future__ import annotations

import re
from typing import Final

from nhsi_analysis.studies.claims.numbers.checks import (
    league,
    money,
    operations,
    organisation,
    pathology,
    ratings,
)
from nhsi_analysis.studies.claims.numbers.checks.bounds import possible
from nhsi_analysis.studies.claims.numbers.checks.lookups import Checker, searched, together
from nhsi_analysis.studies.claims.numbers.checks.model import Claim
from nhsi_analysis.studies.claims.settings import Settings

SOUGHT: Final = {
    "C016": "share of NHS trusts rated outstanding in March 2018",
    "C018": "moved from inadequate or requires improvement",
    "C025": "November 2017 Budget",
    "C026": "core frontline services",
    "C027": "patient level",
    "C028": "Financial Improvement Programme",
    "C029": "falls collaborative",
    "C030": "fall in falls|reduction in falls",
    "C031": "days without a fall",
    "C032": "criteria-led discharge",
    "C033": "pressure.ulcer",
    "C034": "heads of patient experience",
    "C035": "patient.experience leadership",
    "C036": "maternal and neonatal",
    "C037": "reduction in maternal deaths",
    "C041": "patients in criteria-led",
    "C042": "emergency flow improvement",
    "C043": "Carillion",
    "C044": "cancelled for lack of beds",
    "C045": "Wolverhampton.*length of stay",
    "C046": "patient.flow technology",
    "C047": "unwarranted variation",
    "C048": "users of the Model Hospital",
    "C049": "community productivity review",
    "C050": "top 10 medicines",
    "C051": "nationally contracted products",
    "C052": "Bedford.*pathology|pathology contract.*Bedford",
    "C054": "price index tool",
    "C055": "King's College.*cost reduction",
    "C056": "vascular",
    "C057": "vascular",
    "C058": "general.surgery admissions",
    "C059": "general.surgery improvements",
    "C061": "Integrated Support and Assurance",
    "C062": "demand and capacity training",
    "C063": "aspiring chief executives",
    "C066": "new appointments that were chairs",
    "C067": "regional chair networks",
    "C068": "NExT Director",
    "C069": "staff employed by NHS Improvement",
    "C070": "responses to the annual staff survey",
    "C071": "respect by their line manager",
    "C072": "care about the future",
    "C073": "understand the aims of",
    "C074": "sites of NHS Improvement",
}
"""What a register's measure would have to say for its figure to be on a claim."""


def checker_of(claim: Claim, settings: Settings) -> Checker:
    """Return what a claim is put to; one that an analyst has added is sought by its own words."""
    judged = {
        **money.judged(settings.tolerance),
        **operations.emergency(settings.tolerance, tuple(settings.winter)),
    }
    if claim.claim_id in judged:
        return judged[claim.claim_id]  # what another function judges is judged there alone
    topics = (league, pathology, ratings, organisation)
    known = {number: check for topic in topics for number, check in topic.CHECKERS.items()}
    parts = [known[claim.claim_id]] if claim.claim_id in known else []
    if claim.claim_id in SOUGHT or not parts:
        parts.append(searched(SOUGHT.get(claim.claim_id) or re.escape(claim.measure)))
    return together(*parts, possible)
