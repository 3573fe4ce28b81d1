"""Paired ordinal ratings: published tables, degenerate tables, and levels under the null."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.stats import binomtest, multinomial

from policy_methods.errors import ParameterError
from policy_methods.transitions import (
    HomogeneityTest,
    PairedOrdinal,
    paired_ordinal,
    paired_ordinal_table,
)

WORST_FIRST = ["Inadequate", "Requires improvement", "Good", "Outstanding"]
# Stuart 1953, unaided vision of 7,477 women, right eye (rows) and left eye.
VISION = [[1520, 266, 124, 66], [234, 1512, 432, 78], [117, 362, 1772, 205], [36, 82, 179, 492]]


def every_test(pair: PairedOrdinal) -> list[HomogeneityTest]:
    found = [pair.stuart_maxwell(), pair.bhapkar(), pair.bowker(), pair.ordinal_homogeneity()]
    return [*found, pair.mcnemar(pair.categories[-1]), pair.sign(), pair.exact_homogeneity()]


@pytest.mark.parametrize("name", ["vision_women", "uebersax3"])
def test_published_square_tables(reference_dir: Path, name: str) -> None:
    cells = pd.read_csv(reference_dir / "square_tables.csv").query("table == @name")
    table = cells.pivot(index="before", columns="after", values="count")
    published = pd.read_csv(reference_dir / "statistics.csv").query("table == @name")
    pair = paired_ordinal_table(table)
    found = [pair.stuart_maxwell(), pair.bhapkar(), pair.bowker(), pair.ordinal_homogeneity()]
    assert [abs(t.statistic or 0) for t in found] == pytest.approx(published["value"], rel=1e-6)
    assert [t.df for t in found] == published["df"].tolist()


def test_vision_of_7477_women() -> None:
    pair = paired_ordinal_table(VISION)
    assert (pair.up, pair.same, pair.down, pair.n) == (1171, 5296, 1010, 7477)
    assert pair.stuart_maxwell().statistic == pytest.approx(11.9565696229826, rel=1e-9)
    assert pair.bowker().pvalue == pytest.approx(0.003987, abs=1e-6)


def test_pairs_and_their_table_agree() -> None:
    low, high = np.indices((4, 4)).reshape(2, -1) + 1
    repeats = np.ravel(VISION)
    pair = paired_ordinal(np.repeat(low, repeats), np.repeat(high, repeats))
    table = paired_ordinal_table(VISION)
    pd.testing.assert_frame_equal(pair.matrix, table.matrix)
    assert pair.bowker() == table.bowker()


def test_up_is_towards_the_last_category() -> None:
    before = ["Good", "Inadequate", "Good", "Outstanding"]
    after = ["Outstanding", "Good", "Good", "Inadequate"]
    pair = paired_ordinal(before, after, WORST_FIRST)
    assert (pair.up, pair.same, pair.down) == (2, 1, 1)
    assert pair.matrix.loc["Inadequate", "Good"] == 1
    assert pair.categories == tuple(WORST_FIRST)


def test_exact_mcnemar_is_the_binomial() -> None:
    pair = paired_ordinal_table([[78, 11, 0], [7, 100, 3], [0, 0, 18]], ["RI", "Good", "Out"])
    found = pair.mcnemar("Good")
    assert found.pvalue == pytest.approx(binomtest(7, 18).pvalue)
    assert found.statistic == 7
    assert "11 rose to Good or above and 7 fell below it" in found.sentence


def test_sign_test_counts_moves_of_any_length() -> None:
    found = paired_ordinal_table([[4, 3, 1], [2, 78, 14], [0, 6, 100]]).sign()
    assert found.pvalue == pytest.approx(binomtest(18, 26).pvalue)
    assert "18 moved up and 8 moved down" in found.sentence


def test_exact_homogeneity_by_hand() -> None:
    # Two categories: the statistic is (b − c)² / (b + c), so this is the two-sided sign test.
    found = paired_ordinal_table([[4, 6], [1, 3]]).exact_homogeneity()
    assert found.pvalue == pytest.approx(binomtest(1, 7).pvalue)
    # Three categories, one move up from each of the lower two: all 4 arrangements of 2 moves.
    pair = paired_ordinal_table([[0, 1, 0], [0, 0, 1], [0, 0, 0]])
    # Net moves (±1, ±1): d'V⁻d is 2 for each of the four, so all are as extreme.
    assert pair.exact_homogeneity().pvalue == pytest.approx(1.0)


def test_listed_and_random_arrangements_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    pair = paired_ordinal_table([[20, 10, 5], [3, 30, 15], [0, 5, 40]])
    listed = pair.exact_homogeneity()
    monkeypatch.setattr("policy_methods.transitions.ENUMERATED", 0)
    drawn = pair.exact_homogeneity(seed=3)
    assert listed.pvalue == pytest.approx(0.00065750, abs=1e-8)
    assert drawn.pvalue == pytest.approx(listed.pvalue, abs=6e-4)
    assert "random arrangements" in drawn.sentence
    assert drawn == pair.exact_homogeneity(seed=3)


@pytest.mark.parametrize(("up", "down", "n"), [(12, 2, 50), (1, 2, 30), (0, 3, 9), (18, 8, 226)])
def test_effect_interval_inverts_the_score_test(up: int, down: int, n: int) -> None:
    """At each end the score statistic, its variance maximised by brute force, is 1.96."""
    effect = paired_ordinal_table([[0, up], [down, n - up - down]]).effect_size()
    for end, sign in ((effect.low, 1), (effect.high, -1)):
        fallen = np.linspace(max(0, -end), (1 - end) / 2, 400_002)[1:-1]
        likelihood = up * np.log(fallen + end) + (n - up - down) * np.log(1 - 2 * fallen - end)
        likelihood += down * np.log(fallen)
        best = fallen[likelihood.argmax()]
        score = (up - down - n * end) / math.sqrt(n * (2 * best + end - end**2))
        assert score == pytest.approx(sign * 1.959964, abs=2e-3)


def test_effect_and_its_mirror() -> None:
    table = np.array([[9, 4, 1], [0, 12, 2], [0, 1, 5]])
    one, other = paired_ordinal_table(table), paired_ordinal_table(table.T)
    up, down = one.effect_size(0.9), other.effect_size(0.9)
    assert (up.value, up.low, up.high) == pytest.approx((-down.value, -down.high, -down.low))
    wide = one.effect_size(0.99)
    assert wide.low < up.low < up.value < up.high < wide.high


def test_an_empty_category_drops_with_its_degree_of_freedom() -> None:
    full = paired_ordinal_table([[20, 10, 5], [3, 30, 15], [0, 5, 40]])
    padded = np.zeros((5, 5), dtype=int)
    padded[np.ix_([0, 2, 4], [0, 2, 4])] = full.counts
    wide = paired_ordinal_table(padded)
    for one, other in zip(every_test(full)[:3], every_test(wide)[:3], strict=True):
        assert (one.statistic, one.df) == (pytest.approx(other.statistic), other.df)
    assert "so it drops out" in wide.stuart_maxwell().sentence
    assert wide.exact_homogeneity().pvalue == pytest.approx(full.exact_homogeneity().pvalue)


def test_separate_groups_of_categories_add_up() -> None:
    # Moves never join {1, 2} and {3, 4}: the covariance is singular, with rank 2 and not 3.
    pair = paired_ordinal_table([[3, 5, 0, 0], [1, 4, 0, 0], [0, 0, 5, 7], [0, 0, 2, 5]])
    found = pair.stuart_maxwell()
    assert found.statistic == pytest.approx((5 - 1) ** 2 / 6 + (7 - 2) ** 2 / 9)
    assert (found.df, pair.bowker().df) == (2, 2)


def test_empty_pairs_count_nothing_in_bowker() -> None:
    assert paired_ordinal_table([[1, 3, 0], [5, 1, 0], [0, 0, 9]]).bowker().df == 1


DEGENERATE = [
    [[0]],
    [[5]],
    [[1]],
    np.zeros((4, 4), dtype=int),
    np.diag([18, 109, 91, 8]),
    [[0, 1], [0, 0]],
    [[0, 50], [0, 0]],
    [[0, 0, 3], [0, 0, 0], [4, 0, 0]],
    [[0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1], [1, 0, 0, 0]],
]


@pytest.mark.parametrize("table", DEGENERATE, ids=str)
def test_degenerate_tables_are_answered_or_explained(table: list[list[int]]) -> None:
    pair = paired_ordinal_table(table)
    for test in every_test(pair):
        assert len(test.sentence) > 20
        assert "nan" not in test.sentence
        if test.statistic is None:
            assert test.pvalue is None
            assert "singular" in test.sentence
        else:
            assert math.isfinite(test.statistic)
            assert test.pvalue is not None
            assert 0 <= test.pvalue <= 1
            if test.df == 0:
                assert (test.statistic, test.pvalue) == (0.0, 1.0)
                assert "nothing to test" in test.sentence
    effect = pair.effect_size()
    assert -1 <= effect.low <= effect.value <= effect.high <= 1
    assert not pair.probabilities().isna().any(axis=None)


@pytest.mark.parametrize("after", ["Good", "Outstanding"])
def test_a_single_trust(after: str) -> None:
    pair = paired_ordinal(pd.Series(["Good"]), pd.Series([after]), WORST_FIRST)
    assert pair.n == 1
    assert pair.up == (after == "Outstanding")
    assert pair.exact_homogeneity().pvalue == 1.0
    assert pair.mcnemar("Good").df == 0


def test_nothing_at_all() -> None:
    pair = paired_ordinal([], [], WORST_FIRST)
    assert pair.n == 0
    assert "no pair of ratings" in pair.stuart_maxwell().sentence
    assert paired_ordinal([], []).effect_size().high == 1.0


def test_missing_sides_are_counted() -> None:
    pair = paired_ordinal(["Good", None, "Good"], ["Good", "Good", float("nan")], WORST_FIRST)
    assert (pair.n, pair.missing) == (1, 2)


def test_alphabetical_order_is_admitted() -> None:
    pair = paired_ordinal(["Good", "Bad"], ["Bad", "Bad"])
    assert not pair.ordered
    assert "alphabetical" in pair.ordinal_homogeneity().sentence
    kind = pd.CategoricalDtype(["Good", "Bad"], ordered=True)
    assert paired_ordinal(pd.Series(["Good"], dtype=kind), pd.Series(["Bad"], dtype=kind)).up == 1


def test_labels_are_matched_or_refused() -> None:
    before = pd.Series([1, 2], index=["RA1", "RB2"])
    pair = paired_ordinal(before, pd.Series([2, 1], index=["RB2", "RA1"]))
    assert pair.same == 2
    with pytest.raises(ParameterError, match="same labels"):
        paired_ordinal(before, pd.Series([1, 2], index=["RA1", "RC3"]))
    rows = pd.Series([1, 2], index=[7, 9])
    assert paired_ordinal(rows, pd.Series([1, 2], index=[3, 4])).same == 2


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: paired_ordinal([1, 2], [1]), "as long as before"),
        (lambda: paired_ordinal(["Fair"], ["Good"], WORST_FIRST), "Fair"),
        (lambda: paired_ordinal([1], [1], [1, 1]), "repeat"),
        (lambda: paired_ordinal_table([[1, 2]]), "square"),
        (lambda: paired_ordinal_table([[1, -2], [0, 1]]), "at least 0"),
        (lambda: paired_ordinal_table([[1, 0.5], [0, 1]]), "whole"),
        (lambda: paired_ordinal_table([[1, np.nan], [0, 1]]), "whole"),
        (lambda: paired_ordinal_table([[1]], ["a", "b"]), "1 labels"),
        (lambda: paired_ordinal_table(pd.DataFrame([[1]], ["a"], ["b"])), "same labels"),
        (lambda: paired_ordinal_table(VISION).ordinal_homogeneity([1, 2]), "scores"),
        (lambda: paired_ordinal_table(VISION).mcnemar("Good"), "threshold"),
        (lambda: paired_ordinal_table(VISION).effect_size(95), "confidence"),
    ],
)
def test_bad_arguments_are_named(call: object, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        call()  # type: ignore[operator] # a list of calls


def test_a_table_of_labels_is_completed_from_the_categories() -> None:
    partial = pd.crosstab(pd.Series(["Good"]), pd.Series(["Outstanding"]))
    pair = paired_ordinal_table(partial, WORST_FIRST)
    assert (pair.up, pair.n) == (1, 1)
    assert list(pair.matrix.index) == WORST_FIRST


def test_probabilities_leave_out_what_nobody_held() -> None:
    found = paired_ordinal_table([[0, 0], [1, 3]], ["low", "high"]).probabilities()
    assert found["before"].unique().tolist() == ["high"]
    assert found["share"].tolist() == [0.25, 0.75]
    assert found["total"].tolist() == [4, 4]


def test_frames_hold_the_fields() -> None:
    pair = paired_ordinal_table([[1, 2], [0, 3]])
    assert pair.to_frame()["count"].sum() == 6
    assert pair.bowker().to_frame().loc[0, "statistic"] == 2.0
    assert pair.effect_size().to_frame().loc[0, "n"] == 6


@given(hnp.arrays(np.int64, (4, 4), elements=st.integers(0, 30)))
def test_invariants_of_any_table(counts: np.ndarray) -> None:
    pair, mirror = paired_ordinal_table(counts), paired_ordinal_table(counts.T)
    assert pair.up + pair.same + pair.down == counts.sum()
    assert (pair.up, pair.down) == (mirror.down, mirror.up)
    assert pair.stuart_maxwell().statistic == pytest.approx(mirror.stuart_maxwell().statistic)
    z, reverse = pair.ordinal_homogeneity(), mirror.ordinal_homogeneity()
    assert z.statistic == pytest.approx(-(reverse.statistic or 0.0))
    bhapkar = pair.bhapkar().statistic
    assert bhapkar is None or bhapkar >= (pair.stuart_maxwell().statistic or 0) - 1e-9
    order = [2, 0, 3, 1]
    shuffled = paired_ordinal_table(counts[np.ix_(order, order)])
    assert shuffled.stuart_maxwell().statistic == pytest.approx(pair.stuart_maxwell().statistic)
    assert shuffled.bowker().statistic == pytest.approx(pair.bowker().statistic)


def test_levels_under_the_null() -> None:
    """Each large-sample test rejects a true null in 5% of tables, within Monte Carlo error."""
    rng = np.random.default_rng(20181)
    chance = np.array([[6, 2, 1, 0.5], [2, 30, 6, 1], [1, 6, 40, 4], [0.5, 1, 4, 12]])
    tables = rng.multinomial(600, chance.ravel() / chance.sum(), size=1500)
    hits = np.zeros(4)
    for flat in tables:
        pair = paired_ordinal_table(flat.reshape(4, 4))
        tests = (pair.stuart_maxwell(), pair.bhapkar(), pair.bowker(), pair.ordinal_homogeneity())
        hits += [test.pvalue is not None and test.pvalue <= 0.05 for test in tests]
    # Four standard errors of a share of 5% among 1,500 tables is 2.3 points.
    assert hits / len(tables) == pytest.approx(np.full(4, 0.05), abs=0.0225)


def test_exact_tests_never_exceed_their_level() -> None:
    rng = np.random.default_rng(7)
    chance = np.array([[4, 3, 0], [3, 40, 5], [0, 5, 40]])
    tables = rng.multinomial(80, chance.ravel() / chance.sum(), size=1200)
    hits = np.zeros(2)
    for flat in tables:
        pair = paired_ordinal_table(flat.reshape(3, 3))
        found = (pair.mcnemar(2).pvalue, pair.exact_homogeneity().pvalue)
        hits += [p is not None and p <= 0.05 for p in found]
    rates = hits / len(tables)
    assert np.all(rates <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / len(tables)))
    assert np.all(rates > 0.005)


def test_effect_interval_keeps_its_coverage() -> None:
    """Exact coverage over every (up, down) of 40 pairs, weighted by its chance."""
    n, up, down = 40, 0.10, 0.04
    covered = 0.0
    for b in range(16):
        for c in range(12):
            table = [[n - b - c, b], [c, 0]]
            effect = paired_ordinal_table(table).effect_size()
            weight = multinomial.pmf([b, c, n - b - c], n, [up, down, 1 - up - down])
            covered += weight * (effect.low <= up - down <= effect.high)
    assert covered == pytest.approx(0.95, abs=0.025)
