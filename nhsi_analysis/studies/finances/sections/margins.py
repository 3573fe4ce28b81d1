"""How margins spread, who carries the deficit, how groups differ, and the trust followed."""

from __future__ import annotations

from functools import reduce
from typing import Any

import pandas as pd

from nhsi_analysis.answers.finances import UNUSUAL, margins_beside_peers
from nhsi_analysis.answers.peers import ENOUGH
from nhsi_analysis.answers.trusts import became, kinds
from nhsi_analysis.studies.finances.numbers import margins as numbers
from nhsi_analysis.studies.finances.numbers.study import Study
from nhsi_analysis.studies.finances.sections import wording as say
from notebook_reports.charts.intervals import dot_interval
from notebook_reports.charts.lines import lines
from notebook_reports.evidence import Estimate, Figure, Section, Table, Words, words
from notebook_reports.evidence.words import FEWEST_FOR_PERCENT

MARGINS, GROUPS = "Margins by year", "By kind and size of trust"


def margins(study: Study) -> Section:
    """Say how many trusts were in deficit, how margins spread and who carries the deficit."""
    found = numbers.by_year(study.rows)
    now = found[found["financial_year"] == study.year].to_dict("records")[0]
    text = (
        f"In {study.year} {words.portion(now['in_deficit'], now['codes'])} {say.group(study)} "
        f"reported a deficit; the median margin was {words.percent(now['q50'])} of income, and "
        f"half of trusts lay between {words.percent(now['q25'])} and {words.percent(now['q75'])} "
        "([Figure](#fig-margins)). These are complete counts and carry no range."
    )
    if now["unusual"]:
        text += (
            f" {words.count(now['unusual'], 'result')} of over {words.percent(UNUSUAL, 0)} of "
            "income may hold one-off items, such as land sold or buildings valued anew, which the "
            f"accounts don't tell apart; all years held have {found['unusual'].sum()} such."
        )
    parts, shares = [_spread(study, found)], numbers.concentration(study.rows, study.year)
    if len(shares) >= FEWEST_FOR_PERCENT:
        many, share = numbers.deepest(shares)
        text += (
            f" The {many} deepest deficits of {len(shares)} made up {words.percent(share, 0)} of "
            "all deficits together ([Figure](#fig-concentration))."
        )
        parts.append(_concentration(study))
    return Section(MARGINS, [Words(text), *parts], {"by_year": found, "shares": shares})


def _spread(study: Study, found: pd.DataFrame) -> Figure:
    first, last = found.to_dict("records")[0], found.to_dict("records")[-1]
    gap = [words.percent(row["q90"] - row["q10"], 0) for row in (first, last)]
    title = f"Middle 80% of margins spanned {gap[0]} of income in {first['financial_year']}"
    title += f", {gap[1]} in {last['financial_year']}" if len(found) > 1 else ""
    rows = study.of_year(study.rows).set_index("org_code")
    place = rows["margin"].rank(ascending=False, method="min").astype(int)
    told = [
        f"{r['financial_year']}: {', '.join(words.percent(r[q]) for q in ('q10', 'q50', 'q90'))}"
        for r in found.to_dict("records")
    ]
    return Figure(
        lines(
            found.assign(ending=say.ending(found["financial_year"])),
            x="ending",
            series={"q90": "highest tenth", "q50": "median", "q10": "lowest tenth"},
            bands={"q50": ("q25", "q75")},
            unit="share",
            decimals=0,
            markers=True,
            x_label="financial year ending",
            y_label="surplus as a share of income",
            reference=(0.0, ""),
        ),
        key="margins",
        title=title,
        subtitle=f"{say.MARGIN}, {say.group(study)}, {say.span(study)}",
        source=say.ACCOUNTS,
        alt=f"Lowest tenth, median and highest tenth of margins. {'; '.join(told)}.",
        data=found,
        note="Lines are the margins that a tenth, half and nine tenths of trusts lie below; the "
        "band holds the middle half.",
        units=say.held(
            study,
            rows[["margin"]].assign(place=place),
            lambda name, row: (
                f"In {study.year} {name} reported {say.size(row['margin'])} of income, "
                f"{words.ordinal(row['place'])} of {len(rows)} from the highest margin."
            ),
        ),
    )


