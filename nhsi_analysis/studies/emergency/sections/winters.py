"""Winters side by side, compared, and trust by trust."""

from __future__ import annotations

from typing import Any

import pandas as pd

from nhsi_analysis.answers.simulations import stored
from nhsi_analysis.answers.trusts import names_today, short_trust
from nhsi_analysis.studies.emergency.numbers.changed import ALIKE, Changed
from nhsi_analysis.studies.emergency.numbers.study import Study
from nhsi_analysis.studies.emergency.numbers.winters import called
from nhsi_analysis.studies.emergency.sections import wording as say
from notebook_reports.charts.bars import bars
from notebook_reports.charts.funnel import funnel_chart
from notebook_reports.evidence import Figure, Section, Table, Words, words


def winters(study: Study) -> Section:
    """Say what each winter had, and how those that can be compared differ."""
    table = study.winters
    if table.empty:
        return Section(say.WINTERS, [])
    said = (
        "Winter is December to February here. [Figure](#fig-winters) has each as its own piece of "
        "data counts it; bars of different bases can't be compared."
    )
    parts = [Words(said), _bars(table)]
    if len(study.compared):
        said = (
            "[Table](#tab-winters_compared) compares winters that follow each other in one piece, "
            "at organisations that reported in every month of both, merged trusts as one. Counts "
            "are complete, so a difference is what it is; what it means depends on what months do "
            "anyway. The last column has that: the median change, either way, of other months on "
            "the same month a year before. "
        )
        beyond = study.compared[study.compared["difference"].abs() > study.compared["usual"]]
        said += f"Of {words.count(len(study.compared), 'difference')} {len(beyond) or 'none'} "
        said += f"{'is' if len(beyond) < 2 else 'are'} larger than that."
        parts += [Words(said), _compared(study.compared)]
    return Section(say.WINTERS, parts, {"winters": table, "compared": study.compared})


def _bars(table: pd.DataFrame) -> Figure:
    named = [
        f"{row['winter']}, {say.base(row['national'])}"
        + (f" ({row['first']:%b} and {row['last']:%b} only)" if row["months"] < 3 else "")
        for row in table.to_dict("records")
    ]
    year, worst = table["winter"].str[:4].astype(int), table.sort_values("share").iloc[0]
    gaps = {
        at - 0.5: f"{called(year[at - 1] + 1)} to {called(year[at] - 1)}"
        for at in table.index[year.diff() > 1]
    }
    held = pd.DataFrame({"named": named, "share": table["share"]})
    shown = pd.concat([held, pd.DataFrame({"named": gaps})]).sort_index()
    last = table.iloc[-1]
    return Figure(
        bars(
            shown,
            group="named",
            value="share",
            unit="share",
            x_label="share within four hours, December to February",
            emphasise=[named[-1]],
        ),
        key="winters",
        title=f"Winter {last['winter']} had {words.percent(last['share'])} within four hours",
        subtitle="Share of A&E attendances within four hours by winter, England, "
        f"{table['winter'].iloc[0]} to {last['winter']}",
        source=[say.BOTH[0]] if table["national"].all() else say.BOTH,
        alt="; ".join(
            f"{name}: {words.percent(s)}" for name, s in zip(named, table["share"], strict=True)
        )
        + f". The lowest is {worst['winter']}.",
        data=table,
        note="Each as its piece of data counts it: NHS trusts are those that told breaches."
        if not table["national"].all()
        else "",
    )


def _compared(table: pd.DataFrame) -> Table:
    shown = pd.DataFrame(
        {
            "Winters": table["before"] + " and " + table["winter"],
            "Base": [say.base(national) for national in table["national"]],
            "Months": [say.months(months) for months in table["months"]],
            "Organisations in both": table["organisations"],
            "First winter": table["share_before"],
            "Second winter": table["share"],
            "Difference, points": [words.signed(100 * d, 1) for d in table["difference"]],
            "Usual change of other months, points": 100 * table["usual"].round(3),
        }
    )
    return Table(
        shown,
        key="winters_compared",
        caption="Winters compared at the same organisations, share within four hours",
        source=say.BOTH,
        formats={"First winter": "share", "Second winter": "share"},
    )


