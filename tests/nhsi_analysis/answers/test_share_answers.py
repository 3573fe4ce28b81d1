"""Shares that several studies print."""

from __future__ import annotations

from nhsi_analysis.answers.shares import share


def test_share_is_ready_for_a_sentence() -> None:
    estimate = share(74, 226, label="trusts re-inspected")
    assert str(estimate) == "32.7% (27.0% to 39.1%)"
    assert (estimate.n, estimate.label) == (226, "trusts re-inspected")