def _concentration(study: Study) -> Figure:
    years = dict.fromkeys(sorted({study.years[0], study.year, study.newest}))
    tables = {year: numbers.concentration(study.rows, year) for year in years}
    tables = {year: table for year, table in tables.items() if len(table) >= FEWEST_FOR_PERCENT}
    every = reduce(lambda a, b: a.merge(b, on="deepest", how="outer"), tables.values())
    deepest = {year: numbers.deepest(table) for year, table in tables.items()}
    told = [
        f"{year}: {len(tables[year])} deficits, the {many} deepest {words.percent(share, 0)} of all"
        for year, (many, share) in deepest.items()
    ]
    many, share = deepest[study.year]
    return Figure(
        lines(
            every,
            x="deepest",
            series=list(tables),
            unit="share",
            decimals=0,
            from_zero=True,
            x_label="number of trusts, the deepest deficit first",
            y_label="share of all deficits",
        ),
        key="concentration",
        title=f"{study.year}: the {many} deepest made up {words.percent(share, 0)} of all deficits",
        subtitle=f"Share of the sum of all deficits, {say.group(study)}, {words.listed(tables)}",
        source=say.ACCOUNTS,
        alt=f"{'; '.join(told)}.",
        data=every,
        note="Surpluses of other trusts are left out of the sum.",
    )


def groups(study: Study) -> Section:
    """Say how kinds and sizes of trust differ in how many were in deficit."""
    found = numbers.groups(study)
    if found.empty:
        return Section(GROUPS, [])
    apart = found.dropna(subset="difference")
    text = f"[Table](#tab-groups) counts the deficits of {study.year} by group. "
    parts: list[Any] = [_group_table(study, found)]
    if len(apart):
        clear = [_group(row).lower() for row in apart.to_dict("records") if _clear(row)]
        text += (
            f"Of {len(apart)} groups with 20 trusts or more on both sides, those apart from the "
            "others by more than chance usually brings, allowing for all looked at: "
            f"{words.listed(clear)} ([Figure](#fig-groups)). The "
            "counts themselves are complete; the ranges ask what the same trusts might have "
            "reported in another such year. Kind and size go together, so the two are not causes "
            "apart."
        )
        parts.insert(0, _differences(study, apart))
    return Section(GROUPS, [Words(text.strip()), *parts], {"groups": found})


def _group_table(study: Study, found: pd.DataFrame) -> Table:
    table = pd.DataFrame(
        {
            "Group": [_group(row) for row in found.to_dict("records")],
            "Trusts": found["trusts"],
            "In deficit": found["in_deficit"],
            "Result, £m": found["position_gbp_m"].round().astype(int),
            "Median margin": found["median"].map(words.percent),
        }
    )
    caption = f"Deficits by kind of trust and by income, {say.group(study)}, {study.year}"
    return Table(table, "groups", caption, [say.ACCOUNTS, "trusts"])


def _clear(row: dict[Any, Any]) -> bool:
    return bool(row["adjusted"] < say.SELDOM)


def _group(row: dict[Any, Any]) -> str:
    return f"Income, {row['group']}" if row["kind"] == "Income" else str(row["group"])


