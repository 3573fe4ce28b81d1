"""Trust by trust: shares of staff costs, how they differ, and how they changed."""

from __future__ import annotations

import pandas as pd

from nhsi_analysis.answers.trusts import held, short_trust
from nhsi_analysis.studies.agency.numbers.study import Study
from nhsi_analysis.studies.agency.numbers.trusts import LABEL, NAME, SAME_TRUST, Trusts
from nhsi_analysis.studies.agency.sections import wording
from notebook_reports.charts.bars import bars
from notebook_reports.charts.intervals import dot_interval
from notebook_reports.evidence import Figure, Part, Section, Words, words

SHOWN = 6
"""Trusts at either end of the chart of changes."""


def trust_by_trust(study: Study) -> Section:
    """Say what trusts spent, how they differ, and whose share changed."""
    if study.trusts is None:
        return Section(wording.TRUSTS, [Words("No trust-level figures were published by then.")])
    return of_trusts(study.trusts, study.settings.region)


def of_trusts(trusts: Trusts, region: str = "") -> Section:
    """Show a table of trusts: the shipped one, or an analyst's own."""
    moved = trusts.changes()
    parts: list[Part] = [Words(reading(trusts, region))]
    if len(trusts.by("sector")) > 1:
        told = Words("Kinds of trust stand side by side in [Figure](#fig-trusts_by_sector).")
        parts += [told, _spread(trusts, region or "England")]
    if moved["alike"].any():
        alike = moved[moved["alike"].astype(bool)]
        told = Words("[Figure](#fig-trust_changes) shows where the share fell and rose most.")
        parts += [told, _changes(trusts, alike, region or "England")]
    return Section(wording.TRUSTS, parts, frames={"trusts": trusts.table, "changes": moved})


def _source(trusts: Trusts) -> str:
    return f"{trusts.own}, an analyst's own figures" if trusts.own else NAME


def reading(trusts: Trusts, region: str = "") -> str:
    """Say what the table holds, what was left out, and what the followed trust did."""
    totals = trusts.totals()
    last = totals.iloc[-1]
    one = int(last["trusts"]) == 1
    origin = trusts.own or "the accounts held here"
    told = [
        f"By {origin}, {words.count(int(last['trusts']), 'trust')} in {region or 'England'} spent "
        f"{wording.money(float(last['spend_gbp_m']), 2)} on {LABEL} staff, given as one "
        f"amount, in {last['financial_year']}: {words.percent(float(last['share']))} of "
        f"{'its' if one else 'their'} staff costs"
        + ("." if one else f" (median trust {words.percent(float(last['median_share']))}).")
    ]
    if len(trusts.excluded):
        rows = trusts.excluded.groupby("org_name")["financial_year"].agg(words.listed)
        named = words.listed(f"{name} ({years})" for name, years in rows.items())
        told.append(f"Left out, as the amount given is too small to be real: {named}.")
    if len(totals) > 1:
        told.append(_reconciled(trusts, totals))
    regions = trusts.by("region")
    if len(regions) > 1:
        told.append(
            f"By region the share runs from {words.percent(regions['value'].iloc[-1])} "
            f"({regions['region'].iloc[-1]}) to {words.percent(regions['value'].iloc[0])} "
            f"({regions['region'].iloc[0]})."
        )
    followed = trusts.followed()
    if len(followed):
        years = [
            f"{words.money(row['spend_gbp_m'], 1)} in {row['financial_year']}, "
            f"{words.percent(row['share'])} of its staff costs (the {words.ordinal(row['rank'])} "
            f"lowest share of {words.count(row['trusts'], 'trust')})"
            for row in followed.to_dict("records")
        ]
        told.append(f"**{followed['org_name'].iloc[-1]}** spent {words.listed(years)}.")
    return "\n\n".join([*told, " ".join(trusts.notes)]).strip()


def _reconciled(trusts: Trusts, totals: pd.DataFrame) -> str:
    """Say how the change of the totals is made up, and who isn't compared."""
    before, after = (row for _, row in totals.tail(2).iterrows())
    both, alone = trusts.changes(), trusts.in_one_year()
    change = both["spend_after"].sum() - both["spend_before"].sum() if len(both) else 0.0
    told = (
        f"The total went from {wording.money(before['spend_gbp_m'], 2)} "
        f"({words.count(int(before['trusts']), 'trust')}, {before['financial_year']}) to "
        f"{wording.money(after['spend_gbp_m'], 2)} ({words.count(int(after['trusts']), 'trust')}), "
        f"{_moved(after['spend_gbp_m'] - before['spend_gbp_m'])}: "
        f"{_moved(change)} at the {words.count(len(both), 'trust')} in both years"
    )
    if len(alone):
        told += f", the rest at {words.count(len(alone), 'trust')} held for one year only "
        told += f"({_named(alone)})"
    apart = both[~both["alike"].astype(bool)]
    if len(apart):
        limit = words.percent(SAME_TRUST, 0)
        told += f". Not compared, as staff costs moved by more than {limit}: {_named(apart)}"
    return f"{told}."


