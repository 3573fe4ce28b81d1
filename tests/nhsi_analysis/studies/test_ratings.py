"""The ratings study: numbers that can be counted by hand, every group, as_at, changed data."""

from __future__ import annotations

import itertools
import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from scipy.stats import binom, binomtest

from nhsi_analysis import datasets, paths
from nhsi_analysis.errors import ParameterError
from nhsi_analysis.studies.ratings import SECTIONS, Settings, Study, build, sections
from nhsi_analysis.studies.ratings.numbers.moves import (
    by_group,
    followed_trust,
    splits,
    trusts_that_moved,
)
from nhsi_analysis.studies.ratings.numbers.positions import (
    KEY_QUESTIONS,
    RATINGS,
    REGIONS,
    TRUST_TYPES,
    one_rating_each,
)
from nhsi_analysis.studies.ratings.numbers.published import published_shift, target_chance
from nhsi_analysis.studies.ratings.numbers.selection import project, rating_ages, reinspection
from nhsi_analysis.studies.ratings.sections.moves import coverage, headline, verdict
from nhsi_analysis.studies.ratings.sections.selection import (
    ages_reading,
    projection_reading,
    selection_reading,
)
from nhsi_analysis.studies.ratings.sections.wording import group, trusts
from notebook_reports.evidence import Estimate, Finding, Section

SNAPSHOTS = {"before": "2018-09-03", "after": "2019-03-01"}
WORST_FIRST = list(RATINGS)


def compare(**parameters: Any) -> Study:
    return build(Settings(**parameters))


@pytest.fixture(scope="module")
def study() -> Study:
    return compare(**SNAPSHOTS)


