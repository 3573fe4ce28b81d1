"""The case as tables for a reader: columns in words, rows in order, nothing computed anew."""

from __future__ import annotations

import re

import pandas as pd

from nhsi_analysis.studies.pathology.analysis import Pathology
from nhsi_analysis.studies.pathology.geography import Geography
from notebook_reports.evidence import format_value


def baseline(result: Pathology) -> pd.DataFrame:
    """Return every published size of the service with its publisher."""
    return result.baseline.table[["what", "value", "period", "publisher", "note"]].rename(
        columns={
            "what": "What",
            "value": "Published value",
            "period": "Period",
            "publisher": "Publisher",
            "note": "Note",
        }
    )


def targets(result: Pathology) -> pd.DataFrame:
    """Return the published targets by hub, and last what was allocated to none."""
    table = result.targets.table[["network", "region", "hubs", "target_gbp_m", "note"]]
    rest = pd.DataFrame(
        [
            [
                "No named hub (unallocated)",
                "",
                "",
                result.targets.unallocated,
                "no allocation was published",
            ]
        ],
        columns=table.columns,
    )
    return pd.concat([table, rest], ignore_index=True).rename(
        columns={
            "network": "Network",
            "region": "Region",
            "hubs": "Hub trusts",
            "target_gbp_m": "Saving a year by 2020/21 (GBP m)",
            "note": "Note",
        }
    )


def plans(result: Pathology) -> pd.DataFrame:
    """Return national targets beside later or local figures."""
    return result.targets.plans.rename(
        columns={
            "network": "Network",
            "target_gbp_m": "National target (GBP m)",
            "local_low_gbp_m": "Local figure, lowest (GBP m)",
            "local_high_gbp_m": "Local figure, highest (GBP m)",
            "published_by": "Local figure from",
        }
    )


def evidence(result: Pathology) -> pd.DataFrame:
    """Return published falls of cost with the elasticity each implies."""
    table = result.evidence.copy()
    table["fall"] = [_ends(a, b, "share") for a, b in _pairs(table, "fall_low", "fall_high")]
    table["slope"] = [
        _ends(a, b, "", 2) for a, b in _pairs(table, "elasticity_low", "elasticity_high")
    ]
    return table[["evidence", "fall", "volume_ratio", "slope", "publisher"]].rename(
        columns={
            "evidence": "Evidence",
            "fall": "Fall of unit cost",
            "volume_ratio": "Volume, times",
            "slope": "Elasticity implied",
            "publisher": "Source",
        }
    )


def _pairs(table: pd.DataFrame, low: str, high: str) -> list[tuple[float, float]]:
    return list(zip(table[low].astype(float), table[high].astype(float), strict=True))


def _ends(low: float, high: float, unit: str, decimals: int | None = None) -> str:
    first, last = format_value(low, unit, decimals), format_value(high, unit, decimals)
    return first if first == last else f"{first} to {last}"


def assumptions(result: Pathology) -> pd.DataFrame:
    """Return every distribution of the simulation with its source or 'assumption'."""
    table = result.case.declared.copy()
    for column in ("low", "central", "high"):
        table[column] = [
            in_words(name, value) for name, value in zip(table["input"], table[column], strict=True)
        ]
    return table[["label", "distribution", "low", "central", "high", "source"]].rename(
        columns={
            "label": "Input",
            "distribution": "Distribution",
            "low": "5% below",
            "central": "Most likely",
            "high": "95% below",
            "source": "Source",
        }
    )


def in_words(name: str, value: float) -> str:
    """Write a value of an input of the simulation in its unit.

    Examples
    --------
    >>> in_words("share_moved", 0.6), in_words("elasticity", -0.12)
    ('60%', '−0.12')
    """
    if name in {"share_moved", "essential_premium"}:
        return format_value(value, "share", 0)
    if name == "plateau":
        return "none" if value > 1e6 else f"{value:.0f}m tests"
    if name == "transport":
        return format_value(value, "GBP", 2)
    if name == "transition":
        return format_value(value, "GBP m")
    if name == "cost_gbp_bn":
        return format_value(value, "GBP bn")
    if name == "ramp_years":
        return f"{value:.1f} years"
    if name == "tests_bn":
        return f"{value:.2f}bn"
    return format_value(value, "", 0 if name == "services" else 2)


def tornado(result: Pathology) -> tuple[pd.DataFrame, dict[str, tuple[str, str]]]:
    """Return the inputs that move the target year's saving, and the words for their ends."""
    table = result.case.tornado
    table = table[table["swing"] > 0.05] if (table["swing"] > 0.05).any() else table
    ends = {
        str(row.label): (
            in_words(str(row.input), float(row.input_low)),  # type: ignore[arg-type]
            in_words(str(row.input), float(row.input_high)),  # type: ignore[arg-type]
        )
        for row in table.itertuples()
    }
    return table, ends


def drivers(result: Pathology) -> pd.DataFrame:
    """Return Sobol' indices and the value of information, input by input."""
    worth = result.case.information.by_input.set_index("input")["value"]
    table = result.case.sobol.copy()
    table["worth"] = table["input"].map(worth)
    columns = {
        "label": "Input",
        "first_order": "Share of variance alone",
        "first_error": "± of that",
        "total": "Share with interactions",
        "total_error": "± of that share",
        "worth": "Worth of knowing it (GBP m)",
    }
    return table[list(columns)].rename(columns=columns)


