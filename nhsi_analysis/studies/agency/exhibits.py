"""Figures and tables of the agency report, as the arguments of ``report.figure`` and ``.table``."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd

from nhsi_analysis.studies.agency import claims, figures, record
from nhsi_analysis.studies.agency.analysis import Agency
from nhsi_analysis.studies.agency.effects import Effect, Outlook
from notebook_reports.charts import style
from notebook_reports.charts.intervals import dot_interval
from notebook_reports.charts.lines import lines
from notebook_reports.charts.paths import counterfactual_chart, estimates_chart, path_chart
from notebook_reports.charts.xmr import xmr_chart
from notebook_reports.evidence import Estimate, format_value
from policy_methods.forecast import FAMILIES

Exhibit = dict[str, Any]
REGISTERS = list(figures.REGISTERS)


def _money(value: float, decimals: int | None = None) -> str:
    return format_value(value, "GBP m", decimals)


def _events(agency: Agency) -> list[tuple[object, str]]:
    s = agency.settings
    return [(f"{d:%Y-%m-%d}", w) for d, w in zip(s.breaks, s.labels, strict=True)]


def _subject(agency: Agency) -> str:
    words = agency.settings.definition.words
    return words[:1].upper() + words[1:]


def _span(agency: Agency) -> str:
    s = agency.settings
    return f"{s.start:%B %Y} to {s.end:%B %Y}"


def _compact(value: object) -> object:
    """Leave out the name of an estimate's interval, which the table's caption gives."""
    return replace(value, kind="interval") if isinstance(value, Estimate) else value


def record_table(agency: Agency) -> Exhibit:
    """Show the record by year, definitions kept apart."""
    table = agency.years.drop(columns="figures").map(_compact)
    table = table.rename(
        columns={
            "financial_year": "Financial year",
            "agency": "Agency",
            "agency_and_contract": "Agency and contract",
            "share_of_pay": "Agency share of pay",
            "plan_or_ceiling": "Plan or ceiling",
            "forecast": "Forecasts in the year",
        }
    )
    return {
        "df": table,
        "key": "record_by_year",
        "caption": "What was published by year: the finest figure, with the range of all of them",
        "source": REGISTERS,
        "note": "Money in cash. 'Agency' is agency spending of all NHS providers; 'agency and "
        "contract' is a wider definition and must not be joined to it. In brackets: from the "
        "lowest to the highest published figure, with its rounding.",
    }


def record_figure(agency: Agency) -> Exhibit | None:
    """Show both definitions by year; None with fewer than two figures."""
    rows = []
    for row in agency.years.to_dict("records"):
        for column in ("agency", "agency_and_contract"):
            value = row[column]
            if isinstance(value, Estimate):
                rows.append((str(row["financial_year"]), column.replace("_", " "), value))
    if len(rows) < 2:
        return None
    long = pd.DataFrame(
        [(y, c, e.value, e.low, e.high) for y, c, e in rows],
        columns=["financial_year", "definition", "value", "low", "high"],
    )
    top = max(rows, key=lambda r: r[2].value if r[1] == "agency" else 0)
    return {
        "fig": dot_interval(
            long, group="financial_year", series="definition", unit="GBP m", x_label="£m a year"
        ),
        "key": "record",
        "title": f"Published agency spending peaked at {top[2].text} in {top[0]}"
        if top[1] == "agency" else "Agency and contract spending by year",
        "subtitle": "Spending on agency staff, NHS providers in England, by financial year, cash, "
        "two definitions",
        "source": REGISTERS,
        "alt": "By year: " + "; ".join(f"{c} {y} {e.text}" for y, c, e in rows)
        + ".",
        "data": long,
        "note": "Lines run from the lowest to the highest published figure with its rounding, and "
        "are often shorter than the dot. The definitions are never joined.",
    }  # fmt: skip


def shares_table(agency: Agency) -> Exhibit | None:
    """Show shares of pay as published; None where none was known."""
    table = record.monthly_share_since(agency.settings.as_at)
    if table.empty:
        return None
    return {
        "df": table.set_axis(["Period", "Measure", "Value", "Unit", "Source"], axis=1),
        "key": "shares_of_pay",
        "caption": "Agency spending as a share of pay, as published",
        "source": "agency_national_more",
        "note": "The periods are in the publishers' words.",
    }


def path_figure(agency: Agency) -> Exhibit:
    """Show the path with every figure marked on it."""
    path, marks = agency.path, agency.marks
    widest = path.iloc[int(path["width"].to_numpy().argmax())]
    finest = path.iloc[int(path["width"].to_numpy().argmin())]
    peak = path.iloc[int(path["mean"].to_numpy().argmax())]
    aside = int((~marks["used"]).sum())
    s = agency.settings
    return {
        "fig": path_chart(path, marks, unit="GBP m", y_label="£m a month", events=_events(agency)),
        "key": "path",
        "title": f"{int(marks['used'].sum())} published figures pin the monthly path to within "
        f"{_money(float(finest['width']) / 2, 1)} at best and {_money(float(widest['width']) / 2)} "
        "at worst",
        "subtitle": f"{_subject(agency)} a month, England, {_span(agency)}, {s.prices}",
        "source": REGISTERS,
        "alt": f"The path starts at {_money(float(path['mean'].iloc[0]))} a month, peaks at "
        f"{_money(float(peak['mean']))} in {peak['month']:%B %Y} "
        f"and ends at {_money(float(path['mean'].iloc[-1]))}. Its band narrows where single months "
        f"were published and is widest in {widest['month']:%B %Y}.",
        "data": path,
        "note": f"Band: {format_value(s.confidence, 'share', 0)} credible interval. The path holds "
        "every figure within its rounding"
        + (f", except {aside} set aside because rivals contradict them" if aside else "")
        + ".",
    }


def figures_table(agency: Agency) -> Exhibit:
    """Show every figure with what the path makes of it."""
    table = agency.cash.figures
    money = table["kind"].isin(["sum", "mean", "change"])
    unit = ["GBP m" if m else "share" for m in money]
    rows = zip(table["value"], table["lower"], table["upper"], table["fitted"], unit, strict=True)
    published, fitted = [], []
    for value, low, high, fit, u in rows:
        published.append(Estimate(value, low, high, u, kind="interval", decimals=1))
        fitted.append(format_value(fit, u, 1))
    return {
        "df": pd.DataFrame(
            {
                "Figure": table["name"],
                "Published": pd.Series(published, dtype=object),
                "On the path": fitted,
                "Used": table["used"],
                "Binds": table["binding"],
            }
        ),
        "key": "figures",
        "caption": "Every figure the path was asked to hold",
        "source": REGISTERS,
        "note": "Cash; in brackets, rounding. 'Binds' means that the path would leave the "
        "figure's interval without it.",
    }


def xmr_figure(agency: Agency) -> Exhibit:
    """Show the XmR chart of the path."""
    chart, s = agency.chart.chart, agency.settings
    last = chart.summary.iloc[-1]
    flagged = chart.points.assign(flagged_in_draws=agency.chart.flagged_share)
    firm = int((agency.chart.flagged_share > 0.5).sum())
    states = {
        "common cause": "common-cause variation",
        "improvement": "a special cause of improvement",
        "concern": "a special cause of concern",
    }
    alarm = chart.false_alarm
    starts = ""
    if agency.settings.breaks:
        named = (f"{d:%B %Y} ({w})" for d, w in zip(s.breaks, s.labels, strict=True))
        starts = f"New limits start in {' and '.join(named)}. "
    since = f" since {last['start']:%B %Y}" if len(chart.summary) > 1 else ""
    return {
        "fig": xmr_chart(chart, unit="GBP m", y_label="£m a month"),
        "key": "xmr",
        "title": f"The latest months show {states[str(last['variation'])]}{since}",
        "subtitle": f"XmR chart of {s.definition.words} a month, {_span(agency)}, {s.prices}, new "
        "limits at each control",
        "source": REGISTERS,
        "alt": "Means by segment: "
        + ", then ".join(_money(float(m)) for m in chart.summary["mean"])
        + f" a month. {int(chart.points['rule'].ne('').sum())} months are special causes on the "
        f"mean path, {firm} of them or others in most draws of the path.",
        "data": flagged,
        "note": "A chart this long signals at least once in "
        f"{format_value(alarm.per_chart, 'share', 0)} of stable series. The path "
        "is an estimate: its neighbouring months are tied together, so "
        "read runs with care. " + starts + " ".join(chart.notes),
    }


def effect_figure(agency: Agency, found: Effect) -> Exhibit:
    """Show the path, the regression and the counterfactual."""
    table = found.fit.to_frame()
    s = agency.settings
    here = table[table["date"] <= found.until].iloc[-1]
    gap = float(here["effect"])
    return {
        "fig": counterfactual_chart(
            table, unit="GBP m", y_label="£m a month", events=_events(agency), from_zero=True
        ),
        "key": "counterfactual",
        "title": f"By {found.until:%B %Y} spending was {_money(abs(gap))} a month "
        f"{'below' if gap < 0 else 'above'} where its earlier trend led",
        "subtitle": f"{_subject(agency)} a month, "
        f"{_span(agency)}, {s.prices}; regression with breaks at the controls",
        "source": [*REGISTERS, "agency_controls"],
        "alt": f"The counterfactual rises to {_money(float(table['counterfactual'].iloc[-1]))} a "
        f"month by {s.end:%B %Y}, the regression ends at "
        f"{_money(float(table['fitted'].iloc[-1]))}.",
        "data": table,
        "note": f"Band: {format_value(s.confidence, 'share', 0)} confidence interval of the "
        "earlier trend carried on; it doesn't know whether the trend would have gone on.",
    }


def saving_figure(agency: Agency, found: Effect) -> Exhibit:
    """Show cumulative saving by month against both counterfactuals."""
    fit = found.fit.to_frame()
    fit = fit[fit["date"] >= found.frozen["month"].iloc[0]]
    table = pd.DataFrame(
        {
            "month": fit["date"].to_numpy(),
            "trend": -fit["cumulative"].to_numpy(),
            "trend_low": -fit["cumulative_high"].to_numpy(),
            "trend_high": -fit["cumulative_low"].to_numpy(),
        }
    ).merge(
        found.frozen.rename(
            columns={"saving": "frozen", "low": "frozen_low", "high": "frozen_high"}
        ),
        on="month",
        validate="one_to_one",
    )
    made = [c for c in agency.claims if c.key.startswith("saved_by")]
    table["claimed"] = float("nan")
    for claim in made:
        when = pd.Timestamp(f"{claim.key[-7:-3]}-{claim.key[-2:]}-01")
        table.loc[table["month"] == when, "claimed"] = claim.claimed.value
    shown = table[table["month"] <= found.until]
    series = {"trend": "against the trend", "frozen": "against a freeze"}
    fig = lines(
        shown, x="month", series=series, unit="GBP m", y_label="£m saved so far",
        bands={k: (f"{k}_low", f"{k}_high") for k in series},
    )  # fmt: skip
    told = shown.dropna(subset=["claimed"])
    ax = fig.axes[0]
    ax.plot(
        told["month"], told["claimed"], marker="D", linestyle="", color=style.PLUM, markersize=7
    )
    for row in told.to_dict("records"):
        ax.annotate(
            _money(row["claimed"]), (row["month"], row["claimed"]), xytext=(-6, 5),
            textcoords="offset points", ha="right", color=style.PLUM,
        )  # fmt: skip
    said = ", ".join(f"{c.claimed.text} by {c.words.rpartition(' by ')[2]}" for c in made)
    last = shown.iloc[-1]
    return {
        "fig": fig,
        "key": "cumulative_saving",
        "title": f"The saving by {found.until:%B %Y} is {_money(float(last['trend']))} or "
        f"{_money(float(last['frozen']))}, by what would have happened otherwise",
        "subtitle": f"Cumulative saving since {shown['month'].iloc[0]:%B %Y}, "
        f"{agency.settings.prices}",
        "source": REGISTERS,
        "alt": f"Against the earlier trend the saving reaches {_money(float(last['trend']))}, "
        f"against frozen spending {_money(float(last['frozen']))} by {found.until:%B %Y}."
        + (f" NHS Improvement's own estimates: {said}." if said else ""),
        "data": table,
        "note": "Bands: "
        f"{format_value(agency.settings.confidence, 'share', 0)} intervals."
        + (" Diamonds: NHS Improvement's own estimates, in cash." if said else ""),
    }


def _join_distinct(texts: pd.Series) -> str:
    return "; ".join(dict.fromkeys(texts))


def controls_table(agency: Agency) -> Exhibit | None:
    """Show the controls known at the day and inside the series; None where there is none."""
    s = agency.settings
    table = figures.controls(s.as_at)
    inside = table["event_date"].between(s.start - pd.DateOffset(months=6), s.end)
    if not inside.any():
        return None
    # several sources state a rule: one row a day and rule, with what each adds
    merged = table[inside].groupby(["event_date", "event"], sort=False, as_index=False)
    joined = merged[["what_changed", "source_title"]].agg(_join_distinct)
    return {
        "df": pd.DataFrame(
            {
                "Date": [f"{d.day}\u00a0{d:%b}\u00a0{d:%Y}" for d in joined["event_date"]],
                "Rule": joined["event"],
                "What changed": joined["what_changed"],
                "Source": joined["source_title"],
            }
        ),
        "key": "controls",
        "caption": "Dated rules on agency staff",
        "source": "agency_controls",
        "note": "From half a year before the series to its end. Rules without a date in the "
        "register are left out; where only a month is known, its first day stands for it.",
    }


def fragility_figure(agency: Agency, found: Effect) -> Exhibit:
    """Show every way to estimate the saving."""
    names = {"ar1": "AR(1) errors", "newey-west": "Newey-West errors", "ols": "independent errors"}
    grid = found.grid.assign(errors=found.grid["errors"].map(names))
    low, high = float(grid["value"].min()), float(grid["value"].max())
    return {
        "fig": estimates_chart(
            grid, group="errors", unit="GBP m", x_label=f"£m saved by {found.until:%B %Y}",
            references=[(0.0, "no saving")],
        ),
        "key": "fragility",
        "title": f"Reasonable choices put the saving between {_money(low)} and {_money(high)}",
        "subtitle": f"Cumulative saving by {found.until:%B %Y} under {len(grid)} combinations of "
        "break date, season and error model",
        "source": REGISTERS,
        "alt": f"{round(found.agreeing * len(grid))} of {len(grid)} intervals lie wholly above "
        f"nought; estimates run from {_money(low)} to {_money(high)}.",
        "data": grid,
        "note": "Break dates are moved by up to two months. Newey-West and independent errors are "
        "too narrow in a series this short and autocorrelated; AR(1) is the main estimate.",
    }  # fmt: skip


def placebo_figure(agency: Agency, found: Effect) -> Exhibit | None:
    """Show changes at dates without a control; None where too few months precede."""
    if found.placebo is None:
        return None
    table = found.placebo.dates
    hits = int(table["rejected"].sum())
    level = format_value(found.placebo.level, "share", 0)
    return {
        "fig": lines(
            table, x="date", series={"level": "change in level"}, bands={"level": ("low", "high")},
            unit="GBP m", y_label="£m a month", reference=(0.0, "none"), markers=True,
        ),
        "key": "placebo",
        "title": f"{hits or 'None'} of {len(table)} dates without a control show a change at "
        f"the {level} level",
        "subtitle": f"Change in level at each placebo date, {table['date'].iloc[0]:%B %Y} to "
        f"{table['date'].iloc[-1]:%B %Y}, {agency.settings.prices}",
        "source": REGISTERS,
        "alt": f"Estimates run from {_money(float(table['level'].min()))} to "
        f"{_money(float(table['level'].max()))} a month; their intervals "
        f"{'all hold' if not hits else 'mostly hold'} nought.",
        "data": table,
        "note": "Only months before the first control are used. Few figures were published for "
        "them, so a change could hide in the smooth path.",
    }  # fmt: skip


def _p(value: float) -> str:
    return f"{value:.3f}" if value >= 0.001 else "below 0.001"


def diagnostics_table(found: Effect) -> Exhibit:
    """Show coefficients and tests of the main regression."""
    table = found.fit.coefficients
    return {
        "df": pd.DataFrame(
            {
                "Term": [_term(t) for t in table["term"]],
                "Estimate": table["estimate"],
                "Standard error": table["se"],
                "Low": table["low"],
                "High": table["high"],
                "P value": [_p(p) for p in table["p"]],
            }
        ),
        "key": "regression",
        "caption": "The regression: £m a month; slopes in £m a month per month",
        "source": REGISTERS,
        "note": " ".join(
            f"{r['check']}: {r['statistic']:.2f}"
            + (f" (p {_p(r['p'])})" if pd.notna(r["p"]) else "")
            + f", {r['reading']}."
            for r in found.fit.diagnostics.to_dict("records")
        ),
    }


def _term(name: str) -> str:
    """Write a coefficient's name in words: "level 2015-10-01" is "Step in October 2015"."""
    what, _, when = name.partition(" ")
    words = {"const": "Level at the start", "trend": "Trend before any control"}
    if what in {"level", "slope"}:
        kind = "Step in" if what == "level" else "Change of slope from"
        return f"{kind} {pd.Timestamp(when):%B %Y}"
    if what in {"cos", "sin"}:
        return f"Season, {'cosine' if what == 'cos' else 'sine'} {when}"
    return words.get(name, name.capitalize())


