"""Which checkers each claim is put to. No verdict is written here: they follow from the data.

Claims on which nothing is published are put to :func:`searched`, which looks through every
register for them, and to bounds that follow from what is known: an impossible figure is refuted
even where the right one isn't published.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from nhsi_analysis.studies.claims.league import cumulated, position
from nhsi_analysis.studies.claims.lookups import (
    Checker,
    between,
    figure_of,
    fixed,
    other_claim,
    own_comparator,
    published,
    rival,
    searched,
    together,
    total,
)
from nhsi_analysis.studies.claims.money import (
    agency_fall,
    agency_less,
    cost_of_all,
    cost_of_entity,
    cost_of_some,
    deficit_in_accounts,
    not_yet_agreed,
    number_of_trusts,
    trusts_in_accounts,
)
from nhsi_analysis.studies.claims.ratings import implied, net_rise, rebuilt
from nhsi_analysis.studies.claims.services import (
    admissions_in_year,
    admitted_through_ae,
    clinical_staff,
    growth,
    hub_targets,
    implied_replies,
    major_departments,
    mergers,
    more_within_four_hours,
    network_codes,
    own_share,
    per_network,
    per_test,
    regions,
    response_rate,
    segments,
    share_of_cost,
)

DEFAULT_WINTER: Final = (12, 1, 2)

_PERCENT = between(fixed(0), fixed(100), "a share lies between {low}% and {high}%")
_POSITIVE = between(fixed(0), fixed(float("inf")), "a count or an amount is not below {low}")
_ACCOUNTS = ("trust_finance",)
_TRUSTS = between(
    fixed(1),
    number_of_trusts("2017/18"),
    "there were {high} trusts with accounts for 2017/18",
    _ACCOUNTS,
)
_ALL_MILLIONS = between(
    fixed(0),
    cost_of_all("2017/18", 1),
    "all trusts together cost £{high}m in 2017/18",
    _ACCOUNTS,
)
_ALL_BILLIONS = between(
    fixed(0),
    cost_of_all("2017/18", 1000),
    "all trusts together cost £{high}bn in 2017/18",
    _ACCOUNTS,
)
_STAFF = between(
    fixed(0),
    clinical_staff,
    "the NHS in England had {high} clinical staff in 2014",
    ("nhsi_context",),
)
_PART = between(fixed(0), own_comparator, "a part of {high} is not more than that")


_TRUSTS_COMPARED = between(
    fixed(1),
    number_of_trusts("2017/18"),
    "there were {high} trusts with accounts for 2017/18",
    _ACCOUNTS,
    against="comparator",
)


def _league_count(category: str) -> Checker:
    where = {"kind": "^count$", "measure": "in category", "category": f"^{category}$"}
    return published("league_figures", where)


def _rated(day: str, against: str) -> Checker:
    where = {
        "measure": "^share of trusts rated$",
        "rating": "^good$",
        "as_of": f"^{day}$",
        "scope": "^NHS trusts$",
    }
    if against == "comparator":
        return published("cqc_figures", where, against="comparator", same_document=True)
    return published("cqc_figures", where, same_document=True)


def _agency(measure: str) -> Checker:
    where = {"measure": measure, "unit": "^GBP m$", "period_end": "2018-03-31", "basis": "act|var"}
    return published("agency_annual", where)


_DEFICIT = {"measure": "^sector deficit", "period_start": "2017-04-01", "scope": "^all NHS"}
_DEFICIT_BEFORE = {"measure": "^sector deficit$", "period_end": "2017-03-31", "basis": "^actual$"}


def checks(winter: tuple[int, ...] = DEFAULT_WINTER) -> Mapping[str, Checker]:
    """Return the checker of each claim by its number.

    Parameters
    ----------
    winter : tuple of int
        Months that count as winter in the claim on A&E patients within four hours.
    """
    return {
        # the league: the announcement's own counts and the positions that trusts and press reported
        "C001": together(
            cumulated("poor reporting culture"),
            published("league_figures", {"kind": "^count$", "measure": "^trusts ranked$"}),
            total(*((f"C00{i}", "value", 1) for i in range(2, 6))),
        ),
        "C002": _league_count("outstanding"),
        "C003": _league_count("good"),
        "C004": _league_count("significant concerns"),
        "C005": _league_count("poor reporting culture"),
        "C006": position,
        "C007": position,
        "C008": position,
        "C009": together(
            cumulated("good"),
            published(
                "league_figures",
                {"kind": "^count$", "measure": "^trusts rated outstanding or good"},
            ),
            cumulated("good", plus=1, against="comparator"),
        ),
        # pathology
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
        "C052": together(
            searched("Bedford.*pathology|pathology contract.*Bedford"),
            between(
                fixed(0),
                cost_of_entity("2017/18", 1e-6),
                "the trust's whole operating cost in 2017/18 was £{high}",
                ("trusts", "trust_finance"),
            ),
        ),
        "C053": together(
            published("pathology_figures", {"measure": "^hospitals providing pathology services$"}),
            published(
                "pathology_figures", {"measure": "^proposed networks$"}, against="comparator"
            ),
            rival("pathology_figures", {"measure": "^individual pathology units"}),
            per_network,
        ),
        # ratings
        "C015": together(
            _rated("2018-03-31", "value"),
            _rated("2017-03-31", "comparator"),
            rebuilt("Good", "2018-03-31"),
            rebuilt("Good", "2017-03-31", "comparator"),
            implied("C015", "C016", "value"),
        ),
        "C016": together(
            searched("share of NHS trusts rated outstanding in March 2018"),
            rebuilt("Outstanding", "2018-03-31"),
            rebuilt("Outstanding", "2017-03-31", "comparator"),
            implied("C015", "C016", "value"),
            implied("C015", "C016", "comparator"),
        ),
        "C017": together(
            other_claim("C015"),
            other_claim("C015", "comparator", "comparator"),
            rebuilt("Good", "2018-03-31"),
        ),
        "C018": together(searched("moved from inadequate or requires improvement"), net_rise),
        # agency
        "C019": agency_fall,
        "C020": _agency("^agency spend relative to plan"),
        "C021": together(
            agency_less,
            rival(
                "agency_annual",
                {
                    "measure": "^agency spend reduction on prior year$",
                    "period_end": "2018-03-31",
                    "unit": "^GBP m$",
                },
            ),
        ),
        # finance
        "C022": together(
            searched("accepted.*control total"),
            between(
                not_yet_agreed,
                number_of_trusts("2017/18"),
                "in June 2017 about 30 had not agreed, so from {low} up to all {high} trusts",
                ("nhsi_context", "trust_finance"),
            ),
            trusts_in_accounts("2017/18", "comparator"),
            own_share,
        ),
        "C023": together(
            searched("share of trusts.*control total.*2017/18"),
            between(
                fixed(0),
                lambda claim, tables, claims: (
                    100 * claims["C022"].value / claims["C022"].comparator_value
                ),
                "not more than the {high}% that accepted one",
            ),
        ),
        "C024": together(
            published("nhsi_context", _DEFICIT),
            published("nhsi_context", _DEFICIT_BEFORE, against="comparator"),
            deficit_in_accounts,
        ),
        "C025": together(searched("November 2017 Budget"), _ALL_BILLIONS),
        "C026": together(searched("core frontline services"), _ALL_MILLIONS),
        "C027": together(
            searched("patient level"),
            between(
                cost_of_some("2016/17", largest=False),
                cost_of_some("2016/17", largest=True),
                "as many trusts cost from £{low}bn (the smallest) to £{high}bn (the largest) in "
                "2016/17",
                _ACCOUNTS,
            ),
            _TRUSTS_COMPARED,
        ),
        "C028": together(searched("Financial Improvement Programme"), _TRUSTS),
        # quality
        "C029": together(searched("falls collaborative"), _PERCENT, _TRUSTS_COMPARED),
        "C030": together(searched("fall in falls|reduction in falls"), _PERCENT),
        "C031": together(
            searched("days without a fall"),
            between(own_comparator, fixed(92), "longer than the record of {low} days before"),
        ),
        "C032": together(searched("criteria-led discharge"), _TRUSTS),
        "C033": together(searched("pressure.ulcer"), _TRUSTS),
        "C034": together(searched("heads of patient experience"), _TRUSTS),
        "C035": together(searched("patient.experience leadership"), _TRUSTS),
        "C036": together(searched("maternal and neonatal"), _POSITIVE),
        "C037": together(
            searched("reduction in maternal deaths"),
            _PERCENT,
            between(fixed(0), own_comparator, "not beyond the {high}% sought ten years later"),
        ),
        # operations
        "C038": together(growth("attendances"), major_departments("attendances")),
        "C039": together(
            growth("admissions"), major_departments("admissions"), admitted_through_ae
        ),
        "C040": more_within_four_hours(winter),
        "C041": together(
            searched("patients in criteria-led"),
            between(
                fixed(0),
                admissions_in_year,
                "there were {high} admissions through A&E in 2017/18",
                ("ae_monthly",),
            ),
        ),
        "C042": together(searched("emergency flow improvement"), _STAFF),
        "C043": together(searched("Carillion"), _TRUSTS),
        "C044": together(searched("cancelled for lack of beds"), _PERCENT),
        "C045": together(searched("Wolverhampton.*length of stay"), _PERCENT),
        "C046": together(searched("patient.flow technology"), _TRUSTS),
        # productivity
        "C047": together(searched("unwarranted variation"), _ALL_BILLIONS),
        "C048": together(searched("users of the Model Hospital"), _STAFF),
        "C049": together(searched("community productivity review"), _TRUSTS),
        "C050": together(searched("top 10 medicines"), _ALL_MILLIONS),
        "C051": together(searched("nationally contracted products"), _ALL_MILLIONS),
        "C054": together(searched("price index tool"), _PERCENT),
        "C055": together(searched("King's College.*cost reduction"), _PERCENT),
        "C056": together(searched("vascular"), _POSITIVE),
        "C057": together(
            searched("vascular"),
            between(
                fixed(0),
                figure_of("C056", "comparator"),
                "part of the saving of £{high}m in C056 at most",
            ),
        ),
        "C058": together(searched("general.surgery admissions"), _PERCENT),
        "C059": together(searched("general.surgery improvements"), _ALL_MILLIONS),
        # strategy and workforce
        "C060": mergers,
        "C061": together(searched("Integrated Support and Assurance"), _TRUSTS),
        "C062": together(searched("demand and capacity training"), _PERCENT),
        "C063": together(searched("aspiring chief executives"), _PART, own_share),
        "C064": total(("C064", "comparator", 1), ("C065", "value", 1)),
        "C065": together(
            total(("C064", "value", 1), ("C064", "comparator", -1)),
            between(
                fixed(0),
                lambda claim, tables, claims: claim.value,
                "chairs are part of all {high}",
                against="comparator",
            ),
        ),
        "C066": together(
            searched("new appointments that were chairs"),
            between(fixed(0), figure_of("C064", "comparator"), "part of {high} new appointments"),
        ),
        "C067": together(searched("regional chair networks"), _TRUSTS),
        "C068": together(searched("NExT Director"), _POSITIVE),
        # the organisation
        "C014": other_claim("C076"),
        "C069": together(
            searched("staff employed by NHS Improvement"),
            between(
                lambda claim, tables, claims: claims["C070"].value,
                fixed(float("inf")),
                "not fewer than the {low} who replied to its staff survey",
            ),
            response_rate,
        ),
        "C070": together(
            searched("responses to the annual staff survey"),
            between(fixed(0), figure_of("C069"), "not more than its {high} staff"),
            response_rate,
        ),
        "C071": together(
            searched("respect by their line manager"), _PERCENT, implied_replies("C070")
        ),
        "C072": together(searched("care about the future"), _PERCENT, implied_replies("C070")),
        "C073": together(searched("understand the aims of"), _PERCENT, implied_replies("C070")),
        "C074": together(
            searched("sites of NHS Improvement"),
            between(fixed(1), figure_of("C069"), "a site has one of its {high} staff at least"),
        ),
        "C075": regions,
        "C076": other_claim("C014"),
        "C077": segments,
    }
