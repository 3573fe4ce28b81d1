"""The case as tables for a reader: columns in words, rows in order, nothing computed anew."""

from __future__ import annotations

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
    columns = {
        "Cost of a test (elasticity)": [names.supposed(study, curve) for curve in table["curve"]],
        "Build-up": [names.build_up(study, key) for key in table["build_up"]],
        f"Chance by {s.target_year}": table["chance"].map(names.chance),
        "Once complete": table["complete"].map(names.chance),
        "Median saving": table["median"].map(names.tens),
        "Held to one saving": _held(table, APART),
        "Held to their sum": _held(table, ADDED),
    }
    return Table(
        data=pd.DataFrame(columns),
        key="chance_by_set",
        caption=f"Chance of saving {money(s.target_gbp_m)} a year by set of assumptions",
        source=names.MODEL,
        note="NHS England: with NHS Improvement, by HFMA. Elasticities: had all joined work moved. "
        f"Median: in {s.target_year}. Held: to the savings reported, below, read as one or summed; "
        f"in brackets how many of {s.draws:,} draws effectively agree. 'Disagrees': under 1%, or "
        f"two errors away. Simulation error of a chance: at most {format_value(worst, 'pp')}.",
    )


def _held(table: pd.DataFrame, reading: str) -> list[str]:
    held = table[[f"{reading}_{what}" for what in ("chance", "effective", "agrees")]]
    return [
        f"{names.chance(chance) if agrees else 'disagrees'} ({effective:,.0f})"
        for chance, effective, agrees in held.itertuples(index=False)
    ]


def progress() -> Table:
    """List what was published on progress, for and against."""
    table = registers.progress()
    said = [
        f"{number:.0f} of {whole:.0f} {what}" if whole > 0 else f"{number:.0f}% {what}"
        for number, whole, what in table[["number", "whole", "what"]].itertuples(index=False)
    ]
    columns = {
        "When": table["period"].map(names.month),
        "Published": said,
        "By": table["publisher"],
        "Speaks": ["for" if favours else "against" for favours in table["favours"]],
    }
    return Table(
        data=pd.DataFrame(columns),
        key="progress",
        caption="What was published on progress, for and against the saving's being on course",
        source="pathology_figures",
        row_header=1,
        note="The figures of November 2019 are NHS England's and NHS Improvement's own, by way of "
        "HFMA; who counted as an organisation isn't said. Trusts in the scheme: as of September "
        "2019. The last row is an undated commentary; it adds that the savings of 2020/21 were "
        "never fully banked.",
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
        caption=f"What the variance of the saving in {study.settings.target_year} comes from, and "
        "what knowing an input would be worth",
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
