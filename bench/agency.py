"""Time the agency methods: XmR charts of every trust, the path, the whole report."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pandas as pd

from nhsi_analysis.studies.agency import Settings, build
from nhsi_analysis.studies.agency.numbers import path, scope
from policy_methods.spc import xmr


def main() -> list[dict[str, Any]]:
    """Return one row a case: case, seconds, budget in seconds."""
    series = np.random.default_rng(0).normal(size=(230, 60))
    dates = pd.date_range("2015-04-01", periods=60, freq="MS")
    started = time.perf_counter()
    for values in series:
        xmr(values, dates)
    charts = time.perf_counter() - started
    chosen = scope.choose(Settings())
    started = time.perf_counter()
    path.rebuild(chosen)
    rebuilt = time.perf_counter() - started
    started = time.perf_counter()
    build(Settings())
    report = time.perf_counter() - started
    return [
        {"case": "xmr, 230 series of 60 months", "seconds": charts, "budget": 0.6},
        {"case": "path through 35 figures, 800 draws", "seconds": rebuilt, "budget": 5.0},
        {"case": "whole agency analysis", "seconds": report, "budget": 40.0},
    ]
