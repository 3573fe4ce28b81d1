"""Where hubs would go: hospital sites, the best hubs by travel, the published ones beside them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from nhsi_analysis import datasets
from nhsi_analysis.errors import ParameterError
from nhsi_analysis.studies.pathology.settings import Settings
from policy_methods.location import (
    InfeasibleError,
    Location,
    fewest_sites,
    great_circle_km,
    p_median,
)
from policy_methods.results import Result

_NOT_GENERAL = re.compile(
    r"\b(?:dental|eye|child(?:ren)?s?|children's|women's|maternity|community|cottage|rehabilitation|"
    r"war memorial|outreach|unit|(?:treatment|health|breast|care) centre|clinic|"
    r"orthopaedic|dermatology|heart|chest|cancer|"
    r"screening|integrated|tropical|throat|intermediate|transitional)\b",
    re.IGNORECASE,
)
_PLAN_PUBLISHED = pd.Timestamp(2017, 9, 1)
_TRUST_WORDS = re.compile(r"\b(?:nhs|foundation|trust|ft|the)\b|[^a-z ]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Geography(Result):
    """Hospital sites, hubs and travel.

    Parameters
    ----------
    sites : DataFrame
        One row an acute hospital site: site_code, site_name, org_code, latitude,
        longitude, weight, may_be_hub, hub_code, hub (name), km.
    missing : DataFrame
        Acute trusts of the time of the plan without a site in the table: org_code, org_name.
    best, fewest : Location, int or None
        Best hubs by travel; fewest that put every site within the limit, None where none do.
    matched : DataFrame
        One row a published hub trust: network, hub_trust, org_code, site_code, site_name, how.
    published, by_number : Location or None, dict of int to float
        Best hubs when those matched are kept, None where none were; mean km by number of hubs.
    """

    sites: pd.DataFrame
    missing: pd.DataFrame
    best: Location
    fewest: int | None
    matched: pd.DataFrame
    published: Location | None
    by_number: dict[int, float]

    def mean_km(self, location: Location) -> float:
        """Return the mean road distance to the hub, weighted by trust income."""
        return location.objective / float(self.sites["weight"].sum())

    @property
    def hubs(self) -> pd.DataFrame:
        """One row a best hub: site_code, site_name, org_code, latitude, longitude, sites_served."""
        served = self.sites["hub_code"].value_counts()
        hubs = self.sites[self.sites["site_code"].isin(served.index)]
        hubs = hubs[["site_code", "site_name", "org_code", "latitude", "longitude"]]
        return hubs.assign(sites_served=hubs["site_code"].map(served))


def acute_sites(settings: Settings) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the sites of acute trusts, and the acute trusts without any.

    Both as :class:`Geography` has them. A site's weight is its trust's latest operating income, in
    GBP m, shared equally among the trust's sites: no test counts by site are published.
    """
    trusts, sites, finance = map(datasets.load, ("trusts", "hospital_sites", "trust_finance"))
    # Two trusts have no type; one of them, Manchester University, is acute and published as a hub.
    acute = trusts[trusts["trust_type"].eq("Acute") | trusts["trust_type"].isna()]
    columns = ["org_code", "org_name", "specialist", "postcode"]
    own = sites.merge(acute[columns], "inner", "org_code", suffixes=("", "_trust"), validate="m:1")
    income = finance.dropna(subset=["operating_income_gbp_000"]).sort_values("financial_year")
    latest = income.groupby("org_code")["operating_income_gbp_000"].last() / 1000
    per_site = own["org_code"].map(latest) / own.groupby("org_code")["site_code"].transform("size")
    own["weight"] = per_site.fillna(per_site.median())
    general_trust = ~own["specialist"].fillna(value=False).astype(bool)
    own["at_trust_address"] = own["postcode"] == own["postcode_trust"]
    own["general_name"] = ~own["site_name"].str.contains(_NOT_GENERAL)
    main = [_own_site(group)[0]["site_code"] for _, group in own.groupby("org_code")]
    rules = {
        "all": pd.Series(data=True, index=own.index),
        "general": own["general_name"] & general_trust,
        "main": own["site_code"].isin(main) & general_trust,
    }
    own["may_be_hub"] = rules[settings.hub_sites]
    recent = acute["close_date"].isna() | (acute["close_date"] >= _PLAN_PUBLISHED)
    missing = acute[recent & ~acute["org_code"].isin(own["org_code"])][["org_code", "org_name"]]
    own = own.drop(columns=["org_name", "specialist", "postcode_trust"])
    return own.sort_values("site_code").reset_index(drop=True), missing.reset_index(drop=True)


