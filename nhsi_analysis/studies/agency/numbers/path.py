"""The monthly path through the published numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from nhsi_analysis.studies.agency.numbers.scope import LEVELS, Scope
from policy_methods.reconstruct import Reconstruction, reconstruct


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


def in_prices(path: Reconstruction, deflator: pd.Series) -> pd.DataFrame:
    """Return the path in the chosen prices: month, mean, low, high, width, informing."""
    factor = deflator.to_numpy(dtype=float)
    table = path.to_frame()
    for column in ("mean", "low", "high", "width"):
        table[column] *= factor
    return table


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