@pytest.fixture
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the tables this study reads, to be changed."""
    raw = tmp_path / "raw"
    raw.mkdir()
    for name in ("cqc_trust_ratings.csv", "trusts.csv", "claims.csv", "cqc_figures.csv"):
        shutil.copy(paths.raw_dir() / name, raw / name)
    for extra in ("datapackage.json", "trust_successions.csv"):
        if (paths.raw_dir() / extra).exists():
            shutil.copy(paths.raw_dir() / extra, raw / extra)
    monkeypatch.setenv("NHSI_DATA", str(tmp_path))
    return raw


def margin(study: Study, moment: str) -> list[int]:
    counts = study.table[f"rating_{moment}"].value_counts()
    return [int(counts.get(r, 0)) for r in reversed(WORST_FIRST)]


def said(section: Section) -> list[str]:
    """Return the prose, the titles of figures and the numbers of a section."""
    numbers = [str(e) + e.label for e in section.findings.values()]
    return [*section.words, *(f.title for f in section.figures), *numbers]


def everything(study: Study) -> list[str]:
    """Run the whole study and return its sentences."""
    words = [text for section in SECTIONS for text in said(section(study))]
    return words + [t.sentence for t in study.tests.values()]


def about_the_group(study: Study) -> list[str]:
    """Return the sentences that follow the group, without drawing anything."""
    words = [headline(study), verdict(study), coverage(study)]
    words += [t.sentence for t in study.tests.values()]
    words += [
        selection_reading(study, reinspection(study)),
        ages_reading(study, rating_ages(study)),
    ]
    if study.dates.days:
        words.append(projection_reading(study, project(study)))
    return words


def findings(study: Study) -> dict[str, Estimate]:
    return sections.answer(study).findings


def test_counts_of_the_two_snapshots(study: Study) -> None:
    assert study.pair.n == 226
    assert margin(study, "before") == [18, 109, 91, 8]
    assert margin(study, "after") == [21, 112, 87, 6]
    assert (study.pair.up, study.pair.down, study.reinspected.n) == (18, 8, 74)
    assert findings(study)["reinspected"].value == pytest.approx(74 / 226)


def test_empty_dates_mean_the_newest_and_the_one_before(study: Study) -> None:
    newest = compare()
    assert newest.dates == study.dates


def test_the_lede_carries_the_numbers_and_their_doubt(study: Study) -> None:
    assert "18 of 226 trusts in England moved up and 8 moved down" in headline(study)
    assert "only the 74 inspected again" in headline(study)
    assert f"{binomtest(18, 26).pvalue:.0%} of the time" in headline(study)


def test_groups_add_up_to_all(study: Study) -> None:
    found = by_group(study)
    for kind in ("Trust type", "Region"):
        totals = found[found["kind"] == kind].groupby("date")["trusts"].sum()
        assert totals.tolist() == [226, 226]
    for row in found.to_dict("records"):
        good = row["Good"] + row["Outstanding"]
        assert row["good_or_better"].value == pytest.approx(good / row["trusts"])
        assert row["good_or_better"].n == row["trusts"]


def test_reinspection_table_adds_up(study: Study) -> None:
    found = reinspection(study)
    assert found.table["trusts"].sum() == 226
    assert found.table["reinspected"].sum() == 74
    assert (found.table["up"].sum(), found.table["down"].sum()) == (18, 8)
    assert found.net_reinspected is not None
    assert found.net_reinspected.value == pytest.approx(100 * 10 / 74)
    # By hand: 18, 109, 91 and 8 trusts moving as the 1, 33, 35 and 5 re-inspected did.
    by_hand = 18 * 0 / 1 + 109 * (3 - 6) / 33 + 91 * (11 - 2) / 35 + 8 * 4 / 5
    assert found.net_standardised is not None
    assert found.net_standardised.value == pytest.approx(100 * by_hand / 226)
    assert found.net_standardised.low < found.net_standardised.value < found.net_standardised.high


def test_ages_run_from_publication(study: Study) -> None:
    found = rating_ages(study)
    row = study.table.sort_values("published_after").iloc[0]
    oldest = (pd.Timestamp("2019-03-01") - row["published_after"]).days / 365.25
    assert found.trusts["years"].max() == pytest.approx(oldest)
    limits = {"Inadequate": 1.0, "Requires improvement": 2.0, "Good": 3.5, "Outstanding": 5.0}
    assert found.limits == limits
    for row in found.table.to_dict("records"):
        ages = found.trusts.query("rating == @row['rating']")["years"]
        assert row["older"] == (ages > limits[row["rating"]]).sum()


def test_published_shares_imply_their_counts(study: Study) -> None:
    found = published_shift(study)
    assert found is not None
    for row in found.implied.to_dict("records"):
        good, outstanding = {2017: (39.1, 6.0), 2018: (44.8, 6.5)}[row["year"]]
        assert round(100 * row["good"] / row["total"], 1) == good
        assert round(100 * row["outstanding"] / row["total"], 1) == outstanding
    assert found.net == (11, 13)
    assert found.fell == (6, 8)
    assert (found.split.low, found.split.high) == pytest.approx(
        (binomtest(6, 26).pvalue, binomtest(8, 28).pvalue)
    )
    assert found.change.low < 0 < found.change.high
    crossings = found.by_chance
    assert crossings is not None
    a_year = round(21 / (179 / 365.25))
    assert crossings.value == pytest.approx(2 * binom.sf((a_year + 12) // 2 - 1, a_year, 0.5))
    assert "61 were rated again" in sections.published(study).words[0]


def test_published_figures_do_not_follow_the_group(study: Study) -> None:
    other = compare(**SNAPSHOTS, trust_type="Community", key_question="Safe")
    one, two = sections.published(study), sections.published(other)
    assert one.figures
    assert one.words == two.words


def test_target_chance_is_the_binomial(study: Study) -> None:
    found = target_chance(study)
    assert found is not None
    assert (found.observed, found.target, found.eligible) == (20, 17, (128, 129))
    assert found.beat.low == pytest.approx(min(binom.sf(19, n, 17 / n) for n in (128, 129)))
    assert found.table.loc[found.table["reached"], "probability"].sum() == pytest.approx(
        found.beat.value, abs=1e-3
    )


@pytest.mark.parametrize("key_question", KEY_QUESTIONS)
def test_every_group_has_an_answer(key_question: str) -> None:
    """Every trust type, every region, and for two ratings every pair, down to a single trust."""
    sizes = []
    kinds = itertools.product(("All", *TRUST_TYPES), ("All", *REGIONS))
    for trust_type, region in kinds:
        if key_question not in ("Overall", "Safe") and "All" not in (trust_type, region):
            continue
        found = compare(
            **SNAPSHOTS, key_question=key_question, trust_type=trust_type, region=region
        )
        sizes.append(found.pair.n)
        words = " ".join(about_the_group(found))
        assert "nan" not in words
        assert "None%" not in words
        assert trusts(found.settings, found.pair.n) in words
        assert found.reinspected.up == found.pair.up
        if found.pair.n < 10:
            assert "With so few trusts" in coverage(found)
        assert trusts_that_moved(found).shape[0] == found.pair.up + found.pair.down
    assert max(sizes) == 226
    assert min(sizes) == (1 if key_question in ("Overall", "Safe") else 10)


PARAMETERS: list[dict[str, Any]] = [
    SNAPSHOTS,
    SNAPSHOTS | {"trust_type": "Mental health", "key_question": "Safe", "trust": "RKL"},
    SNAPSHOTS | {"trust_type": "Ambulance", "region": "London"},
    SNAPSHOTS | {"as_at": "2018-06-30", "region": "South"},
    SNAPSHOTS | {"key_question": "Caring", "trust": "RR8", "confidence": 0.8},
]


@pytest.mark.parametrize("parameters", PARAMETERS, ids=lambda p: "-".join(map(str, p.values())))
def test_sections_say_what_they_show(parameters: dict[str, Any]) -> None:
    found = compare(**parameters)
    shown = [section(found) for section in SECTIONS]
    figures = [figure for section in shown for figure in section.figures]
    keys = [figure.key for figure in figures]
    assert len(set(keys)) == len(keys) == 8 + len(splits(found)) + (found.dates.days > 0)
    for figure in figures:
        figure.picture.draw_without_rendering()
        assert not figure.data.empty
        for part in (figure.title, figure.subtitle, figure.alt):
            assert "nan" not in part.split()
            assert len(part) > 15
        assert figure.alt != figure.title
    flows = next(figure for figure in figures if figure.key == "rating_flows")
    assert group(found.settings) in flows.subtitle
    tables = {table.key: table for section in shown for table in section.tables}
    assert set(tables) >= {
        "published_counts",
        "ratings_at_both_dates",
        "transition_shares",
        "reinspected_and_moved",
        "homogeneity_tests",
    }
    for table in tables.values():
        assert not table.data.empty
        assert table.caption
    assert ("trusts_that_moved" in tables) == (found.pair.up + found.pair.down > 0)
    assert ("trust_followed" in tables) == bool(found.settings.trust)


def test_the_same_day_twice_is_no_shift() -> None:
    still = compare(**SNAPSHOTS, as_at="2018-09-03")
    assert "no shift can be seen" in headline(still)
    assert sections.where_the_moves_point(still).words == (
        "Both positions are of the same day, so there are no moves to repeat.",
    )
    assert sections.who_moved(still).figures[0].title.startswith("None of 226 trusts")


def test_before_the_year_ended_its_figures_are_not_used() -> None:
    early = compare(**SNAPSHOTS, as_at="2018-03-30")
    for section in (sections.published(early), sections.target(early)):
        assert "published for 31 March 2018 are not used here" in section.words[0]
        assert len(section.parts) == 1


@pytest.mark.parametrize("region", ["All", "North"])
def test_a_trust_without_every_rating_leaves_a_gap(region: str) -> None:
    section = sections.key_questions(compare(**SNAPSHOTS, as_at="2016-05-01", region=region))
    (figure,) = section.figures
    held = section.frames["ratings"].notna().sum()
    assert held["Overall"] < held["Caring"]
    assert f"of {held['Overall']}; Safe" in figure.alt
    assert "A gap is a rating not held" in figure.note
    figure.picture.draw_without_rendering()


def test_trusts_without_a_recorded_region_are_named(study: Study) -> None:
    found = compare(**SNAPSHOTS, region="London")
    unknown = study.table.loc[study.table["region"] == "not recorded", "org_code"]
    assert found.unplaced == tuple(unknown)
    assert f"without a recorded region left out: {', '.join(unknown)}." in coverage(found)
    assert study.unplaced == ()


def test_the_answer_stands_in_its_section(study: Study) -> None:
    assert sections.answer(study).words == (headline(study),)
    assert sections.more_than_chance(study).words == (verdict(study),)
    assert sections.groups(study).words == (coverage(study),)


def test_as_at_uses_nothing_published_later() -> None:
    for day in ("2018-12-31", "2018-10-15", "2018-06-30", "2017-11-30", "2016-05-01"):
        found = compare(**SNAPSHOTS, as_at=day)
        assert found.grid["published_after"].max() <= pd.Timestamp(day)
        assert found.grid["published_before"].max() <= pd.Timestamp(day)
        words = " ".join(everything(found))
        assert "1 March 2019" not in words
        assert ("44.8%" in words) == (day >= "2018-03-31")
        assert ("were rated again after" in words) == (day >= "2018-09-03")
        assert ("announced in October 2017" in words) == (day >= "2017-10-16")
        assert found.pair.n + len(found.positions.hidden) == 226


def test_as_at_between_the_snapshots_by_hand() -> None:
    table = datasets.load("cqc_trust_ratings", source="shipped")
    whole = table.query("service == 'Overall' and key_question == 'Overall'")
    first, last = (
        whole[whole["snapshot"] == date].set_index("org_code") for date in SNAPSHOTS.values()
    )
    day = pd.Timestamp("2018-12-31")
    rating = last["rating"].where(last["publication_date"] <= day, first["rating"])
    rank = {r: i for i, r in enumerate(WORST_FIRST)}
    step = rating.map(rank) - first["rating"].map(rank)
    found = compare(**SNAPSHOTS, as_at="2018-12-31")
    assert (found.pair.up, found.pair.down) == ((step > 0).sum(), (step < 0).sum())
    assert (
        found.reinspected.n
        == (
            (last["publication_date"] <= day)
            & (last["publication_date"] > first["publication_date"])
        ).sum()
    )


def test_as_at_before_everything_is_an_error() -> None:
    with pytest.raises(ParameterError, match="leaves no trust"):
        compare(as_at="2013-12-31")


@pytest.mark.parametrize(
    ("bad", "named", "hint"),
    [
        ({"key_question": "Safety"}, "key_question", "Safe"),
        ({"trust_type": "Hospital"}, "trust_type", "Acute"),
        ({"region": "Wales"}, "region", "London"),
        ({"confidence": 95}, "confidence", "from 0.5 to 0.999"),
        ({"before": "2018-09-04"}, "before", "2018-09-03"),
        ({"before": "3 September 2018"}, "before", "date such as"),
        ({"before": "2019-03-01"}, "before", "earlier"),
        ({"before": "2019-03-01", "after": "2018-09-03"}, "before", "earlier"),
        ({"after": "2018-09-03"}, "after", "no snapshot before"),
        ({"as_at": "2018-13-01"}, "as_at", "date such as"),
        ({"trust": "RR88"}, "trust", "RR8"),
    ],
)
def test_nonsense_is_refused_by_name(bad: dict[str, Any], named: str, hint: str) -> None:
    with pytest.raises(ParameterError, match=f"'{named}'") as caught:
        compare(**bad)
    assert hint in str(caught.value)


def test_a_followed_trust(study: Study) -> None:
    found = sections.who_moved(compare(**SNAPSHOTS, trust="RKL"))
    (words,) = found.words
    table = found.tables[-1].data
    assert words.startswith("West London")
    assert table["Key question"].tolist() == list(KEY_QUESTIONS)
    assert table.iloc[0][["Before", "After"]].tolist() == ["Requires improvement", "Good"]
    outside = compare(**SNAPSHOTS, trust="RKL", trust_type="Acute")
    assert "outside the group" in sections.who_moved(outside).words[0]
    unrated = compare(**SNAPSHOTS, trust="RJD")
    assert "no rating" in sections.who_moved(unrated).words[0]
    assert followed_trust(unrated).empty
    assert "No trust is followed" in sections.who_moved(study).words[0]


def test_one_rating_each_keeps_the_latest_then_the_lower() -> None:
    table = datasets.load("cqc_trust_ratings", source="shipped")
    single = one_rating_each(table)
    assert len(table) - len(single) == 24
    keys = ["snapshot", "org_code", "service", "key_question"]
    assert not single.duplicated(keys).any()
    latest = table.groupby(keys)["publication_date"].max()
    assert (single.set_index(keys)["publication_date"].sort_index() == latest.sort_index()).all()
    same_day = table.head(1)
    both = pd.concat([same_day.assign(rating="Good"), same_day.assign(rating="Inadequate")])
    assert one_rating_each(both)["rating"].tolist() == ["Inadequate"]


def rewrite(raw: Path, change: object) -> None:
    path = raw / "cqc_trust_ratings.csv"
    table = pd.read_csv(path, dtype=str)
    changed = change(table)  # type: ignore[operator] # a function
    changed.to_csv(path, index=False)
    package = json.loads((raw / "datapackage.json").read_text(encoding="utf-8"))
    for resource in package["resources"]:
        if resource["path"] == path.name:
            resource["rows"] = len(changed)
    (raw / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")


def whole(table: pd.DataFrame, snapshot: str, code: str) -> pd.Series:
    chosen = (table["snapshot"] == snapshot) & (table["org_code"] == code)
    return chosen & (table["service"] == "Overall")


def test_numbers_follow_a_changed_rating(own_data: Path) -> None:
    def change(table: pd.DataFrame) -> pd.DataFrame:
        rows = whole(table, "2019-03-01", "RR8") & (table["key_question"] == "Overall")
        assert table.loc[rows, "rating"].tolist() == ["Good"] or rows.sum() == 1
        table.loc[rows, "rating"] = "Inadequate"
        return table

    rewrite(own_data, change)
    found = compare(**SNAPSHOTS)
    assert margin(found, "after")[3] == 7
    assert found.pair.down == 9
    assert "9 moved down" in headline(found)


def test_a_newer_snapshot_becomes_the_default(own_data: Path) -> None:
    def append(table: pd.DataFrame) -> pd.DataFrame:
        newer = table[table["snapshot"] == "2019-03-01"].assign(snapshot="2019-09-01")
        rows = (newer["org_code"] == "RR8") & (newer["service"] == "Overall")
        newer.loc[rows, ["rating", "publication_date"]] = ["Outstanding", "2019-07-15"]
        return pd.concat([table, newer])

    rewrite(own_data, append)
    found = compare()
    assert headline(found).startswith("Between 1 March 2019 and 1 September 2019, **1 of 226")
    assert found.reinspected.n == 1
    assert compare(**SNAPSHOTS).pair.up == 18
    published = published_shift(found)
    assert published is not None
    assert published.net == (11, 13)


def test_successors_are_followed_and_the_unmatched_named(
    own_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def merge(table: pd.DataFrame) -> pd.DataFrame:
        later = table["snapshot"] == "2019-03-01"
        renamed = table["org_code"].where(~(later & (table["org_code"] == "RR8")), "RZ9")
        gone = later & table["org_code"].isin(["RA2", "RCB"])
        return table.assign(org_code=renamed)[~gone]

    rewrite(own_data, merge)
    successions = pd.DataFrame(
        {
            "org_code": ["RR8", "RA2"],
            "successor_code": ["RZ9", "RA7"],
            "effective_date": pd.to_datetime(["2018-12-01", "2018-12-01"]),
        }
    )
    real = datasets.load
    monkeypatch.setattr(
        datasets,
        "load",
        lambda name, **more: successions if name == "trust_successions" else real(name, **more),
    )
    found = compare(**SNAPSHOTS)
    # RR8 lives on as RZ9; RA2 went into RA7, whose own rating counts; RCB is lost.
    assert found.pair.n == 224
    assert "RZ9" in set(found.table["org_code"])
    assert found.positions.followed_on == ("RA2 → RA7", "RR8 → RZ9")
    assert found.positions.only_before == ("RCB",)
    assert "RCB" in coverage(found)
    assert "RR8 → RZ9" in coverage(found)


def test_projection_needs_time_and_a_range() -> None:
    still = compare(**SNAPSHOTS, as_at="2018-09-03")
    with pytest.raises(ParameterError, match="as_at"):
        project(still)
    with pytest.raises(ParameterError, match="years"):
        project(compare(**SNAPSHOTS), years=0)


def test_projection_starts_at_the_later_ratings(study: Study) -> None:
    found = project(study, years=2)
    start = found.path[found.path["step"] == 0].set_index("category")["share"]
    assert start["Good or outstanding"] == pytest.approx(133 / 226)
    assert found.path["years"].max() == pytest.approx(5 * 179 / 365.25)
    again = project(study, years=2)
    pd.testing.assert_frame_equal(found.path, again.path)


def test_findings_are_plain_estimates(study: Study) -> None:
    numbers = findings(study)
    for key, estimate in numbers.items():
        assert isinstance(estimate, Estimate)
        assert estimate.label
        json.dumps({key: estimate.to_dict()})
    parts = sections.answer(study).parts
    assert {p.key for p in parts if isinstance(p, Finding) and p.card} < set(numbers)
