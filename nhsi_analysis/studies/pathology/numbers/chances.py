"""The chance of the saving under named sets of assumptions, before and after it was reported on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from nhsi_analysis import years
from nhsi_analysis.studies.pathology.numbers import registers
from nhsi_analysis.studies.pathology.numbers.model import Floats, run
from nhsi_analysis.studies.pathology.settings import FIRST_YEAR, Settings
from notebook_reports.evidence import Estimate
from policy_methods.conditioning import hold_to
from policy_methods.results import Result
from policy_methods.simulate import Distribution, draw

ASSUMED, PLANNED = "assumed", "planned"
APART, ADDED = "apart", "added"

_UNLIKELY, _FEWEST = 0.05, 50


@dataclass(frozen=True, slots=True)
class Published(Result):
    """What is published about unit cost and build-up.

    Parameters
    ----------
    falls, slopes : dict of str to (float, float)
        Fall of unit cost by source (carter, network, us), as a share, and the elasticity that it
        implies, steepest and flattest, all of the joined volume being done in one place: the
        services of an average network where a source doesn't say how much was joined.
    plateau, years : (float, float), float
        Yearly tests (m) above which unit cost was found flat, in biochemistry and haematology;
        years that the plan of 2017 gave networks to form.
    """

    falls: dict[str, registers.Range]
    slopes: dict[str, registers.Range]
    plateau: tuple[float, float]
    years: float


def published(sizes: Mapping[str, registers.Range]) -> Published:
    """Read what is published about unit cost; `sizes` as from :func:`registers.sizes`."""
    table = registers.published_numbers()

    def percent(measure: str, scope: str = "England") -> float:
        return registers.reading(table, measure, scope) / 100

    lost = "unit cost increase if outreach volume (over half of total) lost"
    rise = percent(lost, "US three-hospital system")
    low, high = (percent(f"saving achievable by consolidation, {end}") for end in ("low", "high"))
    network = percent(registers.FALL)
    falls = {"carter": (low, high), "network": (network,) * 2, "us": (rise / (1 + rise),) * 2}
    joined = (
        sizes["services"][0] / sizes["networks"][1],
        sizes["services"][1] / sizes["networks"][0],
    )
    slopes = {}
    for source, fall in falls.items():
        few, many = (2.0, 2.0) if source == "us" else joined
        slopes[source] = (
            float(np.log1p(-fall[1]) / np.log(few)),
            float(np.log1p(-fall[0]) / np.log(many)),
        )
    flat, keele = "workload at which unit cost stops falling, ", "UK (Keele benchmarking, n=46)"
    plateau = (
        registers.reading(table, flat + "clinical biochemistry", keele),
        registers.reading(table, flat + "haematology", keele),
    )
    return Published(falls, slopes, plateau, registers.reading(table, "implementation period"))


@dataclass(frozen=True, slots=True)
class Reports(Result):
    """The savings reported, and what they say about one financial year.

    Parameters
    ----------
    delivered, further : float
        Delivered when reported and predicted on top, GBP m.
    year : str
        Financial year of the prediction.
    error : float
        Standard error given to each, GBP m; none is published.
    """

    delivered: float
    further: float
    year: str
    error: float

    @property
    def index(self) -> int:
        """The year as a year of the programme."""
        return years.first_year(self.year) - FIRST_YEAR

    @property
    def readings(self) -> dict[str, tuple[float, float]]:
        """The year's saving and its error, GBP m: one saving told twice, or two that add up."""
        # Told twice by one source, a saving is no surer; errors of two savings add as squares do.
        both = self.delivered + self.further
        return {APART: (both / 2, self.error), ADDED: (both, self.error * 2**0.5)}


def reports(settings: Settings) -> Reports:
    """Read the savings reported, with the settings' error."""
    table = registers.published_numbers()
    further = registers.row(table, "further saving predicted for the year")
    delivered = registers.reading(table, registers.DELIVERED)
    amount, year = float(further["number"]), str(further["period"])
    return Reports(delivered, amount, year, settings.delivery_error_gbp_m)


