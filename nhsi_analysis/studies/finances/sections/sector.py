"""The sector's deficit by year, the claims on it, and today's plans."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import pandas as pd

from nhsi_analysis.answers.finances import sector_figures
from nhsi_analysis.answers.verdicts import Verdict
from nhsi_analysis.studies.finances.numbers import record as numbers
from nhsi_analysis.studies.finances.numbers.study import Study
from nhsi_analysis.studies.finances.sections import wording as say
from notebook_reports.charts.lines import lines
from notebook_reports.evidence import Figure, Section, Table, Words, format_published, words

DEFICIT, CLAIMS, TODAY = "The deficit by year", "What NHS Improvement claimed", "Today's plans"
_NONE = "none held"


def deficit(study: Study) -> Section:
    """Say what trusts' accounts add up to, beside the deficit reported for the sector."""
    found = numbers.deficits(study)
    rows: list[dict[Any, Any]] = found.to_dict("records")
    now = next(row for row in rows if row["financial_year"] == study.year)
    told = [
        f"In {study.year} the accounts of {now['codes']} trusts add up to "
        f"{say.result(now['position_gbp_m'])}, {words.percent(now['size'])} of their income "
        "([Figure](#fig-deficits), [Table](#tab-by_year))."
    ]
    both = [row for row in rows if not math.isnan(row["gap"])]
    if both:
        wide, narrow = (end(both, key=lambda row: abs(row["gap"])) for end in (max, min))
        told.append(
            "The deficit reported for the sector is the regulators' own measure. Over "
            f"{words.count(len(both), 'year')} for which one is held the two are from "
            f"{words.money(abs(narrow['gap']))} to {words.money(abs(wide['gap']))} apart, most in "
            f"{wide['financial_year']}, when the accounts showed the "
            f"{'larger' if wide['gap'] < 0 else 'smaller'} one. Accounts hold items that the "
            "regulators leave out; nothing here leads from one measure to the other, so the "
            "difference is shown and not explained."
        )
    told += [
        f"For {row['financial_year']} two figures were published: {words.money(-row['most'])} and, "
        f"later, {words.money(-row['least'])}."
        for row in both
        if row["least"] < row["most"]
    ]
    parts = [Words(" ".join(told)), _results(study, found), _by_year(study, rows)]
    return Section(DEFICIT, parts, {"deficits": found})


def _by_year(study: Study, rows: list[dict[Any, Any]]) -> Table:
    table = pd.DataFrame(
        {
            "Year": [row["financial_year"] for row in rows],
            "Trusts": [row["codes"] for row in rows],
            "In deficit": [row["in_deficit"] for row in rows],
            "Accounts": [_amount(row["position_gbp_m"]) for row in rows],
            f"In prices of {study.newest}": [_amount(row["real"]) for row in rows],
            "Reported": [_range(row) for row in rows],
            "Accounts less reported": [_amount(row["gap"]) for row in rows],
            "Planned or forecast": [row["expected"] or _NONE for row in rows],
        }
    )
    note = (
        "£m; a deficit is below zero. Reported: the regulators' own measure for the sector. Plans "
        "and forecasts are those of their day. Prices by the GDP deflator."
    )
    caption = f"Results of trusts in England, £m, {say.span(study)}"
    source = [say.ACCOUNTS, say.FIGURES, "gdp_deflator_quarterly"]
    return Table(table, "by_year", caption, source, note=note)


def _amount(millions: float) -> str:
    return _NONE if math.isnan(millions) else words.signed(millions, 0)


def _range(row: dict[Any, Any]) -> str:
    return " to ".join(dict.fromkeys(_amount(row[end]) for end in ("most", "least")))


