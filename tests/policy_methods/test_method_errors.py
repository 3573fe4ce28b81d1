"""Errors of methods: they say everything, survive another process, and can show any value."""

from __future__ import annotations

import copy
import pickle

import pytest

from policy_methods.errors import MethodError, ParameterError
from policy_methods.location import InfeasibleError


@pytest.mark.parametrize(
    "error",
    [
        ParameterError("method", "is unknown", value="x", allowed=["a", "b"]),
        InfeasibleError("max_cost", "leaves no site", unserved=["Island"], needed=2),
    ],
)
def test_an_error_is_the_same_in_another_process(error: ParameterError) -> None:
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(again) is type(error)
        assert str(again) == str(error)
        assert vars(again) == vars(error)


def test_an_error_can_be_caught_as_what_it_is() -> None:
    assert issubclass(ParameterError, MethodError)
    assert issubclass(ParameterError, ValueError)


def test_a_value_of_any_length_is_cut() -> None:
    assert "too long to show" in str(ParameterError("n", "must be small", value=10**5000))
    assert len(str(ParameterError("n", "must be small", value="x" * 5000))) < 100
