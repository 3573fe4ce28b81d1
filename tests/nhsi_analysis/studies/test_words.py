"""What the reports say: kept word for word, and held to the rules of what a report may say.

After a change that is meant, ``pytest tests/nhsi_analysis/studies/test_words.py --snapshot-update``
writes the words anew; the difference is then read like any other.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from studies_of import STUDIES, cells_of, headings_of, notebook_of
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from notebook_reports.evidence import (
    Answer,
    Estimate,
    Figure,
    Finding,
    Part,
    Section,
    Table,
    Words,
    words,
)

OWN_TABLE = Path(__file__).with_name("own_league.csv")

ASKED: dict[str, dict[str, dict[str, Any]]] = {
    "claims": {
        "defaults": {},
        "one_topic": {"topics": ["agency"]},
        "as_of_2017": {"as_at": "2017-12-31"},
    },
    "league": {
        "defaults": {"draws": 1000},
        "one_item_of_2015": {"survey_year": 2015, "indicators": ["q8d"], "draws": 1000},
        "own_table": {
            "league_csv": str(OWN_TABLE),
            "league_date": "2018-12-31",
            "quotas": [3, 3, 3, 3],
            "draws": 1000,
        },
        "today": {"league": "today"},
        "today_followed": {"league": "today", "trust": "RWF", "seed": 1},
        "today_of_april": {"league": "today", "as_at": "2026-04-10", "draws": 500},
    },
    "agency": {
        "defaults": {},
        "nursing": {"staff_group": "nursing", "draws": 200},
        "as_of_2017": {"as_at": "2017-09-30", "last_year": "2017/18", "draws": 200},
    },
    "pathology": {
        "defaults": {"draws": 1000},
        "two_networks": {"networks": 2, "hub_sites": "main", "draws": 1000},
        "another_target": {"target_gbp_m": 150.0, "target_year": "2022/23", "draws": 1000},
    },
    "ratings": {
        "defaults": {},
        "ambulance": {"trust_type": "Ambulance"},
        "london_safe": {"region": "London", "key_question": "Safe"},
    },
    "emergency": {
        "defaults": {},
        "followed": {"trust": "RL4", "region": "Midlands", "winter": "2023/24"},
        "as_of_2018": {"as_at": "2018-10-01"},
    },
    "finances": {
        "defaults": {},
        "acute_followed": {"trust_type": "Acute", "trust": "RJ6", "year": "2014/15"},
        "ambulance_of_2017": {"trust_type": "Ambulance", "as_at": "2017-12-31"},
    },
    "profile": {
        "acute": {},
        "ambulance": {"trust": "RYD"},
        "another_year": {"trust": "RV3", "survey_year": 2015, "as_at": "2018-10-01"},
    },
}
CASES = [(study, case) for study, cases in ASKED.items() for case in cases]
IDS = [f"{study}-{case}" for study, case in CASES]
MOST_FIGURES = {"league": 6, "agency": 9, "pathology": 6, "finances": 3}


class Markdown(SingleFileSnapshotExtension):
    """One text file a case, to be read as such."""

    _write_mode = WriteMode.TEXT
    file_extension = "md"


@pytest.fixture
def kept(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(Markdown)


@cache
def sections_of(study: str, case: str) -> tuple[Section, ...]:
    module = STUDIES[study]
    built = module.build(module.Settings(**ASKED[study][case]))
    return tuple(section(built) for section in module.SECTIONS)


def cell(value: object) -> str:
    """Return a cell as a reader sees it, numbers left out: formats write them."""
    return str(value) if isinstance(value, str | Estimate) else ""


def texts_of(part: Part) -> list[str]:
    """Return every text of a part that a reader reads, cells of tables left out."""
    match part:
        case Answer():
            beside = [part.sure, part.as_at, part.follows, part.changes, part.ranges]
            return [part.lede, *beside]
        case Words():
            return [part.markdown]
        case Finding() if part.card:
            return [f"[{part.estimate}] {part.label or part.estimate.label}"]
        case Figure():
            return [part.title, part.subtitle, part.alt, part.note]
        case Table():
            return [part.caption, " | ".join(map(str, part.data.columns)), part.note]
    return []


def texts(study: str, case: str) -> list[str]:
    found = []
    for section in sections_of(study, case):
        for part in section.parts:
            found += [text for text in texts_of(part) if text]
    return found


def cells(study: str, case: str) -> list[str]:
    tables = [table for section in sections_of(study, case) for table in section.tables]
    values = [value for table in tables for value in table.data.to_numpy().ravel()]
    return [text for text in map(cell, values) if text]


def answer_of(study: str, case: str) -> Answer:
    part = sections_of(study, case)[0].parts[0]
    assert isinstance(part, Answer)
    return part


cases = pytest.mark.parametrize(("study", "case"), CASES, ids=IDS)


@cases
def test_what_a_report_says(study: str, case: str, kept: SnapshotAssertion):
    said = []
    for section in sections_of(study, case):
        parts = ["\n".join(text for text in texts_of(part) if text) for part in section.parts]
        said.append("\n\n".join([f"## {section.title}", *filter(None, parts)]))
    assert "\n\n".join(said) + "\n" == kept


@cases
def test_the_first_screen_is_complete(study: str, case: str):
    answer = answer_of(study, case)
    assert answer.faults() == []
    for name in ("lede", "sure", "as_at", "follows", "changes"):
        assert getattr(answer, name).strip(), name
    assert re.search(r"\b(19|20)\d\d\b", answer.lede), "a headline is dated"
    assert re.search(r"\b(19|20)\d\d\b", answer.as_at), answer.as_at
    assert len(re.findall(r"[.!?](?=\s|$)", answer.sure)) == 1, answer.sure


@cases
def test_cards_are_few_and_lead_to_a_section_that_is_shown(study: str, case: str):
    sections = sections_of(study, case)
    shown = {section.title for section in sections[1:] if section.parts}
    cards = [part for part in sections[0].parts if isinstance(part, Finding) and part.card]
    assert 2 <= len(cards) <= 5
    assert {card.leads_to for card in cards} <= shown
    others = [part for section in sections[1:] for part in section.parts]
    assert not [p.key for p in others if isinstance(p, Finding) and p.card and p.leads_to]


@cases
def test_the_level_of_intervals_is_said_once(study: str, case: str):
    said = [t for t in texts(study, case) if re.search(r"\d% (confidence|credible)", t)]
    assert len(said) <= 1, said


@cases
def test_no_interval_is_written_that_tells_only_of_arithmetic(study: str, case: str):
    """Sentences that write an interval by hand are held to the rule of Estimate."""
    number = r"([−-]?£?[\d,]+(?:\.\d+)?)(?:%|m|bn)?"
    plain = str.maketrans({",": "", "£": "", "−": "-"})
    interval = re.compile(rf"{number} \((?:[a-z ]+ )?{number} to {number}\)")
    for text in [*texts(study, case), *cells(study, case)]:
        for found in interval.finditer(text):
            value, low, high = (float(part.translate(plain)) for part in found.groups())
            assert low != high, found[0]
            assert abs(high - low) >= 0.005 * abs(value) or "−" in found[0], found[0]


@cases
def test_no_percentage_of_fewer_than_twenty_units(study: str, case: str):
    few = r"(?:[02-9]|1\d?)"
    pattern = re.compile(
        rf"\b{few} of (?:the )?{few}(?: [a-z]+){{0,3}} \(\d|\d% of (?:the |all )?{few} [a-z]"
    )
    for text in [*texts(study, case), *cells(study, case)]:
        assert not pattern.search(text), text


@cases
def test_words_are_the_reader_s(study: str, case: str):
    noted = re.compile(
        r"\bC\d{3}\b|\b[a-z]+_[a-z_]+\b|\bGBP\b|\bCONFLICT\b|\bUIN\b|\bnan\b|\bNaN\b|\bNone\b|<NA>"
    )
    for text in [*texts(study, case), *cells(study, case)]:
        bare = re.sub(r"`[^`]*`|\]\([^)]*\)|https?://\S+", "", text)
        assert not noted.search(bare), text


@cases
def test_number_and_noun_agree(study: str, case: str):
    wrong = re.compile(
        r"(?<![\d.,/–-])1 (?:trusts|networks|figures|items|moves|claims|months|years|units|hubs)\b"
        r"|(?<![\d.,])1 [a-z]+s? (?:are|were|have)\b|\b(?:[2-9]|\d\d+) (?:trust|network|claim) "
        r"(?:is|was|has)\b|\b0 trusts\b|  "
    )
    for text in texts(study, case):
        assert not wrong.search(text), text


@cases
def test_nothing_is_said_beyond_its_evidence(study: str, case: str):
    barred = re.compile(
        r"\bsignificant(?:ly)?\b(?! concerns)|\bproven?\b|\boverlap|long run|\bsettle at\b", re.I
    )
    for text in texts(study, case):
        assert not barred.search(text), text


@cases
def test_titles_are_short_findings(study: str, case: str):
    for section in sections_of(study, case):
        for figure in section.figures:
            assert words.words_in(figure.title) <= 15, figure.title
            assert len(figure.title) <= 70, figure.title


@cases
def test_words_refer_to_each_figure_and_table_and_to_no_other(study: str, case: str):
    sections = sections_of(study, case)
    shown = {f"fig-{f.key}" for s in sections for f in s.figures}
    shown |= {f"tab-{t.key}" for s in sections for t in s.tables}
    for (level, _), section in zip(headings_of(notebook_of(study)), sections, strict=True):
        links = re.findall(r"\[(Figure|Table)\]\(#([^)]*)\)", " ".join(section.words))
        own = {f"fig-{f.key}" for f in section.figures} | {f"tab-{t.key}" for t in section.tables}
        named = {anchor for _, anchor in links}
        assert own <= named or level == 3, f"{section.title}: {own - named}"
        assert named <= shown, f"{section.title}: {named - shown}"
        assert all(anchor.startswith(word.lower()[:3]) for word, anchor in links)


@pytest.mark.parametrize("study", MOST_FIGURES)
def test_a_reader_is_shown_few_figures_before_the_appendix(study: str):
    sections = sections_of(study, next(iter(ASKED[study])))
    shown = zip(headings_of(notebook_of(study)), sections, strict=True)
    figures = [f.key for (level, _), section in shown if level < 3 for f in section.figures]
    assert len(figures) <= MOST_FIGURES[study], figures


def test_the_notebooks_fold_what_few_need():
    for study in STUDIES:
        cells = [source for _, source in cells_of(notebook_of(study))]
        assert sum(source.startswith("## Appendix") for source in cells) == 1, study