def claims_table(agency: Agency) -> Exhibit | None:
    """Show the claims with their verdicts; None where none was known."""
    if not agency.claims:
        return None
    dated_only = all(c.key.startswith("saved_by") for c in agency.claims)
    return {
        "df": claims.to_frame(list(agency.claims)),
        "key": "claims",
        "caption": "Published claims, each recomputed with its range",
        "source": REGISTERS if dated_only else ["claims", *REGISTERS],
        "note": "In cash. 'Holds': the claim's rounding meets our interval. 'Partly holds': it "
        "meets only the widest range (every rival figure, or one of two counterfactuals), or "
        "ours points "
        "the same way and is within a half. 'Can't be told': ours holds nought and is wider than "
        "twice the claim.",
    }


def groups_table(agency: Agency) -> Exhibit | None:
    """Show what is published by staff group; None where nothing was known."""
    if agency.groups.empty:
        return None
    names = {
        "group": "Group",
        "financial_year": "Financial year",
        "spend": "Spending",
        "basis": "Basis",
        "source": "Source",
    }
    return {
        "df": agency.groups[list(names)].map(_compact).rename(columns=names),
        "key": "staff_groups",
        "caption": "Spending by staff group, as published",
        "source": "agency_annual",
        "note": "In brackets: rounding. Groups come from different sources and providers; they "
        "don't add up to the total.",
    }


