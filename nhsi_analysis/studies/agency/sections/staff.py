"""Bank staff beside agency staff, and the rules on agency staff."""

from __future__ import annotations

import pandas as pd

from nhsi_analysis.studies.agency.numbers.study import Study
from nhsi_analysis.years import first_year, written
from notebook_reports.charts.columns import columns
from notebook_reports.evidence import Figure, Section, Table, words


def bank_staff(study: Study) -> Section:
    """Say how spending on bank staff moved beside that on agency staff."""
    title, bank = "Bank staff beside agency staff", study.bank
    # one year would show no shift
    if len(bank) < 2:
        return Section(title, [])
    ends = [first_year(year) for year in bank["financial_year"].iloc[[0, -1]]]
    every = pd.DataFrame({"financial_year": [written(y) for y in range(ends[0], ends[1] + 1)]})
    table = every.merge(bank, on="financial_year", how="left", validate="one_to_one")
    first, last = bank.iloc[0], bank.iloc[-1]
    shares = [
        f"{row['financial_year']} {words.percent(row['bank_share'], 0)}"
        for row in bank.to_dict("records")
    ]
    figure = Figure(
        columns(
            table.assign(bank=table["bank"] / 1000, agency=table["agency"] / 1000),
            group="financial_year",
            series={"agency": "agency", "bank": "bank"},
            unit="GBP bn",
            decimals=1,
            y_label="£bn a year",
        ),
        key="bank_share",
        title=f"Bank staff took {words.percent(first['bank_share'], 0)} of bank and agency "
        f"spending in {first['financial_year']}, {words.percent(last['bank_share'], 0)} in "
        f"{last['financial_year']}",
        subtitle="Spending on agency and bank staff, NHS trusts in England, years with both "
        "published, cash",
        source="agency_annual",
        alt=f"Bank share of both: {'; '.join(shares)}.",
        data=table,
        note="The years have different sources: part of the change may be one of definition.",
    )
    return Section(title, [figure], frames={"bank": bank})


def rules(study: Study) -> Section:
    """Say which rules on agency staff were made when."""
    title, table = "The rules, dated", study.rules
    if table.empty:
        return Section(title, [])
    days = [words.day(date).replace(" ", "\u00a0") for date in table["date"]]
    shown = Table(
        table.assign(date=days).set_axis(["Date", "Rule", "What changed"], axis=1),
        key="controls",
        caption="Rules on agency staff, from half a year before the series to its end",
        source="agency_controls",
        note="Where only a month is known, its first day stands for it.",
    )
    return Section(title, [shown])
