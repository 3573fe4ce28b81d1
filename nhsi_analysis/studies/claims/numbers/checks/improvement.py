"""Checkers of claims on quality and productivity, on which hardly anything is published."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from nhsi_analysis.studies.claims.numbers.checks.bounds import (
    ALL_BILLIONS,
    ALL_MILLIONS,
    PERCENT,
    POSITIVE,
    STAFF,
    between,
    fixed,
    own_comparator,
    reading_of,
    trusts,
)
from nhsi_analysis.studies.claims.numbers.checks.lookups import Checker, sought

CHECKERS: Final[Mapping[str, Checker]] = {
    "C029": sought("falls collaborative", PERCENT, trusts("comparator")),
    "C030": sought("fall in falls|reduction in falls", PERCENT),
    "C031": sought(
        "days without a fall",
        between(own_comparator, fixed(92), "longer than the record of {low} days before"),
    ),
    "C032": sought("criteria-led discharge", trusts()),
    "C033": sought("pressure.ulcer", trusts()),
    "C034": sought("heads of patient experience", trusts()),
    "C035": sought("patient.experience leadership", trusts()),
    "C036": sought("maternal and neonatal", POSITIVE),
    "C037": sought(
        "reduction in maternal deaths",
        PERCENT,
        between(fixed(0), own_comparator, "not beyond the {high}% sought ten years later"),
    ),
    "C047": sought("unwarranted variation", ALL_BILLIONS),
    "C048": sought("users of the Model Hospital", STAFF),
    "C049": sought("community productivity review", trusts()),
    "C050": sought("top 10 medicines", ALL_MILLIONS),
    "C051": sought("nationally contracted products", ALL_MILLIONS),
    "C054": sought("price index tool", PERCENT),
    "C055": sought("King's College.*cost reduction", PERCENT),
    "C056": sought("vascular", POSITIVE),
    "C057": sought(
        "vascular",
        between(
            fixed(0),
            reading_of("C056", "comparator"),
            "part of the saving of £{high}m in C056 at most",
        ),
    ),
    "C058": sought("general.surgery admissions", PERCENT),
    "C059": sought("general.surgery improvements", ALL_MILLIONS),
}