def bank_figure(agency: Agency) -> Exhibit | None:
    """Show bank as a share of bank and agency; None with fewer than two years."""
    if len(agency.bank) < 2:
        return None
    rows = agency.bank.to_dict("records")
    table = pd.DataFrame(
        {
            "year": [r["financial_year"] for r in rows],
            "value": [r["bank_share"].value for r in rows],
            "low": [r["bank_share"].low for r in rows],
            "high": [r["bank_share"].high for r in rows],
            "bank_gbp_m": [r["bank"].value for r in rows],
            "agency_gbp_m": [r["agency"].value for r in rows],
            "source": [r["source"] for r in rows],
        }
    )
    first, last = rows[0], rows[-1]
    return {
        "fig": dot_interval(table, group="year", unit="share", x_label="bank share of both"),
        "key": "bank_share",
        "title": f"Bank staff went from {first['bank_share'].text} of bank and agency spending in "
        f"{first['financial_year']} to {last['bank_share'].text} in {last['financial_year']}",
        "subtitle": "Bank spending over bank and agency spending, NHS trusts in England, years "
        "with both published",
        "source": "agency_annual",
        "alt": "; ".join(f"{r['financial_year']}: {r['bank_share']}" for r in rows) + ".",
        "data": table,
        "note": "Intervals are rounding only. The years come from different sources, so part of "
        "the change may be one of definition.",
    }


