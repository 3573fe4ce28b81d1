"""Whether deficits last, and whether trusts turned round."""

from __future__ import annotations

import pandas as pd

from nhsi_analysis.answers.simulations import stored
from nhsi_analysis.answers.trusts import held
from nhsi_analysis.studies.finances.numbers import record, turned
from nhsi_analysis.studies.finances.numbers.study import Study
from nhsi_analysis.studies.finances.sections import wording as say
from notebook_reports.charts.intervals import dot_interval
from notebook_reports.evidence import Estimate, Figure, Section, Table, Words, words
from policy_methods.spells import spells, yearly_steps


def persistence(study: Study) -> Section:
    """Say how often deficits went on, and what became of trusts that merged."""
    red, title = (study.margins < 0).astype(float), "Does a deficit last?"
    red = red.where(study.margins.notna())
    found, table, lasted = turned.order(study), yearly_steps(red), spells(red)
    if table.empty:
        return Section(title, [])
    text = "[Table](#tab-steps) counts how trusts went from year to year."
    if len(lasted) > 1:
        ended = [
            f"{end or 'none'} of {all_} after year {year}"
            for year, all_, end in lasted.head(4).to_numpy().tolist()
        ]
        text += f" Of deficits whose first year is held, {words.listed(ended)} ended."
    if found is not None:
        text += (
            f" Of the spread between trusts, {words.percent(found.lasting, 0)} is lasting, "
            f"{words.percent(found.fading, 0)} fades, {words.percent(found.carried, 0)} of it "
            f"going over to the next year, and {words.percent(found.once, 0)} is of one year "
            "alone. These shares come from a model of the correlations between years."
        )
    went = record.mergers(study)
    if len(went):
        lost = -went.loc[went["position_gbp_m"] < 0, "position_gbp_m"]
        sums = f", {words.money(lost.sum())} together" if len(lost) else ""
        text += (
            f"\n\nBy the close of {study.newest}, {words.count(len(went), 'trust')} had gone up "
            f"whole in another; the last accounts of {len(lost) or 'none'} show a deficit{sums}. "
            "Wherever years are compared, the accounts of trusts that merged are added together."
        )
    heads = ["From", "To", "Stayed in deficit", "Left it", "Fell into deficit", "Stayed out"]
    caption = f"Trusts in deficit from year to year, {say.group(study)}, {say.span(study)}"
    note = "Trusts that merged count once, their accounts added together."
    steps = Table(table.set_axis(heads, axis=1), "steps", caption, say.ACCOUNTS, note=note)
    return Section(title, [Words(text), steps], {"steps": table, "spells": lasted, "went": went})


def turnarounds(study: Study) -> Section:
    """Say whether the trusts with the lowest margins rose beyond regression to the mean."""
    found = turned.turned(study)
    if found is None:
        return Section(say.TURNED, [])
    n, rebound = len(found.table), found.rebound
    shift, low, high = (100 * found.spread * end for end in (rebound.shift, *rebound.ends))
    rows = stored("finances").table
    rows = rows[rows["turned"].between(1, 10) & rows["world"].eq(rows["world"].iloc[0])]
    told = [
        f"{words.percent(share, 0)} of rises by {words.percent(by * found.spread, 0)} of income"
        for share, by in rows[["found", "by"]].to_numpy().tolist()
    ]
    text = (
        f"After a year among the lowest most trusts rise, whatever anyone did. Of the {n} with the "
        f"lowest tenth of margins in {study.year}, {found.better} had a higher margin in "
        f"{study.newest} and {found.surplus or 'none'} no deficit. Each is held "
        "against where trusts with the same past were to be found in the years after "
        f"([Figure](#fig-turnarounds)). Allowing for {n} looks, **{rebound.beyond or 'none'} rose "
        "beyond that**.\n\nTheir mean distance from what was expected (minus: lower) is about "
        f"{Estimate(shift, low, high, 'pp')} of income. What all trusts in their place do alike is "
        "part of what is expected and can't be told from regression to the mean. In simulations "
        f"of all trusts the method found {words.listed(told)}: the least it mostly misses."
    )
    parts = [Words(text), _places(study, found)]
    return Section(say.TURNED, parts, {"turnarounds": found.table})


def _places(study: Study, found: turned.Turned) -> Figure:
    table, many, n = found.table, found.rebound.beyond, len(found.table)
    names = pd.Series([say.name(study, code) for code in table.index], table.index)
    inside = int(table["place"].between(table["low"], table["high"]).sum())
    clear = table["adjusted"] < 1 - study.settings.confidence
    return Figure(
        dot_interval(
            table.rename(columns={"place": "value"}).assign(trust=names),
            group="trust",
            unit="",
            decimals=0,
            x_label=f"Mean place of its margin among 100 trusts, 0 the lowest, after {study.year}",
            reference=(50.0, "middle"),
            emphasise=[*names[clear]],
            units=names,
        ),
        key="turnarounds",
        title=f"{many or 'No trust'} of {n} rose beyond regression to the mean",
        subtitle=f"Trusts with the lowest tenth of margins in {study.year}: place after it, beside "
        f"the range that regression to the mean leads to expect, {say.group(study)}",
        source=say.ACCOUNTS,
        alt=f"{inside} of {n} dots lie within their range; places run from "
        f"{table['place'].min():.0f} to {table['place'].max():.0f} of 100.",
        data=table,
        note="Dot: what happened. Line: what the trust's years up to then lead to expect, each "
        "trust taken alone. Trusts that merged are one, their accounts added together.",
        units=held(
            study.names,
            table,
            lambda name, row: (
                f"In {study.year} {name} had a margin of {words.percent(row['margin'])}; after it "
                f"its mean place was {row['place']:.0f} of 100 from the lowest, where "
                f"{row['low']:.0f} to {row['high']:.0f} was to be expected."
            ),
        ),
    )


def tested(study: Study) -> Section:
    """Say how often the method calls a turnaround in worlds without any and with some."""
    title, found = "How often the test is right", stored("finances").table
    if turned.turned(study) is None:
        return Section(title, [])
    none = found[found["turned"] == 0]
    false = none["any_false"]
    text = (
        f"In {len(none)} worlds without turnarounds some trust was called one in "
        f"{words.percent(false.min())} to {words.percent(false.max())} of "
        f"{found['simulations'].iloc[0]} draws, where 5% is asked; most often in that of "
        f"{none['world'].iloc[int(false.argmax())]}. Where all of the lowest tenth recover alike, "
        "few single ones stand out, but the group does."
    )
    heads = {"world": "Margins", "turned": "Turn round", "by": "By"}
    rates = {"any_false": "Any called wrongly", "found": "Found", "group": "Group called"}
    table = found.replace({"turned": {found["turned"].max(): "all of the tenth"}})
    table = table[[*heads, *rates]].rename(columns=heads | rates)
    note = (
        "By: standard deviations between trusts. Any called wrongly: draws in "
        "which a trust that didn't turn round is said to have, after "
        "adjustment. Found: of trusts that did. Group called: draws in which the lowest tenth "
        "together are said to have risen."
    )
    caption = "How often simulated turnarounds were called"
    source, formats = "Simulations kept with the project", dict.fromkeys(rates.values(), "share")
    listed = Table(table, "tested", caption, source, formats, note)
    return Section(title, [Words(text), listed], {"simulated": found})
