"""The appendix: the other tests, and where the moves would lead."""

from __future__ import annotations

import pandas as pd

from nhsi_analysis.studies.ratings.numbers.selection import project
from nhsi_analysis.studies.ratings.numbers.study import Study
from nhsi_analysis.studies.ratings.sections.answer import TESTED, state
from nhsi_analysis.studies.ratings.sections.wording import SOURCE, after, chance, subject
from notebook_reports.evidence import Section, Table, Words, words


def other_tests_of_the_shift(study: Study) -> Section:
    """Say what other tests of the shift ask and find, and why they don't lead."""
    title, pair = "Other tests of the shift", study.pair
    if state(study) not in TESTED:
        return Section(title, [])
    large = "; a formula for large samples"
    commoner = "Whether any of the four ratings became commoner or rarer"
    tests = {
        pair.mcnemar("Good"): "Only whether more crossed the line of good upwards than downwards",
        pair.exact_homogeneity(): commoner,
        pair.ordinal_homogeneity(): f"Whether the mean rating, scored 1 to 4, moved{large}",
        pair.stuart_maxwell(): commoner + large,
        pair.bhapkar(): f"The same with another variance{large}",
        pair.bowker(): f"Whether every two ratings exchanged as many trusts each way{large}",
    }
    chances = ["none" if test.pvalue is None else chance(test.pvalue) for test in tests]
    table = pd.DataFrame(
        {
            "Test": [test.name for test in tests],
            "What it asks": list(tests.values()),
            "Chance alone": chances,
        }
    )
    note = "They ask other questions or lean on many moves, so none of them leads; to pick the "
    note += "smallest of several would overstate what is known."
    caption = f"Other tests, {subject(study)}"
    return Section(title, [Table(table, "other_tests", caption, SOURCE, note=note)])


def where_the_moves_point(study: Study) -> Section:
    """Say what share would be good or outstanding if the moves went on."""
    title, found = "Where the moves would lead", project(study)
    if found is None:
        return Section(title, [])
    day, ends = words.day(found[0]), found[1]
    text = (
        f"Had every {study.dates.days} days repeated these {study.moves} moves, {ends[0.25]} of "
        f"trusts would have been good or outstanding on {day}, from "
        f"{words.portion(study.good('after'), study.pair.n)} on {after(study)}. That is "
        "arithmetic, not a forecast: it supposes that a trust's chance of a move depends on its "
        "rating alone and never changes, and leans on the weight that each possible move is given beforehand."
    )
    weight = "Weight of each move, in trusts"
    table = pd.DataFrame(
        {weight: [f"{w:g}" for w in ends], f"Good or outstanding, {day}": list(ends.values())}
    )
    caption = f"Share if the moves went on, {subject(study)}"
    note = "In brackets: credible intervals."
    return Section(
        title, [Words(text), Table(table, "projection_by_weight", caption, SOURCE, note=note)]
    )
