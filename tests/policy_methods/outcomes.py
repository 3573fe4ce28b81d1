"""What a method says to arguments it can't take, and a small table of published numbers."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import pandas as pd

from policy_methods.errors import ParameterError

FIGURES = pd.DataFrame(
    {
        "name": ["year", "May"],
        "kind": ["sum", "month"],
        "start": ["2015-04", "2015-05"],
        "end": ["2016-03", None],
        "value": [3600.0, 310.0],
        "half_width": [50.0, 0.0],
    }
)


def outcome(call: Callable[[], object]) -> str:
    """Return the words of the refusal, or what came instead of one; a warning is no answer."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return f"answered {call()!r}"
        except ParameterError as error:
            return str(error)
        except Exception as error:
            return f"ended in {type(error).__name__}: {error}"