def who_changed(study: Study) -> Section:
    """Say which trusts changed by more than trusts usually do between two winters."""
    found, pair = study.changed, study.pair
    if found is None or pair is None:
        return Section(say.CHANGED, [])
    n, alone = len(found.table), int(found.table["alone"].sum())
    spread = say.points(found.funnel.tau2**0.5, signed=False)
    outer, level = say.points(found.funnel.target), words.level(study.settings.confidence)
    near = found.funnel.points[f"outside_{100 * study.settings.confidence:.10g}"].sum()
    text = (
        f"From winter {pair['before']} to {pair['winter']} ({say.months(pair['months'])}) the "
        f"share within four hours changed by {outer} on average at {n} trusts with a major "
        "department. With thousands of attendances a month, luck in who comes hardly moves a "
        "trust's share; what moves it is how its months vary. "
        f"{words.portion(alone, n, 'trust')} differ from the average change by more than their own "
        "months' noise would do if months were independent. They aren't, so the question here is "
        "another: who is an outlier of the spread of trusts' changes, "
        f"{spread} (a standard deviation)? "
        f"{_told(found)} All {n} are looked at together, so that by its own account the method "
        "names a trust without cause in "
        f"{words.level(round(1 - study.settings.confidence, 10))} of such comparisons; the "
        f"appendix has how often it does. Looked at one by one, {near} lie outside the {level} "
        "limits of [Figure](#fig-changes), where some always do."
    )
    by, rose = f"{abs(10 * found.slope):.1f} points", found.slope < 0
    regress = (
        "Trusts that began low tended to do better: "
        if rose
        else "Trusts that began low did no better: "
    )
    given = int((found.table["given_start"] != "").sum())
    regress += (
        f"for each 10 percentage points lower in the winter before, the change was {by} "
        f"{'higher' if rose else 'lower'}. Part of such a pattern is regression to the mean: a "
        "winter that was bad by luck is followed by a better one. Allowing for where "
        f"each began, {given or 'none'} would be named."
    )
    if len(found.apart):
        names = names_today()
        listed = words.listed(
            f"{short_trust(names.get(code, code))} ({words.signed(100 * growth, 0)}%)"
            for code, growth in found.apart["growth"].sort_values().items()
        )
        regress += (
            f"\n\nNot compared, as their attendances moved by more than {words.percent(ALIKE, 0)} "
            f"against the median trust's, so that other departments count: {listed}."
        )
    frames = {"changes": found.table, "apart": found.apart}
    return Section(say.CHANGED, [Words(text), _funnel(study, found, pair), Words(regress)], frames)


def _told(found: Changed) -> str:
    names, said = names_today(), []
    for side in ("improved", "worsened"):
        rows = found.of(side)
        if len(rows):
            each = [
                f"{short_trust(names.get(code, code))} ({words.signed(100 * change, 1)} points)"
                for code, change in rows["change"].items()
            ]
            said.append(f"{words.listed(each)} {side} by more than that explains.")
    return " ".join(said) or "No trust is."


def _funnel(study: Study, found: Changed, pair: pd.Series) -> Figure:
    names, table = names_today(), found.table
    told = table[table["side"] != ""]
    title = f"{len(told) or 'Not one'} of {len(table)} trusts' changes "
    title += f"{'stands' if len(told) < 2 else 'stand'} out of their spread"
    follow = [study.settings.trust] if study.settings.trust in table.index else []
    largest = table["change"].abs().idxmax()
    return Figure(
        funnel_chart(
            found.funnel,
            unit="share",
            x_label="noise of the trust's change from its own months",
            y_label="change of the share within four hours",
            names={code: short_trust(names.get(code, code), 34) for code in table.index},
            follow=follow,
            label_at_most=3,
        ),
        key="changes",
        title=title,
        subtitle="Change of the share of A&E attendances within four hours, trusts with a major "
        f"department, {say.months(pair['months'])}, winters {pair['before']} and "
        f"{pair['winter']}",
        source=say.SOURCE if pair["national"] else say.BOTH[1],
        alt=f"Changes lie around {say.points(found.funnel.target)}, from "
        f"{say.points(table['change'].min())} to {say.points(table['change'].max())}; the largest "
        f"is that of {short_trust(names.get(largest, largest))}.",
        data=table,
        note="Limits hold the spread between trusts besides each one's noise; they are for one "
        "trust at a time, while the text allows for looking at all.",
        units=say.trusts(table, lambda name, row: _change_of(pair, name, row)),
    )


def _change_of(pair: pd.Series, name: str, row: dict[str, Any]) -> str:
    said = (
        f"{name} went from {words.percent(row['share_before'])} in winter {pair['before']} to "
        f"{words.percent(row['share_after'])} in {pair['winter']} ({say.points(row['change'])})"
    )
    return (
        f"{said}: it {row['side']} beyond the spread of trusts."
        if row["side"]
        else f"{said}, within the spread of trusts' changes."
    )


def how_often_right(study: Study) -> Section:
    """Say how often trusts are named that didn't change, and found that did, in simulations."""
    title, found = "How often trusts are named rightly", stored("emergency")
    if study.changed is None:
        return Section(title, [])
    table = found.table
    runs, last = int(table["simulations"].iloc[0]), table["world"].iloc[-1]
    worst = table.loc[table["world"] != last, "spread"].max()
    shown = pd.DataFrame(
        {
            "World": table["world"],
            "Five trusts besides rise by": table["shift"].map(
                lambda s: f"{100 * s:.0f} points" if s else "nothing"
            ),
            "Another named: own noise alone": table["alone"],
            "Another named: this report's way": table["spread"],
            "Of the five found": [
                "–" if share != share else f"{share:.0%}" for share in table["found"]
            ],
        }
    )
    said = (
        f"{runs} simulated comparisons of 116 trusts a row, all under one shock, at 95%. Held "
        "against each trust's own noise alone, trusts are named nearly always where months are "
        "alike, although nobody changed; held against the spread between trusts, in "
        f"{100 * worst:.0f}% at most, where 5% are promised. The price "
        "is that only large changes are found. In the last world some of the others did change a "
        "lot, so naming them is no mistake."
    )
    listed = Table(
        shown,
        key="simulated_changes",
        caption="Share of simulated comparisons in which another trust than the five is named, and "
        "share of the five that are found",
        source=f"Simulation of this project, seed {found.seed}",
        formats=dict.fromkeys(shown.columns[2:4], "probability"),
        note=f"Standard error at most {100 * table['error'].max():.0f} points.",
    )
    return Section(title, [Words(said), listed])
