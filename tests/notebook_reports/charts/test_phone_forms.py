"""Charts as a phone shows them: nothing cut, nothing overlapping, the message's texts kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from notebook_reports.charts import check, style
from notebook_reports.charts.funnel import funnel_chart
from notebook_reports.charts.heatmap import class_map, heatmap
from notebook_reports.charts.maps import Layer, point_map
from notebook_reports.charts.ranks import category_chances, rank_sets
from notebook_reports.charts.tally import tally
from notebook_reports.charts.transitions import age_strips, alluvial, class_strips
from policy_methods.funnel import funnel

GRADES = ["Outstanding", "Good", "Requires improvement", "Inadequate"]
QUESTIONS = ["Overall", "Safe", "Effective", "Caring", "Responsive", "Well-led", "Use of resources"]
LONG = "Royal Devon, Exeter and Northern Lincolnshire Teaching Hospitals"
OUTLINE = pd.DataFrame(
    {"part": 0, "ring": 0, "longitude": [-4.0, 1, 1, -4], "latitude": [50.5, 50.5, 55, 55]}
)
rng = np.random.default_rng(4)


def graded(rows: int, questions: Sequence[str] = QUESTIONS, name: str = LONG) -> pd.DataFrame:
    cells = rng.choice(np.array([*GRADES, None], dtype=object), (rows, len(questions)))
    return pd.DataFrame(cells, [f"{name} {k}" for k in range(rows)], list(questions))


def counts(rows: Sequence[str], columns: Sequence[str], most: int) -> pd.DataFrame:
    cells = rng.integers(0, most, (len(rows), len(columns)))
    return pd.DataFrame(cells, list(rows), list(columns))


def ranked(count: int) -> pd.DataFrame:
    position, reach = np.arange(1, count + 1), max(1, count // 5)
    ends = {"lower": position - reach, "upper": position + reach}
    return pd.DataFrame(ends).clip(1, count).assign(position=position)


def ages(groups: Sequence[str], each: int) -> pd.DataFrame:
    return pd.DataFrame(
        {"kind": np.repeat(groups, each), "age": rng.exponential(2, each * len(groups))}
    )


def topics(rows: int, most: int, name: str) -> pd.DataFrame:
    kinds = counts([f"{name} {k}" for k in range(rows)], ["held", "source", "nothing"], most)
    return kinds.rename_axis("topic").reset_index()


def tallied(table: pd.DataFrame) -> Figure:
    labels = ["held against data", "own source only", "nothing found"]
    parts = ["held", "source", "nothing"]
    return tally(table, group="topic", parts=parts, signs=["D", "s", "–"], labels=labels)


def funnelled(units: int, follow: Sequence[str], outliers: int) -> Figure:
    sizes = rng.integers(200, 4000, units)
    events = rng.binomial(sizes, 0.3)
    events[:outliers] = sizes[:outliers] // 2
    names = [f"{LONG} {k}" for k in range(units)]
    return funnel_chart(
        funnel(events, sizes, units=names), x_label="answers", y_label="share", follow=follow
    )


def mapped(sites: int, name: str) -> Figure:
    points = pd.DataFrame(
        {"longitude": rng.uniform(-3.9, 0.9, sites), "latitude": rng.uniform(50.6, 54.9, sites)}
    )
    layers = [
        Layer(points, "hospital site", style.MUTED, "o", 9),
        Layer(points.head(20), "hub with the least travel", style.BLUE, "o", 70),
    ]
    bold = np.arange(sites) == 0
    return point_map(OUTLINE, layers, labels=points.assign(text=name, bold=bold))


def square(cells: Any, names: Sequence[str] = GRADES[::-1]) -> pd.DataFrame:
    return pd.DataFrame(cells, list(names), list(names))


def flowing(matrix: pd.DataFrame) -> Figure:
    return alluvial(matrix, before_label="30 September 2018", after_label="29 September 2019")


def sets(count: int, cut: int, follow: int, side: str = "significant concerns or worse") -> Figure:
    label = f"tied {follow}th to {follow + 3}th: 1 to {count}"
    return rank_sets(
        ranked(count), cut=cut, sides=("good or better", side), follow=follow, follow_label=label
    )


def chances(count: int, names: Sequence[str]) -> Figure:
    table = pd.DataFrame(rng.dirichlet(np.ones(len(names)), count), columns=list(names))
    return category_chances(table, categories=names, cuts=[count // 4] if count > 3 else [])


def strips(rows: int, name: str, follow: int) -> Figure:
    table = graded(rows, QUESTIONS, name)
    notes = dict.fromkeys(QUESTIONS, f"{rows} of {rows} good or better")
    return class_strips(table, classes=GRADES, notes=notes, follow=table.index[follow])


def aged(groups: Sequence[str], each: int) -> Figure:
    notes = dict.fromkeys(groups, f"median 13 months\n{each} of {each} older")
    limits = dict.fromkeys(groups, 2.0)
    return age_strips(
        ages(groups, each), group="kind", age="age", limits=limits, notes=notes, x_label="years"
    )


CASES: dict[str, tuple[Callable[[], Figure], set[str]]] = {
    "heat map": (
        lambda: heatmap(counts(GRADES, GRADES, 90), x_label="After", y_label="CQC overall rating"),
        {"Columns: After", "Rows: CQC overall rating", *GRADES},
    ),
    "heat map of one cell": (lambda: heatmap(pd.DataFrame({"a": [0]}, ["b"])), {"a", "b", "0"}),
    "heat map of twelve months": (
        lambda: heatmap(counts([LONG, "b"], [f"M{k}" for k in range(12)], 90)),
        {"M0", "M11", "b"},
    ),
    "heat map of long heads": (
        lambda: heatmap(counts(["b"] * 40, [f"A long head of column {k}" for k in "abcd"], 2000)),
        {"A long head of column c", "b"},
    ),
    "class map": (
        lambda: class_map(graded(10), classes=GRADES),
        {*QUESTIONS, "R = Requires improvement", "I = Inadequate"},
    ),
    "class map of one": (lambda: class_map(graded(1, ["Safe"], "x"), classes=GRADES), {"x 0"}),
    "class map of forty": (lambda: class_map(graded(40), classes=GRADES), set(QUESTIONS)),
    "flows": (
        lambda: flowing(square([[4, 3, 1, 0], [2, 78, 11, 0], [0, 6, 100, 3], [0, 0, 0, 18]])),
        {
            "30 September 2018",
            "▲ 18 up",
            "● 200 same",
            "▼ 8 down",
            "Outstanding: 21",
            "11 up, 2 down",
        },
    ),
    "flow of one": (
        lambda: flowing(square(np.diag([0, 0, 1, 0]))),
        {"Good: 1", "Inadequate: 0", "▲ 0 up"},
    ),
    "flows between many": (
        lambda: flowing(square(rng.integers(0, 3, (9, 9)), [f"{LONG} {k}" for k in range(9)])),
        {"Teaching"},
    ),
    "flows of thousands": (
        lambda: flowing(square(rng.integers(10**5, 10**6, (4, 4)))),
        {"Requires"},
    ),
    "class strips": (
        lambda: strips(226, "R", 3),
        {*GRADES, "R 3", "Well-led: 226 of 226 good or better"},
    ),
    "class strips of one": (lambda: strips(1, "R", 0), {"R 0"}),
    "class strips, the last followed": (lambda: strips(40, "RTK", 39), {"RTK 39"}),
    "age strips": (
        lambda: aged(GRADES, 112),
        {"Good: median 13 months, 112 of 112 older", "Years", "0"},
    ),
    "age strips of one": (lambda: aged(["Good"], 1), {"Good: median 13 months, 1 of 1 older"}),
    "age strips of long names": (lambda: aged([f"{LONG} {k}" for k in range(12)], 3), {"Years"}),
    "rank sets": (
        lambda: sets(237, 120, 125),
        {"— the place itself", "■ across it", "▲ above the line: good or better"},
    ),
    "rank sets, first followed": (lambda: sets(40, 1, 1), {"Ranks the data allow"}),
    "rank sets, last followed": (lambda: sets(12, 11, 12, LONG), {"Place in the league"}),
    "rank sets of three": (lambda: sets(3, 1, 2), {"— the place itself"}),
    "rank sets of two thousand": (lambda: sets(2000, 1900, 1000), {"— the place itself"}),
    "chances": (
        lambda: chances(237, ["outstanding", "good", "significant concerns", "poor reporting"]),
        {"outstanding", "significant concerns", "100%", "237"},
    ),
    "chances of one category": (lambda: chances(1, ["all"]), {"all"}),
    "funnel": (
        lambda: funnelled(230, [f"{LONG} 100"], 2),
        {"○ followed", "– – 95% limits", "··· 99.8% limits", "● inside"},
    ),
    "funnel of few": (lambda: funnelled(3, [], 1), {"● inside"}),
    "funnel of many outliers": (lambda: funnelled(60, [], 40), {"● inside"}),
    "map": (lambda: mapped(90, "General Hospital"), {"100 km", "● hospital site"}),
    "map of one": (lambda: mapped(1, "Hospital"), {"Hospital"}),
    "tally": (lambda: tallied(topics(12, 5, "Topic")), {"D held against data", "– nothing found"}),
    "tally of hundreds": (lambda: tallied(topics(2, 30, LONG)), {"s own source only"}),
    "tally of nothing": (lambda: tallied(topics(1, 1, "Topic")), {"Topic 0", "0"}),
}


@pytest.mark.parametrize("case", CASES)
def test_a_phone_shows_every_text_whole_and_apart(case: str) -> None:
    make, texts = CASES[case]
    wide = make()
    assert check.problems(wide) == []
    assert isinstance(wide, style.Drawing)
    assert wide.again is not None
    narrow = wide.again()
    assert narrow.get_figwidth() == style.NARROW
    assert check.problems(narrow) == []
    shown = check.visible_texts(narrow)
    # a name's lines are drawn one by one, in order
    words = f" {' '.join(text.get_text() for text in shown)} ".replace("\n", " ")
    assert {text for text in texts if f" {text} " not in words} == set()
    assert min(float(text.get_fontsize()) for text in shown) >= 11.2


def test_a_followed_unit_is_named_on_a_phone_too() -> None:
    follow = [f"{LONG} {k}" for k in (10, 40)]
    chart = funnelled(80, follow, 0)
    assert isinstance(chart, style.Drawing)
    assert chart.again is not None
    shown = [text.get_text().replace("\n", " ") for text in check.visible_texts(chart.again())]
    assert set(follow) <= set(shown)


@pytest.mark.parametrize("follow", [1, 40, 120, 228, 237])
def test_a_followed_place_is_named_at_any_width(follow: int) -> None:
    chart = sets(237, 120, follow)
    assert isinstance(chart, style.Drawing)
    assert chart.again is not None
    for form in (chart, chart.again()):
        shown = [text.get_text().replace("\n", " ") for text in check.visible_texts(form)]
        assert any(f"tied {follow}th to {follow + 3}th: 1 to 237" in text for text in shown)
        assert check.problems(form) == []


def test_a_class_map_keeps_its_letters_beside_their_rows() -> None:
    table = graded(5)
    chart = class_map(table, classes=GRADES)
    assert isinstance(chart, style.Drawing)
    assert chart.again is not None
    (ax,) = chart.again().axes
    cells = [t for t in ax.texts if t.get_position()[0] % 1 == 0.5 and len(t.get_text()) == 1]
    rows = sorted({t.get_position()[1] for t in cells})
    letters = [
        [
            t.get_text()
            for t in sorted(cells, key=lambda t: t.get_position()[0])
            if t.get_position()[1] == row
        ]
        for row in rows
    ]
    assert letters == table.fillna("–").map(lambda grade: grade[0]).to_numpy().tolist()
