"""Simulation: closed forms of linear and additive models, seeds, processes, indices."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from policy_methods.errors import ParameterError
from policy_methods.simulate import (
    ASSUMPTION,
    Distribution,
    declared,
    draw,
    simulate,
    sobol,
    tornado,
)

LINEAR = {
    "a": Distribution("normal", (1.0, 2.0), source="made up", unit="GBP m", label="first"),
    "b": Distribution("uniform", (0.0, 6.0)),
    "c": Distribution("triangular", (0.0, 1.0, 2.0)),
    "d": Distribution("fixed", (5.0,)),
}


def linear(x: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {"y": 3 * x["a"] + x["b"] - 2 * x["c"] + x["d"]}


MEAN = 3 * 1 + 3 - 2 * 1 + 5
VARIANCES = {"a": 9 * 4.0, "b": 36 / 12, "c": 4 * (1 / 6), "d": 0.0}
TOTAL = sum(VARIANCES.values())


def test_monte_carlo_agrees_with_the_closed_form_of_a_linear_model() -> None:
    result = simulate(linear, LINEAR, draws=40_000, seed=11)
    row = result.to_frame().iloc[0]
    assert abs(row["mean"] - MEAN) < 4 * row["monte_carlo_error"]
    assert row["monte_carlo_error"] == pytest.approx(np.sqrt(TOTAL / 40_000), rel=0.03)
    assert row["sd"] ** 2 == pytest.approx(TOTAL, rel=0.03)


def test_probability_has_the_error_of_a_proportion() -> None:
    inputs = {"u": Distribution("uniform", (0.0, 1.0))}
    result = simulate(lambda x: {"u": x["u"]}, inputs, draws=20_000, seed=4)
    share, error = result.probability("u", 0.75)
    assert abs(share - 0.25) < 4 * error
    assert error == pytest.approx(np.sqrt(0.25 * 0.75 / 20_000), rel=0.05)
    certain, error = result.probability("u", -1)
    assert certain == 1
    assert 0 < error < 0.001


def test_same_seed_same_numbers_on_one_and_two_processes() -> None:
    one = simulate(linear, LINEAR, draws=9_000, seed=7)
    two = simulate(linear, LINEAR, draws=9_000, seed=7, processes=2)
    assert one.outputs.equals(two.outputs)
    assert one.inputs.equals(two.inputs)
    assert not simulate(linear, LINEAR, draws=9_000, seed=8).outputs.equals(one.outputs)


def test_an_input_keeps_its_numbers_whatever_else_is_drawn() -> None:
    alone = draw({"a": LINEAR["a"]}, 50, seed=3)["a"]
    among = draw(LINEAR, 50, seed=3)
    assert (among["a"] == alone).all()
    assert (draw(LINEAR, 20, seed=3)["a"] == alone[:20]).all()
    assert abs(np.corrcoef(*[draw(LINEAR, 5000, 3)[k] for k in "ab"])[0, 1]) < 0.05


def test_generator_may_seed() -> None:
    first = draw(LINEAR, 5, np.random.default_rng(1))
    second = draw(LINEAR, 5, np.random.default_rng(1))
    assert (first["a"] == second["a"]).all()


def test_distributions_have_their_moments() -> None:
    u = (np.arange(200_000) + 0.5) / 200_000
    tri = Distribution("triangular", (-0.24, -0.12, 0.0))
    assert tri.ppf(u).mean() == pytest.approx(-0.12, abs=1e-6)
    assert tri.ppf([0, 1]).tolist() == pytest.approx([-0.24, 0])
    assert Distribution("triangular", (0, 0, 2)).ppf(u).mean() == pytest.approx(2 / 3, rel=1e-4)
    coin = Distribution("discrete", (105, 122))
    assert np.unique(coin.ppf(u), return_counts=True)[1].tolist() == [100_000, 100_000]
    assert Distribution("uniform", (2, 2)).fixed
    assert Distribution("uniform", (2, 2)).ppf(u).max() == 2
    assert Distribution("normal", (1, 0)).fixed


def test_every_input_is_declared_with_its_source() -> None:
    table = declared(LINEAR).set_index("input")
    assert table.loc["a", "source"] == "made up"
    assert (table.loc[["b", "c", "d"], "source"] == ASSUMPTION).all()
    assert table.loc["c", "distribution"] == "triangular 0, 1, 2"
    assert table.loc["b", "low"] == pytest.approx(0.3)


def test_sobol_indices_of_an_additive_model() -> None:
    """First-order indices are variance shares, add to 1 and equal the totals."""
    table = sobol(linear, LINEAR, "y", base_draws=2048, seed=5).set_index("input")
    for name, variance in VARIANCES.items():
        assert table.loc[name, "first_order"] == pytest.approx(variance / TOTAL, abs=0.02)
        assert table.loc[name, "total"] == pytest.approx(variance / TOTAL, abs=0.02)
    assert table["first_order"].sum() == pytest.approx(1, abs=0.03)
    assert table.index.tolist() == ["a", "b", "c", "d"]


def test_sobol_total_exceeds_first_order_where_inputs_interact() -> None:
    """Ishigami's function, a = 7, b = 0.1: S1 0.3139, 0.4424, 0; ST 0.5576, 0.4424, 0.2437."""
    inputs = {k: Distribution("uniform", (-np.pi, np.pi)) for k in "xyz"}

    def ishigami(v: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        x, y, z = v["x"], v["y"], v["z"]
        return {"out": np.sin(x) + 7 * np.sin(y) ** 2 + 0.1 * z**4 * np.sin(x)}

    table = sobol(ishigami, inputs, "out", base_draws=4096, seed=2).set_index("input")
    assert table.loc[list("xyz"), "first_order"].to_numpy() == pytest.approx(
        [0.3139, 0.4424, 0], abs=0.03
    )
    assert table.loc[list("xyz"), "total"].to_numpy() == pytest.approx(
        [0.5576, 0.4424, 0.2437], abs=0.03
    )
    again = sobol(ishigami, inputs, "out", base_draws=4096, seed=2).set_index("input")
    assert again.equals(table)


def test_tornado_swings_and_order() -> None:
    table = tornado(linear, LINEAR, "y").set_index("input")
    assert table.loc["b", "swing"] == pytest.approx(0.9 * 6)
    assert table.loc["a", "swing"] == pytest.approx(3 * 2 * 2 * 1.6448536, rel=1e-6)
    assert table.loc["c", "output_high"] < table.loc["c", "output_low"]
    assert table.loc["d", "swing"] == 0
    assert table.index.tolist() == ["a", "b", "c", "d"]
    assert (table["central"] == MEAN).all()


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [
        ("pear", (1,)),
        ("uniform", (2, 1)),
        ("triangular", (0, 3, 2)),
        ("triangular", (0, 1)),
        ("normal", (0, -1)),
        ("discrete", ()),
        ("fixed", (float("nan"),)),
    ],
)
def test_impossible_distributions_are_refused(kind: str, parameters: tuple[float, ...]) -> None:
    with pytest.raises(ParameterError):
        Distribution(kind, parameters)


