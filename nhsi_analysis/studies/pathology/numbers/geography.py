"""Where hubs would go: hospital sites, the best hubs by travel, the published ones beside them."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from nhsi_analysis import datasets
from nhsi_analysis.errors import ParameterError
from nhsi_analysis.studies.pathology.settings import Settings
from notebook_reports.evidence import Estimate
from notebook_reports.evidence.words import count, listed
from policy_methods.location import (
    InfeasibleError,
    Location,
    fewest_sites,
    great_circle_km,
    p_median,
)

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
class Geography:
    """Hospital sites, hubs and travel.

    Parameters
    ----------
    sites : DataFrame
        One row an acute hospital site: site_code, site_name, org_code, trust, latitude,
        longitude, weight, may_be_hub, hub_code, hub (name), km.
    missing : DataFrame
        Acute trusts of the time of the plan without a site in the table: org_code, org_name.
    best : Location
        Best hubs by travel, no limit.
    limited : Location or None
        The same with every hospital within the travel limit; None where that can't be.
    limit_problem : str
        Why not.
    fewest : int or None
        Fewest hubs that put every hospital within the limit; None where no number does.
    matched : DataFrame
        One row a published hub trust: network, hub_trust, org_code, site_code, site_name, how.
    published : Location or None
        Best hubs when those matched are kept; None where none could be matched.
    by_number : DataFrame
        Mean and longest travel by number of hubs: hubs, mean_km, longest_km.
    settings : Settings
        What it was computed with.
    """

    sites: pd.DataFrame
    missing: pd.DataFrame
    best: Location
    limited: Location | None
    limit_problem: str
    fewest: int | None
    matched: pd.DataFrame
    published: Location | None
    by_number: pd.DataFrame
    settings: Settings

    def mean_km(self, location: Location) -> float:
        """Return the mean road distance to the hub, weighted by trust income."""
        return location.objective / float(self.sites["weight"].sum())

    def hubs(self, location: Location) -> pd.DataFrame:
        """Return one row an open hub: site, trust, sites served, mean and longest km."""
        served = location.to_frame().groupby("site")["cost"].agg(["size", "mean", "max"])
        rows = self.sites.set_index("site_code").loc[
            [location.site_names[j] for j in location.open]
        ]
        rows = rows.join(served)
        return rows.reset_index()[
            ["site_code", "site_name", "trust", "latitude", "longitude", "size", "mean", "max"]
        ].rename(columns={"size": "sites_served", "mean": "mean_km", "max": "longest_km"})

    @property
    def travel(self) -> Estimate:
        """Mean travel with the best hubs."""
        return Estimate(
            self.mean_km(self.best),
            unit="km",
            n=len(self.sites),
            label=f"mean road distance to the nearest of the best "
            f"{count(self.settings.networks, 'hub')}",
            decimals=1,
        )

    @property
    def shared(self) -> int:
        """Published hubs that are also among the best, by trust."""
        best = set(self.sites.set_index("site_code").loc[self._codes(self.best), "org_code"])
        return len(best & set(self.matched["org_code"].dropna()))

    @staticmethod
    def _codes(location: Location) -> list[str]:
        return [location.site_names[j] for j in location.open]

    @property
    def sentence(self) -> str:
        """The best hubs and the published ones in words."""
        far = float(self.best.cost.max())
        text = (
            f"With the best {count(self.settings.networks, 'hub')} the {len(self.sites)} acute "
            f"hospital sites are {self.travel.text} by road from their hub on average and "
            f"{far:.0f} km at most "
            f"({_proof(self.best)})."
        )
        located = self.matched.dropna(subset=["site_code"])
        if self.published is not None:
            kept, base = self.mean_km(self.published), self.mean_km(self.best)
            text += (
                f" Of {len(self.matched)} hub trusts published in 2017, {len(located)} have a site "
                f"here; {self.shared} of them also hold one of the best hubs. Keeping all of them "
                f"and choosing the other {self.settings.networks - self._kept} freely gives a mean "
                f"of {kept:.1f} km, {kept / base - 1 if base else 0:.0%} more."
            )
        lost = self.matched[self.matched["site_code"].isna()]
        if len(lost):
            text += f" No site could be matched for {listed(dict.fromkeys(lost['hub_trust']))}."
        return text

    @property
    def _kept(self) -> int:
        return int(self.matched["site_code"].dropna().nunique())

    @property
    def coverage(self) -> str:
        """Which trusts the map lacks, in words."""
        if self.missing.empty:
            return "Every acute trust of the time has a site in the table."
        return (
            f"The table of sites lacks {len(self.missing)} trusts of the time, so their hospitals "
            f"are neither served nor hubs here: {listed(dict.fromkeys(self.missing['org_name']))}."
        )

    @property
    def limit_sentence(self) -> str:
        """What the travel limit costs, in words."""
        limit = f"{self.settings.travel_limit_km:g} km"
        if self.limited is None:
            more = (
                " No number of hubs would do: none may stand near enough."
                if self.fewest is None
                else f" At least {self.fewest} hubs would be needed."
            )
            return (
                f"Not every hospital can be within {limit} of one of "
                f"{count(self.settings.networks, 'hub')}: {self.limit_problem}.{more}"
            )
        beyond = int((self.best.cost > self.settings.travel_limit_km + 1e-9).sum())
        start = (
            f"Every hospital can be within {limit} of its hub; it takes at least "
            f"{count(self.fewest or 0, 'hub')}"
        )
        if not beyond:
            return f"{start}, and the best {self.settings.networks} keep the limit unasked."
        extra = self.mean_km(self.limited) - self.mean_km(self.best)
        return (
            f"{start}. With {self.settings.networks} the limit costs {extra:.2f} km of mean travel "
            f"({self.mean_km(self.limited):.2f} instead of {self.mean_km(self.best):.2f} km) and "
            f"brings in {count(beyond, 'site')} that the best hubs leave farther away."
        )


def _proof(location: Location) -> str:
    return (
        "proven optimal, gap 0" if location.proven else f"within {location.gap:.1%} of the optimum"
    )


def acute_sites(settings: Settings) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the sites of acute trusts, and the acute trusts without any.

    Parameters
    ----------
    settings : Settings
        Its rule for hub sites.

    Returns
    -------
    tuple of DataFrame
        Sites (see :class:`Geography`), and missing trusts.

    Notes
    -----
    A site's weight is its trust's latest operating income, in GBP m, shared equally among the
    trust's sites: no test counts by site are published.
    """
    trusts = datasets.load("trusts")
    sites = datasets.load("hospital_sites")
    finance = datasets.load("trust_finance")
    # Two trusts have no type; one of them, Manchester University, is acute and published as a hub.
    acute = trusts[trusts["trust_type"].eq("Acute") | trusts["trust_type"].isna()]
    columns = ["org_code", "org_name", "specialist", "postcode"]
    own = sites.merge(
        acute[columns], on="org_code", validate="many_to_one", suffixes=("", "_trust")
    )
    income = finance.dropna(subset=["operating_income_gbp_000"]).sort_values("financial_year")
    latest = income.groupby("org_code")["operating_income_gbp_000"].last() / 1000
    per_site = own["org_code"].map(latest) / own.groupby("org_code")["site_code"].transform("size")
    own["weight"] = per_site.fillna(per_site.median())
    own["trust"] = own["org_name"]
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
    named : DataFrame
        Columns network and hubs (trust names parted by semicolons).
    sites : DataFrame
        As from :func:`acute_sites`.

    Returns
    -------
    DataFrame
        One row a hub trust: network, hub_trust, org_code, site_code, site_name, how. Codes are
        missing where no trust, or no site, was found; `how` says what was done.

    Notes
    -----
    The register names trusts, not buildings. A trust is matched by its name without 'NHS',
    'Foundation', 'Trust' and 'The'; its site is the one at the trust's own postcode or, failing
    that, the one nearest to the trust's other sites. Sites whose name says that they are a
    community, dental, eye or other special hospital are set aside first.
    """
    trusts = datasets.load("trusts")
    codes = {plain_name(n): c for n, c in zip(trusts["org_name"], trusts["org_code"], strict=True)}
    rows = []
    for network, hubs in zip(named["network"], named["hubs"], strict=True):
        for hub in str(hubs).split(";"):
            code = codes.get(plain_name(hub))
            own = sites[sites["org_code"] == code]
            row = {"network": network, "hub_trust": hub.strip(), "org_code": code}
            if code is None:
                row |= {"site_code": None, "site_name": None, "how": "no trust of that name"}
            elif own.empty:
                row |= {"site_code": None, "site_name": None, "how": "trust has no site in table"}
            else:
                site, how = _own_site(own)
                row |= {"site_code": site["site_code"], "site_name": site["site_name"], "how": how}
            rows.append(row)
    return pd.DataFrame(rows)


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

    Parameters
    ----------
    settings : Settings
        Number of networks, travel limit, road factor, hub rule.
    named : DataFrame
        Published networks, see :func:`match_hubs`.

    Returns
    -------
    Geography

    Raises
    ------
    ParameterError
        More networks than sites that may be a hub; a followed trust that isn't known.
    """
    sites, missing = acute_sites(settings)
    open_to = int(sites["may_be_hub"].sum())
    for name, numbers in {
        "networks": [settings.networks],
        "alternative_networks": settings.alternative_networks,
    }.items():
        for number in numbers:
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
    best = p_median(cost, settings.networks, weights=weights)
    limited, problem = None, ""
    try:
        limited = p_median(
            cost, settings.networks, weights=weights, max_cost=settings.travel_limit_km
        )
    except InfeasibleError as error:
        names = sites.set_index("site_code")["site_name"]
        unserved = [f"{names[c]}" for c in error.unserved]
        more = f" and {len(unserved) - 8} more" if len(unserved) > 8 else ""
        problem = f"{len(unserved)} can't be reached: " + ", ".join(unserved[:8]) + more
    located = matched["site_code"].dropna().unique()
    place = {code: k for k, code in enumerate(cost.columns)}
    keep = [place[c] for c in located]
    published = None
    if keep and len(keep) <= settings.networks:
        published = p_median(cost, settings.networks, weights=weights, must_open=keep)
    served = best.to_frame().set_index("point")
    names = sites.set_index("site_code")["site_name"]
    return Geography(
        sites=sites.assign(
            hub_code=served["site"].to_numpy(),
            hub=served["site"].map(names).to_numpy(),
            km=served["cost"].to_numpy(),
        ),
        missing=missing,
        best=best,
        limited=limited,
        limit_problem=problem,
        fewest=_fewest(cost, settings.travel_limit_km),
        matched=matched,
        published=published,
        by_number=_by_number(settings, cost, weights, best),
        settings=settings,
    )


def _fewest(cost: pd.DataFrame, limit: float) -> int | None:
    """Find the fewest hubs with every hospital within the limit; None where no number does."""
    try:
        return fewest_sites(cost, limit)
    except InfeasibleError:
        return None


def _by_number(
    settings: Settings, cost: pd.DataFrame, weights: np.ndarray, best: Location
) -> pd.DataFrame:
    rows = []
    for number in sorted({settings.networks, *settings.alternative_networks}):
        found = best if number == settings.networks else p_median(cost, number, weights=weights)
        rows.append(
            {
                "hubs": number,
                "mean_km": found.objective / weights.sum(),
                "longest_km": float(found.cost.max()),
                "gap": found.gap,
            }
        )
    return pd.DataFrame(rows)
