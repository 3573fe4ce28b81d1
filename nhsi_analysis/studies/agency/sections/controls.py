"""What the controls did, and how fragile that is."""

from __future__ import annotations

import pandas as pd

from nhsi_analysis.studies.agency.numbers import published
from nhsi_analysis.studies.agency.numbers.effects import Effect
from nhsi_analysis.studies.agency.numbers.scope import Scope
from nhsi_analysis.studies.agency.numbers.study import Study
from nhsi_analysis.studies.agency.sections import wording
from notebook_reports.charts import style
from notebook_reports.charts.lines import lines
from notebook_reports.charts.paths import counterfactual_chart, estimates_chart
from notebook_reports.evidence import Figure, Part, Section, Table, Words, words
from policy_methods.segmented import Placebo

ERRORS = {"ar1": "AR(1) errors", "newey-west": "Newey-West errors", "ols": "independent errors"}


def what_the_controls_did(study: Study) -> Section:
    """Say what was saved against both counterfactuals, and what the controls were."""
    found = study.effect
    parts: list[Part] = []
    frames: dict[str, pd.DataFrame] = {}
    if found is None:
        parts.append(Words(wording.effect_sentence(None)))
    else:
        frames["saving"] = _savings(study, found)
        parts += [_counterfactual(study.scope, found), _saving(study, found, frames["saving"])]
    parts.append(_controls(study.scope))
    return Section("What the controls did", parts, frames=frames)


def _counterfactual(scope: Scope, found: Effect) -> Figure:
    """Show the path, the regression and the counterfactual."""
    table = found.fit.to_frame()
    gap = float(table.loc[table["date"] <= found.until, "effect"].iloc[-1])
    last = table.iloc[-1]
    return Figure(
        counterfactual_chart(
            table,
            unit="GBP m",
            y_label="£m a month",
            events=wording.events(scope),
            from_zero=True,
        ),
        key="counterfactual",
        title=f"By {found.until:%B %Y} spending was {words.money(abs(gap))} a month "
        f"{'below' if gap < 0 else 'above'} where its earlier trend led",
        subtitle=f"{words.capital(scope.what)} a month, {wording.span(scope)}, {scope.prices}; "
        "regression with breaks at the controls",
        source=[*wording.SOURCE, "agency_controls"],
        alt=f"The counterfactual rises to {words.money(float(last['counterfactual']))} a month "
        f"by {scope.end:%B %Y}, the regression ends at {words.money(float(last['fitted']))}.",
        data=table,
        note=f"Band: {words.level(scope.settings.confidence)} confidence interval of the earlier "
        "trend carried on; it doesn't know whether the trend would have gone on.",
    )


def _savings(study: Study, found: Effect) -> pd.DataFrame:
    """Return the cumulative saving by month, against both counterfactuals, and as claimed."""
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
    claimed = {claim.until: claim.claimed.value for claim in study.claims if claim.until}
    return table.assign(claimed=table["month"].map(claimed).astype(float))


def _saving(study: Study, found: Effect, table: pd.DataFrame) -> Figure:
    """Show cumulative saving by month against both counterfactuals."""
    shown = table[table["month"] <= found.until]
    series = {"trend": "against the trend", "frozen": "against a freeze"}
    picture = lines(
        shown,
        x="month",
        series=series,
        unit="GBP m",
        y_label="£m saved so far",
        bands={name: (f"{name}_low", f"{name}_high") for name in series},
    )
    told = shown.dropna(subset=["claimed"])
    ax = picture.axes[0]
    ax.plot(
        told["month"], told["claimed"], marker="D", linestyle="", color=style.PLUM, markersize=7
    )
    for row in told.to_dict("records"):
        ax.annotate(
            words.money(row["claimed"]),
            (row["month"], row["claimed"]),
            xytext=(-6, 5),
            textcoords="offset points",
            ha="right",
            color=style.PLUM,
        )
    said = ", ".join(
        f"{claim.claimed.text} by {claim.until:%B %Y}" for claim in study.claims if claim.until
    )
    trend, frozen = (words.money(float(shown[name].iloc[-1])) for name in series)
    return Figure(
        picture,
        key="cumulative_saving",
        title=f"The saving by {found.until:%B %Y} is {trend} or {frozen}, by what would have "
        "happened otherwise",
        subtitle=f"Cumulative saving since {shown['month'].iloc[0]:%B %Y}, {study.scope.prices}",
        source=wording.SOURCE,
        alt=f"Against the earlier trend the saving reaches {trend}, against frozen spending "
        f"{frozen} by {found.until:%B %Y}."
        + (f" NHS Improvement's own estimates: {said}." if said else ""),
        data=table,
        note=f"Bands: {words.level(study.settings.confidence)} intervals."
        + (" Diamonds: NHS Improvement's own estimates, in cash." if said else ""),
    )