@dataclass(frozen=True, slots=True)
class Chances(Result):
    """How likely the saving was, set by set.

    Parameters
    ----------
    table : DataFrame
        One row a set: curve (own, carter, network, us, plateau, word), build_up (assumed,
        planned), chance and error (by the target year, with its simulation error), complete
        (chance once every network is in place), median (saving in the target year, GBP m), and
        for each reading of the reports (apart, added) its chance, error, effective (sample size),
        tail (chance of a report as far out) and agrees (bool).
    elsewhere : DataFrame
        Lowest and highest chance over both readings with half and twice the error of a report:
        error_gbp_m, min, max.
    """

    table: pd.DataFrame
    elsewhere: pd.DataFrame

    @property
    def curves(self) -> pd.DataFrame:
        """Sets whose unit cost follows a curve in volume."""
        return self.table[self.table["curve"] != "word"]

    @property
    def before(self) -> Estimate:
        """Highest chance that a cost curve gives, and the range over them."""
        return _highest(self.curves["chance"])

    @property
    def held(self) -> Estimate | None:
        """The same over the curves and readings that agree; None where none does."""
        agree = self.agreeing(APART, ADDED, among=self.curves)
        return _highest(agree) if len(agree) else None

    def agreeing(self, *readings: str, among: pd.DataFrame | None = None) -> pd.Series:
        """Return the chances of the sets, or of those given, that agree with the readings."""
        table = self.table if among is None else among
        return pd.Series(
            pd.concat([table.loc[table[f"{r}_agrees"], f"{r}_chance"] for r in readings])
        )


def _highest(over: pd.Series) -> Estimate:
    # No number of draws shows that something is impossible or certain.
    low, high = np.clip([over.min(), over.max()], 1e-9, 1 - 1e-9).tolist()
    return Estimate(high, low, high, "probability", len(over), kind="range over cost curves")


def examine(
    settings: Settings, uncertain: Mapping[str, Distribution], known: Published, told: Reports
) -> Chances:
    """Simulate every set and hold it to what was reported.

    Parameters
    ----------
    settings, uncertain : Settings, mapping of str to Distribution
        Target, year, draws, seed; the report's own inputs, see :func:`model.inputs`.
    known, told : Published, Reports
        What is published about unit cost, and what was reported.

    Notes
    -----
    A set agrees with a reading if a record as far out comes up in at least 5% of its runs (a prior
    predictive check) and its effective sample is at least 50 draws, so that a chance can be told.
    """
    rows, wider = [], []
    last = max(settings.target_index, told.index)
    for curve, build_up, inputs in _sets(uncertain, known):
        found = run(
            draw(inputs, settings.draws, settings.seed),
            networks=settings.networks,
            years=last + 1,
            rate=settings.discount_rate,
            fall=known.falls["network"][0] if curve == "word" else None,
        )
        year, reported = (
            found[f"delivered_{settings.target_index}"],
            found[f"delivered_{told.index}"],
        )
        reached = year >= settings.target_gbp_m
        rows.append(
            {
                "curve": curve,
                "build_up": build_up,
                "chance": reached.mean(),
                "error": reached.std() / np.sqrt(reached.size),
                "complete": (found["net_saving"] >= settings.target_gbp_m).mean(),
                "median": np.median(year),
                **_held(reached, reported, told),
            }
        )
        for error in (told.error / 2, told.error * 2):
            other = _held(reached, reported, replace(told, error=error))
            wider += [(error, other[f"{r}_chance"]) for r in (APART, ADDED) if other[f"{r}_agrees"]]
    ends = pd.DataFrame(wider, columns=["error_gbp_m", "chance"]).groupby("error_gbp_m")["chance"]
    return Chances(pd.DataFrame(rows), ends.agg(["min", "max"]).reset_index())


def _sets(
    uncertain: Mapping[str, Distribution], known: Published
) -> Iterator[tuple[str, str, dict[str, Distribution]]]:
    """Give each set's curve, build-up and inputs; what a source doesn't say is the report's own."""
    changes = {
        "own": {},
        **{k: {"elasticity": Distribution("uniform", ends)} for k, ends in known.slopes.items()},
        "plateau": {"plateau": Distribution("fixed", (sum(known.plateau),))},
        "word": {},
    }
    planned = Distribution("fixed", (known.years,))
    for curve, change in changes.items():
        yield curve, ASSUMED, {**uncertain, **change}
        yield curve, PLANNED, {**uncertain, **change, "ramp": planned}


def _held(
    reached: npt.NDArray[np.bool_], reported: Floats, told: Reports
) -> dict[str, float | bool]:
    """Weight a set's draws by each reading of the reports."""
    found: dict[str, float | bool] = {}
    for name, (measured, error) in told.readings.items():
        held = hold_to(reported, measured, error)
        agrees = held.tail >= _UNLIKELY and held.effective >= _FEWEST
        found[f"{name}_chance"], found[f"{name}_error"] = held.probability(reached)
        found |= {f"{name}_effective": held.effective, f"{name}_tail": held.tail}
        found[f"{name}_agrees"] = agrees
    return found
