"""The chance of the saving under named sets of assumptions, before and after delivery is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from nhsi_analysis.studies.pathology.numbers import curves
from nhsi_analysis.studies.pathology.numbers.delivery import ADDED, APART, Delivery
from nhsi_analysis.studies.pathology.numbers.model import run
from nhsi_analysis.studies.pathology.settings import Settings
from notebook_reports.evidence import Estimate
from policy_methods.checks import Floats
from policy_methods.conditioning import hold_to
from policy_methods.scale import programme
from policy_methods.simulate import Distribution, draw

OWN, WORD = "own", "word"
ASSUMED, PLANNED = "assumed", "planned"

_FEWEST = 0.01
_MISS = 2.0
_KIND = "range over assumption sets"


@dataclass(frozen=True, slots=True)
class Chances:
    """How likely the saving was, set by set.

    Parameters
    ----------
    table : DataFrame
        One row a set: curve (own, carter, network, us, plateau, word), build_up (assumed,
        planned), chance and error (by the target year, with its simulation error), complete
        (chance once every network is in place), median (saving in the target year, GBP m),
        reported (median saving in the year of the reports), and for each reading of the reports
        (apart, added) its chance, error, effective (sample size) and agrees (bool).
    elsewhere : DataFrame
        Lowest and highest chance held to each reading with other errors for a reported saving:
        error_gbp_m, low, high (missing where no set agrees).
    draws : int
        Draws of a set.
    """

    table: pd.DataFrame
    elsewhere: pd.DataFrame
    draws: int

    @property
    def curves(self) -> pd.DataFrame:
        """Sets whose unit cost follows a curve in volume."""
        return self.table[self.table["curve"] != WORD]

    @property
    def before(self) -> Estimate:
        """Chance under the report's own assumptions, and its range over all sets."""
        own = self._own.iloc[0]
        return _range(float(own["chance"]), self.table["chance"], len(self.table))

    @property
    def held(self) -> Estimate:
        """The same once held to the reports: range over sets that agree with a reading."""
        own, chances = self._own.iloc[0], self.agreeing()
        first = next((own[f"{r}_chance"] for r in (APART, ADDED) if own[f"{r}_agrees"]), np.nan)
        return _range(float(first), chances, len(chances))

    def agreeing(self, *readings: str) -> pd.Series:
        """Return the chances of the sets that agree with the readings, all by default."""
        found = [
            self.table.loc[self.table[f"{r}_agrees"], f"{r}_chance"]
            for r in readings or (APART, ADDED)
        ]
        return pd.Series(pd.concat(found))

    @property
    def _own(self) -> pd.DataFrame:
        return self.table[(self.table["curve"] == OWN) & (self.table["build_up"] == ASSUMED)]


def _range(value: float, over: pd.Series, n: int) -> Estimate:
    # No number of draws shows that something is impossible or certain.
    low, high, value = (float(np.clip(v, 1e-9, 1 - 1e-9)) for v in (over.min(), over.max(), value))
    return Estimate(value, low, high, unit="probability", n=n, kind=_KIND)


