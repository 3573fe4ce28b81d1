"""Series month by month: lines, control limits, reconstructed paths and breaks."""

from __future__ import annotations

import pandas as pd

from nhsi_analysis import datasets
from notebook_reports.charts import gallery
from notebook_reports.charts.lines import lines
from notebook_reports.charts.paths import counterfactual_chart, estimates_chart, path_chart
from notebook_reports.charts.xmr import xmr_chart
from policy_methods.reconstruct import reconstruct
from policy_methods.segmented import segmented, sensitivity
from policy_methods.spc import xmr


def _within_four_hours() -> pd.Series:
    """Return the share of England's A&E attendances within four hours by month."""
    months = datasets.load("ae_monthly").groupby("month")[["attendances", "breaches"]].sum()
    return 1 - months["breaches"] / months["attendances"]


@gallery.example(lines)
def _lines_example() -> gallery.Example:
    """Attendances by kind of department, month by month."""
    visits = datasets.load("ae_monthly")
    kinds = {"1": "Major departments", "2": "Single specialty", "other": "Minor injuries units"}
    table = (
        visits.assign(kind=visits["department_type"].map(kinds))
        .pivot_table(index="month", columns="kind", values="attendances", aggfunc="sum")
        .div(1e6)
        .reset_index()
    )
    last = table.iloc[-1]
    return gallery.Example(
        title="Most people who come to A&E come to a major department",
        subtitle="Attendances a month by kind of department, England, April 2016 to March 2019",
        source="ae_monthly",
        alt=(
            f"Three lines over {len(table)} months: major departments highest, "
            f"{last['Major departments']:.2f} million in the last month; minor injuries units "
            f"{last['Minor injuries units']:.2f} million; single specialty the lowest."
        ),
        data=table,
        figure=lines(
            table,
            x="month",
            series=["Major departments", "Minor injuries units", "Single specialty"],
            y_label="Million attendances a month",
            from_zero=True,
        ),
    )


@gallery.example(xmr_chart)
def _xmr_example() -> gallery.Example:
    """Draw the share of England's A&E attendances within four hours."""
    share = _within_four_hours()
    result = xmr(share, share.index, improvement="up", target=0.95)
    flagged = int((result.points["rule"] != "").sum())
    return gallery.Example(
        title=f"{flagged} of {len(share)} months of A&E performance signal a special cause",
        subtitle="Share of A&E attendances within four hours, England, April 2016 to March 2019",
        source="ae_monthly",
        alt=f"XmR chart: the mean is {result.summary['mean'].iloc[-1]:.1%}; winters fall below "
        "the lower limit and summers lie above the upper one.",
        data=result.to_frame(),
        figure=xmr_chart(result, unit="share", y_label="share within 4 hours", target="standard"),
    )


def _agency_years() -> pd.DataFrame:
    """Yearly agency spending in GBP m, as the examples' figures."""
    table = datasets.load("agency_annual")
    rows = table[
        (table["measure"] == "agency spend")
        & (table["provider_type"] == "English NHS trusts")
        & (table["basis"] == "actual")
        & (table["period_start"] < "2017-01-01")
    ]
    return pd.DataFrame(
        {
            "name": rows["period_start"].dt.year.astype(str),
            "kind": "sum",
            "start": rows["period_start"],
            "end": rows["period_end"],
            "value": rows["value"] * 1000,
            "half_width": 0.5,
        }
    ).sort_values("start", ignore_index=True)


@gallery.example(path_chart)
def _path_example() -> gallery.Example:
    """Draw a path through four yearly totals."""
    table = _agency_years()
    found = reconstruct(table, table["start"].min(), table["end"].max(), draws=200)
    shown = table.assign(
        value=table["value"] / 12, low=table["value"] / 12, high=table["value"] / 12, used=True
    )
    frame = found.to_frame()
    return gallery.Example(
        title=f"Four yearly totals leave each month uncertain by £{frame['width'].mean():,.0f}m",
        subtitle="Agency spending a month, NHS providers in England, 2013/14 to 2016/17",
        source="agency_annual",
        alt=f"The path rises to £{frame['mean'].max():,.0f}m a month in 2015 and falls after it.",
        data=frame,
        figure=path_chart(frame, shown, unit="GBP m", y_label="£m a month"),
    )


@gallery.example(counterfactual_chart)
def _counterfactual_example() -> gallery.Example:
    """Draw a break in the share of A&E attendances within four hours."""
    share = 100 * _within_four_hours()
    fit = segmented(share.to_numpy(), share.index, breaks=["2017-10-01"], harmonics=1)
    frame = fit.to_frame()
    return gallery.Example(
        title="A break tried at October 2017 in A&E performance",
        subtitle="Share of A&E attendances within four hours, per cent, England",
        source="ae_monthly",
        alt=f"The regression ends at {frame['fitted'].iloc[-1]:.1f}%, the earlier trend at "
        f"{frame['counterfactual'].iloc[-1]:.1f}%.",
        data=frame,
        figure=counterfactual_chart(
            frame, unit="per cent", y_label="within 4 hours", events=[("2017-10-01", "tried break")]
        ),
    )


@gallery.example(estimates_chart)
def _estimates_example() -> gallery.Example:
    """Draw that break's effect under several choices."""
    share = 100 * _within_four_hours()
    grid = sensitivity(
        share.to_numpy(),
        share.index,
        breaks=["2017-10-01"],
        shifts=(-1, 0, 1),
        seasons=[("harmonics", 1), ("harmonics", 2)],
        errors=["ar1", "newey-west"],
    )
    return gallery.Example(
        title="The same break under twelve sets of choices",
        subtitle="Cumulative effect on the share within four hours, percentage points times months",
        source="ae_monthly",
        alt=f"The estimates run from {grid['value'].min():.0f} to {grid['value'].max():.0f}.",
        data=grid,
        figure=estimates_chart(grid, group="errors", references=[(0.0, "no effect")]),
    )
