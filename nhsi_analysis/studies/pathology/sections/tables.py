"""The case as tables for a reader: columns in words, rows in order, nothing computed anew."""

from __future__ import annotations

import pandas as pd

from nhsi_analysis.studies.pathology.numbers.labels import MODEL, PAPER, input_value
from nhsi_analysis.studies.pathology.numbers.study import Study
from notebook_reports.evidence import Format, Table, format_value
from notebook_reports.evidence.words import count, money

_REGISTERS = ["pathology_figures", "pathology_networks"]


def baseline(study: Study) -> Table:
    """List every published size of the service."""
    return Table(
        data=_baseline(study),
        key="baseline",
        caption="What has been published about the size of pathology in England",
        source="pathology_figures",
        note="CONFLICT marks a figure with a published rival; both are kept.",
    )


def targets(study: Study) -> Table:
    """List published savings by hub."""
    return Table(
        data=_targets(study),
        key="targets_by_hub",
        caption="Savings targets published for hubs in September 2017",
        source="pathology_networks",
        formats={"Saving a year by 2020/21 (GBP m)": lambda v: _plain(v, 1)},
        note="Where no figure was published none is shown, and none is spread over hubs.",
    )


def plans(study: Study) -> Table:
    """List local or later numbers beside the national ones."""
    df = _plans(study)
    return Table(
        data=df,
        key="local_plans",
        caption="National targets beside later or local figures for the same network",
        source=_REGISTERS,
        formats={c: lambda v: _plain(v, 1) for c in df.columns if c.endswith("(GBP m)")},
    )


def evidence(study: Study) -> Table:
    """List the elasticity that published falls of cost imply."""
    return Table(
        data=_evidence(study),
        key="evidence",
        caption="Published falls of unit cost and the elasticity each implies",
        source="pathology_figures",
        formats={"Volume, times": lambda v: _plain(v, 1)},
        note="Where a source doesn't say how much volume was joined, the services of an average "
        "network are supposed to be joined and all of their work moved.",
    )


def assumptions(study: Study) -> Table:
    """List every declared distribution with its source."""
    return Table(
        data=_assumptions(study),
        key="assumptions",
        caption="Every distribution the simulation draws from, with its source",
        source=["Parameters of this report", "pathology_figures"],
        note="Inputs are drawn independently. 'Assumption' means that nothing published "
        "supports the figure: change it in the parameters.",
    )


def years(study: Study) -> Table:
    """List the chance of the target by year."""
    pounds = {
        column: lambda v: _plain(v, 0)
        for column in ("Median saving (GBP m)", "Low (GBP m)", "High (GBP m)")
    }
    return Table(
        data=_years(study),
        key="chance_by_year",
        caption=f"Chance of saving {money(study.settings.target_gbp_m)} a year, by year",
        source=MODEL,
        formats={"Chance of the target": "share", "Monte Carlo error": "share", **pounds},
        note="Monte Carlo error: standard error of the chance from the number of draws.",
    )


def drivers(study: Study) -> Table:
    """List Sobol' indices and the worth of knowing an input."""
    shares = [
        "Share of variance alone",
        "± of that",
        "Share with interactions",
        "± of that share",
    ]
    return Table(
        data=_drivers(study),
        key="drivers",
        caption=f"What the variance of the saving in {study.settings.target_year} comes from",
        source=MODEL,
        formats={
            **dict.fromkeys(shares, _percent),
            "Worth of knowing it (GBP m)": lambda v: _plain(v, 0),
        },
        note="Sobol' indices with the half-width of their bootstrap interval. Worth: expected "
        "value of perfect information for the choice between the options below.",
    )


def options(study: Study) -> Table:
    """List the options compared on the same draws."""
    pounds = ("Mean saving a year (GBP m)", "Mean net present value (GBP m)")
    return Table(
        data=_options(study),
        key="options",
        caption="Numbers of networks compared on the same draws",
        source=MODEL,
        formats={
            **{column: lambda v: _plain(v, 0) for column in pounds},
            "Monte Carlo error (GBP m)": lambda v: _plain(v, 1),
            "Chance that it is the best": "share",
        },
        note=f"Net present value over {study.settings.horizon_years} years at "
        f"{study.settings.discount_rate:.1%}. Transport cost follows the mean distance to the "
        "best hubs for each number.",
    )


def readings(study: Study) -> Table:
    """List when the target would be met."""
    return Table(
        data=_readings(study),
        key="pace",
        caption="When the target would be met at each published pace",
        source="pathology_figures",
    )


def scenarios(study: Study) -> Table:
    """List the recomputed gaps."""
    df = _scenarios(study)
    formats: dict[str, Format] = dict.fromkeys(df.columns[1:], lambda v: _plain(v, 2))
    formats |= {c: lambda v: _plain(v, 4) for c in df.columns if "factor" in c}
    formats["p"] = lambda v: _plain(v, 4) if v >= 0.0001 else "under 0.0001"
    formats |= {c: "share" for c in df.columns if c.startswith(("Share", "Gap as share"))}
    return Table(
        data=df,
        key="evaluation_scenarios",
        caption="The evaluation's gap recomputed under each set of assumptions",
        source=[PAPER, "gdp_deflator_quarterly"],
        formats=formats,
    )