def _controls(scope: Scope) -> Part:
    """Show the controls known at the day and inside the series."""
    table = published.controls(scope.settings.as_at)
    inside = table["event_date"].between(scope.start - pd.DateOffset(months=6), scope.end)
    if not inside.any():
        return Words("The register holds no dated control inside these months.")
    # several sources state a rule: one row a day and rule, with what each adds
    merged = table[inside].groupby(["event_date", "event"], sort=False, as_index=False)
    joined = merged[["what_changed", "source_title"]].agg(_join_distinct)
    return Table(
        pd.DataFrame(
            {
                "Date": [f"{d.day}\u00a0{d:%b}\u00a0{d:%Y}" for d in joined["event_date"]],
                "Rule": joined["event"],
                "What changed": joined["what_changed"],
                "Source": joined["source_title"],
            }
        ),
        key="controls",
        caption="Dated rules on agency staff",
        source="agency_controls",
        note="From half a year before the series to its end. Rules without a date in the "
        "register are left out; where only a month is known, its first day stands for it.",
    )


def _join_distinct(texts: pd.Series) -> str:
    return "; ".join(dict.fromkeys(texts))


def fragility(study: Study) -> Section:
    """Say how fragile the estimate is: the grid, the regression, the placebo dates."""
    title, found = "How fragile is that?", study.effect
    if found is None:
        return Section(title, [Words("Without an estimate there is nothing to test.")])
    reach = (
        f"{wording.trust_sentence(found)} A saving below {words.money(found.detectable)} by "
        f"{found.until:%B %Y} would usually not be shown by a series like this (80% power). "
        f"{words.percent(found.fit.from_draws, 0)} of the variance of the whole effect comes "
        "from not knowing the monthly path, the rest from its movement about the regression."
    )
    parts: list[Part] = [Words(reach), _grid(found), _regression(found)]
    if found.placebo is not None:
        parts.append(_placebo(study.scope, found.placebo))
    return Section(title, parts, frames={"grid": found.grid})


def _grid(found: Effect) -> Figure:
    """Show every way to estimate the saving."""
    grid = found.grid.assign(errors=found.grid["errors"].map(ERRORS))
    low, high = (words.money(float(end)) for end in (grid["value"].min(), grid["value"].max()))
    return Figure(
        estimates_chart(
            grid,
            group="errors",
            unit="GBP m",
            x_label=f"£m saved by {found.until:%B %Y}",
            references=[(0.0, "no saving")],
        ),
        key="fragility",
        title=f"Reasonable choices put the saving between {low} and {high}",
        subtitle=f"Cumulative saving by {found.until:%B %Y} under {len(grid)} combinations of "
        "break date, season and error model",
        source=wording.SOURCE,
        alt=f"{found.agreeing} of {len(grid)} intervals lie wholly above nought; estimates run "
        f"from {low} to {high}.",
        data=grid,
        note="Break dates are moved by up to two months. Newey-West and independent errors are "
        "too narrow in a series this short and autocorrelated; AR(1) is the main estimate.",
    )


def _regression(found: Effect) -> Table:
    """Show coefficients and tests of the main regression."""
    table = found.fit.coefficients
    tests = [
        f"{row['check']}: {row['statistic']:.2f}"
        + (f" (p {_p(row['p'])})" if pd.notna(row["p"]) else "")
        + f", {row['reading']}."
        for row in found.fit.diagnostics.to_dict("records")
    ]
    return Table(
        pd.DataFrame(
            {
                "Term": [_term(name) for name in table["term"]],
                "Estimate": table["estimate"],
                "Standard error": table["se"],
                "Low": table["low"],
                "High": table["high"],
                "P value": [_p(p) for p in table["p"]],
            }
        ),
        key="regression",
        caption="The regression: £m a month; slopes in £m a month per month",
        source=wording.SOURCE,
        note=" ".join(tests),
    )


def _p(value: float) -> str:
    return f"{value:.3f}" if value >= 0.001 else "below 0.001"


def _term(name: str) -> str:
    """Write a coefficient's name in words: "level 2015-10-01" is "Step in October 2015"."""
    what, _, when = name.partition(" ")
    if what in {"level", "slope"}:
        kind = "Step in" if what == "level" else "Change of slope from"
        return f"{kind} {pd.Timestamp(when):%B %Y}"
    if what in {"cos", "sin"}:
        return f"Season, {'cosine' if what == 'cos' else 'sine'} {when}"
    names = {"const": "Level at the start", "trend": "Trend before any control"}
    return names.get(name, name.capitalize())


def _placebo(scope: Scope, tested: Placebo) -> Figure:
    """Show changes at dates without a control."""
    table = tested.dates
    hits = int(table["rejected"].sum())
    low, high = (words.money(float(end)) for end in (table["level"].min(), table["level"].max()))
    return Figure(
        lines(
            table,
            x="date",
            series={"level": "change in level"},
            bands={"level": ("low", "high")},
            unit="GBP m",
            y_label="£m a month",
            reference=(0.0, "none"),
            markers=True,
        ),
        key="placebo",
        title=f"{hits or 'None'} of {len(table)} dates without a control show a change at the "
        f"{words.level(tested.level)} level",
        subtitle=f"Change in level at each placebo date, {table['date'].iloc[0]:%B %Y} to "
        f"{table['date'].iloc[-1]:%B %Y}, {scope.prices}",
        source=wording.SOURCE,
        alt=f"Estimates run from {low} to {high} a month; their intervals "
        f"{'all hold' if not hits else 'mostly hold'} nought.",
        data=table,
        note="Only months before the first control are used. Few figures were published for "
        "them, so a change could hide in the smooth path.",
    )
