"""What the arbitrary choices behind a league do to its ranks."""

from __future__ import annotations

import numpy as np
import pandas as pd

from nhsi_analysis.studies.league.survey import survey
from nhsi_analysis.studies.league.table import League, Section
from notebook_reports.charts import intervals, ranks
from notebook_reports.evidence import Estimate, format_value
from policy_methods.composite import composite_uncertainty, leave_one_out

_DRAWS = 1000
_SOBOL = 128
_LEVEL = 0.9
_CONCENTRATION = 20.0


def choices_section(league: League) -> Section:
    """Draw scale, mean, weights, indicators and sampling error together and rank anew.

    The indicators are those of the league; where it has only one, the block of questions that it
    was chosen from.

    Parameters
    ----------
    league : League
        The table.

    Returns
    -------
    Section
        Ranges of ranks, Sobol' shares by choice, leave-one-out; words only for one indicator.
    """
    data, error, names = candidates(league)
    if data.shape[1] < 2:
        return Section(
            "This table has a single indicator, so there is no weighting, scale or mean to vary:"
            " its ranks carry sampling error only."
        )
    sign = 1 if league.higher_is_better else -1
    weights = {n: league.weights.get(n, 1.0) for n in names} if len(league.weights) > 1 else None
    found = composite_uncertainty(
        data,
        se=error,
        weights=weights,
        directions=dict.fromkeys(names, sign),
        concentration=_CONCENTRATION,
        missing="reweight",
        draws=_DRAWS,
        seed=league.seed,
        confidence=_LEVEL,
        sobol_draws=_SOBOL,
    )
    table = found.to_frame().sort_values("rank", kind="stable")
    table["position"] = np.arange(1, len(table) + 1)
    table = table.rename(columns={"low": "lower", "high": "upper"}).astype(
        {"lower": int, "upper": int}
    )
    table.insert(0, "org_name", league.units["org_name"].reindex(table.index))
    bands = np.searchsorted(np.cumsum(league.sizes), np.arange(1, league.count + 1))
    nominal = bands[np.clip(found.nominal.rank.to_numpy() - 1, 0, league.count - 1)]
    moved = (bands[found.ranks - 1] != nominal).mean(axis=1)
    low, high = np.quantile(moved, [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2])
    crossing = int(((table["lower"] <= league.cut) & (table["upper"] > league.cut)).sum())
    share = pd.DataFrame(found.sobol)
    top = share.iloc[0]
    out = leave_one_out(
        data, weights=weights, directions=dict.fromkeys(names, sign), missing="reweight"
    )
    worst = out.sort_values("mean_shift").iloc[-1]
    moved_text = f"{format_value(float(moved.mean()), 'share', 0)}"
    reading = (
        f"Re-drawing {', '.join(names)} with another scale, mean, set of weights, one"
        " indicator less"
        f" and fresh sampling error moves a rank by {found.mean_shift.mean():.1f} places on"
        " average,"
        f" and {moved_text} of {league.noun} into another category"
        f" ({_LEVEL:.0%} of draws: {low:.0%} to {high:.0%}). {crossing} of {league.count} have a"
        f" {_LEVEL:.0%} range that crosses {league.line}. The choice that matters most is"
        f" {top['label'][:1].lower()}{top['label'][1:]}; it takes part in"
        f" {format_value(float(top['total']), 'share', 0)} of the"
        f" variance of the shift. Leaving out {worst['left_out']} alone moves ranks by"
        f" {worst['mean_shift']:.1f} places on average (at most {worst['max_shift']})."
    )
    findings = {
        "choices_mean_shift": Estimate(
            float(found.mean_shift.mean()),
            float(np.quantile(found.mean_shift, (1 - _LEVEL) / 2)),
            float(np.quantile(found.mean_shift, (1 + _LEVEL) / 2)),
            unit="places", n=league.count, decimals=1, confidence=_LEVEL, kind="of draws",
            label="mean shift of a rank when the arbitrary choices are made anew",
        ),
        "choices_changed_category": Estimate(
            float(moved.mean()), float(low), float(high), unit="share", n=league.count, decimals=0,
            confidence=_LEVEL, kind="of draws",
            label=f"of {league.noun} change category when the choices are made anew",
        ),
    }  # fmt: skip
    figures = [
        _ranges_figure(league, table, crossing, names),
        _sobol_figure(league, share),
    ]
    tables = [
        {
            "df": out.rename(
                columns={
                    "left_out": "Indicator left out",
                    "mean_shift": "Mean shift (places)",
                    "max_shift": "Largest shift (places)",
                    "spearman": "Rank correlation",
                }
            ),
            "key": "leave_one_out",
            "caption": "What each indicator does to the ranking",
            "source": league.source,
            "formats": {"Mean shift (places)": lambda v: f"{v:.1f}"},
        }
    ]
    return Section(reading, findings, figures, tables, {"choices": table, "sobol": share})