def _moved(change: float) -> str:
    return f"{words.money(abs(change))} {'less' if change < 0 else 'more'}"


def _named(rows: pd.DataFrame) -> str:
    """Name trusts, each with its merger."""
    return "; ".join(
        short_trust(row["org_name"]) + (f", {row['merger']}" if row["merger"] else "")
        for row in rows.to_dict("records")
    )


def _spread(trusts: Trusts, place: str) -> Figure:
    """Show shares of staff costs by type of trust."""
    table = trusts.by("sector")
    top, low = table.iloc[0], table.iloc[-1]
    latest = trusts.table[trusts.table["financial_year"] == trusts.years[-1]].set_index("org_code")
    shares = [
        f"{row['sector']} {words.percent(row['value'])} ({words.count(row['trusts'], 'trust')})"
        for row in table.to_dict("records")
    ]
    return Figure(
        dot_interval(
            table,
            group="sector",
            unit="share",
            x_label="share of staff costs",
            units=latest["sector"],
        ),
        key="trusts_by_sector",
        title=f"{top['sector']} trusts spent {words.percent(top['value'])} of staff costs, "
        f"{low['sector']} trusts {words.percent(low['value'])}",
        subtitle=f"Spending on {LABEL} staff over staff costs by type of trust, {place}, "
        f"{trusts.years[-1]}: its trusts together (dot), the middle half of them (line)",
        source=_source(trusts),
        alt="; ".join(shares) + ".",
        data=table,
        note="The line is the spread between trusts, not sampling error.",
        units=held(
            latest["org_name"],
            latest,
            lambda name, row: (
                f"In {trusts.years[-1]} {name} ({row['sector'].lower()}) spent "
                f"{words.percent(row['share'])} of its staff costs on {LABEL} staff."
            ),
        ),
    )


def _changes(trusts: Trusts, moved: pd.DataFrame, place: str) -> Figure:
    """Show the trusts whose share fell and rose most."""
    order = moved.sort_values("change", kind="stable").assign(points=100 * moved["change"])
    follow = order[order["org_code"].eq(trusts.follow)]
    top = pd.concat([order.head(SHOWN), order.tail(SHOWN), follow]).drop_duplicates("org_code")
    top = top.sort_values("change", ignore_index=True)
    top = top.assign(trust=[short_trust(n, 48) for n in top["org_name"]])
    ends = zip(top["trust"], top["points"], strict=True)
    (first, last), down = trusts.years[-2:], int((moved["change"] < 0).sum())
    return Figure(
        bars(
            top,
            group="trust",
            value="points",
            decimals=1,
            x_label="change of the share, percentage points",
            emphasise=top.loc[top["org_code"] == trusts.follow, "trust"].tolist(),
            units=top.set_index("org_code")["trust"],
        ),
        key="trust_changes",
        title=f"The share fell at {words.portion(down, len(moved), 'trust')}",
        subtitle=f"Spending on {LABEL} staff as a share of staff costs, change from {first} to "
        f"{last}, {place}: the largest falls and rises"
        + (", and the trust followed" if len(follow) else ""),
        source=_source(trusts),
        alt="; ".join(f"{name} {words.signed(by, 1)}" for name, by in ends) + " points.",
        data=moved,
        note="Trusts with a full year and staff costs alike in both years.",
        units=held(
            moved.set_index("org_code")["org_name"],
            order.assign(place=range(1, len(order) + 1)).set_index("org_code"),
            lambda name, row: (
                # Two decimals, so that the ends and the change agree.
                f"The share at {name} went from {words.percent(row['before'], 2)} in {first} to "
                f"{words.percent(row['after'], 2)} in {last}, {words.signed(row['points'], 1)} "
                f"points: {words.ordinal(row['place'])} of {words.count(len(order), 'trust')} from "
                "the largest fall to the largest rise."
            ),
        ),
    )
