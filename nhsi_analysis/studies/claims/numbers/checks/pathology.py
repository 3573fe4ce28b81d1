"""Checkers of claims on pathology."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from nhsi_analysis.studies.claims.numbers.checks.bounds import between, cost_of_entity, fixed
from nhsi_analysis.studies.claims.numbers.checks.lookups import (
    Checker,
    Register,
    own_share,
    published,
    rival,
    sought,
    together,
)
from nhsi_analysis.studies.claims.numbers.checks.model import (
    Claim,
    Evidence,
    Found,
    number,
    rounding,
)
from nhsi_analysis.studies.claims.numbers.checks.registers import Tables

_PATHOLOGY = ("pathology_figures",)


def network_codes(claim: Claim, tables: Tables, claims: Register) -> Found:
    """Count the network codes of the map of September 2018."""
    rows = tables["pathology_networks"]
    codes = rows.loc[rows["as_of"] == "2018-09", "network_id"].dropna()
    n = float(codes[codes.str.len() > 0].nunique())
    if not n:
        return Found()
    words = f"{number(n)} network codes on the map of September 2018"
    return Found((Evidence(n, n, n, words, ("pathology_networks",), exact=True),))


def per_test(claim: Claim, tables: Tables, claims: Register) -> Found:
    """Tell the cost of a test and the saving as a share of cost that the claims imply."""
    tests, cost, saving = claims["C012"].value, claims["C013"].value, claims["C011"].value
    rows = tables.rows("pathology_figures", {"measure": "^tests per year$", "scope": "^England$"})
    other = [cost / t for t in rows["number"] if abs(t - tests) > 1e-9]
    words = (
        f"£{cost:g}bn for {tests:g}bn tests is £{cost / tests:.2f} a test"
        + (f" (£{other[0]:.2f} with the rival number of tests)" if other else "")
        + f"; £{number(saving)}m is {saving / cost / 10:.1f}% of it."
    )
    return Found(remarks=(words,))


def share_of_cost(claim: Claim, tables: Tables, claims: Register) -> Found:
    """Compute the saving from the published share of the published cost, as another number."""
    share = tables.rows("pathology_figures", {"measure": "^target saving as share of spend$"})
    cost = tables.rows("pathology_figures", {"measure": "^pathology spend$"})
    if share.empty or cost.empty:
        return Found()
    s, c = float(share["number"].iloc[0]), float(cost["number"].iloc[0])
    (low_s, high_s), (low_c, high_c) = rounding(s, "per cent"), rounding(c, "bn")
    words = f"{s:g}% of £{c:g}bn is £{s * c * 10:.0f}m"
    other = Evidence(s * c * 10, low_s * low_c * 10, high_s * high_c * 10, words, _PATHOLOGY)
    return Found(others=(other,))


def hub_targets(claim: Claim, tables: Tables, claims: Register) -> Found:
    """Tell how much of the saving has a published target by hub."""
    rows = tables["pathology_networks"]
    targets = rows.loc[rows["as_of"].str.startswith("2017-09"), "savings_target_gbp_m"].dropna()
    if targets.empty:
        return Found()
    return Found(
        remarks=(
            f"{len(targets)} hubs have published targets, together £{targets.sum():.1f}m: "
            f"£{claim.value - targets.sum():.0f}m has no published allocation.",
        )
    )


def per_network(claim: Claim, tables: Tables, claims: Register) -> Found:
    """Tell how many services make a network."""
    services, networks = claim.value, claim.comparator_value
    return Found(
        remarks=(
            f"{number(services)} services to {number(networks)} networks is "
            f"{services / networks:.1f} a network.",
        )
    )


CHECKERS: Final[Mapping[str, Checker]] = {
    "C010": together(
        published("pathology_figures", {"measure": "^proposed networks$"}),
        network_codes,
        own_share,
        rival("pathology_figures", {"measure": "^proposed hub and spoke networks"}),
    ),
    "C011": together(
        published("pathology_figures", {"measure": "^target saving$", "scope": "^England$"}),
        share_of_cost,
        hub_targets,
        per_test,
    ),
    "C012": together(
        published(
            "pathology_figures",
            {"measure": "^tests per year$", "scope": "^England$"},
            prefer={"publisher": "^NHS Improvement"},
        ),
        per_test,
    ),
    "C013": together(
        published("pathology_figures", {"measure": "^pathology spend$"}),
        rival("pathology_figures", {"measure": "annual cost of pathology|pathology cost per"}),
        per_test,
    ),
    "C052": sought(
        "Bedford.*pathology|pathology contract.*Bedford",
        between(
            fixed(0),
            cost_of_entity("2017/18", 1e-6),
            "the trust's whole operating cost in 2017/18 was £{high}",
            ("trusts", "trust_finance"),
        ),
    ),
    "C053": together(
        published("pathology_figures", {"measure": "^hospitals providing pathology services$"}),
        published("pathology_figures", {"measure": "^proposed networks$"}, against="comparator"),
        rival("pathology_figures", {"measure": "^individual pathology units"}),
        per_network,
    ),
}
