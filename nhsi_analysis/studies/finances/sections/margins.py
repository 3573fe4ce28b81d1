"""How margins spread, who carries the deficit, how groups differ, and the trust followed."""

from __future__ import annotations

from typing import Any

import pandas as pd

from nhsi_analysis.answers.finances import UNUSUAL, margins_beside_peers
from nhsi_analysis.answers.peers import ENOUGH
from nhsi_analysis.answers.trusts import held, kinds
from nhsi_analysis.studies.finances.numbers import margins as numbers
from nhsi_analysis.studies.finances.numbers.study import Study
from nhsi_analysis.studies.finances.sections import wording as say
from notebook_reports.evidence import Estimate, Figure, Section, Table, Words, words

_SELDOM = 0.05
"""Chance below which a group is said to differ by more than chance usually brings."""


def margins(study: Study) -> Section:
    """Say how many trusts were in deficit, how margins spread and who carries the deficit."""
    found = numbers.by_year(study.rows)
    now = study.now(found)
    text = (
        f"In {study.year} {words.portion(now['in_deficit'], now['codes'])} {say.group(study)} "
        f"reported a deficit; the median margin was {words.percent(now['q50'])} of income, and "
        f"half of trusts lay between {words.percent(now['q25'])} and {words.percent(now['q75'])} "
        "([Figure](#fig-margins)). These are complete counts and carry no range."
    )
    if now["unusual"]:
        text += (
            f" {words.count(now['unusual'], 'result')} beyond {words.percent(UNUSUAL, 0)} of "
            "income, up or down, may hold one-off items, such as land sold or buildings valued "
            "anew, which the accounts don't tell apart."
        )
    if deepest := numbers.deepest(study):
        many, red, share = deepest
        text += (
            f" The {many} deepest deficits of {red} made up {words.percent(share, 0)} of all "
            "deficits together."
        )
    return Section(say.MARGINS, [Words(text), _spread(study, found)], {"by_year": found})


def _spread(study: Study, found: pd.DataFrame) -> Figure:
    rows: list[dict[Any, Any]] = found.to_dict("records")
    gaps = [f"{words.percent(row['q90'] - row['q10'], 0)}" for row in (rows[0], rows[-1])]
    title = f"Middle 80% of margins spanned {gaps[0]} of income in {study.years[0]}"
    title += f", {gaps[1]} in {study.newest}" if len(rows) > 1 else ""
    own = study.of_year(study.rows).set_index("org_code")[["margin"]]
    own["place"] = own["margin"].rank(ascending=False, method="min").astype(int)
    told = [
        f"{row['financial_year']}: {', '.join(words.percent(row[f'q{q}']) for q in (10, 50, 90))}"
        for row in rows
    ]
    series = {"q90": "highest tenth", "q50": "median", "q10": "lowest tenth"}
    mine = study.everything[study.everything["org_code"] == study.settings.trust]
    if len(mine := mine.dropna(subset="margin").sort_values("financial_year")):
        found = found.merge(mine[["financial_year", "margin"]], "left")
        series["margin"] = say.name(study, study.settings.trust)
        told.append(f"{series['margin']}: {', '.join(mine['margin'].map(words.percent))}")
    return say.over_years(
        found,
        {"series": series, "bands": {"q50": ("q25", "q75")}, "unit": "share", "decimals": 0},
        "surplus as a share of income",
        key="margins",
        title=title,
        subtitle=f"Surplus as a share of operating income, {say.group(study)}, {say.span(study)}",
        source=say.ACCOUNTS,
        alt=f"Lowest tenth, median and highest tenth of margins. {'; '.join(told)}.",
        note="Lines are the margins that a tenth, half and nine tenths of trusts lie below; the "
        "band holds the middle half.",
        units=held(
            study.names,
            own,
            lambda name, row: (
                f"In {study.year} {name} reported {say.size(row['margin'])} of income, "
                f"{words.ordinal(row['place'])} of {len(own)} from the highest margin."
            ),
        ),
    )


def groups(study: Study) -> Section:
    """Say how kinds and sizes of trust differ in how many were in deficit."""
    found, title = numbers.groups(study), "By kind and size of trust"
    if found.empty:
        return Section(title, [])
    looked = int(found["adjusted"].notna().sum())
    text = f"[Table](#tab-groups) counts the deficits of {study.year} by group."
    if looked:
        more = found["difference"].gt(0).map({True: " (more often)", False: " (less often)"})
        clear = (found["group"].str.lower() + more)[found["adjusted"] < _SELDOM]
        text += (
            f" Of {looked} groups with 20 trusts or more on both sides, those apart from the "
            "others by more than chance usually brings, allowing for all looked at: "
            f"{words.listed(clear) or 'none'}. The ranges ask what the same trusts might have "
            "reported in another such year. Kind and size go together; neither need be a cause."
        )
    ends = (100 * found[["difference", "low", "high"]]).to_numpy(dtype=float).tolist()
    apart = [Estimate(value, low, high, decimals=0) for value, low, high in ends]
    heads = {"group": "Group", "trusts": "Trusts", "in_deficit": "In deficit"}
    table = found[[*heads, "median"]].rename(columns=heads | {"median": "Median margin"})
    table = table.join(pd.DataFrame({"Points from the others": apart}))
    caption = f"Deficits by kind of trust and by income, {say.group(study)}, {study.year}"
    note = (
        "Points: share in deficit less that of all other kinds, or of all other quarters by "
        "income, where both sides have 20 trusts. Newcombe's intervals, one group at a time; "
        "Fisher's exact test with Holm's adjustment."
    )
    formats = {"Median margin": "share"}
    listed = Table(table, "groups", caption, [say.ACCOUNTS, "trusts"], formats, note)
    return Section(title, [Words(text), listed], {"groups": found})


def followed(study: Study) -> Section:
    """Say how the trust followed fared beside its peers."""
    title, code = "The trust followed", study.settings.trust
    found = margins_beside_peers(code, study.until) if code else pd.DataFrame()
    if found.empty:
        text = f"{say.name(study, code)} has no accounts with income by that day."
        return Section(title, [Words(text)] if code else [])
    last, red = found.to_dict("records")[-1], int((found["margin"] < 0).sum())
    text = (
        f"{study.names[code]} reported in {last['financial_year']} {say.size(last['margin'])} of "
        f"income ({words.money(abs(last['position_gbp_m']), 1)}), and a deficit in "
        f"{red or 'none'} of {words.count(len(found), 'year')} held ([Figure](#fig-margins))."
    )
    if last["peers"] >= ENOUGH:
        low, high = (words.percent(last[end]) for end in ("peer_low", "peer_high"))
        text += f" Half of {last['peers']} other {kinds()[code]} lay between {low} and {high}."
    return Section(title, [Words(text)], {"margins": found})
