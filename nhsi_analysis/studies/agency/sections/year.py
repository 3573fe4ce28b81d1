"""Where the year is heading."""

from __future__ import annotations

import pandas as pd

from nhsi_analysis.studies.agency.numbers.outlook import FORECAST_FROM, Outlook
from nhsi_analysis.studies.agency.numbers.study import Study
from nhsi_analysis.studies.agency.sections import wording
from notebook_reports.charts import style
from notebook_reports.charts.lines import lines
from notebook_reports.evidence import (
    Estimate,
    Figure,
    Section,
    Table,
    Words,
    format_value,
    words,
)
from policy_methods.forecast import FAMILIES


def year_end(study: Study) -> Section:
    """Say where the year is heading, model by model."""
    title, found = "Where the year is heading", study.outlook
    if found is None:
        told = f"The path is too short to forecast from: it needs {FORECAST_FROM} months."
        return Section(title, [Words(told)])
    ahead = found.made.to_frame()
    return Section(
        title,
        [_forecast(study, found, ahead), _by_model(study, found)],
        frames={"forecast": ahead},
    )


def _forecast(study: Study, found: Outlook, ahead: pd.DataFrame) -> Figure:
    """Show the forecast months after the path."""
    together = ahead[ahead["family"] == "all"]
    known = study.cash.to_frame().tail(24)
    ends = ["mean", "low", "high"]
    table = pd.concat(
        [
            known[["month", *ends]].set_axis(["month", "path", "path_low", "path_high"], axis=1),
            together[["month", *ends]].set_axis(
                ["month", "forecast", "forecast_low", "forecast_high"], axis=1
            ),
        ],
        ignore_index=True,
    )
    against = ""
    if found.ceiling is not None and found.chance is not None:
        against = (
            f"; the chance of ending above the ceiling of {found.ceiling.text} is "
            f"{found.chance.text}"
        )
    picture = lines(
        table,
        x="month",
        series={"path": "", "forecast": "forecast"},
        unit="GBP m",
        bands={name: (f"{name}_low", f"{name}_high") for name in ("path", "forecast")},
        y_label="£m a month",
    )
    # the path's end lies under the forecast: name it at its beginning
    start = table.iloc[0]
    style.label_end(
        picture.axes[0],
        start["month"],
        start["path_low"],
        "path",
        colour=style.BLUE,
        offset=(2, -5),
        va="top",
    )
    first, last = together.iloc[0], together.iloc[-1]
    return Figure(
        picture,
        key="forecast",
        title=f"{found.year} is forecast to end at {found.total.text}{against}",
        subtitle=f"{words.capital(study.scope.what)} a month, cash, forecast from "
        f"{first['month']:%B %Y} by {len(found.made.backtest)} models in equal parts",
        source=wording.SOURCE,
        alt=f"The forecast starts at {words.money(float(first['mean']))} a month and ends at "
        f"{words.money(float(last['mean']))} ({words.money(float(last['low']))} to "
        f"{words.money(float(last['high']))}).",
        data=table,
        note=f"Bands: {words.level(study.settings.confidence)} intervals. The year holds "
        f"{found.known} months already on the path.",
    )


def _by_model(study: Study, found: Outlook) -> Table:
    """Show the year's end by model, with the back-test."""
    table = found.totals.merge(found.made.backtest, on="family", how="left", validate="1:1")
    totals = [
        Estimate(row["total"], row["low"], row["high"], "GBP m") for row in table.to_dict("records")
    ]
    return Table(
        pd.DataFrame(
            {
                "Model": table["family"].map({"all": "all, in equal parts", **FAMILIES}),
                f"Total {found.year}": pd.Series(totals, dtype=object),
                "Chance above ceiling": [
                    format_value(chance, "probability")
                    if pd.notna(chance)
                    else "no published ceiling"
                    for chance in table["chance_above"]
                ],
                "Mean error in back-test": table["mean_absolute_error"],
                "Share of months covered": [
                    words.percent(share, 0) if pd.notna(share) else "not applicable"
                    for share in table["coverage"]
                ],
            }
        ),
        key="year_end",
        caption=f"The end of {found.year} by model",
        source=wording.SOURCE,
        note="The back-test forecasts up to six months from several points of one draw of the "
        "path; the error is in £m a month. Intervals: "
        f"{words.level(study.settings.confidence)}.",
    )
