"""A league of another field: its own words, and errors that go their own ways."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from nhsi_analysis.studies import league
from nhsi_analysis.studies.league.numbers.study import Study
from notebook_reports.evidence import Answer, Figure, Finding, Section, Table, Words

QUOTAS = [10, 20, 20, 10]
NAMES = ["Leading", "Sound", "Wanting", "Weak"]
FIELDS = ("reading", "maths")
OF_THE_OTHER = re.compile(
    r"trust|\bNHS|staff|survey|\bCQC|2016|hospital|patient|inspect|reporting culture", re.IGNORECASE
)
NOTEBOOK = Path(__file__).parents[3] / "notebooks" / "01_league_table_critique.ipynb"


def schools() -> pd.DataFrame:
    """Return 60 made-up schools with two indicators, each of its own pupils."""
    rng = np.random.default_rng(3)
    rows = []
    for n in range(60):
        reading, maths = rng.normal(0.78, 0.04), rng.normal(0.70, 0.05)
        pupils = rng.integers(80, 400, 2)
        passed = rng.binomial(pupils, [reading, maths])
        rows.append(
            {
                "org_code": f"S{n:02d}",
                "org_name": f"{('Ash', 'Elm', 'Oak', 'Holly')[n % 4]}field School {n}",
                "reading": 100 * passed[0] / pupils[0],
                "reading_n": pupils[0],
                "maths": 100 * passed[1] / pupils[1],
                "maths_n": pupils[1],
            }
        )
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    path = tmp_path_factory.mktemp("schools") / "schools.csv"
    schools().to_csv(path, index=False)
    asked = league.Settings(league_csv=str(path), quotas=QUOTAS, categories=NAMES, draws=500)
    return league.build(asked)


@pytest.fixture(scope="module")
def page(study: Study) -> list[Section]:
    return [section(study) for section in league.SECTIONS]


def by_hand() -> pd.DataFrame:
    """Return scores and their errors, those of one school's indicators independent."""
    table = schools().set_index("org_code")
    score, variance = 0.0, 0.0
    for name in FIELDS:
        share = table[name] / 100
        spread = share.std()
        score = score + (share - share.mean()) / spread / 2
        variance = variance + share * (1 - share) / table[f"{name}_n"] / (2 * spread) ** 2
    return pd.DataFrame({"score": score, "se": variance**0.5})


def test_errors_of_indicators_with_their_own_base_are_independent(study: Study) -> None:
    hand = by_hand()
    units = study.table.units
    assert study.table.correlation == 0
    assert units["score"].to_dict() == pytest.approx(hand["score"].to_dict())
    assert units["se"].to_dict() == pytest.approx(hand["se"].to_dict())


def test_who_cannot_be_placed_is_found_again_by_drawing_true_scores(study: Study) -> None:
    hand = by_hand().sort_values("score", ascending=False)
    y, v = hand["score"].to_numpy(), hand["se"].to_numpy() ** 2
    rng = np.random.default_rng(0)
    # The two-level model with flat priors, on a grid of the spread between schools.
    tau = np.linspace(0.001, 2, 800)
    total = v + tau[:, None] ** 2
    precision = (1 / total).sum(axis=1)
    mean = (y / total).sum(axis=1) / precision
    log = -0.5 * (np.log(total).sum(axis=1) + np.log(precision))
    log -= 0.5 * ((y - mean[:, None]) ** 2 / total).sum(axis=1)
    weight = np.exp(log - log.max())
    at = rng.choice(len(tau), 8000, p=weight / weight.sum())
    centre = rng.normal(mean[at], precision[at] ** -0.5)
    part = tau[at, None] ** 2 / total[at]
    true = rng.normal(
        centre[:, None] + part * (y - centre[:, None]), np.sqrt(part * v), (8000, len(y))
    )
    ranks = (-true).argsort(axis=1).argsort(axis=1) + 1
    low, high = np.quantile(ranks, [0.025, 0.975], axis=0)
    doubtful = int(((low <= 30) & (high > 30)).sum())
    assert study.certainty.counts["doubtful"] == pytest.approx(doubtful, abs=2)
    added = study.sensitivity.query("what == 'correlation'")["doubtful"]
    assert added.max() > study.certainty.counts["doubtful"] == added.min()


def said(section: Section) -> list[str]:
    """Return every word that a reader sees of a section, in its pictures and tables too."""
    found: list[str] = []
    for part in section.parts:
        if isinstance(part, Words):
            found.append(part.markdown)
        elif isinstance(part, Answer):
            found += [part.lede, part.sure, part.as_at, part.follows, part.changes, part.ranges]
        elif isinstance(part, Finding):
            found.append(part.label or part.estimate.label)
        elif isinstance(part, Figure | Table):
            shown = part.data.reset_index()
            found += [
                *map(str, shown),
                *shown.select_dtypes(exclude="number").astype(str).to_numpy().ravel(),
            ]
            found += [part.note, *([part.source] if isinstance(part.source, str) else part.source)]
            if isinstance(part, Table):
                found.append(part.caption)
                continue
            found += [part.title, part.subtitle, part.alt]
            found += [t.get_text() for t in part.picture.findobj(Text) if isinstance(t, Text)]
            if part.units is not None:
                found += [part.units.kind, *part.units.said.values()]
    return found


def test_no_word_of_the_health_service_is_said_of_schools(page: list[Section]) -> None:
    # A column's code name is no word of the page, which has words for it.
    faults = {
        text
        for section in page
        for text in said(section)
        if OF_THE_OTHER.search(text.replace("org_code", ""))
    }
    assert faults == set()


def test_a_section_of_the_league_of_the_health_service_leaves_no_heading(
    page: list[Section],
) -> None:
    headings = {section.title for section in page if section.parts}
    told = {s.title for s in page} - headings
    assert {"Three criticisms, and a verdict on each", "Against the inspectors"} <= told
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    prose = ["".join(c["source"]) for c in cells if c["cell_type"] == "markdown"]
    left = [text for text in prose if text.partition("\n")[0].strip("# ") in headings]
    assert len(left) >= 6
    assert not [text for text in left if OF_THE_OTHER.search(text)]


def test_its_own_names_are_used(page: list[Section]) -> None:
    words = " ".join(text for section in page for text in said(section))
    assert "the line between Sound and Wanting" in words
    assert "Ashfield School" in words
    assert "Leading" in words