def candidates(league: League) -> tuple[pd.DataFrame, pd.DataFrame, list[str]]:
    """Return the indicators a league could be made of, their errors and their names.

    Parameters
    ----------
    league : League
        Its own indicators, or the block of questions that its single one was chosen from.
    """
    if league.year is None or tuple(league.indicators.columns) == league.family:
        return league.indicators, league.indicator_se, list(league.indicators.columns)
    share, error, _, _ = survey(league.year, league.family)
    codes = league.units.index.intersection(share.index)
    return share.loc[codes], error.loc[codes], list(league.family)


def _ranges_figure(
    league: League, table: pd.DataFrame, crossing: int, names: list[str]
) -> dict[str, object]:
    return {
        "fig": ranks.rank_sets(
            table,
            cut=league.cut,
            sides=league.sides,
            order_label="Order by the nominal choices",
            rank_label="Ranks other choices give",
        ),
        "key": "choice_ranges",
        "title": (
            f"Other reasonable choices put {crossing} of {len(table)} on either side of the line"
        ),
        "subtitle": f"{_LEVEL:.0%} range of ranks over {_DRAWS:,} draws of every choice; indicators"
        f" {', '.join(names)}; {league.period or league.name}",
        "source": league.source,
        "alt": f"One vertical line a unit in nominal order; {crossing} grey lines cross the cut at"
        f" {league.cut}, the others are blue.",
        "data": table,
        "note": "Scale, mean, weights, indicator set and sampling error are drawn together.",
    }


def _sobol_figure(league: League, share: pd.DataFrame) -> dict[str, object]:
    rows = pd.concat(
        [
            share.assign(
                series=word,
                value=share[column].clip(lower=0),
                low=(share[column] - share[width]).clip(lower=0),
                high=share[column] + share[width],
            )
            for word, column, width in (
                ("with others", "total", "total_error"),
                ("alone", "first_order", "first_error"),
            )
        ]
    )[["label", "input", "series", "value", "low", "high"]]
    top = share.iloc[0]
    return {
        "fig": intervals.dot_interval(
            rows, group="label", series="series", unit="share",
            x_label="Share of the variance of the mean shift in rank",
        ),
        "key": "choice_shares",
        "title": f"{top['label']} matters most",
        "subtitle": f"Sobol' indices of the mean shift in rank by choice; {league.name}"
        f" {league.period}".rstrip(),
        "source": league.source,
        "alt": "Share of variance by choice, alone and with others: "
        + "; ".join(
            f"{label}: {alone:.0%} alone, {total:.0%} with others"
            for label, alone, total in zip(
                share["label"],
                share["first_order"].clip(lower=0),
                share["total"].clip(lower=0),
                strict=True,
            )
        )
        + ".",
        "data": rows,
        "note": f"Lines are 95% bootstrap intervals, {_SOBOL} base points. Totals can add to more"
        " than 100% because choices act together.",
    }  # fmt: skip
