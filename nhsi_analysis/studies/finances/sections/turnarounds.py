"""Whether deficits last, whether trusts turned round, and those that merged."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from nhsi_analysis.answers.simulations import stored
from nhsi_analysis.studies.finances.numbers import record, turned
from nhsi_analysis.studies.finances.numbers.study import Study
from nhsi_analysis.studies.finances.sections import wording as say
from notebook_reports.charts.heatmap import heatmap
from notebook_reports.charts.intervals import dot_interval
from notebook_reports.evidence import (
    Estimate,
    Figure,
    Part,
    Section,
    Table,
    Words,
    format_value,
    words,
)
from policy_methods.spells import side_by_side, spells, yearly_steps

LASTS, TURNED = "Does a deficit last?", "Did trusts turn round?"


def persistence(study: Study) -> Section:
    """Say how often deficits went on, and how far trusts keep their order over the years."""
    red = (study.margins < 0).astype(float).where(study.margins.notna())
    found, table = turned.order(study), yearly_steps(red)
    if table.empty:
        return Section(LASTS, [])
    row: dict[Any, Any] = table.to_dict("records")[-1]
    counts = [row[way] for way in ("stayed_in", "left", "fell_in", "stayed_out")]
    text = [
        f"From {row['before']} to {row['after']}, of {sum(counts)} trusts, "
        f"{counts[0] or 'none'} stayed in deficit, {counts[1] or 'none'} left it, "
        f"{counts[2] or 'none'} fell into it and {counts[3] or 'none'} stayed out "
        "([Table](#tab-steps))."
    ]
    lasted = spells(red)
    if len(lasted) > 1:
        ended = [
            f"{end or 'none'} of {all_} after year {year}"
            for year, all_, end in lasted.head(4).to_numpy().tolist()
        ]
        text.append(f"Of deficits whose first year is held, {words.listed(ended)} ended.")
    near = side_by_side(red)
    if near is not None:
        text.append(
            f"In runs of four years whose order tells, {near.near or 'none'} had their deficits "
            f"on end and {near.apart or 'none'} parted; were a trust's years independent of each "
            "other, whatever its own level, so uneven a split would come "
            f"{Estimate(near.pvalue, unit='probability')} of the time."
        )
        if near.pvalue < say.SELDOM:
            text.append("Whether one deficit makes the next or a cause lasts can't be told.")
    parts: list[Part] = [_steps(study, table)]
    if found is not None:
        text.append(
            f"Of the spread between trusts, {words.percent(found.lasting, 0)} is lasting, "
            f"{words.percent(found.fading, 0)} fades, {words.percent(found.carried, 0)} of it "
            f"going over to the next year, and {words.percent(found.once, 0)} is of one year alone "
            "([Figure](#fig-order)). These three come from a model of the correlations."
        )
        parts.insert(0, _order(study))
    return Section(LASTS, [Words(" ".join(text)), *parts], {"steps": table, "spells": lasted})


def _steps(study: Study, table: pd.DataFrame) -> Table:
    heads = {"before": "From", "after": "To", "stayed_in": "Stayed in deficit", "left": "Left it"}
    heads |= {"fell_in": "Fell into deficit", "stayed_out": "Stayed out"}
    caption = f"Trusts in deficit from year to year, {say.group(study)}, {say.span(study)}"
    note = "Trusts that merged count once, their accounts added together."
    return Table(table.rename(columns=heads), "steps", caption, say.ACCOUNTS, note=note)


def _order(study: Study) -> Figure:
    scores = study.margins.corr("spearman")
    seen = scores.where(np.tril(np.ones(scores.shape, dtype=bool), -1)).iloc[1:, :-1]
    cells = seen.to_numpy(dtype=float)
    ends = (np.diag(cells).mean(), cells[-1, 0], np.nanmin(cells), np.nanmax(cells))
    near, far, least, most = (format_value(float(end), decimals=2) for end in ends)
    last = len(study.years) - 1
    return Figure(
        heatmap(seen, decimals=2, x_label="year", y_label="later year"),
        key="order",
        title=f"Trusts keep their order: {near} a year on, {far} after {last} years",
        subtitle=f"Rank correlation between years' margins, {say.group(study)}, {say.span(study)}",
        source=say.ACCOUNTS,
        alt=f"Rank correlations run from {least} to {most}, highest "
        "for years that follow each other.",
        data=seen,
        note="1: the same order in both years; 0: no connection.",
    )


def turnarounds(study: Study) -> Section:
    """Say whether the trusts with the lowest margins rose beyond regression to the mean."""
    found = turned.turned(study)
    if found is None:
        return Section(TURNED, [])
    n, rebound = len(found.table), found.rebound
    shift, low, high = (100 * found.spread * end for end in (rebound.shift, *rebound.ends))
    gap = Estimate(shift, low, high, "pp")
    text = [
        f"After a very bad year most trusts come some way back, whatever anyone did. Of the {n} "
        f"with the lowest tenth of margins in {study.year}, {found.better} had a smaller deficit "
        f"or none in {study.newest}, {found.surplus or 'none'} of them a surplus. Each is held "
        "against where trusts with the same past were to be found in the years after "
        f"([Figure](#fig-turnarounds)). Allowing for {n} looks, "
        f"**{rebound.beyond or 'none'} rose beyond that**; looked at one by one, "
        f"{rebound.alone or 'none'} would seem to.",
        f"Their mean distance from what was to be expected is about {gap} of income. What all "
        "trusts in their place do alike is part of what is expected and can't be told from "
        f"regression to the mean. {_power(found)}",
    ]
    parts = [Words("\n\n".join(text)), _places(study, found)]
    return Section(TURNED, parts, {"turnarounds": found.table})


def _power(found: turned.Turned) -> str:
    """Say how large a turnaround the method finds, by the stored simulations."""
    rows = stored("finances").table
    rows = rows[rows["turned"].between(1, 10) & rows["world"].eq(rows["world"].iloc[0])]
    told = [
        f"{words.percent(share, 0)} of turnarounds by {words.percent(by * found.spread, 0)} of "
        "income"
        for share, by in rows[["found", "by"]].to_numpy().tolist()
    ]
    said = f"In simulations of all trusts the method found {words.listed(told)}"
    return f"{said}: small ones it mostly misses."


def _places(study: Study, found: turned.Turned) -> Figure:
    table, many, n = found.table, found.rebound.beyond, len(found.table)
    names = pd.Series([_label(study, code) for code in table.index], table.index)
    years = " to ".join(dict.fromkeys([found.first, study.newest]))
    inside = int(table["place"].between(table["low"], table["high"]).sum())
    clear = table["adjusted"] < 1 - study.settings.confidence
    return Figure(
        dot_interval(
            table.rename(columns={"place": "value"}).assign(trust=names),
            group="trust",
            unit="",
            decimals=0,
            x_label=f"Mean place of its margin among 100 trusts, 0 the lowest, {years}",
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
        "trust taken alone.",
        units=say.held(
            study,
            table,
            lambda name, row: (
                f"In {study.year} {name} had a margin of {words.percent(row['margin'])}; after it "
                f"its mean place was {row['place']:.0f} of 100 from the lowest, where "
                f"{row['low']:.0f} to {row['high']:.0f} was to be expected."
            ),
        ),
    )


def _label(study: Study, code: str) -> str:
    return f"{say.name(study, code)}{' (merged)' if code in study.merged else ''}"


def tested(study: Study) -> Section:
    """Say how often the method calls a turnaround in worlds without any and with some."""
    title, found = "How often the test is right", stored("finances").table
    if turned.turned(study) is None:
        return Section(title, [])
    none = found[found["turned"] == 0]
    false, alone = none["any_false"], none["alone"]
    text = (
        f"In {len(none)} worlds without turnarounds some trust was called one in "
        f"{words.percent(false.min())} to {words.percent(false.max())} of "
        f"{found['simulations'].iloc[0]} draws, where 5% is asked; most often in that of "
        f"{none['world'].iloc[int(false.argmax())]}. Looked at one by one, "
        f"{words.percent(alone.min())} to {words.percent(alone.max())} of trusts would have been "
        "called one. Where all of the lowest tenth recover alike, few single ones stand out, but "
        "the group does."
    )
    told = found.to_dict("records")
    table = pd.DataFrame(
        {
            "Margins": [words.capital(row["world"]) for row in told],
            "Turn round": [_turned(row) for row in told],
            "Any called wrongly": [words.percent(row["any_false"]) for row in told],
            "Found": [_share(row["found"]) for row in told],
            "Group called": [words.percent(row["group"]) for row in told],
        }
    )
    note = (
        "Any called wrongly: draws in which a trust that didn't turn round is said to have, after "
        "adjustment. Found: of trusts that did. Group called: draws in which the lowest tenth "
        "together are said to have risen."
    )
    source = "Simulations kept with the project"
    listed = Table(
        table, "tested", "How often simulated turnarounds were called", source, note=note
    )
    return Section(title, [Words(text), listed], {"simulated": found})


def _turned(row: dict[Any, Any]) -> str:
    if not row["turned"]:
        return "none"
    many = f"{row['turned']:.0f} trusts" if row["turned"] < 10 else "all of the tenth"
    return f"{many}, by {row['by']:g} of the spread"


def _share(value: float) -> str:
    return "none to find" if np.isnan(value) else words.percent(value)


def mergers(study: Study) -> Section:
    """Say how many codes begin and end, and that merged deficits have not disappeared."""
    found, title = record.mergers(study), "Trusts that merged"
    if not (found.began or found.apart or len(found.went)):
        return Section(title, [])
    red = -found.went.loc[found.went["position_gbp_m"] < 0, "position_gbp_m"]
    ended = len(found.went) + len(found.apart)
    carried = (
        f"; the last accounts of {len(red)} show a deficit, {words.money(red.sum())} together, "
        "which went with them and isn't counted as one that disappeared"
        if len(red)
        else ""
    )
    text = (
        f"Accounts of {found.codes.iloc[0]} codes are held for {study.years[0]}, of "
        f"{found.codes.iloc[-1]} for {study.newest}: {len(found.began) or 'none'} began later and "
        f"{ended or 'none'} had ended by the close of that year."
    )
    if len(found.went):
        text += (
            f" Of these, {len(found.went)} went up whole in another{carried}. Wherever years are "
            "compared, the accounts of trusts that merged are added together from the start. A "
            "last year may be a part of one."
        )
    if found.apart:
        named = words.listed(f"{say.name(study, code)} ({code})" for code in found.apart)
        text += f" Not followed, being divided or without a recorded successor: {named}."
    return Section(title, [Words(text)], {"went": found.went})
