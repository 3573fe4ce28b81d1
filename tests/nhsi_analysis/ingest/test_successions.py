"""Following trusts to their successors, and a newer file through to the ratings report."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from made_up import provider

from nhsi_analysis import datasets, ingest
from nhsi_analysis.datasets.successions import match_trusts
from nhsi_analysis.studies.ratings import Settings, build, sections
from notebook_reports.evidence import Estimate

CODES = [f"R{letter}" for letter in "ABCDEFGH"]


def table(*steps: tuple[str, str, str]) -> pd.DataFrame:
    frame = pd.DataFrame(steps, columns=["org_code", "successor_code", "effective_date"])
    return frame.assign(effective_date=pd.to_datetime(frame["effective_date"]))


def test_a_chain_is_followed_to_the_first_code_there_is() -> None:
    steps = table(("RA", "RB", "2012-04-01"), ("RB", "RC", "2017-10-01"))
    matched = match_trusts(["RA", "RX"], ["RC"], steps)
    assert matched.to_frame().to_numpy().tolist() == [["RA", "RC", "successor"]]
    assert matched.unmatched_before == ("RX",)
    assert match_trusts(["RA"], ["RB", "RC"], steps).pairs["after"].tolist() == ["RB"]
    assert match_trusts(["RA"], ["RC"], steps, as_at="2015-01-01").unmatched_before == ("RA",)


def test_several_trusts_may_have_one_successor_and_a_circle_ends() -> None:
    steps = table(("RA", "RC", "2020-04-01"), ("RB", "RC", "2020-04-01"))
    assert match_trusts(["RA", "RB"], ["RC"], steps).pairs["after"].tolist() == ["RC", "RC"]
    circle = table(("RA", "RB", "2020-04-01"), ("RB", "RA", "2021-04-01"))
    assert match_trusts(["RA"], ["RZ"], circle).unmatched_before == ("RA",)


def test_the_sentence_counts_and_names() -> None:
    steps = table(("RA", "RC", "2020-04-01"))
    sentence = match_trusts(["RA", "RB", "RD"], ["RB", "RC", "RE"], steps).sentence()
    assert sentence == (
        "1 trusts keep their code; 1 are followed to their successor (RA → RC); 1 are not in the "
        "later data and have no known successor there (RD); 1 are in the later data only (RE)."
    )


@settings(max_examples=60, deadline=None)
@given(
    before=st.lists(st.sampled_from(CODES)),
    after=st.lists(st.sampled_from(CODES)),
    steps=st.dictionaries(st.sampled_from(CODES), st.sampled_from(CODES)),
)
def test_every_code_is_matched_or_named_once(
    before: list[str], after: list[str], steps: dict[str, str]
) -> None:
    frame = table(*((a, b, "2020-01-01") for a, b in steps.items() if a != b))
    matched = match_trusts(before, after, frame)
    assert sorted([*matched.pairs["before"], *matched.unmatched_before]) == sorted(set(before))
    assert set(matched.pairs["after"]) | set(matched.unmatched_after) == set(after)
    assert not set(matched.pairs["after"]) & set(matched.unmatched_after)
    kept = matched.pairs[matched.pairs["how"] == "same"]
    assert (kept["before"] == kept["after"]).all()
    assert set(kept["before"]) == set(before) & set(after)


def findings(source: str = "") -> dict[str, Estimate]:
    return sections.answer(build(Settings(ratings_source=source))).findings


def test_a_newer_file_changes_the_reports_dates_counts_and_provenance(
    cqc_file: Callable[..., Path],
) -> None:
    before = findings()
    shipped = datasets.load("cqc_trust_ratings", source="shipped")
    last = shipped[(shipped["snapshot"] == "2019-03-01") & (shipped["service"] == "Overall")]
    merged = {"RLN": "R0B", "RE9": "R0B"}
    rows, up = [], 0
    for row in last.drop_duplicates(["org_code", "key_question"]).itertuples():
        code = merged.get(row.org_code, row.org_code)
        if row.org_code == "RE9":
            continue
        better = row.key_question == "Overall" and row.rating == "Requires improvement" and up < 10
        up += better
        rating, day = ("Good", "14/05/2026") if better else (row.rating, "")
        published = day or f"{row.publication_date:%d/%m/%Y}"
        rows.append(provider(code, str(rating), question=row.key_question, published=published))
    ingest.ingest(cqc_file(rows))
    after = findings()
    assert set(after) == set(before)
    assert before["trusts_compared"].value == 226
    assert after["trusts_compared"].value == 225
    # Ten raised here; and R0B, which carries the good rating of one of the two trusts it was made
    # of, where the report sets out from the lower of the two.
    assert after["moved_up"].value == 11
    assert after["moved_down"].value == 0
    assert "1 September 2026" in after["good_or_better_after"].label
    assert "1 March 2019" in after["good_or_better_before"].label
    again = findings("shipped")
    assert {k: e.value for k, e in again.items()} == {k: e.value for k, e in before.items()}
