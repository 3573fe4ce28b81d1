"""Shares that several studies print."""

from __future__ import annotations

import pandas as pd
import pytest

from nhsi_analysis.answers.shares import share, standard_errors


def test_share_is_ready_for_a_sentence() -> None:
    estimate = share(74, 226, label="trusts re-inspected")
    assert str(estimate) == "32.7% (27.0% to 39.1%)"
    assert (estimate.n, estimate.label) == (226, "trusts re-inspected")


def test_rounding_of_whole_percentages_joins_the_standard_error() -> None:
    total = pd.Series([400, 400])
    exact = standard_errors(pd.Series([0.253, 0.411]), total)
    assert exact.tolist() == pytest.approx([0.0217, 0.0246], abs=1e-4)
    rounded = standard_errors(pd.Series([0.25, 0.41]), total)
    assert rounded.tolist() == pytest.approx(
        [(0.25 * 0.75 / 400 + 1 / 60_000) ** 0.5, (0.41 * 0.59 / 400 + 1 / 60_000) ** 0.5], rel=0.01
    )
    assert standard_errors(pd.Series([0.0]), pd.Series([100])).iloc[0] > 0
