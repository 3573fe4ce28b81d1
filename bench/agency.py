"""Time the agency methods: XmR charts of every trust, the path, the whole report."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pandas as pd

from nhsi_analysis.studies import agency
from nhsi_analysis.studies.agency import effects, settings
from policy_methods.spc import xmr


def main() -> list[dict[str, Any]]:
    """Return one row a case: case, seconds, budget in seconds."""
    series = np.random.default_rng(0).normal(size=(230, 60))
    dates = pd.date_range("2015-04-01", periods=60, freq="MS")
    started = time.perf_counter()
    for values in series:
        xmr(values, dates)
    charts = time.perf_counter() - started
    checked = settings.check(
        first_year="2013/14", last_year="2018/19", series="agency", breaks=[], staff_group="all",
        price_basis="cash", confidence=0.95, horizon=12, draws=800, seed=1, as_at="",
    )  # fmt: skip
    started = time.perf_counter()
    effects.rebuild(checked)
    path = time.perf_counter() - started
    started = time.perf_counter()
    agency.analyse()
    report = time.perf_counter() - started
    return [
        {"case": "xmr, 230 series of 60 months", "seconds": charts, "budget": 0.6},
        {"case": "path through 35 figures, 800 draws", "seconds": path, "budget": 5.0},
        {"case": "whole agency analysis", "seconds": report, "budget": 40.0},
    ]
