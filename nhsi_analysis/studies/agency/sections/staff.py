"""Staff groups, and the shift to bank staff."""

from __future__ import annotations

import pandas as pd

from nhsi_analysis.studies.agency.numbers.study import Study
from nhsi_analysis.studies.agency.sections import wording
from notebook_reports.charts.intervals import dot_interval
from notebook_reports.evidence import Figure, Part, Section, Table, Words


def staff_groups(study: Study) -> Section:
    """Say how bank stands beside agency, and what is published by staff group."""
    parts: list[Part] = []
    # one year would show no shift
    if len(study.bank) > 1:
        parts.append(_bank(study.bank))
    if study.groups.empty:
        parts.append(Words("Nothing on staff groups was published by then."))
    else:
        parts.append(_groups(study.groups))
    return Section(
        "Staff groups and the shift to bank staff",
        parts,
        frames={"groups": study.groups, "bank": study.bank},
    )


def _groups(groups: pd.DataFrame) -> Table:
    names = {
        "group": "Group",
        "financial_year": "Financial year",
        "spend": "Spending",
        "basis": "Basis",
        "source": "Source",
    }
    return Table(
        groups[list(names)].map(wording.compact).rename(columns=names),
        key="staff_groups",
        caption="Spending by staff group, as published",
        source="agency_annual",
        note="In brackets: rounding. Groups come from different sources and providers; they "
        "don't add up to the total.",
    )


def _bank(bank: pd.DataFrame) -> Figure:
    """Show bank as a share of bank and agency."""
    rows = bank.to_dict("records")
    table = pd.DataFrame(
        {
            "year": [row["financial_year"] for row in rows],
            "value": [row["bank_share"].value for row in rows],
            "low": [row["bank_share"].low for row in rows],
            "high": [row["bank_share"].high for row in rows],
            "bank_gbp_m": [row["bank"].value for row in rows],
            "agency_gbp_m": [row["agency"].value for row in rows],
            "source": [row["source"] for row in rows],
        }
    )
    first, last = rows[0], rows[-1]
    return Figure(
        dot_interval(table, group="year", unit="share", x_label="bank share of both"),
        key="bank_share",
        title=f"Bank staff went from {first['bank_share'].text} of bank and agency spending in "
        f"{first['financial_year']} to {last['bank_share'].text} in {last['financial_year']}",
        subtitle="Bank spending over bank and agency spending, NHS trusts in England, years with "
        "both published",
        source="agency_annual",
        alt="; ".join(f"{row['financial_year']}: {row['bank_share']}" for row in rows) + ".",
        data=table,
        note="Intervals are rounding only. The years come from different sources, so part of the "
        "change may be one of definition.",
    )
