"""Ratings of trusts: how they stand, how they moved and how old they are."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import binom

from nhsi_analysis import datasets
from nhsi_analysis.schemas.base import RATINGS
from notebook_reports.charts import gallery
from notebook_reports.charts.heatmap import class_map, heatmap
from notebook_reports.charts.transitions import age_strips, alluvial, chance_bars, class_strips
from policy_methods.transitions import paired_ordinal

_BEST_FIRST = RATINGS[::-1]


def _whole_trusts() -> pd.DataFrame:
    """Return the ratings of whole trusts at the shipped snapshots."""
    table = datasets.load("cqc_trust_ratings", source="shipped")
    return table[table["service"] == "Overall"]


def _ratings_by(ratings: pd.DataFrame, column: str) -> pd.DataFrame:
    """Lay the ratings of each trust side by side."""
    return ratings.pivot_table(index="org_code", columns=column, values="rating", aggfunc="first")


@gallery.example(heatmap)
def _heatmap_example() -> gallery.Example:
    """Overall ratings at the two snapshots against each other."""
    overall = _whole_trusts()
    overall = overall[overall["key_question"] == "Overall"]
    pairs = _ratings_by(overall, "snapshot").dropna()
    before, after = sorted(pairs.columns)
    table = pd.crosstab(pairs[before], pairs[after]).reindex(
        index=_BEST_FIRST, columns=_BEST_FIRST, fill_value=0
    )
    same = int(np.diag(table.to_numpy()).sum())
    return gallery.Example(
        title="Most trusts kept their rating",
        subtitle="Trusts by overall rating in September 2018 and March 2019, England",
        source="cqc_trust_ratings",
        alt=f"Four by four cells of counts; {same} of {table.to_numpy().sum()} on the diagonal.",
        data=table.rename_axis("before").reset_index(),
        figure=heatmap(
            table, x_label="March 2019", y_label="September 2018", emphasise_diagonal=True
        ),
    )


@gallery.example(class_map)
def _class_map_example() -> gallery.Example:
    """Ratings of the ambulance trusts by key question."""
    trusts = datasets.load("trusts")
    names = trusts[trusts["trust_type"] == "Ambulance"].set_index("org_code")["org_name"]
    overall = _whole_trusts()
    latest = overall[overall["snapshot"] == overall["snapshot"].max()]
    chosen = latest[latest["org_code"].isin(names.index)]
    table = _ratings_by(chosen, "key_question")
    short = names.str.replace(r" (Ambulance Service )?NHS.*", "", regex=True)
    table.index = pd.Index(short.loc[table.index], name="trust")
    good = int(table["Overall"].isin(["Good", "Outstanding"]).sum())
    return gallery.Example(
        title=f"{good} of {len(table)} ambulance trusts are good or outstanding overall",
        subtitle="Ratings by key question, ambulance trusts in England, March 2019",
        source="cqc_trust_ratings",
        alt=f"A cell a trust and key question with its rating's letter; {good} are O or G overall.",
        data=table.reset_index(),
        figure=class_map(table, classes=_BEST_FIRST),
    )


@gallery.example(alluvial)
def _alluvial_example() -> gallery.Example:
    overall = _whole_trusts().query("key_question == 'Overall'")
    first, last = (part.set_index("org_code") for _, part in overall.groupby("snapshot"))
    pair = paired_ordinal(first["rating"], last["rating"], RATINGS)
    return gallery.Example(
        title=f"{pair.same} of {pair.n} trusts kept their rating",
        subtitle="Trusts by overall rating, England, 3 September 2018 and 1 March 2019",
        source="cqc_trust_ratings",
        alt=f"Most of the width flows level; {pair.up} trusts rise and {pair.down} fall.",
        data=pair.to_frame(),
        figure=alluvial(pair.matrix, before_label="3 September 2018", after_label="1 March 2019"),
    )


@gallery.example(class_strips)
def _class_strips_example() -> gallery.Example:
    latest = _whole_trusts().query("snapshot == snapshot.max()")
    wide = latest.pivot_table(
        index="org_code", columns="key_question", values="rating", aggfunc="first"
    )
    wide = wide[["Overall", "Safe", "Effective", "Caring", "Responsive", "Well-led"]]
    ranks = wide.map(RATINGS.index).sort_values([*wide.columns], ascending=False, kind="stable")
    wide = wide.loc[ranks.index]
    good = wide.isin(RATINGS[2:]).mean()
    return gallery.Example(
        title="Trusts are weakest on safety and strongest on caring",
        subtitle="Rating of each trust by key question, England, 1 March 2019",
        source="cqc_trust_ratings",
        alt="Good or outstanding: " + ", ".join(f"{q} {v:.0%}" for q, v in good.items()),
        data=wide,
        figure=class_strips(
            wide, classes=_BEST_FIRST, notes={str(q): f"{v:.0%} good" for q, v in good.items()}
        ),
    )


@gallery.example(age_strips)
def _age_strips_example() -> gallery.Example:
    latest = _whole_trusts().query("snapshot == snapshot.max() and key_question == 'Overall'")
    years = (latest["snapshot"] - latest["publication_date"]).dt.days / 365.25
    table = latest.assign(years=years)[["org_code", "rating", "years"]]
    table = table.sort_values("rating", key=lambda r: -r.map(RATINGS.index), kind="stable")
    return gallery.Example(
        title="Most ratings are less than two years old",
        subtitle="Age of the overall rating, NHS trusts in England, 1 March 2019",
        source="cqc_trust_ratings",
        alt=f"Half of the dots lie below {years.median():.1f} years; the oldest is at "
        f"{years.max():.1f}.",
        data=table,
        figure=age_strips(
            table, group="rating", age="years", limits={"Good": 3.5}, x_label="Years"
        ),
        note="The bar is CQC's longest return interval for good core services, 3.5 years.",
    )


@gallery.example(chance_bars)
def _chance_bars_example() -> gallery.Example:
    overall = _whole_trusts().query("key_question == 'Overall'")
    first, last = (part.set_index("org_code") for _, part in overall.groupby("snapshot"))
    pair = paired_ordinal(first["rating"], last["rating"], RATINGS)
    moved = pair.up + pair.down
    table = pd.DataFrame({"rises": np.arange(moved + 1)})
    table["chance"] = binom.pmf(table["rises"], moved, 0.5)
    table["reached"] = table["rises"] >= pair.up
    return gallery.Example(
        title=f"{pair.up} rises among {moved} moves are at the edge of what chance brings",
        subtitle="Chance of each number of rises if moves up and down are as likely, England, "
        "3 September 2018 to 1 March 2019",
        source="cqc_trust_ratings",
        alt=f"A bell of bars around {moved / 2:g}; the bars from {pair.up} up add to "
        f"{table.loc[table['reached'], 'chance'].sum():.1%}.",
        data=table,
        figure=chance_bars(
            table,
            count="rises",
            probability="chance",
            reached="reached",
            observed=(pair.up, f"{pair.up} seen"),
            target=(moved / 2, "as likely either way"),
            x_label="Trusts that rise",
            y_label="Chance",
        ),
    )
