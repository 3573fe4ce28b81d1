"""Checkers of claims on pathology."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from nhsi_analysis.studies.claims.numbers.checks.lookups import (
    Checker,
    Register,
    published,
    rival,
    together,
)
from nhsi_analysis.studies.claims.numbers.checks.model import Claim, Evidence, Found
from nhsi_analysis.studies.claims.numbers.checks.registers import Tables


def network_codes(claim: Claim, tables: Tables, claims: Register) -> Found:
    """Count the network codes of the map of September 2018."""
    rows = tables["pathology_networks"]
    rows = rows[(rows["as_of"] == "2018-09") & rows["network_id"].fillna("").ne("")]
    n = float(rows["network_id"].nunique())
    if not n:
        return Found()
    said = f"the plan's own map of September 2018 has {n:.0f} networks"
    return Found((Evidence(n, n, n, said, tuple(rows["publisher"].unique())),))


def _figure(measure: str, **where: str) -> Mapping[str, str]:
    return {"measure": f"^{measure}$", **where}


CHECKERS: Final[Mapping[str, Checker]] = {
    "C010": together(
        published("pathology_figures", _figure("proposed networks")),
        network_codes,
        rival("pathology_figures", {"measure": "^proposed hub and spoke networks"}),
    ),
    "C011": published("pathology_figures", _figure("target saving", scope="^England$")),
    "C012": together(
        published("pathology_figures", _figure("tests per year", publisher="^NHS Improvement")),
        rival("pathology_figures", _figure("tests per year", scope="^England$")),
    ),
    "C013": together(
        published("pathology_figures", _figure("pathology spend")),
        rival("pathology_figures", {"measure": "annual cost of pathology|pathology cost per"}),
    ),
    "C053": together(
        published("pathology_figures", _figure("hospitals providing pathology services")),
        published("pathology_figures", _figure("proposed networks"), against="comparator"),
        rival("pathology_figures", {"measure": "^individual pathology units"}),
    ),
}