def worth(result: Pathology) -> pd.DataFrame:
    """Return the value of perfect information by input, largest first, and on everything."""
    table = result.case.information.to_frame()
    labels = result.case.declared.set_index("input")["label"]
    table["label"] = table["input"].map(labels).fillna("Everything at once")
    return table[["label", "value", "error", "floor"]]


def options(result: Pathology) -> pd.DataFrame:
    """Return the options the value of information chooses between."""
    columns = {
        "option": "Option",
        "saving_gbp_m": "Mean saving a year (GBP m)",
        "npv_gbp_m": "Mean net present value (GBP m)",
        "monte_carlo_error": "Monte Carlo error (GBP m)",
        "probability_best": "Chance that it is the best",
    }
    return result.case.options[list(columns)].rename(columns=columns)


def years(result: Pathology) -> pd.DataFrame:
    """Return the chance of the target and the saving by financial year."""
    columns = {
        "year": "Financial year",
        "probability": "Chance of the target",
        "monte_carlo_error": "Monte Carlo error",
        "median": "Median saving (GBP m)",
        "low": "Low (GBP m)",
        "high": "High (GBP m)",
    }
    return result.case.by_year[list(columns)].rename(columns=columns)


def readings(result: Pathology) -> pd.DataFrame:
    """Return when the target would be met, by each reading of the published pace."""
    table = result.delivery.dates.copy()
    table["when"] = [
        f"{when:%B %Y}" if pd.notna(when) else "never at this pace" for when in table["when"]
    ]
    return table.rename(columns={"reading": "Pace", "per_year": "That is", "when": "Target met"})


def scenarios(result: Pathology) -> pd.DataFrame:
    """Return the evaluation under each set of assumptions."""
    columns = {
        "scenario": "Assumptions",
        "inflation_consolidated": "Inflation factor, consolidated",
        "inflation_single": "Inflation factor, single",
        "saving_consolidated": "Saving, consolidated (GBP m)",
        "saving_single": "Saving, single (GBP m)",
        "gap": "Gap (GBP m)",
        "gap_low": "Gap, low",
        "gap_high": "Gap, high",
        "t": "Welch t",
        "p": "p",
        "relative_gap": "Gap as share of budget",
        "relative_low": "Share, low",
        "relative_high": "Share, high",
    }
    return result.evaluation.scenarios[list(columns)].rename(columns=columns)


def matches(result: Pathology) -> pd.DataFrame:
    """Return the published hub trusts with the site each was matched to, or none."""
    table = result.geography.matched.copy()
    table["site_name"] = [n if isinstance(n, str) else "not matched" for n in table["site_name"]]
    table["org_code"] = [c if isinstance(c, str) else "" for c in table["org_code"]]
    return table[["network", "hub_trust", "org_code", "site_name", "how"]].rename(
        columns={
            "network": "Network",
            "hub_trust": "Hub trust as published",
            "org_code": "Code",
            "site_name": "Hospital site",
            "how": "How matched",
        }
    )


def hubs(result: Pathology) -> pd.DataFrame:
    """Return the best hubs with the sites they serve."""
    where = result.geography
    columns = {
        "site_name": "Best hub",
        "trust": "Trust",
        "sites_served": "Sites served",
        "mean_km": "Mean distance (km)",
        "longest_km": "Longest distance (km)",
    }
    table = where.hubs(where.best).sort_values("sites_served", ascending=False)
    return table[list(columns)].rename(columns=columns)


def links(where: Geography) -> pd.DataFrame:
    """Return a line from every site to its best hub: longitude, latitude and where to."""
    hub = where.hubs(where.best)[["site_code", "longitude", "latitude"]]
    ends = hub.rename(columns={"longitude": "to_longitude", "latitude": "to_latitude"})
    return where.sites.merge(
        ends, left_on="hub_code", right_on="site_code", validate="many_to_one"
    )[["longitude", "latitude", "to_longitude", "to_latitude"]]


def map_labels(where: Geography, trust: str) -> pd.DataFrame:
    """Return the names written on the map, the followed trust's sites first, then busy hubs."""
    own = where.sites[where.sites["org_code"] == trust].assign(bold=True)
    best = where.hubs(where.best).sort_values("sites_served", ascending=False).assign(bold=False)
    best = best[~best["site_code"].isin(own["site_code"])]
    table = pd.concat([own, best], ignore_index=True)
    table["text"] = [short_name(name) for name in table["site_name"]]
    return table[["longitude", "latitude", "text", "bold"]]


def short_name(name: str) -> str:
    """Shorten a hospital's name for a map.

    Examples
    --------
    >>> short_name("The Royal Liverpool University Hospital")
    'Royal Liverpool'
    """
    last = name.rsplit(" - ", 1)[-1] if " NHS Trust - " in name else name.split(" - ", 1)[0]
    words = re.sub(r"\([^)]*\)|\b(The|Hospitals?|Campus)\b", " ", last).split()
    plainer = [w for w in words if w not in {"University", "General"}]
    # "University College" and "Northern General" would lose their name.
    return " ".join(plainer if len(plainer) > 1 else words).strip(" ,") or name
