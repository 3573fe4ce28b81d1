"""Value of information against its closed form for normal inputs."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from policy_methods.errors import ParameterError
from policy_methods.information import value_of_information


def unit_normal_loss(mean: float, sd: float) -> float:
    """E[max(0, N(mean, sd))]."""
    return float(sd * norm.pdf(mean / sd) + mean * norm.cdf(mean / sd))


@pytest.fixture(scope="module")
def draws() -> pd.DataFrame:
    rng = np.random.default_rng(8)
    return pd.DataFrame({"x": rng.normal(size=60_000), "z": rng.normal(size=60_000), "k": 1.0})


def test_go_or_not_with_normal_inputs_has_its_closed_form(draws: pd.DataFrame) -> None:
    """Going is worth 1 + 3x + z: EVPPI of x is the loss integral with sd 3, EVPI with sqrt(10)."""
    benefit = pd.DataFrame({"go": 1 + 3 * draws["x"] + draws["z"], "stay": 0.0})
    result = value_of_information(benefit, draws)
    by_input = result.by_input.set_index("input")
    assert result.best == "go"
    for name, sd in {"x": 3.0, "z": 1.0}.items():
        exact = unit_normal_loss(1, sd) - 1
        assert by_input.loc[name, "value"] == pytest.approx(exact, abs=0.03)
    assert by_input.loc["k", "value"] == 0
    assert result.perfect == pytest.approx(unit_normal_loss(1, np.sqrt(10)) - 1, abs=0.04)
    assert result.by_input["input"].tolist()[0] == "x"
    assert result.perfect >= by_input["value"].max()
    assert result.to_frame()["input"].tolist()[-1] == "everything"


def test_an_input_that_cannot_change_the_choice_is_worth_nothing(draws: pd.DataFrame) -> None:
    benefit = pd.DataFrame({"go": 50 + draws["x"], "stay": 0.0})
    result = value_of_information(benefit, draws)
    assert result.perfect == 0
    assert (result.by_input["value"] == 0).all()


def test_inputs_with_few_values_are_grouped() -> None:
    """A fair coin worth +3 or −1: knowing it first gains 1/2."""
    coin = np.tile([0.0, 1.0], 5000)
    benefit = pd.DataFrame({"go": np.where(coin == 1, 3.0, -1.0), "stay": 0.0})
    result = value_of_information(benefit, pd.DataFrame({"coin": coin}))
    assert result.by_input["value"].iloc[0] == pytest.approx(0.5)
    assert result.perfect == pytest.approx(0.5)


def test_nonsense_is_refused(draws: pd.DataFrame) -> None:
    with pytest.raises(ParameterError, match="two options"):
        value_of_information(draws[["x"]], draws)
    with pytest.raises(ParameterError, match="as many draws"):
        value_of_information(draws[["x", "z"]], draws.head())
    with pytest.raises(ParameterError, match="100 draws"):
        value_of_information(draws[["x", "z"]].head(), draws.head())
    with pytest.raises(ParameterError, match="missing"):
        value_of_information(draws[["x", "z"]] * np.nan, draws)


def test_an_input_worth_nothing_is_told_from_one_that_is() -> None:
    # Two options with the same mean: the choice between them is a near tie, where noise looks
    # like knowledge. x is worth E max(x, 0) = 0.399; the others nothing.
    rng = np.random.default_rng(4)
    n = 20_000
    draws = pd.DataFrame(rng.normal(size=(n, 3)), columns=["x", "junk", "coin"])
    draws["coin"] = rng.integers(0, 3, n)
    benefit = pd.DataFrame({"a": draws["x"] + rng.normal(size=n), "b": 0.0})
    table = value_of_information(benefit, draws).by_input.set_index("input")
    assert table.loc["x", "value"] == pytest.approx(0.399, abs=0.03)
    assert table.loc[["junk", "coin"], "value"].tolist() == [0, 0]
    assert (table.loc["x", "value"] > table["floor"]).all()
    assert "biased upwards by less than its error" not in value_of_information.__doc__


def test_the_floor_is_passed_by_chance_in_one_case_of_twenty() -> None:
    rng = np.random.default_rng(6)
    passed = []
    for _ in range(100):
        draws = pd.DataFrame({"junk": rng.normal(size=300)})
        benefit = pd.DataFrame({"a": rng.normal(size=300), "b": 0.0})
        passed.append(value_of_information(benefit, draws).by_input["value"].iloc[0] > 0)
    assert np.mean(passed) < 0.05 + 4 * np.sqrt(0.05 * 0.95 / 100)