def plain_name(name: str) -> str:
    """Reduce a trust's name to what tells it from others, for matching.

    Examples
    --------
    >>> plain_name("The Dudley Group NHS Foundation Trust")
    'dudley group'
    """
    return " ".join(_TRUST_WORDS.sub(" ", name.lower().replace("&", " and ")).split())


def match_hubs(named: pd.DataFrame, sites: pd.DataFrame) -> pd.DataFrame:
    """Match published hub trusts to hospital sites by name.

    Parameters
    ----------
    named, sites : DataFrame
        Columns network and hubs (trust names parted by semicolons); as :func:`acute_sites` has it.

    Returns
    -------
    DataFrame
        As :attr:`Geography.matched`; codes are missing where no trust, or no site, was found.

    Notes
    -----
    The register names trusts, not buildings. A trust's site is the one at its own postcode or,
    failing that, the one nearest to its other sites; community, dental, eye and other special
    hospitals, by name, are set aside first.
    """
    trusts = datasets.load("trusts")
    codes = {plain_name(n): c for n, c in zip(trusts["org_name"], trusts["org_code"], strict=True)}
    rows = []
    for network, hubs in zip(named["network"], named["hubs"], strict=True):
        for hub in str(hubs).split(";"):
            code = codes.get(plain_name(hub))
            own = sites[sites["org_code"] == code]
            found: tuple[object, object, str] = (None, None, "no site in the data")
            if len(own):
                site, how = _own_site(own)
                found = (site["site_code"], site["site_name"], how)
            rows.append((network, hub.strip(), code, *found))
    columns = ["network", "hub_trust", "org_code", "site_code", "site_name", "how"]
    return pd.DataFrame(rows, columns=columns)


def _own_site(own: pd.DataFrame) -> tuple[pd.Series, str]:
    if own["general_name"].any():
        own = own[own["general_name"]]
    at_address = own[own["at_trust_address"]]
    if len(at_address):
        return at_address.iloc[0], "site at the trust's postcode"
    km = great_circle_km(own["latitude"], own["longitude"], own["latitude"], own["longitude"])
    return own.iloc[int(km.sum(axis=0).argmin())], "most central of the trust's sites"


def examine(settings: Settings, named: pd.DataFrame) -> Geography:
    """Locate hubs among the acute hospital sites.

    Published networks are ``named`` as :func:`match_hubs` takes them.

    Raises
    ------
    ParameterError
        More networks than sites that may be a hub.
    """
    sites, missing = acute_sites(settings)
    open_to = int(sites["may_be_hub"].sum())
    most = max(settings.alternative_networks)
    for name, number in {"networks": settings.networks, "alternative_networks": most}.items():
        if number > open_to:
            rule = f"must not be more than the {open_to} sites that may be a hub"
            raise ParameterError(name, rule, value=number)
    places = (sites["latitude"], sites["longitude"])
    km = great_circle_km(*places, *places, road_factor=settings.road_factor)
    codes = sites["site_code"].tolist()
    matched = match_hubs(named, sites)
    # A published hub may stand where it is, whatever the rule for the others.
    hubs = np.flatnonzero(sites["may_be_hub"] | sites["site_code"].isin(matched["site_code"]))
    cost = pd.DataFrame(km[:, hubs], index=codes, columns=[codes[j] for j in hubs])
    weights = sites["weight"].to_numpy()
    weighted = partial(p_median, cost, weights=weights)
    by_number = {n: weighted(n) for n in {settings.networks, *settings.alternative_networks}}
    best = by_number[settings.networks]
    place = {code: k for k, code in enumerate(cost.columns)}
    keep = [place[code] for code in matched["site_code"].dropna().unique()]
    fit = keep and len(keep) <= settings.networks
    try:
        fewest = fewest_sites(cost, settings.travel_limit_km)
    except InfeasibleError:
        fewest = None
    served = best.to_frame().set_index("point")
    return Geography(
        sites=sites.assign(
            hub_code=served["site"].to_numpy(),
            hub=served["site"].map(sites.set_index("site_code")["site_name"]).to_numpy(),
            km=served["cost"].to_numpy(),
        ),
        missing=missing,
        best=best,
        fewest=fewest,
        matched=matched,
        published=weighted(settings.networks, must_open=keep) if fit else None,
        by_number={n: found.objective / weights.sum() for n, found in by_number.items()},
    )
