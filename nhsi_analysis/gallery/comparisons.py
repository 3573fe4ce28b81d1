"""Groups compared: bars, shares of a whole, dots with intervals, squares that count, totals."""

from __future__ import annotations

import pandas as pd

from nhsi_analysis import datasets
from notebook_reports.charts import gallery
from notebook_reports.charts.bars import bars, stacked_shares
from notebook_reports.charts.distributions import cumulative_shares
from notebook_reports.charts.intervals import dot_interval
from notebook_reports.charts.tally import tally
from policy_methods.shares import wilson


@gallery.example(bars)
def _bars_example() -> gallery.Example:
    """Trusts by type."""
    counts = datasets.load("trusts")["trust_type"].value_counts().rename_axis("trust_type")
    table = counts.rename("trusts").reset_index()
    first = table.iloc[0]
    return gallery.Example(
        title=f"{first['trust_type']} trusts are the most common",
        subtitle="NHS trusts by type, England, 2018",
        source="trusts",
        alt=f"{len(table)} bars from zero; {first['trust_type']} trusts lead with {first.trusts}.",
        data=table,
        figure=bars(table, group="trust_type", value="trusts", x_label="Number of trusts"),
    )


@gallery.example(stacked_shares)
def _stacked_example() -> gallery.Example:
    """Ratings by key question."""
    ratings = datasets.load("cqc_trust_ratings")
    classes = ["Outstanding", "Good", "Requires improvement", "Inadequate"]
    chosen = ratings[(ratings["service"] == "Overall") & ratings["rating"].isin(classes)]
    chosen = chosen[chosen["snapshot"] == chosen["snapshot"].max()]
    table = pd.crosstab(chosen["key_question"], chosen["rating"])[classes].reset_index()
    safe = table.set_index("key_question").loc["Safe"]
    return gallery.Example(
        title="Safety is where trusts are rated lowest",
        subtitle="Ratings of trusts by key question, England, March 2019",
        source="cqc_trust_ratings",
        alt=(
            f"One bar of 100% a key question in four parts. For safe, "
            f"{safe['Requires improvement'] / safe.sum():.0%} of trusts require improvement."
        ),
        data=table,
        figure=stacked_shares(table, group="key_question", parts=classes),
    )


@gallery.example(dot_interval)
def _dot_interval_example() -> gallery.Example:
    """Shares rated good or outstanding by type of trust at the two snapshots."""
    ratings = datasets.load("cqc_trust_ratings")
    types = datasets.load("trusts").set_index("org_code")["trust_type"]
    overall = ratings[(ratings["service"] == "Overall") & (ratings["key_question"] == "Overall")]
    overall = overall.assign(
        good=overall["rating"].isin(["Good", "Outstanding"]),
        trust_type=overall["org_code"].map(types),
        at=overall["snapshot"].dt.strftime("%B %Y"),
    )
    counts = overall.groupby(["trust_type", "snapshot", "at"], as_index=False)["good"].agg(
        ["sum", "size"]
    )
    counts = counts.sort_values(["trust_type", "snapshot"], ignore_index=True)
    shares = wilson(counts["sum"], counts["size"]).to_frame()
    table = pd.concat([counts[["trust_type", "at"]], shares], axis=1)
    ambulance = table[table["trust_type"] == "Ambulance"]
    return gallery.Example(
        title="Each type's shares moved by less than their uncertainty",
        subtitle="Trusts rated good or outstanding overall, England, September 2018 and March 2019",
        source="cqc_trust_ratings",
        alt=(
            f"Dots with intervals for {table['trust_type'].nunique()} types of trust, two each. "
            f"Those of ambulance trusts are the widest, about "
            f"{(ambulance['high'] - ambulance['low']).mean():.0%} across; every pair overlaps."
        ),
        data=table,
        figure=dot_interval(
            table,
            group="trust_type",
            value="share",
            series="at",
            x_label="Share of trusts rated good or outstanding",
        ),
        note="Lines are 95% Wilson intervals.",
    )


@gallery.example(tally)
def _tally_example() -> gallery.Example:
    """Count the claims in the register by topic and kind."""
    claims = datasets.load("claims")
    kinds = ["count", "level", "change", "target"]
    counts = pd.crosstab(claims["topic"], claims["kind"]).reindex(columns=kinds, fill_value=0)
    counts = counts.loc[counts.sum(axis=1).sort_values(ascending=False).index].reset_index()
    top = str(counts["topic"].iloc[0])
    return gallery.Example(
        title=f"Most claims are on {top}",
        subtitle="Claims by topic and kind, England, 2016 to 2018",
        source="claims",
        alt=f"One square a claim in rows by topic: {top} has most, {counts['topic'].iloc[-1]} "
        "fewest.",
        data=counts,
        figure=tally(counts, group="topic", parts=kinds, signs=["n", "l", "c", "t"]),
    )


@gallery.example(cumulative_shares)
def _cumulative_shares_example() -> gallery.Example:
    """Share the deficits of all trusts, and their income, out among them."""
    finance = datasets.load("trust_finance").query("financial_year == financial_year.max()")
    table = finance.assign(deficit=(-finance["financial_position_gbp_000"]).clip(lower=0))
    table = table.sort_values(["deficit", "org_code"], ascending=[False, True], ignore_index=True)
    table = table.assign(rank=table.index + 1)
    half = int((table["deficit"].cumsum() < table["deficit"].sum() / 2).sum()) + 1
    return gallery.Example(
        title=f"The {half} largest deficits of {len(table)} trusts make half of them all",
        subtitle="Share of deficits and of operating income, trusts in England, "
        f"{table['financial_year'].iloc[0]}",
        source="trust_finance",
        alt=f"The curve of deficits reaches half at {half} trusts and ends flat, as others have "
        "none; that of income is nearly straight.",
        data=table,
        figure=cumulative_shares(
            table,
            x="rank",
            parts={"deficit": "of deficits", "operating_income_gbp_000": "of income"},
            x_label="trusts, largest deficit first",
            y_label="cumulative share",
        ),
    )