def _results(study: Study, found: pd.DataFrame) -> Figure:
    rows: list[dict[Any, Any]] = found.to_dict("records")
    now = next(row for row in rows if row["financial_year"] == study.year)
    title, told = f"{study.year}: {say.result(now['position_gbp_m'])} in the accounts", []
    if not math.isnan(now["reported"]):
        title += f", {words.money(-now['reported'])} reported"
    for row in rows:
        said = f"{row['financial_year']}: {_amount(row['position_gbp_m'])}"
        told.append(said if math.isnan(row["gap"]) else f"{said}, reported {_range(row)}")
    series, bands = {"position_gbp_m": "trusts' accounts"}, None
    if found["reported"].notna().any():
        series["reported"] = "reported"
        bands = {"reported": ("least", "most")}
    return Figure(
        lines(
            found.assign(ending=say.ending(found["financial_year"])),
            x="ending",
            series=series,
            bands=bands,
            unit="GBP m",
            markers=True,
            x_label="financial year ending",
            y_label="surplus, deficit below zero",
            reference=(0.0, ""),
        ),
        key="deficits",
        title=title,
        subtitle=f"Surplus or deficit in £m, in cash, trusts in England, {say.span(study)}",
        source=[say.ACCOUNTS, say.FIGURES],
        alt=f"£m: {'; '.join(told)}.",
        data=found,
        note="The two are of different definitions; a gap is a year without a reported figure.",
    )


def claims(study: Study) -> Section:
    """Say what holds of the claims on control totals and the deficit of 2017/18."""
    judged = numbers.claims(study)
    if not judged:
        return Section(CLAIMS, [])
    counts, met = Counter(each.verdict for each in judged), numbers.met(judged)
    told = [f"{counts[verdict]} {verdict}" for verdict in Verdict if counts[verdict]]
    (some, accepted), (more, everyone) = met
    share = words.capital(judged[1].claimed.text)
    text = (
        f"Of {len(judged)} claims in NHS Improvement's highlights of 2017/18, {words.listed(told)} "
        "([Table](#tab-claims)). Control totals of single trusts were not published, so who met "
        f"one can't be recomputed. {share} is {some} of the {accepted} trusts that had accepted "
        f"one, or {more} of all {everyone}; the claim doesn't say which."
    )
    table = pd.DataFrame(
        {
            "Claim": [words.capital(each.claim) for each in judged],
            "Verdict": [
                f"{words.capital(each.verdict)}{f': {each.part}' if each.part else ''}"
                for each in judged
            ],
            "Why": [f"{words.capital(each.reason)}." for each in judged],
        }
    )
    caption = "Claims of 2017/18 on control totals and the deficit"
    listed = Table(table, "claims", caption, ["claims", say.ACCOUNTS, say.FIGURES])
    return Section(CLAIMS, [Words(text), listed], {"claims": table})


def today(study: Study) -> Section:
    """Say how many acute trusts plan a deficit today, and how many are behind their plans."""
    found = numbers.plans(study)
    if found is None:
        return Section(TODAY, [])
    text = (
        f"In {say.quarter(found.quarter)}, {words.portion(found.deficit, found.trusts)} acute "
        "trusts in the Oversight Framework's league planned a deficit for the year, "
        f"{found.balance} to break even and {found.surplus} a surplus; the median plan was "
        f"{_pct(found.plan)}. {found.behind} were behind their plans, {found.both} of them with a "
        f"deficit planned; the median was {_pct(found.variance)} against plan. These percentages "
        "are as published, under today's rules, and can't be joined to accounts that end in "
        "2018/19. A trust in deficit can't stand above segment 3; what that costs is told in the "
        "report on league tables."
    )
    return Section(TODAY, [Words(text)])


def _pct(value: float) -> str:
    return f"{words.signed(value, 1)}%"


def every_figure(study: Study) -> Section:
    """Say every figure held on the sector's result and its control totals, with its publisher."""
    rows, title = sector_figures(study.until), "Every published figure on the sector"
    if rows.empty:
        return Section(title, [])
    days = zip(rows["period_start"], rows["period_end"], strict=True)
    told = zip(rows["value"].astype(float), rows["unit"], strict=True)
    table = pd.DataFrame(
        {
            "Period": [" to ".join(dict.fromkeys(f"{day:%b %Y}" for day in pair)) for pair in days],
            "What": rows["measure"].map(words.capital),
            "Figure": [format_published(value, str(unit)) for value, unit in told],
            "Basis": rows["basis"].map(words.capital),
            "Published by": rows["publisher"].str.partition(" (via")[0],
        }
    )
    text = f"{words.count(len(rows), 'figure')} are held, with those that differ on one quantity."
    caption = "Published figures on the provider sector's result and control totals"
    return Section(title, [Words(text), Table(table, "figures", caption, say.FIGURES)])