def hubs(study: Study) -> Table:
    """List the best hubs."""
    columns = ("Mean distance (km)", "Longest distance (km)")
    return Table(
        data=_hubs(study),
        key="best_hubs",
        caption=f"{count(study.settings.networks, 'hub')} with the least travel",
        source=["hospital_sites", "trusts"],
        formats={column: lambda v: _plain(v, 0) for column in columns},
    )


def matches(study: Study) -> Table:
    """List how published hubs were matched to sites."""
    return Table(
        data=_matches(study),
        key="hub_matches",
        caption="Published hub trusts and the hospital sites they were matched to",
        source=["pathology_networks", "hospital_sites", "trusts"],
        note="The register names trusts, not buildings: the site is the one at the trust's own "
        "postcode or, failing that, its most central general hospital.",
    )


def followed(study: Study) -> Table:
    """List what is known about the trust or network followed."""
    return Table(
        data=study.followed.rename(columns={"item": "What", "value": "Found"}),
        key="followed",
        caption="The trust or network followed",
        source=["pathology_memberships", "pathology_networks", "hospital_sites"],
    )


def _plain(value: float, decimals: int) -> str:
    return format_value(value, "", decimals)


def _percent(value: float) -> str:
    # Indices of inputs that do nothing are estimated a little below or above 0.
    return format_value(max(value, 0.0), "share", 0)


def _baseline(study: Study) -> pd.DataFrame:
    """Return every published size of the service with its publisher."""
    return study.baseline.table[["what", "value", "period", "publisher", "note"]].rename(
        columns={
            "what": "What",
            "value": "Published value",
            "period": "Period",
            "publisher": "Publisher",
            "note": "Note",
        }
    )


def _targets(study: Study) -> pd.DataFrame:
    """Return the published targets by hub, and last what was allocated to none."""
    table = study.targets.table[["network", "region", "hubs", "target_gbp_m", "note"]]
    rest = pd.DataFrame(
        [
            [
                "No named hub (unallocated)",
                "",
                "",
                study.targets.unallocated,
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


def _plans(study: Study) -> pd.DataFrame:
    """Return national targets beside later or local numbers."""
    return study.targets.plans.rename(
        columns={
            "network": "Network",
            "target_gbp_m": "National target (GBP m)",
            "local_low_gbp_m": "Local figure, lowest (GBP m)",
            "local_high_gbp_m": "Local figure, highest (GBP m)",
            "published_by": "Local figure from",
        }
    )


def _evidence(study: Study) -> pd.DataFrame:
    """Return published falls of cost with the elasticity each implies."""
    table = study.evidence.copy()
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


def _assumptions(study: Study) -> pd.DataFrame:
    """Return every distribution of the simulation with its source or 'assumption'."""
    table = study.case.declared.copy()
    for column in ("low", "central", "high"):
        table[column] = [
            input_value(name, value)
            for name, value in zip(table["input"], table[column], strict=True)
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


def _drivers(study: Study) -> pd.DataFrame:
    """Return Sobol' indices and the value of information, input by input."""
    worth = study.case.information.by_input.set_index("input")["value"]
    table = study.case.sobol.copy()
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


def _options(study: Study) -> pd.DataFrame:
    """Return the options the value of information chooses between."""
    columns = {
        "option": "Option",
        "saving_gbp_m": "Mean saving a year (GBP m)",
        "npv_gbp_m": "Mean net present value (GBP m)",
        "monte_carlo_error": "Monte Carlo error (GBP m)",
        "probability_best": "Chance that it is the best",
    }
    return study.case.options[list(columns)].rename(columns=columns)


def _years(study: Study) -> pd.DataFrame:
    """Return the chance of the target and the saving by financial year."""
    columns = {
        "year": "Financial year",
        "probability": "Chance of the target",
        "monte_carlo_error": "Monte Carlo error",
        "median": "Median saving (GBP m)",
        "low": "Low (GBP m)",
        "high": "High (GBP m)",
    }
    return study.case.by_year[list(columns)].rename(columns=columns)


def _readings(study: Study) -> pd.DataFrame:
    """Return when the target would be met, by each reading of the published pace."""
    table = study.delivery.dates.copy()
    table["when"] = [
        f"{when:%B %Y}" if pd.notna(when) else "never at this pace" for when in table["when"]
    ]
    return table.rename(columns={"reading": "Pace", "per_year": "That is", "when": "Target met"})


def _scenarios(study: Study) -> pd.DataFrame:
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
    return study.evaluation.scenarios[list(columns)].rename(columns=columns)


def _matches(study: Study) -> pd.DataFrame:
    """Return the published hub trusts with the site each was matched to, or none."""
    table = study.geography.matched.copy()
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


def _hubs(study: Study) -> pd.DataFrame:
    """Return the best hubs with the sites they serve."""
    where = study.geography
    columns = {
        "site_name": "Best hub",
        "trust": "Trust",
        "sites_served": "Sites served",
        "mean_km": "Mean distance (km)",
        "longest_km": "Longest distance (km)",
    }
    table = where.hubs(where.best).sort_values("sites_served", ascending=False)
    return table[list(columns)].rename(columns=columns)