def year_end_figure(agency: Agency, outlook: Outlook) -> Exhibit:
    """Show the forecast months after the path."""
    made = outlook.made.to_frame()
    ahead = made[made["family"] == "all"]
    known = agency.cash.to_frame().tail(24)
    table = pd.concat(
        [
            known[["month", "mean", "low", "high"]].set_axis(
                ["month", "path", "path_low", "path_high"], axis=1
            ),
            ahead[["month", "mean", "low", "high"]].set_axis(
                ["month", "forecast", "forecast_low", "forecast_high"], axis=1
            ),
        ],
        ignore_index=True,
    )
    against = ""
    if outlook.ceiling is not None and outlook.chance is not None:
        against = (
            f"; the chance of ending above the ceiling of {outlook.ceiling.text} is "
            f"{outlook.chance.text}"
        )
    fig = lines(
        table,
        x="month",
        series={"path": "", "forecast": "forecast"},
        unit="GBP m",
        bands={k: (f"{k}_low", f"{k}_high") for k in ("path", "forecast")},
        y_label="£m a month",
    )
    # the path's end lies under the forecast: name it at its beginning
    first = table.iloc[0]
    style.label_end(
        fig.axes[0], first["month"], first["path_low"], "path", colour=style.BLUE, offset=(2, -5),
        va="top",
    )  # fmt: skip
    return {
        "fig": fig,
        "key": "forecast",
        "title": f"{outlook.year} is forecast to end at {outlook.total.text}{against}",
        "subtitle": f"{_subject(agency)} a month, "
        f"cash, forecast from {ahead['month'].iloc[0]:%B %Y} by "
        f"{len(outlook.made.backtest)} models in equal parts",
        "source": REGISTERS,
        "alt": f"The forecast starts at {_money(float(ahead['mean'].iloc[0]))} a month and ends at "
        f"{_money(float(ahead['mean'].iloc[-1]))} "
        f"({_money(float(ahead['low'].iloc[-1]))} to {_money(float(ahead['high'].iloc[-1]))}).",
        "data": table,
        "note": f"Bands: {format_value(agency.settings.confidence, 'share', 0)} intervals. The "
        f"year holds {outlook.known} months already on the path.",
    }  # fmt: skip


