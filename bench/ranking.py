"""Time rank confidence sets, composites and the sliders; each case in a process of its own."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from nhsi_analysis.studies.league import Settings, build
from nhsi_analysis.studies.league.numbers.survey import survey
from nhsi_analysis.studies.league.sections.weights import weighted
from notebook_reports.report.live import image
from policy_methods.composite import composite_uncertainty
from policy_methods.ranking import posterior_ranks, rank_confidence_sets

DRAWS = 20_000

REPORTED = (
    ("R package csranks, marginal, 230 trusts, 1,000 draws: 130 of 230 sets wrong", 49.0, None),
    ("R package csranks, marginal, 230 trusts, 10,000 draws: 54 sets wrong", 359.0, None),
    ("R package csranks, simultaneous, 230 trusts, 1,000 draws", None, 1800.0),
    ("R package csranks, simultaneous, 230 trusts, 5,000 draws", None, 8800.0),
    ("R package COINr, 230 units, 300 draws, no sampling error", 23.6, None),
)
"""Numbers others measured and reported; not run here."""


def trusts() -> tuple[np.ndarray, np.ndarray]:
    """Return real trusts: question 8d of the survey of 2017."""
    found = survey(2017, ["q8d"])
    return found.share["q8d"].to_numpy(), found.error["q8d"].to_numpy()


def made_up(count: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    se = 0.02 * np.exp(rng.uniform(-1, 1, count))
    return rng.normal(0, 0.05, count) + se * rng.standard_normal(count), se


def sets(kind: str, table: tuple[np.ndarray, np.ndarray]) -> Callable[[], object]:
    return lambda: rank_confidence_sets(*table, kind=kind, draws=DRAWS)


def choices() -> Callable[[], object]:
    rng = np.random.default_rng(0)
    data = pd.DataFrame(50 + rng.normal(size=(230, 12)))
    return lambda: composite_uncertainty(data, se=np.full((230, 12), 0.3), draws=1000)


def redraw() -> Callable[[], object]:
    study = build(Settings())
    image(weighted(study, study.table.weights))
    weights = dict(zip(study.table.weights, (0.2, 0.3, 0.5), strict=True))
    return lambda: image(weighted(study, weights, "RV3"))


CASES: tuple[tuple[str, Callable[[], Callable[[], object]], float, float | None], ...] = (
    ("marginal sets, 235 trusts, exact", lambda: sets("marginal", trusts()), 1, 300),
    ("simultaneous sets, 235 trusts", lambda: sets("simultaneous", trusts()), 5, 500),
    ("likely ranks, 235 trusts", lambda: lambda: posterior_ranks(*trusts()), 1, 300),
    ("marginal sets, 2,000 units, exact", lambda: sets("marginal", made_up(2000)), 120, 2000),
    ("simultaneous sets, 2,000 units", lambda: sets("simultaneous", made_up(2000)), 120, 2000),
    ("composite, 230 units x 12 indicators x 1,000 draws", choices, 2, None),
    ("sliders: new weights, new sets, new drawing", redraw, 0.5, None),
)
"""Case, what makes it ready, budget in seconds, budget in megabytes."""


def measure(index: int) -> tuple[float, float]:
    """Return seconds and the process's peak memory in megabytes."""
    run = CASES[index][1]()
    start = time.perf_counter()
    run()
    seconds = time.perf_counter() - start
    return seconds, peak_mb()


def peak_mb() -> float:
    """Return the peak memory of this process in megabytes.

    Linux's resource usage starts from that of the process it was started from, which may be more.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024**2 if sys.platform == "darwin" else 1024)


def main() -> list[dict[str, Any]]:
    """Return one row a case: case, seconds, megabytes, their budgets, and whether reported."""
    rows: list[dict[str, Any]] = []
    for index, (case, _, seconds_budget, memory_budget) in enumerate(CASES):
        # A fresh process, so that one case's peak memory isn't another's.
        with get_context("spawn").Pool(1) as pool:
            seconds, megabytes = pool.apply(measure, (index,))
        rows.append(
            {
                "case": case,
                "seconds": round(seconds, 3),
                "megabytes": round(megabytes),
                "budget_seconds": seconds_budget,
                "budget_megabytes": memory_budget,
                "reported": False,
            }
        )
    rows += [
        {
            "case": case,
            "seconds": seconds,
            "megabytes": megabytes,
            "budget_seconds": None,
            "budget_megabytes": None,
            "reported": True,
        }
        for case, seconds, megabytes in REPORTED
    ]
    return rows


if __name__ == "__main__":
    print(pd.DataFrame(main()).to_string(index=False))
