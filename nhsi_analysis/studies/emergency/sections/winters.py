"""Winters side by side, compared, and trust by trust."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd

from nhsi_analysis.answers.simulations import stored
from nhsi_analysis.answers.trusts import held, names_in, short_trust
from nhsi_analysis.studies.emergency.numbers.study import Study
from nhsi_analysis.studies.emergency.numbers.winters import ALIKE
from nhsi_analysis.studies.emergency.sections import wording as say
from nhsi_analysis.years import last_day
from notebook_reports.charts.funnel import funnel_chart
from notebook_reports.evidence import Figure, Section, Table, Words, words
from policy_methods.changes import Changes


def winters(study: Study) -> Section:
    """Say what each winter had, and how those that can be compared differ."""
    table, pairs = study.winters, study.compared
    if table.empty:
        return Section(say.WINTERS, [])
    said = (
        "Winter is December to February here. [Table](#tab-winters) has each as its piece of data "
        "counts it and, where the piece holds the winter before, both at organisations that "
        "reported in all their months. The last column is what half of the other months changed by "
        "or more, either way, on a year before."
    )
    if len(pairs):
        beyond = int((pairs["difference"].abs() > pairs["usual"]).sum())
        said += f" Of {words.count(len(pairs), 'difference')} {beyond or 'none'} went beyond that."
    signed = partial(words.signed, decimals=1)
    shown = pd.DataFrame(
        {
            "Winter": table["winter"] + table["counted"].map({2: " (2 months)"}).fillna(""),
            "Base": table["national"].map(say.base),
            "Told no breaches": table["untold"].astype(int),
            "As counted": table["share"],
            "Organisations": table["organisations"],
            "Winter before": table["share_before"],
            "This winter": table["share_after"],
            "Change, points": (100 * table["difference"]).map(signed, na_action="ignore"),
            "Usual, points": 100 * table["usual"].astype(float).round(3),
        }
    )
    listed = Table(
        shown.dropna(axis=1, how="all"),
        key="winters",
        caption="Share within four hours by winter, and at the same organisations a year before",
        source=say.BOTH,
        formats=dict.fromkeys(("As counted", "Winter before", "This winter"), "share"),
        note="Told no breaches: trusts that tested other standards; they aren't counted.",
    )
    return Section(say.WINTERS, [Words(said), listed], {"winters": table.drop(columns="trusts")})


def who_changed(study: Study) -> Section:
    """Say which trusts changed by more than trusts usually do between two winters."""
    found, pair = study.changed, study.pair
    if found is None or pair is None:
        return Section(say.CHANGED, [])
    n, year = len(found.table), last_day(pair["winter"]).year
    text = (
        f"From {study.between} ({say.months(pair['months'])}) the "
        f"share within four hours changed by {words.points(found.funnel.target)} on average at {n} "
        "trusts with a major department. "
        f"{words.portion(int(found.table['alone'].sum()), n, 'trust')} differ from that by more "
        "than their own months' noise would do if months were independent. They aren't, so trusts "
        "are held against the spread of all trusts' changes, a standard deviation of "
        f"{words.points(found.funnel.tau2**0.5, sign=False)}: {_outliers(found, year)} "
        f"([Figure](#fig-changes)), all {n} looked at together; the appendix tests this way."
    )
    given = int(found.table["given_start"].ne(0).sum())
    after = (
        "For each 10 percentage points that a trust began lower, its change differed by "
        f"{words.points(-found.slope / 10)}. Part of that is regression to the mean: a bad "
        "winter by luck is followed by a better one. Allowing for where each began, "
        f"{given or 'none'} would be named."
    )
    if len(study.apart):
        after += (
            "\n\nNot compared, as their attendances (change in brackets) moved by more than "
            f"{words.percent(ALIKE, 0)} against the median trust's, so departments may "
            f"have changed: {_named(100 * study.apart.sort_values(), '%', year)}."
        )
    parts = [Words(text), _funnel(study, found, pair), Words(after)]
    return Section(say.CHANGED, parts, {"changes": found.table})


def _named(changes: pd.Series, unit: str, year: int) -> str:
    names, digits = names_in(year), int(unit != "%")
    return words.listed(
        f"{short_trust(names.get(code, code))} ({words.signed(change, digits)}{unit})"
        for code, change in changes.items()
    )


def _outliers(found: Changes, year: int) -> str:
    said = [
        f"{_named(100 * rows['change'].sort_values(key=abs), ' points', year)} {told} by more"
        for side, told in ((1, "improved"), (-1, "worsened"))
        if len(rows := found.table[found.table["side"] == side])
    ]
    return "; ".join(said) or "no trust is an outlier of it"


def _funnel(study: Study, found: Changes, pair: pd.Series) -> Figure:
    names, table = names_in(last_day(pair["winter"]).year), found.table
    told, follow = int(table["side"].ne(0).sum()), study.settings.trust
    ends = [words.points(end) for end in table["change"].agg(["min", "max"])]
    return Figure(
        funnel_chart(
            found.funnel,
            unit="share",
            x_label="noise of the trust's change from its own months",
            y_label="change of the share within four hours",
            names={code: short_trust(names.get(code, code), 34) for code in table.index},
            follow=[follow] if follow in table.index else [],
            label_at_most=3,
        ),
        key="changes",
        title=f"{told or 'Not one'} of {len(table)} trusts' changes "
        f"{'stands' if told < 2 else 'stand'} out of their spread",
        subtitle="Change of the share of A&E attendances within four hours, trusts with a major "
        f"department, {say.months(pair['months'])}, winters {pair['before']} and "
        f"{pair['winter']}",
        source=say.SOURCE if pair["national"] else say.BOTH[1],
        alt=f"Changes lie around {words.points(found.funnel.target)}, from {' to '.join(ends)}.",
        data=table,
        note="Limits hold the spread between trusts besides each one's noise; they are for one "
        "trust at a time, while the text allows for looking at all.",
        units=held(names, table, lambda name, row: _change_of(pair, name, row)),
    )


def _change_of(pair: pd.Series, name: str, row: dict[str, Any]) -> str:
    kept = ("within", "above", "below")[row["side"]]
    return (
        f"{name} went from {words.percent(row['before'])} in winter {pair['before']} to "
        f"{words.percent(row['after'])} in {pair['winter']} "
        f"({words.points(row['change'])}), {kept} the spread of trusts' changes."
    )


def how_often_right(study: Study) -> Section:
    """Say how often trusts are named that didn't change, and found that did, in simulations."""
    title, found = "How often trusts are named rightly", stored("emergency")
    if study.changed is None:
        return Section(title, [])
    table = found.table
    heads = {"world": "World", "shift": "Five trusts besides rise by"}
    heads |= {"alone": "Another named: own noise alone"}
    heads |= {"spread": "Another named: this report's way", "found": "Of the five found"}
    worst = table.loc[table["world"] != table["world"].iloc[-1], "spread"].max()
    low, high = table.groupby("shift")["found"].agg(["min", "max"]).iloc[-1]
    said = (
        f"{table['simulations'].iloc[0]} simulated comparisons of 116 trusts a row, at 95%. Held "
        "against each trust's own noise alone, trusts are named nearly always where months are "
        "alike, although nobody changed; held against the spread between trusts, in "
        f"{100 * worst:.0f}% at most, where 5% are promised. Rises by "
        f"{100 * table['shift'].max():.0f} points are found {words.percent(low, 0)} to "
        f"{words.percent(high, 0)} of the time. In the last world others did change a lot."
    )
    listed = Table(
        table[list(heads)].rename(columns=heads),
        key="simulated_changes",
        caption="Share of simulated comparisons in which another trust than the five is named, and "
        "share of the five that are found",
        source=f"Simulation of this project, seed {found.seed}",
        formats=dict.fromkeys([*heads.values()][1:], "probability"),
        note=f"Standard error at most {100 * table['error'].max():.0f} points.",
    )
    return Section(title, [Words(said), listed])