def test_nonsense_is_refused() -> None:
    with pytest.raises(ParameterError, match="draws"):
        simulate(linear, LINEAR, draws=1)
    with pytest.raises(ParameterError, match="seed"):
        simulate(linear, LINEAR, seed=-1)
    with pytest.raises(ParameterError, match="processes"):
        simulate(linear, LINEAR, processes=0)
    with pytest.raises(ParameterError, match="inputs"):
        draw({}, 10)
    with pytest.raises(ParameterError, match="base_draws"):
        sobol(linear, LINEAR, "y", base_draws=1000)
    with pytest.raises(ParameterError, match="can vary"):
        sobol(linear, {"a": Distribution("fixed", (1,))}, "y")
    with pytest.raises(ParameterError, match="does not vary"):
        sobol(lambda x: {"y": 0 * x["a"]}, {"a": LINEAR["a"]}, "y", base_draws=8)
    with pytest.raises(ParameterError, match="finite"):
        simulate(lambda x: {"y": x["a"] * np.nan}, {"a": LINEAR["a"]}, draws=10)
    with pytest.raises(ParameterError, match="low"):
        tornado(linear, LINEAR, "y", low=0.9, high=0.1)


def refusal(call: Callable[[], object]) -> str:
    try:
        return f"answered {call()!r}"
    except ParameterError as error:
        return str(error)
    except Exception as error:
        return f"ended in {type(error).__name__}"


ONE = {"a": Distribution("uniform", (0, 1))}


@pytest.mark.parametrize("returned", [None, 3.0, {}, [1.0, 2.0]])
def test_a_model_that_returns_no_mapping_is_refused(returned: Any) -> None:
    def model(cases: Any) -> Any:
        return returned

    for call in (
        lambda: simulate(model, ONE, draws=9),
        lambda: tornado(model, ONE, "y"),
        lambda: sobol(model, ONE, "y", base_draws=8),
    ):
        assert refusal(call).startswith("parameter 'model' must return a mapping")


@pytest.mark.parametrize("returned", ["a", [[1.0], [1.0, 2.0]], [1.0, 2.0], None])
def test_an_output_that_is_no_numbers_is_refused(returned: Any) -> None:
    for call in (
        lambda: simulate(lambda c: {"y": returned}, ONE, draws=9),
        lambda: tornado(lambda c: {"y": returned}, ONE, "y"),
        lambda: sobol(lambda c: {"y": returned}, ONE, "y", base_draws=8),
    ):
        assert refusal(call).startswith("parameter 'model output y' must be one finite number")


def test_outputs_that_come_and_go_are_refused() -> None:
    def model(cases: Any) -> Any:
        return {"y" if len(cases["a"]) == 4096 else "z": cases["a"]}

    assert "the same outputs" in refusal(lambda: simulate(model, ONE, draws=5000))


def test_inputs_stay_as_drawn_whatever_the_model_does_to_them() -> None:
    def model(cases: Any) -> Any:
        cases["a"] *= 100
        return {"y": cases.pop("a")}

    found = simulate(model, ONE, draws=50, seed=4)
    assert found.inputs["a"].tolist() == draw(ONE, 50, 4)["a"].tolist()
    assert found.outputs["y"].tolist() == (100 * found.inputs["a"]).tolist()
