"""Differences of two units: hand cases, Newcombe's published intervals, coverage."""

from __future__ import annotations

import math

import numpy as np
import pytest

from nhsi_analysis.answers.differences import Rank, Score, Share, difference, median_score
from nhsi_analysis.errors import ParameterError


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [
        ((56, 70, 48, 80), 0.0524, 0.3339),
        ((9, 10, 3, 10), 0.1705, 0.8090),
        ((6, 7, 2, 7), 0.0582, 0.8062),
        ((5, 56, 0, 29), -0.0381, 0.1926),
        ((0, 10, 0, 20), -0.1611, 0.2775),
        ((0, 10, 0, 10), -0.2775, 0.2775),
        ((10, 10, 0, 20), 0.6791, 1.0000),
        ((10, 10, 0, 10), 0.6075, 1.0000),
    ],
)
def test_shares_give_newcombes_published_intervals(
    counts: tuple[int, int, int, int], low: float, high: float
) -> None:
    # Newcombe 1998, Statistics in Medicine 17:873, table II, method 10.
    found = difference(Share("a", *counts[:2]), Share("b", *counts[2:])).estimate
    assert (found.low, found.high) == pytest.approx((100 * low, 100 * high), abs=5e-3)
    assert found.unit == "pp"
    assert found.value == pytest.approx(100 * (counts[0] / counts[1] - counts[2] / counts[3]))


def test_scores_by_hand() -> None:
    # gap 3, variance 9 + 16 - 2 x 0.5 x 12 = 13
    found = difference(Score("a", 13, 3), Score("b", 10, 4), correlation=0.5, confidence=0.9)
    half = 1.6448536 * math.sqrt(13)
    assert (found.estimate.low, found.estimate.high) == pytest.approx((3 - half, 3 + half))
    assert found.chance == pytest.approx(0.5 * math.erfc(-3 / math.sqrt(26)))
    lower = difference(
        Score("a", 13, 3), Score("b", 10, 4), correlation=0.5, higher_is_better=False
    )
    assert lower.chance == pytest.approx(1 - found.chance)
    exact = [difference(Score("a", v, 0), Score("b", 1, 0)).chance for v in (0, 1, 2)]
    assert exact == [0, 0.5, 1]


def test_ranks_by_hand() -> None:
    found = difference(Rank("a", [1, 2, 3, 5]), Rank("b", [2, 2, 6, 4]), confidence=0.5)
    # ahead by 1, 0, 3 and -1 places
    assert found.estimate.value == 0.5
    assert (found.estimate.low, found.estimate.high) == pytest.approx((-0.25, 1.5))
    assert found.chance == pytest.approx(2.5 / 4)


def test_shares_chance_by_simulation_and_mirrored() -> None:
    a, b = Share("a", 41, 100), Share("b", 70, 200)
    rng = np.random.default_rng(1)
    simulated = rng.beta(41.5, 59.5, 400_000) > rng.beta(70.5, 130.5, 400_000)
    chance = difference(a, b).chance
    assert chance == pytest.approx(simulated.mean(), abs=0.003)
    assert difference(b, a).chance == pytest.approx(1 - chance, abs=1e-3)
    assert difference(a, a).chance == pytest.approx(0.5, abs=1e-3)


def test_intervals_cover_what_they_promise() -> None:
    # 600 pairs: a standard error of 0.9 points for shares and scores.
    rng = np.random.default_rng(7)
    held = {"shares": 0, "scores": 0}
    for _ in range(600):
        p, q = rng.uniform(0.2, 0.6, 2)
        pair = difference(
            Share("a", int(rng.binomial(300, p)), 300), Share("b", int(rng.binomial(90, q)), 90)
        ).estimate
        assert pair.low is not None
        assert pair.high is not None
        held["shares"] += pair.low <= 100 * (p - q) <= pair.high
        common, own, other = rng.normal(size=3)
        truth = rng.normal()
        scores = difference(
            Score("a", truth + 2 * (0.6**0.5 * common + 0.4**0.5 * own), 2),
            Score("b", 3 * (0.6**0.5 * common + 0.4**0.5 * other), 3),
            correlation=0.6,
        ).estimate
        assert scores.low is not None
        assert scores.high is not None
        held["scores"] += scores.low <= truth <= scores.high
    assert {key: count / 600 for key, count in held.items()} == pytest.approx(
        {"shares": 0.95, "scores": 0.95}, abs=0.02
    )


def test_the_median_of_units_has_their_doubt() -> None:
    one = median_score("m", [0.4], [0.02], "share")
    assert (one.value, one.unit) == (0.4, "share")
    assert one.se == pytest.approx(0.02, rel=0.05)
    # units that lie close together: the standard error of a median, 1.2533 s / sqrt(n)
    many = median_score("m", [1.0] * 101, [0.5] * 101)
    assert many.se == pytest.approx(1.2533 * 0.5 / math.sqrt(101), rel=0.05)
    assert median_score("m", [1, 2, 3], [0, 0, 0]).se == 0
    with pytest.raises(ParameterError, match="must pair"):
        median_score("m", [1, 2], [0])


def test_words_put_the_number_in_its_range_and_say_what_cannot_be_told() -> None:
    leeds, bradford = Share("Leeds", 900, 2000), Share("Bradford", 700, 2000)
    assert difference(leeds, bradford).words == (
        "Leeds was 10.0 percentage points above Bradford (7.0 to 13.0)"
    )
    assert difference(bradford, leeds).words == (
        "Bradford was 10.0 percentage points below Leeds (7.0 to 13.0)"
    )
    near = difference(Score("Leeds", 0.41, 0.01, "share"), Score("Bradford", 0.42, 0.01, "share"))
    assert near.words == (
        "Leeds was 1.0 percentage points below Bradford (−1.8 to 3.8): "
        "which was ahead can't be told"
    )
    assert not near.told
    same = difference(leeds, leeds)
    assert same.words.startswith("Leeds was level with Leeds (−3.1 to 3.1 percentage points)")
    one = difference(Score("A", 0.5, 0.001, "share"), Score("B", 0.49, 0, "share"), decimals=0)
    assert one.words == "A was 1 percentage point above B"
    money = difference(Score("A", 5, 1, "GBP m"), Score("B", 9, 0, "GBP m"))
    assert money.words == "A was £4.0m below B (£2.0m to £6.0m)"
    places = difference(Rank("A", [3, 3]), Rank("B", [4, 4]))
    assert places.words == "A was 1 place above B"


@pytest.mark.parametrize(
    ("a", "b", "options", "words"),
    [
        (Share("a", 1, 2), Score("b", 1, 2), {}, "of the kind of the first"),
        (Score("a", 1, 2, "pp"), Score("b", 1, 2), {}, "in the unit of the first"),
        (Share("a", 3, 2), Share("b", 1, 2), {}, "from 0 to its total"),
        (Score("a", 1, -2), Score("b", 1, 2), {}, "standard error of at least 0"),
        (Score("a", math.nan, 2), Score("b", 1, 2), {}, "finite value"),
        (Score("a", 1, 2), Score("b", 1, 2), {"correlation": 1.5}, "from -1 to 1"),
        (Score("a", 1, 2), Score("b", 1, 2), {"confidence": 1}, "from 0.5 to 0.999"),
        (Rank("a", [1, 2]), Rank("b", [1]), {}, "must pair"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    a: Share, b: Share, options: dict[str, float], words: str
) -> None:
    with pytest.raises((ParameterError, ValueError), match=words):
        difference(a, b, **options)  # type: ignore[arg-type]  # a mapping of mixed options
