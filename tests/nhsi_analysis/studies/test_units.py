"""The trusts that figures hold: every one of them, in the place its numbers say, told in words."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from studies_of import STUDIES

from nhsi_analysis import PROJECT
from notebook_reports.evidence import Figure, words
from notebook_reports.report import building, svg

OWN = Path(__file__).with_name("own_league.csv")
RUNS: dict[str, tuple[str, dict[str, Any]]] = {
    "league": ("league", {"draws": 1000}),
    "today's league": ("league", {"league": "today"}),
    "own league": ("league", {"league_csv": str(OWN), "draws": 1000}),
    "ratings": ("ratings", {}),
    "ratings of ten": ("ratings", {"trust_type": "Ambulance"}),
    "agency": ("agency", {"draws": 200}),
    "emergency": ("emergency", {"winter": "2022/23"}),
    "finances": ("finances", {}),
}


@cache
def figures(run: str) -> dict[str, Figure]:
    name, settings = RUNS[run]
    study = STUDIES[name].build(STUDIES[name].Settings(**settings))
    parts = [part for section in STUDIES[name].SECTIONS for part in section(study).parts]
    return {part.key: part for part in parts if isinstance(part, Figure)}


@cache
def block(run: str, key: str) -> dict[str, Any]:
    figure = figures(run)[key]
    found = building.figure(figure)
    svg.draw_into(found, figure.picture)
    return found


def told(run: str, key: str) -> list[tuple[dict[str, Any], str]]:
    """Return the rows of a figure's data that name a unit, each with the sentence on it."""
    found = block(run, key)
    columns = [column["name"] for column in found["data"]["columns"]]
    rows = [dict(zip(columns, row, strict=True)) for row in found["data"]["rows"]]
    return [(row, found["units"]["said"][row["org_code"]]) for row in rows]


@pytest.mark.parametrize("run", ["league", "own league", "ratings", "ratings of ten"])
def test_every_figure_holds_units_and_draws_each_in_both_forms(run: str) -> None:
    for key in figures(run):
        found = block(run, key)
        assert found["units"], key
        for form, name in (("svg", "wide"), ("narrow", "narrow")):
            _, _, width, height = map(
                float, re.findall(r'viewBox="([^"]+)"', found[form])[0].split()
            )
            places = found["units"][name]
            assert places.keys() == found["units"]["names"].keys(), (key, name)
            for numbers in (place for held in places.values() for place in held):
                assert len(numbers) in (2, 4), key
                assert all(-1 <= x <= width + 1 for x in numbers[::2]), (key, numbers)
                assert all(-1 <= y <= height + 1 for y in numbers[1::2]), (key, numbers)


def test_a_trust_that_is_not_drawn_is_told_of() -> None:
    found = block("agency", "trust_changes")["units"]
    assert len(found["wide"]) == len(found["narrow"]) == 12
    assert len(found["said"]) > 200
    assert found["wide"].keys() <= found["names"].keys()


def _changed(row: dict[str, Any]) -> list[str]:
    before, after = (words.percent(row[end], 2) for end in ("before", "after"))
    return [f"from {before} in 2022/23 to {after} in 2023/24", words.signed(100 * row["change"], 1)]


def _winter(row: dict[str, Any]) -> list[str]:
    ends = [words.percent(row[end]) for end in ("before", "after")]
    beyond = f"{('within', 'above', 'below')[row['side']]} the spread"
    return [*ends, words.signed(100 * row["change"], 1), beyond]


def _rank(row: dict[str, Any]) -> list[str]:
    tied = row["first"] < row["last"]
    return [
        words.ordinal(row["first"]),
        *([words.ordinal(row["last"])] if tied else []),
        *([f"{row['lower']} to {row['upper']}"] if row["lower"] < row["upper"] else []),
        {"above": "above the line", "below": "below the line", "doubtful": "both sides"}[
            row["side"]
        ],
    ]


def _outside(row: dict[str, Any]) -> list[str]:
    return [
        words.percent(row["value"]),
        "outside the 99.8%"
        if row["outside_99.8"]
        else "between"
        if row["outside_95"]
        else "within the 95%",
    ]


def _age(row: dict[str, Any]) -> list[str]:
    late = row["limit"] is not None and row["years"] > row["limit"]
    age = f"{row['years']:.1f} years" if row["years"] >= 2 else "month"
    return [row["rating"].lower(), age, *([f"interval of {row['limit']:g} years"] if late else [])]


def _answers(row: dict[str, Any]) -> list[str]:
    return [
        f"{q.lower()} {(row[q] or 'not held').lower()}" for q in ("Overall", "Safe", "Well-led")
    ]


def _choice(row: dict[str, Any]) -> list[str]:
    ends = [row["low"], row["high"]]
    return [
        f"was ranked {words.ordinal(row['rank'])}, in segment {row['segment']}",
        f"would put it {' to '.join(words.ordinal(k) for k in dict.fromkeys(ends))}",
    ]


