from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from notebook_reports.charts import check
from notebook_reports.charts.heatmap import class_map, heatmap
from notebook_reports.errors import ParameterError

RATINGS = ["Outstanding", "Good", "Requires improvement", "Inadequate"]
COUNTS = pd.DataFrame(
    [[10, 2, 0, 0], [3, 1090, 10, 0], [0, 20, 60, 3], [0, 1, 4, 3]], index=RATINGS, columns=RATINGS
)


def test_every_cell_says_its_number() -> None:
    fig = heatmap(COUNTS, x_label="After", y_label="Before", emphasise_diagonal=True)
    texts = [t.get_text() for t in fig.axes[0].texts]
    assert texts[:16] == [f"{v:,}" for v in COUNTS.to_numpy().ravel()]
    assert check.problems(fig) == []


def test_missing_cells_stay_empty_and_equal_cells_are_drawn() -> None:
    table = pd.DataFrame({"a": [1.0, np.nan], "b": [1.0, 1.0]}, index=["x", "y"])
    mesh = heatmap(table).axes[0].collections[0]
    assert np.ma.count(mesh.get_array()) == 3


def test_classes_are_told_by_letter_as_well_as_colour() -> None:
    table = pd.DataFrame(
        {"Safe": ["Good", None], "Caring": ["Outstanding", "Inadequate"]}, ["x", "y"]
    )
    fig = class_map(table, classes=RATINGS)
    texts = [t.get_text() for t in fig.axes[0].texts]
    assert texts[:4] == ["G", "O", "I", "–"]
    assert "R = Requires improvement" in texts
    assert check.problems(fig) == []


def test_mistakes_are_named() -> None:
    with pytest.raises(ParameterError, match="at least one number"):
        heatmap(pd.DataFrame({"a": [np.nan]}))
    with pytest.raises(ParameterError, match="unknown class"):
        class_map(pd.DataFrame({"a": ["Bad"]}), classes=RATINGS)
    with pytest.raises(ParameterError, match="one to four"):
        class_map(pd.DataFrame({"a": ["x"]}), classes=list("abcde"))
    with pytest.raises(ParameterError, match="at least one row"):
        class_map(pd.DataFrame(), classes=RATINGS)