def _differences(study: Study, apart: pd.DataFrame) -> Figure:
    rows: list[dict[Any, Any]] = apart.to_dict("records")
    names = [f"{_group(row)}: {row['in_deficit']} of {row['trusts']}" for row in rows]
    ends = 100 * apart[["difference", "low", "high"]].to_numpy(dtype=float)
    most = max(filter(_clear, rows), key=lambda row: abs(row["difference"]), default=None)
    title = "No group stands clearly apart"
    if most is not None:
        more = "more" if most["difference"] > 0 else "less"
        title = f"{_group(most)} trusts were {more} often in deficit than others"
        title = title.replace("quarter trusts", "quarter: trusts")
    told = [
        f"{name} {Estimate(v, low, high, 'pp', decimals=0)}"
        for name, (v, low, high) in zip(names, ends.tolist(), strict=True)
    ]
    counted = numbers.grouped(study).merge(apart[["kind", "group"]], on=["kind", "group"])
    label = dict(zip(zip(apart["kind"], apart["group"], strict=True), names, strict=True))
    pairs = zip(counted["kind"], counted["group"], strict=True)
    own = pd.Series([label[pair] for pair in pairs], counted["org_code"])
    table = pd.DataFrame(ends, columns=["value", "low", "high"]).assign(group=names)
    return Figure(
        dot_interval(
            table,
            group="group",
            unit="",
            decimals=0,
            x_label="Percentage points more or less often in deficit than the others",
            reference=(0.0, "no difference"),
            units=own,
        ),
        key="groups",
        title=title,
        subtitle="Share in deficit against all others of its kind together, "
        f"{say.group(study)}, {study.year}",
        source=[say.ACCOUNTS, "trusts"],
        alt=f"Points more or less often in deficit: {'; '.join(told)}.",
        data=apart.set_index(["kind", "group"]),
        note=f"Newcombe's intervals, one group at a time; Fisher's exact test with Holm's "
        f"adjustment over the {len(apart)}. Quarters are of trusts by operating income.",
        units=say.held(
            study,
            own.groupby(level=0).agg(list).to_frame("groups"),
            lambda name, row: (
                f"{name} was counted in {study.year} in {'; '.join(row['groups'])} in deficit."
            ),
        ),
    )


def followed(study: Study) -> Section:
    """Say how the trust followed fared beside its peers."""
    title, code = "The trust followed", study.settings.trust
    found = margins_beside_peers(code, study.until) if code else pd.DataFrame()
    if found.empty:
        text = f"{say.name(study, code)} has no accounts with income by that day."
        return Section(title, [Words(text)] if code else [])
    rows: list[dict[Any, Any]] = found.to_dict("records")
    last, red, kind = rows[-1], int((found["margin"] < 0).sum()), str(kinds()[code])
    text = (
        f"{study.names[code]} reported in {last['financial_year']} {say.size(last['margin'])} of "
        f"income ({words.money(abs(last['position_gbp_m']), 1)}), and a deficit in "
        f"{red or 'none'} of {words.count(len(rows), 'year')} held ([Figure](#fig-followed))."
    )
    if last["peers"] >= ENOUGH:
        low, high = (words.percent(last[end]) for end in ("peer_low", "peer_high"))
        text += f" Half of {last['peers']} other {kind} lay between {low} and {high}."
    to = became(code, study.until)
    if to is not None:
        text += f" It became part of {to.name} on {words.day(to.since)}."
    series = {"margin": "this trust"} | (
        {"peer_median": "median of peers"} if last["peers"] else {}
    )
    figure = Figure(
        lines(
            found.assign(ending=say.ending(found["financial_year"])),
            x="ending",
            series=series,
            bands={"peer_median": ("peer_low", "peer_high")} if last["peers"] else None,
            unit="share",
            markers=True,
            height=3.2,
            x_label="financial year ending",
            y_label="surplus as a share of income",
            reference=(0.0, ""),
        ),
        key="followed",
        title=f"In {last['financial_year']} it reported {say.size(last['margin'])} of income",
        subtitle=f"{say.MARGIN}, {study.names[code]}{f' and {kind}' if last['peers'] else ''}, "
        f"{say.span(study)}",
        source=say.ACCOUNTS,
        alt="; ".join(f"{r['financial_year']}: {words.percent(r['margin'])}" for r in rows) + ".",
        data=found,
        note="The band spans the middle half of peers.",
    )
    return Section(title, [Words(text), figure], {"margins": found})