def _place(row: dict[str, Any]) -> list[str]:
    return [
        words.percent(row["margin"]),
        f"mean place was {row['place']:.0f} of 100",
        f"{row['low']:.0f} to {row['high']:.0f}",
    ]


@pytest.mark.parametrize(
    ("run", "key", "numbers"),
    [
        ("league", "rank_sets", _rank),
        ("own league", "rank_sets", _rank),
        ("today's league", "choice_ranges", _choice),
        ("league", "funnel", _outside),
        ("league", "choice_ranges", lambda row: [words.ordinal(row["lower"])]),
        ("ratings", "rating_ages", _age),
        ("ratings", "key_question_ratings", _answers),
        ("ratings of ten", "key_question_ratings", _answers),
        ("agency", "trust_changes", _changed),
        ("emergency", "changes", _winter),
        ("finances", "turnarounds", _place),
    ],
)
def test_the_sentence_agrees_with_the_data(
    run: str, key: str, numbers: Callable[[dict[str, Any]], list[str]]
) -> None:
    rows = told(run, key)
    assert len(rows) == len(figures(run)[key].units.names)
    for row, sentence in rows:
        assert all(number in sentence for number in numbers(row)), sentence


def test_what_a_hub_was_asked_for_is_as_published() -> None:
    study = STUDIES["pathology"]
    said = study.sections.figures.targets(study.build(study.Settings(draws=1000))).units.said
    assert len(said) == 20
    for name, money in (("West of England Pathology Network", "£8.2m"), ("(Norfolk)", "£0")):
        assert sum(f"{name}, was asked for {money} a year" in each for each in said.values()) == 1


@pytest.mark.parametrize("run", RUNS)
def test_a_sentence_is_one_sentence_on_its_trust(run: str) -> None:
    for figure in figures(run).values():
        for code, sentence in (figure.units.said if figure.units else {}).items():
            assert figure.units.names[code] in sentence
            assert sentence.endswith(".")
            assert not re.search(r"\b1 (?:months|trusts|rows)\b|\bnan\b|_|\.\.|100%", sentence), (
                sentence
            )


DATED = {
    "league": "In the stand-in of 2016, ",
    "today's league": "In quarter 3 of 2025/26 ",
    "own league": "In your table, which has no date, ",
    "ratings": "1 March 2019",
    "ratings of ten": "1 March 2019",
    "agency": "2023/24",
    "emergency": " 20",  # twelve months to March 2026, or two winters
    "finances": "2015/16",
}


@pytest.mark.parametrize("run", RUNS)
def test_a_sentence_says_of_what_day_it_is(run: str) -> None:
    for figure in figures(run).values():
        for sentence in (figure.units.said if figure.units else {}).values():
            assert DATED[run] in sentence
            told = sentence.replace(DATED[run], "")
            assert not re.search(r"\b(?:is|are|has|have|scores|spends)\b", told), sentence


def test_a_tie_across_the_line_is_on_no_side_of_its_own() -> None:
    """The 7 of 115th to 121st place have one score: only their codes part them."""
    said = figures("league")["league_and_ratings"].units.said.values()
    tied = [sentence for sentence in said if "tied 115th to 121st" in sentence]
    assert tied
    assert all("the line in order of code; " in sentence for sentence in tied)
    assert sum("in order of code" in sentence for sentence in said) == len(tied)


def test_an_old_rating_is_no_breach_of_a_rule_made_later() -> None:
    said = figures("ratings")["rating_ages"].units.said.values()
    late = [sentence for sentence in said if "beyond the longest return interval" in sentence]
    assert late
    assert all(s.endswith("announced in October 2017 for later inspections.") for s in late)


def test_no_trust_is_marked_in_a_category_that_nobody_gave_it() -> None:
    """The stand-in's categories are made up: rows of types and columns of ratings are marked."""
    for key in ("categories_by_type", "league_and_ratings"):
        found = block("league", key)["units"]
        assert not re.search("outstanding levels|poor reporting|significant", str(found["said"]))
        across = {place[2] - place[0] for (place,) in found["wide"].values()}
        down = {abs(place[3] - place[1]) for (place,) in found["wide"].values()}
        assert max(across) > 300 or max(down) > 100


def test_one_that_moved_alone_is_the_only_one() -> None:
    study = STUDIES["ratings"]
    parts = study.sections.who_moved(study.build(study.Settings(trust_type="Community"))).parts
    said = next(part for part in parts if isinstance(part, Figure)).units.said.values()
    assert sum("the only one that fell" in sentence for sentence in said) == 1
    assert sum("one of the 3 that rose" in sentence for sentence in said) == 3
    assert sum("one of the 14 that did not move" in sentence for sentence in said) == 14


def test_tables_may_name_a_trust_as_the_register_does_or_in_short() -> None:
    short, full = PROJECT.units()["RL4"]
    assert (short, full) == ("Royal Wolverhampton", "Royal Wolverhampton NHS Trust")
