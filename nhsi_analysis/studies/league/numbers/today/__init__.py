"""Today's league on trial, with all that is worked out about it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import pandas as pd

from nhsi_analysis.answers import oversight
from nhsi_analysis.answers.oversight import DOMAINS, SCORES, Framework
from nhsi_analysis.answers.oversight_ranges import Likely, likely
from nhsi_analysis.errors import ParameterError
from nhsi_analysis.studies.league.numbers.today.measures import Inspected, inspected, measures
from nhsi_analysis.studies.league.settings import Settings
from notebook_reports.evidence import words
from policy_methods.composite import (
    ImpliedWeights,
    implied_weights,
    metric_ratios,
    spearman,
    weights_by_group,
)
from policy_methods.results import Result

HAIRS: Final = (0.01, 0.02, 0.05, 0.1)
"""Changes of score that might take a trust into another segment."""


@dataclass(frozen=True)
class Today(Result):
    """Today's league; what is worked out about it is worked out once, when first asked for.

    Parameters
    ----------
    settings : Settings
        As asked for.
    league : Framework
        The acute trusts of the newest quarter.
    """

    settings: Settings
    league: Framework

    @property
    def table(self) -> pd.DataFrame:
        """The trusts in published order."""
        return self.league.table

    @property
    def count(self) -> int:
        """How many trusts."""
        return len(self.table)

    @property
    def unsure(self) -> int:
        """Trusts that a tenth of other choices or more put into another segment."""
        return int((self.table["kept"] <= 0.9).sum())

    @property
    def heaviest(self) -> str:
        """The column of the domain that weighs most."""
        return str(self.implied.weights.idxmax())

    @staticmethod
    def domain(column: object) -> str:
        """Name the domain whose scores a column holds; another column names itself."""
        return DOMAINS.get(str(column).removesuffix("_score"), str(column))

    @cached_property
    def implied(self) -> ImpliedWeights:
        """Weights of the domains that the published scores imply, with intervals."""
        level, seed = self.settings.confidence, self.settings.seed
        return implied_weights(*self._parts, confidence=level, seed=seed)

    @cached_property
    def ratios(self) -> pd.DataFrame:
        """Numbers of metrics that rebuild the average scores of most trusts."""
        return metric_ratios(*self._parts)

    @cached_property
    def kinds(self) -> tuple[pd.DataFrame, float]:
        """Weights by kind of trust, and the chance that kinds at random would differ as much."""
        return weights_by_group(*self._parts, self.table["trust_subtype"], seed=self.settings.seed)

    @cached_property
    def ways(self) -> pd.DataFrame:
        """What each choice alone does to the published order.

        Rows of ``way``, ``mean`` and ``most`` places that a trust moves, ``segments`` (trusts in
        another), ``correlation`` of the two orders.
        """
        given, k = self.implied.weights.to_numpy(), len(SCORES)
        without = [f"Without {name.lower()}" for name in DOMAINS.values()]
        ways = [
            "The implied weights for every trust",
            "Equal weights of the five domains",
            *without,
        ]
        weights = np.vstack([given, np.full(k, 1 / k), given * (1 - np.eye(k)), given])
        scores = oversight.combine(self.table[SCORES].to_numpy(), weights, np.arange(k + 3) > k + 1)
        free = self.league.order(self.table["average_score"].to_numpy()[None], held=False)
        both = zip(free, self.league.order(scores), strict=True)
        segment, places = (np.vstack(parts) for parts in both)
        moved = np.abs(places - self.table["place"].to_numpy())
        return pd.DataFrame(
            {
                "way": ["No rule on deficits", *ways, "The geometric mean"],
                "mean": moved.mean(axis=1),
                "most": moved.max(axis=1),
                "segments": (segment != self.table["segment"].to_numpy()).sum(axis=1),
                "correlation": [spearman(order, self.table["place"]) for order in places],
            }
        )

    @property
    def way(self) -> dict[str, dict[str, Any]]:
        """The rows of ``ways`` by their names."""
        rows: dict[str, dict[str, Any]] = self.ways.set_index("way").to_dict("index")  # type: ignore[assignment]  # names are text
        return rows

    @cached_property
    def near(self) -> dict[float, int]:
        """Trusts that a change of score of so much surely puts into another segment."""
        return {hair: int((self.table["gap"] <= hair).sum()) for hair in HAIRS}

    @property
    def absent(self) -> int:
        """Trusts not held whose rank lies within segment 1 as published."""
        top = self.table.loc[self.table["segment"] == 1, "rank"]
        return int(top.max() - 1 - (top < top.max()).sum()) if len(top) else 0

    @cached_property
    def measures(self) -> pd.DataFrame:
        """The score beside other measures of the same trusts."""
        return measures(self.league, self.settings.until, self.settings.confidence)

    @cached_property
    def inspected(self) -> Inspected:
        """The newest ratings by inspectors, and the segment beside them if they are near."""
        return inspected(self.league, self.settings.until)

    @cached_property
    def likely(self) -> Likely | None:
        """Likely ranges of rank as published beside ours; None where none were published."""
        return likely(self.table, self.settings.confidence)

    @property
    def _parts(self) -> tuple[pd.DataFrame, pd.Series]:
        return self.table[SCORES], self.table["average_score"]


def build_today(settings: Settings) -> Today:
    """Put the newest quarter of today's league on trial.

    Raises
    ------
    ParameterError
        Where none was published by the date asked for, or the trust to follow isn't in it.
    """
    league = oversight.latest(settings.until, draws=settings.draws, seed=settings.seed)
    if league is None:
        raise ParameterError(
            "league", f"had no quarter published by {settings.as_at}", value="today"
        )
    trust = settings.trust
    if trust and trust not in league.table.index:
        near = words.near_units(trust, dict(league.table["org_name"]))
        said = "isn't in today's league of acute trusts"
        raise ParameterError("trust", said, value=trust, near=near)
    return Today(settings, league)
