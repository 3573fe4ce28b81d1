"""The sector's deficit by year, the claims on it, and today's plans."""

from __future__ import annotations

import math

import pandas as pd

from nhsi_analysis.answers.finances import sector_figures
from nhsi_analysis.answers.judged import as_read
from nhsi_analysis.answers.published import as_printed
from nhsi_analysis.studies.finances.numbers import record
from nhsi_analysis.studies.finances.numbers.margins import deficits
from nhsi_analysis.studies.finances.numbers.study import Study
from nhsi_analysis.studies.finances.sections import wording as say
from notebook_reports.evidence import Figure, Section, Table, Words, words


def deficit(study: Study) -> Section:
    """Say what trusts' accounts add up to, beside the deficit reported for the sector."""
    found = deficits(study)
    now, both = study.now(found), found.dropna(subset="gap").sort_values("gap", key=abs)
    text = (
        f"In {study.year} all trusts' accounts add up to {say.result(now['position_gbp_m'])}, "
        f"{words.percent(now['size'])} of income ([Figure](#fig-deficits), [Table](#tab-by_year))."
    )
    if len(both):
        least, most = both.iloc[0], both.iloc[-1]
        text += (
            " The deficit reported for the sector is the regulators' own measure. Over "
            f"{words.count(len(both), 'year')} for which one is held the two are from "
            f"{words.money(abs(least['gap']))} to {words.money(abs(most['gap']))} apart, most in "
            f"{most['financial_year']}. Nothing here leads from one measure to the other, so the "
            "difference is shown and not explained."
        )
    parts = [Words(text), _results(study, found), _by_year(study, found)]
    return Section(say.DEFICIT, parts, {"deficits": found})


def _amount(millions: float) -> str:
    return "none held" if math.isnan(millions) else words.signed(millions, 0)


def _by_year(study: Study, found: pd.DataFrame) -> Table:
    heads = {"financial_year": "Year", "codes": "Trusts", "in_deficit": "In deficit"}
    amounts = {"position_gbp_m": "Accounts", "reported": "Reported"}
    amounts |= {"gap": "Accounts less reported"}
    heads |= amounts | {"expected": "Planned or forecast"}
    table = found[[*heads]].rename(columns=heads).fillna({"Planned or forecast": "none held"})
    note = (
        "£m; a deficit is below zero. Trusts: those with income. Reported: the regulators' own "
        "measure, as first published. Plans and forecasts are those of their day."
    )
    caption = f"Results of trusts in England, {say.span(study)}"
    formats = dict.fromkeys(amounts.values(), _amount)
    return Table(table, "by_year", caption, [say.ACCOUNTS, say.FIGURES], formats, note)


def _results(study: Study, found: pd.DataFrame) -> Figure:
    now, series = study.now(found), {"position_gbp_m": "trusts' accounts"}
    title = f"{study.year}: {say.result(now['position_gbp_m'])} in the accounts"
    if not math.isnan(now["reported"]):
        title += f", {words.money(-now['reported'])} reported"
    if found["reported"].notna().any():
        series["reported"] = "reported"
    rows = found[["financial_year", "position_gbp_m", "reported"]].to_numpy().tolist()
    told = [f"{year}: {_amount(own)}, reported {_amount(said)}" for year, own, said in rows]
    return say.over_years(
        found,
        {"series": series, "unit": "GBP m"},
        "surplus, deficit below zero",
        key="deficits",
        title=title,
        subtitle=f"Surplus or deficit in £m, in cash, trusts in England, {say.span(study)}",
        source=[say.ACCOUNTS, say.FIGURES],
        alt=f"£m: {'; '.join(told)}.".replace("reported none held", "none reported"),
        note="The two are of different definitions; a gap is a year without a reported figure.",
    )


def claims(study: Study) -> Section:
    """Say what holds of the claims on control totals and the deficit of 2017/18."""
    judged, title = record.claims(study), "What NHS Improvement claimed"
    if not judged:
        return Section(title, [])
    (some, accepted), (more, everyone) = record.met(judged)
    text = (
        f"[Table](#tab-claims) judges {len(judged)} claims in NHS Improvement's highlights of "
        "2017/18. Control totals of single trusts were not published, so who met one can't be "
        f"recomputed. {words.capital(judged[1].claimed.text)} is {some} of the {accepted} trusts "
        f"that had accepted one, or {more} of all {everyone}; the claim doesn't say which."
    )
    table = as_read(judged)
    caption = "Claims of 2017/18 on control totals and the deficit"
    listed = Table(table, "claims", caption, ["claims", say.ACCOUNTS, say.FIGURES])
    return Section(title, [Words(text), listed], {"claims": table})


def today(study: Study) -> Section:
    """Say how many acute trusts plan a deficit today, and how many are behind their plans."""
    found = record.plans(study)
    if found is None:
        return Section(say.TODAY, [])
    text = (
        f"In {found.quarter}, {words.portion(found.deficit, found.trusts)} acute trusts in the "
        f"Oversight Framework's league planned a deficit for the year; {found.behind} were behind "
        "their plans. These plans are under today's rules and can't be joined to accounts that end "
        "in 2018/19. What a planned deficit costs is told in the report on league tables."
    )
    return Section(say.TODAY, [Words(text)])


def every_figure(study: Study) -> Section:
    """Say every figure held on the sector's result and its control totals, with its publisher."""
    rows, title = sector_figures(study.until), "Every published figure on the sector"
    if rows.empty:
        return Section(title, [])
    text = f"{words.count(len(rows), 'figure')} are held, with those that differ on one quantity."
    caption = "Published figures on the provider sector's result and control totals"
    return Section(title, [Words(text), Table(as_printed(rows), "figures", caption, say.FIGURES)])
