"""Sections and words: what a study hands to a page."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notebook_reports.errors import ParameterError
from notebook_reports.evidence import Answer, Estimate, Finding, Section, Words, findings, words


def test_a_section_sorts_its_parts_by_kind_and_keeps_their_order():
    number = Estimate(0.5, unit="share", label="half")
    section = Section("Halves", [Answer("First."), *findings({"half": number}), Words("Second.")])
    assert section.words == ("First.", "Second.")
    assert section.findings == {"half": number}
    assert section.figures == section.tables == ()
    assert repr(section) == "Section 'Halves': 2 texts, 1 finding"


def test_only_the_named_findings_are_cards():
    number = Estimate(1.0, label="one")
    shown = findings({"a": number, "b": number}, cards=["b"])
    assert [(f.key, f.card) for f in shown] == [("a", False), ("b", True)]


@pytest.mark.parametrize("parts", [Answer("Alone."), "Text.", ["Text."], [None]])
def test_a_section_holds_a_list_of_parts(parts):
    with pytest.raises(
        ParameterError, match="must be a list of Answer, Words, Finding, Figure or Table"
    ):
        Section("Halves", parts)


def test_parts_are_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Finding("key", Estimate(1.0)).key = "other"


@pytest.mark.parametrize(
    ("confidence", "text"),
    [(0.5, "50%"), (0.95, "95%"), (0.975, "97.5%"), (0.995, "99.5%"), (0.999, "99.9%")],
)
def test_a_level_is_never_rounded(confidence, text):
    assert words.level(confidence) == text


@given(st.integers(500, 999))
def test_no_level_is_written_as_certainty(thousandths):
    assert float(words.level(thousandths / 1000).removesuffix("%")) == thousandths / 10


@pytest.mark.parametrize(
    ("names", "text"),
    [([], "none"), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")],
)
def test_lists_read_as_a_sentence_has_them(names, text):
    assert words.listed(iter(names)) == text


@given(st.lists(st.text("abc", min_size=1), min_size=1, max_size=9), st.integers(1, 4))
def test_a_long_list_names_the_first_and_says_there_are_others(names, most):
    text = words.listed(names, most=most)
    assert text.endswith(" and others") == (len(names) > most)


@pytest.mark.parametrize(
    ("place", "text"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (11, "11th"), (12, "12th"), (13, "13th"), (21, "21st")],
)
def test_places_carry_their_ending(place, text):
    assert words.ordinal(place) == text
    assert words.ordinal(place + 100)[-2:] == text[-2:]


def test_a_change_carries_its_sign_and_nothing_carries_none():
    assert [words.signed(x, 1) for x in (0.25, -0.25, 0.04, -0.04, 0)] == [
        "+0.2",
        "−0.2",
        "0.0",
        "0.0",
        "0.0",
    ]


def test_a_date_is_written_alike_everywhere():
    assert words.day(dt.date(2018, 9, 3)) == "3 September 2018"
    assert words.day(None) == "not stated"


def test_names_lose_their_legal_form_only_at_the_end():
    forms = ["NHS Foundation Trust", "NHS Trust"]
    assert words.short_name("NHS Trust Museum NHS Trust", forms) == "NHS Trust Museum"
    assert words.short_name("A" * 40, forms, 28) == "A" * 26 + "…"


def test_near_matches_ignore_capitals_and_come_best_first():
    assert words.near("rr8", ["RR8", "RR7", "XYZ"]) == ["RR8", "RR7"]
    assert words.near("", ["RR8"]) == []


def test_a_headline_answer_is_short():
    assert Answer("On 1 March 2019 **74 of 226** trusts.").faults() == []
    numbers = " ".join(str(n) for n in range(10, 19))
    assert Answer(numbers).faults() == ["9 numbers, at most 8"]
    assert Answer("word " * 61).faults() == ["61 words, at most 60"]


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("", 0),
        ("no digits – at all", 0),
        ("3 September 2018", 1),
        ("in March 2016 and 2016/17", 2),
        ("£1.2bn, 1,020 and 44.8%", 3),
        ("the 125th of 230", 2),
        ("between 120 and 121 (95% sure)", 3),
    ],
)
def test_numbers_are_counted_as_a_reader_counts_them(text, held):
    assert words.numbers_in(text) == held


@given(st.integers(0, 500), st.integers(1, 500))
def test_a_percentage_is_written_of_twenty_or_more(part, whole):
    part = min(part, whole)
    said = words.portion(part, whole, "trust")
    assert ("%" in said) == (whole >= 20)
    assert said.startswith(f"{part} of {whole} trust")
    if 0 < part < whole and "%" in said:
        assert "(0%)" not in said
        assert "(100%)" not in said
