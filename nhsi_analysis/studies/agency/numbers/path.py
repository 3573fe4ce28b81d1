"""The monthly path through the published numbers, its chart of control, and its fall."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from nhsi_analysis.studies.agency.numbers import published
from nhsi_analysis.studies.agency.numbers.scope import LEVELS, Scope
from nhsi_analysis.years import year_bounds
from notebook_reports.evidence import Estimate
from policy_methods.reconstruct import Reconstruction, reconstruct
from policy_methods.spc import XmrResult, xmr

Floats = npt.NDArray[np.float64]


def rebuild(scope: Scope) -> Reconstruction:
    """Reconstruct the monthly path in cash, GBP m a month."""
    return reconstruct(
        scope.constraints,
        scope.start,
        scope.end,
        breaks=scope.breaks,
        confidence=scope.settings.confidence,
        draws=scope.settings.draws,
        seed=scope.settings.seed,
    )


def in_prices(path: Reconstruction, deflator: pd.Series) -> tuple[pd.DataFrame, Floats]:
    """Return the path (month, mean, low, high, informing) and its draws in the chosen prices."""
    factor = deflator.to_numpy(dtype=float)
    table = path.to_frame()
    for column in ("mean", "low", "high", "width"):
        table[column] *= factor
    return table, path.draws * factor


def marks(scope: Scope, path: Reconstruction) -> pd.DataFrame:
    """Return every published number as it is drawn beside the path.

    Columns: name, kind, start, end, value, low, high (levels as an average a month, in the chosen
    prices; others missing), used, within, binding, source.
    """
    table = scope.constraints.merge(
        path.numbers[["name", "used", "within", "binding", "fitted"]],
        on="name",
        validate="one_to_one",
    )
    level = table["kind"].isin(LEVELS)
    months = [path.between(r["start"], r["end"]) for r in table.to_dict("records")]
    spread = np.where(table["kind"] == "sum", [m.sum() for m in months], 1)
    price = np.array([float(scope.deflator.to_numpy()[m].mean()) for m in months])
    scale = np.where(level, price / spread, np.nan)
    return pd.DataFrame(
        {
            **{k: table[k] for k in ("name", "kind", "start", "end")},
            "value": table["value"] * scale,
            "low": table["lower"] * scale,
            "high": table["upper"] * scale,
            **{k: table[k] for k in ("used", "within", "binding", "source")},
        }
    )


@dataclass(frozen=True, slots=True)
class ControlChart:
    """The XmR chart of the path, rebased at the controls.

    Parameters
    ----------
    chart : XmrResult
        Of the path's mean.
    flagged_share : array of shape (n,)
        Share of the path's draws in which each month is a special cause.
    """

    chart: XmrResult
    flagged_share: Floats


def control_chart(table: pd.DataFrame, draws: Floats, scope: Scope) -> ControlChart:
    """Chart the path, with new limits from each control on."""
    chart = xmr(table["mean"], table["month"], improvement="down", rebase=scope.controls)
    flagged = [
        xmr(draw, table["month"], improvement="down", rebase=scope.controls).points["rule"].ne("")
        for draw in draws[:: max(1, len(draws) // 80)]
    ]
    return ControlChart(chart, np.mean(flagged, axis=0))


@dataclass(frozen=True, slots=True)
class Fall:
    """How far spending fell.

    Parameters
    ----------
    share : Estimate
        The fall as a share; negative for a rise.
    span : str
        Between when: "from 2015/16 to 2017/18".
    """

    share: Estimate
    span: str


def fall(path: Reconstruction, scope: Scope) -> Fall | None:
    """Return the fall since 2015/16 (or the first year) to the last full year.

    Without a full year, over the months known since, against the same months a year before; None
    where they are fewer than three.
    """
    years = _full_years(path, scope)
    if len(years) > 1:
        base = "2015/16" if "2015/16" in years[:-1] else years[0]
        first, last = year_bounds(base), year_bounds(years[-1])
        span = f"from {base} to {years[-1]}"
    else:
        extra = len(path.months) - 12
        if extra < 3:
            return None
        ends = path.months[-1]
        last = (ends - pd.DateOffset(months=min(extra, 12) - 1), ends)
        first = (last[0] - pd.DateOffset(years=1), last[1] - pd.DateOffset(years=1))
        span = f"from {first[0]:%B %Y}–{first[1]:%B %Y} to the same months a year later"
    draws = path.draws * scope.deflator.to_numpy()
    before, after = (draws[:, path.between(*ends)].sum(axis=1) for ends in (first, last))
    share = pd.Series(1 - after / before)
    low, high = share.quantile(list(scope.settings.tails))
    estimate = Estimate(
        float(share.mean()),
        float(low),
        float(high),
        unit="share",
        n=len(scope.constraints),
        label=f"fall in {scope.what} {span}, {scope.prices}",
        confidence=scope.settings.confidence,
        kind="credible interval",
    )
    return Fall(estimate, span)


def _full_years(path: Reconstruction, scope: Scope) -> list[str]:
    """Financial years inside the path whose own level is published."""
    table = scope.constraints
    years = sorted({published.financial_year(m) for m in path.months})
    spans = {year: year_bounds(year) for year in years}
    return [
        year
        for year, (first, last) in spans.items()
        if (table["start"].eq(first) & table["end"].eq(last)).any()
    ]
