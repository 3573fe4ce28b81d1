"""The case as tables for a reader: columns in words, rows in order, nothing computed anew."""

from __future__ import annotations

import re

import pandas as pd

from nhsi_analysis.studies.pathology.numbers import registers
from nhsi_analysis.studies.pathology.numbers.chances import ADDED, APART
from nhsi_analysis.studies.pathology.numbers.study import Study
from nhsi_analysis.studies.pathology.sections import names
from notebook_reports.evidence import Table, format_value
from notebook_reports.evidence.words import capital, listed, money


def chances(study: Study) -> Table:
    """List every set of assumptions with its chance, before and after the reports."""
    s, table = study.settings, study.chances.table
    worst = 100 * table.filter(like="error").to_numpy().max()
    agree = [table.loc[table[f"{r}_agrees"], f"{r}_effective"] for r in (APART, ADDED)]
    fewest = pd.concat(agree).min()
    effective = f"; where a set fits, at least {fewest:,.0f} of {s.draws:,} draws effectively count"
    columns = {
        "Cost of a test (elasticity)": [names.supposed(study, curve) for curve in table["curve"]],
        "Build-up": [names.build_up(study, key) for key in table["build_up"]],
        f"Chance by {s.target_year}": table["chance"].map(names.chance),
        "Once complete": table["complete"].map(names.chance),
        "Median saving": table["median"].map(names.tens),
        "If one saving": _held(table, APART),
        "If they add up": _held(table, ADDED),
    }
    return Table(
        data=pd.DataFrame(columns),
        key="chance_by_set",
        caption=f"Chance of saving {money(s.target_gbp_m)} a year by set of assumptions",
        source=names.MODEL,
        note=f"NHS England: with NHS Improvement, by HFMA. Median saving: in {s.target_year}. Last "
        "columns: given the savings reported, read as one or added up; in brackets the chance of a "
        "report so far out. 'Doesn't fit': under 5%, or under 50 draws count. Simulation error of "
        "a chance: at most "
        f"{format_value(worst, 'pp')}{effective if fewest > 0 else ''}.",
    )


def _held(table: pd.DataFrame, reading: str) -> list[str]:
    held, misfit = table[[f"{reading}_{w}" for w in ("chance", "tail", "agrees")]], "doesn't fit"
    return [
        f"{names.chance(chance) if agrees else misfit} ({names.chance(tail)})"
        for chance, tail, agrees in held.itertuples(index=False)
    ]


def _figure(text: str) -> str:
    """Write a register's "97 per cent (over)" as "over 97%", "33 … (roughly a third)" as that."""
    text = re.sub(r"^[\d.]+.*\((roughly .*)\)$", r"\1", re.sub(" per cent| %", "%", text))
    return re.sub(r"^(.*) \(over\)$", r"over \1", text)


def progress() -> Table:
    """List everything that was published on the networks' progress."""
    table = registers.progress()
    columns = {
        "When": table["period"].map(names.month).map(capital),
        "Published": table["measure"].map(capital),
        "Figure": (table["value"] + " " + table["unit"]).map(_figure),
        "By": table["publisher"],
    }
    return Table(
        data=pd.DataFrame(columns),
        key="progress",
        caption="Every national figure found on the networks' progress",
        source=["pathology_figures", "pathology_programme_facts"],
        row_header=1,
        note="HFMA's are the programme's own. 103 trusts: HSJ's 100 and the three that it "
        "says were lost since. The row of Distilled Post is an undated commentary.",
    )


def assumptions(study: Study) -> Table:
    """List every declared distribution with its source."""
    table = study.case.declared
    values = {
        heading: [names.input_value(*pair) for pair in zip(table["input"], table[end], strict=True)]
        for heading, end in (("5% below", "low"), ("Most likely", "central"), ("95% below", "high"))
    }
    columns = {"Input": table["label"], **values, "Source": table["source"].map(capital)}
    return Table(
        data=pd.DataFrame(columns),
        key="assumptions",
        caption="What the simulation draws from in this report's own assumptions",
        source=["Parameters of this report", "pathology_figures"],
        note="Triangular distributions, drawn independently. 'Assumption': nothing published was "
        "found.",
    )


def drivers(study: Study) -> Table:
    """List Sobol' indices and the worth of knowing an input."""
    table = study.case.sobol
    known = study.case.information.by_input.set_index("input").loc[table["input"]]
    columns = {
        "Input": table["label"],
        **{
            heading: [names.whole(max(share, 0.0)) for share in table[column]]
            for heading, column in (
                ("Share of variance alone", "first_order"),
                ("With interactions", "total"),
                ("Error", "total_error"),
            )
        },
        "Worth of knowing it": [
            "none found" if value == 0 else "under £1m" if value < 1 else money(value)
            for value in known["value"]
        ],
        "Found by shuffling": [money(floor, 1) for floor in known["floor"]],
    }
    return Table(
        data=pd.DataFrame(columns),
        key="drivers",
        caption=f"What moves the saving in {study.settings.target_year}, and what to know is worth",
        source=names.MODEL,
        note="Sobol' indices with the half-width of their interval. Worth: expected value of "
        "perfect information for choosing a number of networks, in net present value. It counts "
        "only above the largest value found in 19 shuffles of the input.",
    )


def followed(study: Study) -> Table:
    """List what is known about the trust or network followed."""
    table = study.followed
    subjects = table.loc[table["item"].isin(["Trust", "Network"]), "value"]
    return Table(
        data=table.rename(columns={"item": "What", "value": "Found"}),
        key="followed",
        caption=f"What is known here of {listed(subjects)}",
        source=["pathology_memberships", "pathology_networks", "hospital_sites"],
    )