def outlook_table(agency: Agency, outlook: Outlook) -> Exhibit:
    """Show the year's end by model, with the back-test."""
    table = outlook.totals.merge(outlook.made.backtest, on="family", how="left", validate="1:1")
    names = {"all": "all, in equal parts", **FAMILIES}
    s = agency.settings
    return {
        "df": pd.DataFrame(
            {
                "Model": table["family"].map(names),
                f"Total {outlook.year}": pd.Series(
                    [
                        Estimate(r["total"], r["low"], r["high"], "GBP m")
                        for r in table.to_dict("records")
                    ],
                    dtype=object,
                ),
                "Chance above ceiling": [
                    format_value(v, "probability") if pd.notna(v) else "no published ceiling"
                    for v in table["chance_above"]
                ],
                "Mean error in back-test": table["mean_absolute_error"],
                "Share of months covered": [
                    format_value(v, "share", 0) if pd.notna(v) else "not applicable"
                    for v in table["coverage"]
                ],
            }
        ),
        "key": "year_end",
        "caption": f"The end of {outlook.year} by model",
        "source": REGISTERS,
        "note": "The back-test forecasts up to six months from several points of one draw of the "
        f"path; the error is in £m a month. Intervals: {format_value(s.confidence, 'share', 0)}.",
    }


def conflicts_table(agency: Agency) -> Exhibit | None:
    """Show conflicts between sources; None where there is none."""
    if agency.conflicts.empty:
        return None
    return {
        "df": agency.conflicts.set_axis(["Figure", "Conflicts with", "How"], axis=1),
        "key": "conflicts",
        "caption": "Conflicts between sources",
        "source": REGISTERS,
        "note": "Both sides are kept in the record's ranges. The path holds the finer figure.",
    }
