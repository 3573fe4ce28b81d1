"""Funnel limits against published values, by hand, and under simulated nulls."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from policy_methods.errors import ParameterError
from policy_methods.funnel import funnel, funnel_normal, trimming_factor


def test_poisson_limits_meet_the_published_values() -> None:
    # Published tests of an NHS funnel-plot package: exact limits of a ratio at expected 15 and 30.
    limits = funnel([15, 30], [15, 30], kind="ratio").limits([15, 30])
    assert limits["lower_95"].tolist() == pytest.approx([0.5596924, 0.6746958], rel=1e-6)
    assert limits["upper_95"].tolist() == pytest.approx([1.649348, 1.427562], rel=1e-6)
    assert limits.loc[0, "lower_99.8"] == pytest.approx(0.386265, rel=1e-6)
    assert limits.loc[0, "upper_99.8"] == pytest.approx(2.082907, rel=1e-6)


def test_shared_reference_values(shared_dir: Path) -> None:
    known = pd.read_csv(shared_dir / "reference" / "known_values.csv")
    values = known.loc[known["method"] == "funnel", "value"].astype(float).to_numpy()
    limits = funnel([15, 30], [15, 30], kind="ratio").limits([15, 30])
    ours = [
        *limits[["lower_95", "upper_95"]].to_numpy().ravel(),
        *limits.loc[0, ["lower_99.8", "upper_99.8"]],
    ]
    assert ours == pytest.approx(values[:6], rel=1e-6)
    assert trimming_factor(10**6, trim=0.1, method="truncated") == pytest.approx(
        values[6],
        abs=2e-4,  # the reference is a simulation
    )
    assert trimming_factor(10**6, trim=0.1, method="winsorised") == pytest.approx(
        values[7],
        abs=2e-4,
    )


@pytest.mark.parametrize("level", [0.5, 0.9, 0.95, 0.998])
def test_outside_is_the_exact_mid_p_test(level: float) -> None:
    counts = np.arange(0, 41)
    flags = funnel(counts, np.full(41, 40), target=0.3, levels=(level,)).points
    mid_p = stats.binom.cdf(counts, 40, 0.3) - stats.binom.pmf(counts, 40, 0.3) / 2
    expected = (mid_p < (1 - level) / 2) | (mid_p > (1 + level) / 2)
    assert flags[f"outside_{level * 100:g}"].tolist() == expected.tolist()
    counts = np.arange(0, 60)
    flags = funnel(counts, np.full(60, 20.5), kind="ratio", target=1.0, levels=(level,)).points
    mid_p = stats.poisson.cdf(counts, 20.5) - stats.poisson.pmf(counts, 20.5) / 2
    expected = (mid_p < (1 - level) / 2) | (mid_p > (1 + level) / 2)
    assert flags[f"outside_{level * 100:g}"].tolist() == expected.tolist()


def test_binomial_limits_stay_within_one_event_of_the_exact_quantiles() -> None:
    sizes = np.arange(20, 400, 7)
    limits = funnel([20], [100]).limits(sizes)
    for level, tail in (("95", 0.025), ("99.8", 0.001)):
        for side, p in (("lower", tail), ("upper", 1 - tail)):
            ours = limits[f"{side}_{level}"].to_numpy() * sizes
            exact = stats.binom.ppf(p, sizes, 0.2)
            inside = exact > 0
            assert np.abs(ours - exact)[inside].max() <= 1


def test_by_hand() -> None:
    result = funnel([30, 12, 11, 7], [100, 100, 100, 100])
    assert result.target == pytest.approx(0.15)
    se = (0.15 * 0.85 / 100) ** 0.5
    assert result.points["z"].tolist() == pytest.approx(
        [0.15 / se, -0.03 / se, -0.04 / se, -0.08 / se]
    )
    assert result.phi == pytest.approx(np.mean(result.points["z"] ** 2))
    assert result.tau2 == 0


def test_untrimmed_correction_is_dersimonian_laird() -> None:
    value = np.array([0.1, 0.5, 0.9, 0.3, 1.4])
    se = np.array([0.1, 0.2, 0.1, 0.15, 0.2])
    result = funnel_normal(value, se, overdispersion="winsorised", trim=0)
    w = se**-2
    mean = (w * value).sum() / w.sum()
    q = (w * (value - mean) ** 2).sum()
    assert result.target == pytest.approx(mean)
    assert result.phi == pytest.approx(q / 5)
    assert result.tau2 == pytest.approx((q - 4) / (w.sum() - (w**2).sum() / w.sum()))
    adjusted = (value - mean) / np.sqrt(se**2 + result.tau2)
    assert result.points["z_adjusted"].tolist() == pytest.approx(adjusted.tolist())
    outside = np.abs(adjusted) > stats.norm.ppf(0.975)
    assert result.points["outside_95"].tolist() == outside.tolist()


@pytest.mark.parametrize("method", ["winsorised", "truncated"])
@pytest.mark.parametrize(("n", "trim"), [(12, 0.1), (60, 0.1), (60, 0.25), (235, 0.05)])
def test_trimming_factor_is_the_simulated_mean(method: str, n: int, trim: float) -> None:
    rng = np.random.default_rng(7)
    z = np.sort(rng.standard_normal((20_000, n)), axis=1)
    cut = int(trim * n)
    if method == "truncated":
        raw = (z[:, cut : n - cut] ** 2).mean(axis=1)
    else:
        raw = (np.clip(z, z[:, [cut]], z[:, [n - cut - 1]]) ** 2).mean(axis=1)
    factor = trimming_factor(n, trim=trim, method=method)  # type: ignore[arg-type]
    assert factor == pytest.approx(raw.mean(), abs=4 * raw.std() / 20_000**0.5)


@pytest.mark.parametrize("kind", ["proportion", "ratio"])
@pytest.mark.parametrize("method", [None, "winsorised", "truncated"])
def test_null_share_outside_is_nominal(kind: str, method: str | None) -> None:
    rng = np.random.default_rng(20050430)
    runs, units = 400, 120
    shares, phis = np.zeros(2), []
    for _ in range(runs):
        sizes = rng.integers(150, 1500, units)
        events = rng.binomial(sizes, 0.3) if kind == "proportion" else rng.poisson(0.4 * sizes)
        result = funnel(events, sizes, kind=kind, overdispersion=method)  # type: ignore[arg-type]
        shares += result.points[["outside_95", "outside_99.8"]].mean().to_numpy() / runs
        phis.append(result.phi)
    for share, level in zip(shares, (0.05, 0.002), strict=True):
        error = (level * (1 - level) / (runs * units)) ** 0.5
        assert abs(share - level) < 3 * error, (share, level, error)
    # The pooled target takes one degree of freedom.
    mean = (units - 1) / units
    assert np.mean(phis) == pytest.approx(mean, abs=4 * np.std(phis) / runs**0.5)


@pytest.mark.parametrize("method", ["winsorised", "truncated"])
def test_overdispersion_is_found_and_allowed_for(method: str) -> None:
    rng = np.random.default_rng(5)
    tau, shares, tau2s, plain = 0.05, [], [], []
    for _ in range(60):
        sizes = rng.integers(200, 1500, 300)
        truth = np.clip(0.4 + tau * rng.standard_normal(300), 0.01, 0.99)
        result = funnel(rng.binomial(sizes, truth), sizes, overdispersion=method)  # type: ignore[arg-type]
        assert result.overdispersed
        shares.append(result.points["outside_95"].mean())
        plain.append(result.points["unadjusted_outside_95"].mean())
        tau2s.append(result.tau2)
    assert np.mean(plain) > 0.4
    # z-scores of units of unequal size are a mixture, not quite normal: the trimmed mean square,
    # scaled for normal ones, is a few per cent low, and the limits a little narrow.
    assert np.mean(shares) == pytest.approx(0.05, abs=0.015)
    assert np.mean(tau2s) == pytest.approx(tau**2, rel=0.15)


def test_peers_are_compared_with_their_own_group() -> None:
    result = funnel([10, 12, 60, 66], [100, 100, 100, 100], groups=["a", "a", "b", "b"])
    assert result.targets == {"a": pytest.approx(0.11), "b": pytest.approx(0.63)}
    assert not result.points["outside_95"].any()
    assert funnel([10, 12, 60, 66], [100] * 4).points["outside_95"].all()
    assert result.limits([100], group="a").loc[0, "upper_95"] < 0.2


def test_outliers_carry_their_evidence() -> None:
    events = [*[50, 52, 47, 49, 51, 48, 53, 50, 46, 54] * 3, 90, 12]
    result = funnel(events, [100] * 32, units=[f"u{i}" for i in range(32)])
    found = result.outliers()
    assert set(found["unit"].head(2)) == {"u30", "u31"}
    assert dict(zip(found["unit"], found["direction"], strict=True))["u31"] == "below"
    assert found.loc[0, "evidence"] == "outside the 99.8% limits"
    assert not funnel([50, 51], [100, 100]).outliers().size
    spread = np.random.default_rng(1).integers(20, 80, 60)
    softened = funnel(spread, [100] * 60, overdispersion="winsorised").outliers()
    assert softened["evidence"].str.endswith("only without allowance for over-dispersion").any()


@pytest.mark.parametrize(
    ("arguments", "parameter"),
    [
        ({"events": [1, 2], "denominator": [0, 5]}, "denominator"),
        ({"events": [1, 2], "denominator": [-1, 5]}, "denominator"),
        ({"events": [6, 2], "denominator": [5, 5]}, "events"),
        ({"events": [-1, 2], "denominator": [5, 5]}, "events"),
        ({"events": [np.nan, 2], "denominator": [5, 5]}, "events"),
        ({"events": [1, 2], "denominator": [np.inf, 5]}, "denominator"),
        ({"events": ["1", "2"], "denominator": [5, 5]}, "events"),
        ({"events": ["x", "2"], "denominator": [5, 5]}, "events"),
        ({"events": [1, 2], "denominator": [5, 5, 5]}, "denominator"),
        ({"events": [], "denominator": []}, "events"),
        ({"events": [0, 0], "denominator": [5, 5]}, "events"),
        ({"events": [5, 5], "denominator": [5, 5]}, "events"),
        ({"events": [1, 2], "denominator": [5, 5], "kind": "rate"}, "kind"),
        ({"events": [1, 2], "denominator": [5, 5], "levels": (95,)}, "levels"),
        ({"events": [1, 2], "denominator": [5, 5], "levels": ()}, "levels"),
        ({"events": [1, 2], "denominator": [5, 5], "trim": 0.5}, "trim"),
        ({"events": [1, 2], "denominator": [5, 5], "target": 1.2}, "target"),
        ({"events": [1, 2, 1], "denominator": [5] * 3, "overdispersion": "x"}, "overdispersion"),
        (
            {"events": [1, 2], "denominator": [5, 5], "overdispersion": "truncated"},
            "overdispersion",
        ),
        ({"events": [1, 2], "denominator": [5, 5], "groups": ["a"]}, "groups"),
    ],
)
def test_bad_arguments_are_named(arguments: dict[str, object], parameter: str) -> None:
    with pytest.raises(ParameterError) as caught:
        funnel(**arguments)  # type: ignore[arg-type]
    assert caught.value.name == parameter


def test_bad_grids_and_standard_errors_are_named() -> None:
    result = funnel([1, 2], [5, 5])
    with pytest.raises(ParameterError, match="grid"):
        result.limits([0, 5])
    with pytest.raises(ParameterError, match="group"):
        result.limits([5], group="b")
    with pytest.raises(ParameterError, match="convention"):
        result.limits([5], convention="other")  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="se"):
        funnel_normal([1, 2], [0, 1])


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 400), st.floats(0.05, 0.95)), min_size=3, max_size=20),
    st.randoms(use_true_random=False),
)
def test_order_of_units_changes_nothing(pairs: list[tuple[int, float]], random: object) -> None:
    sizes = np.array([n for n, _ in pairs]) + 1
    events = np.array([max(0, min(n, round(n * p))) for n, p in pairs])
    if not 0 < events.sum() < sizes.sum():
        return
    order = list(range(len(pairs)))
    random.shuffle(order)  # type: ignore[attr-defined]
    one = funnel(events, sizes, overdispersion="winsorised")
    two = funnel(events[order], sizes[order], overdispersion="winsorised")
    assert one.phi == pytest.approx(two.phi)
    assert one.tau2 == pytest.approx(two.tau2)
    assert one.points["outside_95"].to_numpy()[order].tolist() == two.points["outside_95"].tolist()
    for level in ("95", "99.8"):
        assert (one.points[f"lower_{level}"] <= one.points["target"] + 1e-9).all()
        assert (one.points[f"upper_{level}"] >= one.points["target"] - 1e-9).all()


@pytest.mark.parametrize(
    ("events", "cases", "kind"),
    [
        ([0, 1, 1], [5, 5, 5], "proportion"),  # 0 of 5: exact two-sided p is 1
        ([5, 4, 4], [5, 5, 5], "proportion"),  # all of 5
        ([0, 3, 4, 2], [2.5, 3, 4, 2], "ratio"),  # 0 of 2.5 expected: chance e^-2.5 = 0.08
        ([0, 1], [9, 1], "proportion"),  # a unit that is most of its own target
        ([0, 1], [9, 1], "ratio"),
        ([1, 9], [1, 9], "ratio"),
    ],
)
def test_no_events_or_nothing_but_events_are_not_outside_by_themselves(
    events: list[float], cases: list[float], kind: str
) -> None:
    points = funnel(events, cases, kind=kind).points  # type: ignore[arg-type]
    assert not points[["outside_99.8", "unadjusted_outside_99.8"]].to_numpy().any()
    assert (points["lower_99.8"] >= 0).all()
    if kind == "proportion":
        assert (points["upper_99.8"] <= 1).all()


def test_small_units_are_flagged_no_more_often_than_promised() -> None:
    rng = np.random.default_rng(11)
    flags = []
    for _ in range(150):
        events = rng.binomial(12, 0.05, 30)
        points = funnel(events, np.full(30, 12), overdispersion="winsorised").points
        flags.append(points["outside_99.8"].mean())
    # 0.2% are promised; 4,500 units put its Monte Carlo error at 0.07%.
    assert np.mean(flags) < 0.002 + 4 * 0.0007


def test_nought_among_many_events_is_still_outside() -> None:
    points = funnel([0, 300], [900, 1000]).points
    assert points["outside_99.8"].all()
