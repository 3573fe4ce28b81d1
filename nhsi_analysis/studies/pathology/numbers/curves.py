"""What is published about unit cost and volume, and the cost curve that each figure implies."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from nhsi_analysis.studies.pathology.numbers.registers import Range, published_numbers, reading

NETWORK_FALL = "fall in average cost per test in trusts using network model"
_PLATEAU = "workload at which unit cost stops falling, "
_KEELE = "UK (Keele benchmarking, n=46)"
_CONSORTIUM = "Southampton, Portsmouth, Isle of Wight"


def evidence(ranges: Mapping[str, Range]) -> pd.DataFrame:
    """Set published falls of unit cost beside the elasticity that each implies.

    Parameters
    ----------
    ranges : mapping of str to (float, float)
        Published numbers of services and networks: where a source doesn't say how much volume
        was joined, the services of an average network are.

    Returns
    -------
    DataFrame
        Indexed by carter, network, us, target, consortium: fall_low, fall_high (shares of unit
        cost), times_low, times_high (volume after for one of before), steepest and flattest
        (elasticities, all of the joined volume being done in one place).
    """
    table = published_numbers()
    joined = (
        ranges["services"][0] / ranges["networks"][1],
        ranges["services"][1] / ranges["networks"][0],
    )

    def percent(measure: str, scope: str = "England") -> float:
        return reading(table, measure, scope) / 100

    lost = percent(
        "unit cost increase if outreach volume (over half of total) lost",
        "US three-hospital system",
    )
    carter = (percent(f"saving achievable by consolidation, {end}") for end in ("low", "high"))
    network, target = percent(NETWORK_FALL), percent("target saving as share of spend")
    planned = percent("cost cut expected from Hampshire consortium", _CONSORTIUM)
    trusts = float(len(_CONSORTIUM.split(",")))
    rows = {
        "carter": (*carter, *joined),
        "network": (network, network, *joined),
        "us": (lost / (1 + lost), lost / (1 + lost), 2.0, 2.0),
        "target": (target, target, *joined),
        "consortium": (planned, planned, trusts, trusts),
    }
    columns = ["fall_low", "fall_high", "times_low", "times_high"]
    found = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    found["steepest"] = np.log1p(-found["fall_high"]) / np.log(found["times_low"])
    found["flattest"] = np.log1p(-found["fall_low"]) / np.log(found["times_high"])
    return found


def published_plateau() -> tuple[float, float]:
    """Return the yearly workloads above which unit cost was found flat, m tests.

    Returns
    -------
    tuple of float
        Clinical biochemistry and haematology, by the benchmarking of 2011.
    """
    table = published_numbers()
    biochemistry, haematology = (
        reading(table, _PLATEAU + what, _KEELE) for what in ("clinical biochemistry", "haematology")
    )
    return biochemistry, haematology


def planned_years() -> float:
    """Return the years that the plan of 2017 gave networks to form."""
    return reading(published_numbers(), "implementation period")
