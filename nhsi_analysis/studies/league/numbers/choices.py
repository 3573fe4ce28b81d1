"""What the arbitrary choices behind a league do to its ranks, and its ranks by other weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from nhsi_analysis.studies.league.numbers.survey import QUESTIONS
from nhsi_analysis.studies.league.numbers.table import League
from notebook_reports.evidence import Estimate
from policy_methods.composite import composite_uncertainty, leave_one_out

SOBOL: Final = 128
LEVEL: Final = 0.9
_CONCENTRATION = 20.0


def of_draws(
    values: np.ndarray,
    *,
    level: float,
    kind: str,
    label: str,
    n: int,
    decimals: int,
    unit: str = "",
) -> Estimate:
    """Return the mean of simulated values with the range that holds `level` of them."""
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(
        float(values.mean()),
        float(low),
        float(high),
        unit=unit,
        n=n,
        label=label,
        confidence=level,
        kind=kind,
        decimals=decimals,
    )


@dataclass(frozen=True)
class Choices:
    """Ranks when scale, mean, weights, indicators and sampling error are drawn together.

    Parameters
    ----------
    names : list of str
        Indicators that the choices are among, in words.
    table : pandas.DataFrame
        Units in order: ``org_name``, ``position``, ``lower``, ``upper``.
    crossing : int
        Units whose range crosses the line.
    mean_shift, changed_category : Estimate
        Places a rank moves from the league's own; share of units in another category.
    sobol : pandas.DataFrame
        Each choice's share of the variance of the mean shift, the largest first.
    left_out : pandas.DataFrame
        What leaving out one indicator does.
    """

    names: list[str]
    table: pd.DataFrame
    crossing: int
    mean_shift: Estimate
    changed_category: Estimate
    sobol: pd.DataFrame
    left_out: pd.DataFrame


def vary(league: League) -> Choices | None:
    """Draw all choices together and rank anew.

    Parameters
    ----------
    league : League
        The table.

    Returns
    -------
    Choices or None
        None for a table with a single indicator.
    """
    kept = [name for name, weight in league.weights.items() if weight]
    if len(kept) < 2:
        return None
    words = [QUESTIONS.get(name, name) if league.stand_in else name for name in kept]
    data, error = (
        frame[kept].set_axis(words, axis=1) for frame in (league.indicators, league.indicator_se)
    )
    weights = dict(zip(words, [league.weights[name] for name in kept], strict=True))
    directions = dict.fromkeys(words, league.sign)
    found = composite_uncertainty(
        data,
        se=error,
        weights=weights,
        directions=directions,
        concentration=_CONCENTRATION,
        missing="reweight",
        draws=league.settings.draws,
        seed=league.settings.seed,
        confidence=LEVEL,
        sobol_draws=SOBOL,
    )
    own = league.units["position"].reindex(data.index).to_numpy()
    frame = found.to_frame().assign(position=own, org_name=league.units["org_name"])
    table = frame.rename(columns={"low": "lower", "high": "upper"}).astype(
        {"lower": int, "upper": int}
    )
    bands = np.searchsorted(np.cumsum(league.sizes), np.arange(1, league.count + 1))
    moved = (bands[found.ranks - 1] != bands[own - 1]).mean(axis=1)
    return Choices(
        names=words,
        table=table.sort_values("position")[["org_name", "position", "lower", "upper"]],
        crossing=int(((table["lower"] <= league.cut) & (table["upper"] > league.cut)).sum()),
        mean_shift=of_draws(
            np.abs(found.ranks - own).mean(axis=1),
            level=LEVEL,
            kind=f"range of {LEVEL:.0%} of draws",
            n=league.count,
            unit="places",
            decimals=0,
            label="mean shift of a rank when the arbitrary choices are made anew",
        ),
        changed_category=of_draws(
            moved,
            level=LEVEL,
            kind=f"range of {LEVEL:.0%} of draws",
            n=league.count,
            unit="share",
            decimals=0,
            label=f"of {league.noun} change category when the choices are made anew",
        ),
        sobol=pd.DataFrame(found.sobol),
        left_out=leave_one_out(data, weights=weights, directions=directions, missing="reweight"),
    )
