"""A trust's numbers beside its peers', with few of them too."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nhsi_analysis.answers.peers import ENOUGH, beside_peers, newest, outside
from notebook_reports.evidence import Estimate


def rows(*shares: float) -> pd.DataFrame:
    """Return one year's shares, the first that of trust A."""
    codes = list("ABCDEFGH")[: len(shares)]
    return pd.DataFrame({"org_code": codes, "year": 2018, "beds": 7, "share": shares})


def test_quartiles_by_hand() -> None:
    beside = beside_peers("A", rows(0.9, 0.1, 0.2, 0.3, 0.4, 0.5), "year", "share", ["beds"])
    assert beside.columns.tolist() == [
        "year",
        "beds",
        "share",
        "peer_median",
        "peer_low",
        "peer_high",
        "peers",
    ]
    assert beside.iloc[0].tolist() == pytest.approx([2018, 7, 0.9, 0.3, 0.2, 0.4, 5])
    estimate = newest(beside, "share", "of beds, {}")
    assert estimate is not None
    assert f"{estimate} {estimate.label}" == "90.0% (peers 20.0% to 40.0%) of beds, 2018"


@pytest.mark.parametrize(("shares", "median"), [((0.9,), None), ((0.9, 0.4), 0.4)])
def test_few_peers_have_no_middle_half(shares: tuple[float, ...], median: float | None) -> None:
    beside = beside_peers("A", rows(*shares), "year", "share", [])
    assert beside["peers"].tolist() == [len(shares) - 1]
    assert beside["peer_low"].isna().all()
    assert beside["peer_median"].dropna().tolist() == ([] if median is None else [median])
    estimate = newest(beside, "share", "{}")
    assert estimate is not None
    assert str(estimate) == "90.0%"


def test_a_trust_without_numbers_has_no_row() -> None:
    beside = beside_peers("Z", rows(0.9, 0.1), "year", "share", ["beds"])
    assert beside.empty
    assert newest(beside, "share", "{}") is None


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from("ABCDEFGHIJ"),
            st.integers(2016, 2019),
            st.one_of(st.just(np.nan), st.floats(-5, 5, width=16)),
        ),
        min_size=1,
        unique_by=lambda row: row[:2],
    ),
    st.sampled_from("ABZ"),
)
def test_middle_halves_are_those_of_pandas(told: list[tuple[str, int, float]], code: str) -> None:
    table = pd.DataFrame(told, columns=["org_code", "year", "share"])
    others = table[table["org_code"] != code].groupby("year")["share"]
    own = table[table["org_code"] == code].sort_values("year", ignore_index=True)
    beside = beside_peers(code, table, "year", "share", [])
    enough = others.size() >= ENOUGH
    for name, wanted in (
        ("share", own.set_index("year")["share"]),
        ("peers", others.size().reindex(own["year"], fill_value=0)),
        ("peer_median", others.median().reindex(own["year"])),
        ("peer_low", others.quantile(0.25).where(enough).reindex(own["year"])),
        ("peer_high", others.quantile(0.75).where(enough).reindex(own["year"])),
    ):
        found = beside.set_index("year")[name]
        pd.testing.assert_series_equal(found, wanted, check_names=False, check_dtype=False)


def test_a_number_is_outside_only_where_it_reads_so() -> None:
    def side(value: float, low: float | None = 0.1, high: float | None = 0.2) -> str:
        return outside(Estimate(value, low, high, "share"))

    assert [side(x) for x in (0.05, 0.15, 0.25)] == ["below", "", "above"]
    assert [side(x) for x in (0.0996, 0.2004)] == ["", ""]
    assert side(0.5, None, None) == ""
    assert outside(None) == ""
