"""Charts of ranks: readable at any size, right colours for doubt, named errors."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex

from notebook_reports.charts import check, ranks, style
from notebook_reports.errors import ParameterError


def table(count: int) -> pd.DataFrame:
    position = np.arange(1, count + 1)
    reach = max(1, count // 5)
    return pd.DataFrame(
        {
            "position": position,
            "lower": np.clip(position - reach, 1, count),
            "upper": np.clip(position + reach, 1, count),
        }
    )


@pytest.mark.parametrize("count", [3, 4, 12, 40, 235, 2000])
@pytest.mark.parametrize("place", [0.0, 0.5, 1.0])
def test_rank_sets_stay_readable(count: int, place: float) -> None:
    follow = max(1, round(place * count))
    fig = ranks.rank_sets(
        table(count),
        cut=max(1, count // 2),
        sides=("good or better", "significant concerns"),
        follow=follow,
        follow_label=f"{follow}th: anywhere from 1 to {count}",
    )
    assert check.problems(fig) == []


def test_lines_that_cross_the_cut_are_grey() -> None:
    rows = table(20)
    fig = ranks.rank_sets(rows, cut=10)
    lines = {
        to_hex(c.get_color()[0]).upper(): len(c.get_segments())
        for c in fig.axes[0].collections
        if isinstance(c, LineCollection) and len(c.get_segments())
    }
    crossing = int(((rows["lower"] <= 10) & (rows["upper"] > 10)).sum())
    assert lines == {style.GREY: crossing, style.BLUE: 20 - crossing}


@pytest.mark.parametrize("count", [4, 40, 500])
def test_category_chances_are_readable(count: int) -> None:
    rng = np.random.default_rng(0)
    names = ["outstanding", "good", "significant concerns", "poor reporting culture"]
    chances = pd.DataFrame(rng.dirichlet(np.ones(4), count), columns=names)
    cuts = [count // 4, count // 2]
    assert check.problems(ranks.category_chances(chances, categories=names, cuts=cuts)) == []


def test_errors_name_the_argument() -> None:
    with pytest.raises(ParameterError, match="no column lower"):
        ranks.rank_sets(pd.DataFrame({"position": [1]}), cut=1)
    with pytest.raises(ParameterError, match="cut"):
        ranks.rank_sets(table(5), cut=5)
    names = list("abcde")
    with pytest.raises(ParameterError, match="at most four"):
        ranks.category_chances(
            pd.DataFrame(np.ones((3, 5)), columns=names), categories=names, cuts=[]
        )
