"""The units that a figure holds."""

from __future__ import annotations

import pytest

from notebook_reports.errors import ParameterError
from notebook_reports.evidence import Units


@pytest.mark.parametrize(
    ("kind", "names", "said", "message"),
    [
        (" ", {}, {}, "'kind' must be a text that isn't empty"),
        ("trust", {"A": "Alpha"}, {}, "'said' must say a sentence of each unit that has a name"),
        ("trust", {}, {"B": "Beta is 1st."}, "'said' must say a sentence of each unit"),
        ("trust", {"A": ""}, {"A": "Alpha is 1st."}, "'names' must not hold an empty text"),
        ("trust", {"A": "Alpha"}, {"A": " "}, "'said' must not hold an empty text"),
    ],
)
def test_each_unit_has_a_name_and_a_sentence(kind, names, said, message):
    with pytest.raises(ParameterError, match=message):
        Units(kind, names, said)