def examine(
    settings: Settings,
    uncertain: Mapping[str, Distribution],
    evidence: pd.DataFrame,
    delivered: Delivery,
) -> Chances:
    """Simulate every set and hold it to what was reported.

    Parameters
    ----------
    settings : Settings
        Target, year, draws, seed.
    uncertain : mapping of str to Distribution
        The report's own inputs, see :func:`model.inputs`.
    evidence : DataFrame
        Published falls of cost, see :func:`curves.evidence`.
    delivered : Delivery
        What was reported.

    Returns
    -------
    Chances

    Notes
    -----
    A set agrees with a reading if its effective sample size is at least 1% of the draws and its
    weighted draws come within two errors of the record.
    """
    rows, wider = [], []
    for curve, build_up, inputs in sets(uncertain, evidence):
        year, reported, complete = _savings(settings, inputs, evidence, curve, delivered.index)
        reached = year >= settings.target_gbp_m
        share = float(reached.mean())
        rows.append(
            {
                "curve": curve,
                "build_up": build_up,
                "chance": share,
                "error": float(np.sqrt(share * (1 - share) / reached.size)),
                "complete": float((complete >= settings.target_gbp_m).mean()),
                "median": float(np.median(year)),
                "reported": float(np.median(reported)),
                **_held(reached, reported, delivered),
            }
        )
        for factor in (0.5, 2.0):
            other = replace(delivered, error=factor * delivered.error)
            found = _held(reached, reported, other)
            wider += [
                {"error_gbp_m": other.error, "chance": found[f"{r}_chance"]}
                for r in delivered.readings
                if found[f"{r}_agrees"]
            ]
    ends = pd.DataFrame(wider, columns=["error_gbp_m", "chance"]).groupby("error_gbp_m")["chance"]
    elsewhere = ends.agg(["min", "max"]).reset_index()
    elsewhere.columns = ["error_gbp_m", "low", "high"]
    return Chances(pd.DataFrame(rows), elsewhere, settings.draws)


def sets(
    uncertain: Mapping[str, Distribution], evidence: pd.DataFrame
) -> Iterator[tuple[str, str, dict[str, Distribution]]]:
    """Give each set of assumptions: its curve, its build-up and its inputs.

    Parameters
    ----------
    uncertain, evidence
        As in :func:`examine`.

    Yields
    ------
    tuple
        Curve, build-up, inputs. A source's elasticity is uniform between the ends that it
        implies; every other input is the report's own.
    """
    plateau = Distribution("fixed", (sum(curves.published_plateau()),))
    changes: dict[str, dict[str, Distribution]] = {OWN: {}}
    for source in ("carter", "network", "us"):
        ends = float(evidence["steepest"][source]), float(evidence["flattest"][source])
        changes[source] = {"elasticity": Distribution("uniform", ends)}
    changes |= {"plateau": {"plateau": plateau}, WORD: {}}
    planned = Distribution("fixed", (curves.planned_years(),))
    for curve, change in changes.items():
        yield curve, ASSUMED, {**uncertain, **change}
        yield curve, PLANNED, {**uncertain, **change, "ramp_years": planned}


def _savings(
    settings: Settings,
    inputs: Mapping[str, Distribution],
    evidence: pd.DataFrame,
    curve: str,
    measured: int,
) -> tuple[Floats, Floats, Floats]:
    """Return the saving in the target year, in the year measured and once complete, GBP m."""
    drawn = draw(inputs, settings.draws, settings.seed)
    last = max(settings.target_index, measured)
    if curve == WORD:
        complete = drawn["cost_gbp_bn"] * 1e3 * float(evidence["fall_low"]["network"])
        path = programme(
            complete, transition_cost=0, ramp_years=drawn["ramp_years"], years=last + 1
        )
        return path.delivered[:, settings.target_index], path.delivered[:, measured], complete
    found = run(drawn, networks=settings.networks, years=last + 1, rate=settings.discount_rate)
    names = (f"delivered_{settings.target_index}", f"delivered_{measured}", "net_saving")
    year, reported, complete = (found[name] for name in names)
    return year, reported, complete


def _held(
    reached: npt.NDArray[np.bool_], reported: Floats, delivered: Delivery
) -> dict[str, float | bool]:
    """Weight a set's draws by each reading of the reports."""
    found: dict[str, float | bool] = {}
    for name, measured in delivered.readings.items():
        held = hold_to(reported, measured, delivered.error)
        chance, error = held.probability(reached)
        found |= {f"{name}_chance": chance, f"{name}_error": error}
        found |= {
            f"{name}_effective": held.effective,
            f"{name}_agrees": held.effective >= _FEWEST * reached.size and abs(held.miss) <= _MISS,
        }
    return found
