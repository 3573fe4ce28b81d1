"""The ratings study: numbers that can be counted by hand, every group, as_at, changed data."""

from __future__ import annotations

import itertools
import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from scipy.stats import binom, binomtest, fisher_exact

from nhsi_analysis import datasets, paths
from nhsi_analysis.errors import ParameterError
from nhsi_analysis.studies.ratings import SECTIONS, Settings, Study, build, sections
from nhsi_analysis.studies.ratings.numbers.moves import (
    by_group,
    followed_trust,
    question_pairs,
    trusts_that_moved,
)
from nhsi_analysis.studies.ratings.numbers.positions import (
    KEY_QUESTIONS,
    RATINGS,
    REGIONS,
    TRUST_TYPES,
    one_rating_each,
)
from nhsi_analysis.studies.ratings.numbers.published import published_shift
from nhsi_analysis.studies.ratings.numbers.selection import project, rating_ages, reinspection
from nhsi_analysis.studies.ratings.sections.answer import headline, state
from nhsi_analysis.studies.ratings.sections.moves import coverage
from nhsi_analysis.studies.ratings.sections.wording import group, trusts
from notebook_reports.charts.check import problems
from notebook_reports.evidence import Answer, Estimate, Finding, Section

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
    """Return the prose, the words around figures and tables, and the cards of a section."""
    told = [e.label for e in section.findings.values()]
    for part in section.parts:
        if isinstance(part, Answer):
            told += [part.sure, part.as_at, part.follows, part.changes, part.ranges]
    told += [f"{f.title} {f.subtitle} {f.alt} {f.note}" for f in section.figures]
    return [*section.words, *told, *(f"{t.caption} {t.note}" for t in section.tables)]


def everything(study: Study) -> str:
    """Run the whole study and return its sentences."""
    return " ".join(text for section in SECTIONS for text in said(section(study)))


def findings(study: Study) -> dict[str, Estimate]:
    return sections.answer(study).findings


def test_counts_of_the_two_snapshots(study: Study) -> None:
    assert study.pair.n == 226
    assert margin(study, "before") == [18, 109, 91, 8]
    assert margin(study, "after") == [21, 112, 87, 6]
    assert (study.pair.up, study.pair.down, study.reinspected.n) == (18, 8, 74)
    assert str(findings(study)["reinspected"]) == "74 of 226 trusts"


def test_empty_dates_mean_the_newest_and_the_one_before(study: Study) -> None:
    newest = compare()
    assert newest.dates == study.dates


def test_the_lede_carries_the_numbers_and_their_doubt(study: Study) -> None:
    assert "18 of 226 trusts in England moved up and 8 moved down" in headline(study)
    assert "74 were inspected again" in headline(study)
    assert f"{binomtest(18, 26).pvalue:.0%} of the time" in headline(study)
    (answer,) = (p for p in sections.answer(study).parts if isinstance(p, Answer))
    assert answer.as_at == "1 March 2019, the newest list of ratings this page holds"
    assert binomtest(19, 26).pvalue < 0.05 < binomtest(18, 26).pvalue
    assert answer.changes.startswith("If 1 fall had been a rise, the chance would be below 5%.")


def test_a_subgroup_is_adjusted_for_the_others_of_its_kind() -> None:
    splits = {"London": (4, 0), "Midlands and East": (3, 5), "North": (2, 0), "South": (9, 1)}
    south = compare(**SNAPSHOTS, region="South")
    alone = [binomtest(up, up + down).pvalue for up, down in splits.values()]
    assert south.looks.chance == pytest.approx(binomtest(9, 10).pvalue) == pytest.approx(min(alone))
    assert south.looks.adjusted == pytest.approx(4 * min(alone))
    assert south.looks.everywhere == (8, pytest.approx(8 * min(alone)))
    told = "allowing for a look at each of 4 regions, moves would split so unevenly at most 9%"
    assert told in headline(south)
    assert "2%" not in headline(south)
    words = " ".join(sections.more_than_chance(south).words)
    assert "This is one of 4 regions and of 8 regions and kinds of trust looked at" in words
    both = compare(**SNAPSHOTS, region="South", trust_type="Acute", key_question="Safe")
    assert both.looks.kinds == {"region": 4, "trust_type": 4, "key_question": 6}
    assert both.looks.count == 96
    assert both.looks.everywhere is None


@pytest.mark.parametrize(
    ("asked", "found", "told"),
    [
        ({"region": "London"}, "few", "4 moves are too few to tell a shift from chance."),
        ({"trust_type": "Mental health"}, "even", "As many rose as fell: there is no shift."),
        ({"region": "Midlands and East"}, "usual", "Chance alone often splits moves as unevenly."),
        ({"as_at": "2018-09-03"}, "one day", "no shift can be seen"),
        ({"trust_type": "Ambulance", "region": "London"}, "still", "There is no shift."),
        ({"trust_type": "Ambulance", "region": "North"}, "few", "1 move is too few"),
    ],
)
def test_what_the_moves_can_tell(asked: dict[str, Any], found: str, told: str) -> None:
    study = compare(**SNAPSHOTS, **asked)
    assert state(study) == found
    assert told in headline(study)
    assert "chance_of_the_split" not in findings(study) or found == "usual"
    assert "look larger" not in everything(study)
    tested = found == "usual" or (found == "few" and study.moves > 1)
    assert bool(sections.more_than_chance(study).parts) == tested


def test_groups_add_up_to_all(study: Study) -> None:
    found = by_group(study)
    assert found is not None
    totals = found.table.groupby("kind")[
        ["trusts", "good_before", "good_after", "up", "down"]
    ].sum()
    assert totals.to_numpy().tolist() == [[226, 127, 133, 18, 8]] * 2
    south = found.table.set_index("group").loc["South"]
    assert (south["up"], south["down"]) == (9, 1)
    assert south["adjusted"] == pytest.approx(4 * binomtest(9, 10).pvalue)
    assert (
        found.table["adjusted"].isna().tolist() == (found.table["group"] == "not recorded").tolist()
    )


def test_groups_are_compared_with_the_others_of_their_kind(study: Study) -> None:
    found = by_group(study)
    assert found is not None
    assert found.apart["total"].min() >= 20
    acute = found.apart.set_index("group").loc["Acute"]
    assert (acute["count"], acute["total"], acute["others"], acute["others_total"]) == (
        77,
        146,
        56,
        80,
    )
    assert acute["pvalue"] == pytest.approx(fisher_exact([[77, 69], [56, 24]]).pvalue)
    assert acute["adjusted"] == pytest.approx(6 * acute["pvalue"])
    (figure,) = sections.groups(study).figures
    assert figure.title == "No group with 20 trusts is clearly apart"
    assert "not recorded" not in figure.alt
    assert "Region not recorded" in sections.groups(study).tables[0].data["Group"].tolist()
    assert by_group(compare(**SNAPSHOTS, region="London", trust_type="Acute")) is None
    safe = compare(**SNAPSHOTS, key_question="Safe")
    kinds = by_group(safe)
    assert kinds is not None
    assert 2 * kinds.overall["Kind of trust"] < 0.05 < kinds.apart["adjusted"].min()
    assert sections.groups(safe).figures[0].title.startswith("Kinds of trust differ, but no group")
    london = sections.groups(compare(**SNAPSHOTS, region="London"))
    assert not london.figures
    assert not any("Chance" in column for column in london.tables[0].data)


def test_key_questions_are_paired(study: Study) -> None:
    found = question_pairs(study)
    assert found is not None
    row = found.table.set_index(["first", "second"]).loc[("Safe", "Caring")]
    assert (row["first_only"], row["second_only"]) == (0, 151)
    assert found.table["adjusted"].lt(0.05).sum() == 7
    assert question_pairs(compare(**SNAPSHOTS, trust_type="Ambulance")) is None


def test_reinspection_table_adds_up(study: Study) -> None:
    found = reinspection(study)
    assert found["trusts"].sum() == 226
    assert found["reinspected"].sum() == 74
    assert (found["up"].sum(), found["down"].sum()) == (18, 8)
    (words,) = sections.inspected_again(study).words
    assert "40 of 74 (54%) had stood below good; of all trusts 99 of 226 (44%)" in words
    # By hand: 109, 91 and 8 trusts moving as the 33, 35 and 5 re-inspected did; of the 18
    # outstanding 1 was re-inspected and stayed, and the other 17 fall or don't.
    by_hand = 109 * (3 - 6) / 33 + 91 * (11 - 2) / 35 + 8 * 4 / 5
    bounds = [round(100 * end / 226) for end in (by_hand - 17, by_hand)]
    assert f"it would be {bounds[0]} to {bounds[1]} percentage points: bounds" in words
    assert words.endswith(
        "On these terms the choice of whom to visit makes the improvement look larger."
    )


def test_ages_run_from_publication(study: Study) -> None:
    found = rating_ages(study)
    row = study.table.sort_values("published_after").iloc[0]
    oldest = (pd.Timestamp("2019-03-01") - row["published_after"]).days / 365.25
    assert found["years"].max() == pytest.approx(oldest)
    limits = {"Inadequate": 1.0, "Requires improvement": 2.0, "Good": 3.5, "Outstanding": 5.0}
    assert found.groupby("rating")["limit"].unique().str[0].to_dict() == limits
    older = int((found["years"] > found["rating"].map(limits)).sum())
    assert f"{older} of 226 (4%) were older" in sections.age_of_the_ratings(study).words[0]


def test_published_shares_imply_their_counts(study: Study) -> None:
    found = published_shift(study)
    assert found is not None
    for row in found.implied.to_dict("records"):
        good, outstanding = (44.8, 6.5) if row["at_end"] else (39.1, 6.0)
        assert round(100 * row["good"] / row["total"], 1) == good
        assert round(100 * row["outstanding"] / row["total"], 1) == outstanding
    assert (found.net, found.fell, found.left, found.fell_at_least) == ((12, 14), (6, 8), 5, 3)
    assert (found.split.low, found.split.high) == pytest.approx(
        (binomtest(3, 23).pvalue, binomtest(8, 28).pvalue)
    )
    assert (found.risen, found.target) == (20, 17)
    assert (found.totals, found.implied["total"].tolist()) == ((216, 245), [233, 235, 230, 232])
    (words,) = sections.published(study).words
    assert "Of totals from 216 to 245 trusts, only 91 and 14 of 233" in words
    assert "With 3 to 8 falls" in words
    assert found.beat.low == pytest.approx(min(binom.sf(19, n, 17 / n) for n in (128, 129)))


@pytest.mark.parametrize(
    "asked", [{"region": "North"}, {"trust_type": "Acute"}, {"key_question": "Safe"}]
)
def test_what_is_not_theirs_is_not_on_their_page(asked: dict[str, Any]) -> None:
    other = compare(**SNAPSHOTS, **asked)
    assert published_shift(other) is None
    assert not sections.published(other).parts
    assert "target" not in everything(other)


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
        (answer,) = (p for p in sections.answer(found).parts if isinstance(p, Answer))
        assert answer.faults() == []
        drawn_nothing = [sections.more_than_chance, sections.inspected_again, sections.answer]
        words = " ".join(text for section in drawn_nothing for text in said(section(found)))
        assert "nan" not in words
        assert "None%" not in words
        assert trusts(found.settings, found.pair.n) in words
        assert bool(answer.ranges) == (found.pair.n >= 20)
        assert found.looks.chance <= found.looks.adjusted <= 1
        assert found.reinspected.up == found.pair.up
        assert trusts_that_moved(found).shape[0] == found.moves
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
    figures = {figure.key: figure for section in shown for figure in section.figures}
    assert len(figures) == sum(len(section.figures) for section in shown)
    assert figures.keys() >= {"key_question_ratings", "rating_ages"}
    assert ("rating_flows" in figures) == (found.dates.days > 0)
    for figure in figures.values():
        figure.picture.draw_without_rendering()
        assert problems(figure.picture) == []
        assert not figure.data.empty
        for part in (figure.title, figure.subtitle, figure.alt):
            assert "nan" not in part.split()
            assert len(part) > 15
        assert figure.alt != figure.title
        assert group(found.settings) in figure.subtitle
    tables = {table.key: table for section in shown for table in section.tables}
    for table in tables.values():
        assert not table.data.empty
        assert table.caption
    assert ("trusts_that_moved" in tables) == (found.moves > 0)
    assert ("trust_followed" in tables) == bool(found.settings.trust)
    assert ("key_question_pairs" in tables) == (found.pair.n >= 20)
    assert ("other_tests" in tables) == (state(found) in ("usual", "open", "seldom"))


def test_the_same_day_twice_is_no_shift() -> None:
    still = compare(**SNAPSHOTS, as_at="2018-09-03")
    assert "no shift can be seen" in headline(still)
    assert project(still) is None
    for section in (sections.who_moved, sections.inspected_again, sections.where_the_moves_point):
        assert not section(still).parts


def test_before_the_year_ended_its_figures_are_not_used() -> None:
    assert not sections.published(compare(**SNAPSHOTS, as_at="2018-03-30")).parts
    assert sections.published(compare(**SNAPSHOTS, as_at="2018-03-31")).parts


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
    told = coverage(found)
    assert "4 trusts without a recorded region (" in told
    assert all(f" ({code})" in told for code in unknown)
    assert (study.unplaced, coverage(study)) == ((), "")


def test_as_at_uses_nothing_published_later() -> None:
    for day in ("2018-12-31", "2018-10-15", "2018-06-30", "2017-11-30", "2016-05-01"):
        found = compare(**SNAPSHOTS, as_at=day)
        assert found.grid["published_after"].max() <= pd.Timestamp(day)
        assert found.grid["published_before"].max() <= pd.Timestamp(day)
        words = everything(found)
        assert "1 March 2019" not in words
        assert ("44.8%" in words) == (day >= "2018-03-31")
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
    found = sections.followed(compare(**SNAPSHOTS, trust="RKL"))
    (words,) = found.words
    table = found.tables[0].data
    assert words.startswith("West London")
    assert table["Key question"].tolist() == list(KEY_QUESTIONS)
    days = ["3 September 2018", "1 March 2019"]
    assert table.iloc[0][days].tolist() == ["Requires improvement", "Good"]
    one_day = sections.followed(compare(**SNAPSHOTS, trust="RKL", as_at="2018-08-01"))
    assert "(RKL) held these ratings on 1 August 2018 ([Table]" in one_day.words[0]
    heads = ["Key question", "1 August 2018", "Published"]
    assert one_day.tables[0].data.columns.tolist() == heads
    outside = compare(**SNAPSHOTS, trust="RKL", trust_type="Acute")
    assert "outside the group" in sections.followed(outside).words[0]
    unrated = compare(**SNAPSHOTS, trust="RJD")
    assert "no rating" in sections.followed(unrated).words[0]
    assert followed_trust(unrated).empty
    assert not sections.followed(study).parts


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


def test_a_shift_that_chance_seldom_brings_is_still_no_finding_on_others(own_data: Path) -> None:
    def change(table: pd.DataFrame) -> pd.DataFrame:
        rows = whole(table, "2019-03-01", "RN5") & (table["key_question"] == "Overall")
        table.loc[rows, "rating"] = "Outstanding"
        return table

    rewrite(own_data, change)
    found = compare(**SNAPSHOTS)
    assert (found.pair.up, found.pair.down, state(found)) == (19, 7, "seldom")
    assert headline(found).endswith("3% of the time, so chance alone would seldom do it.")
    (answer,) = (p for p in sections.answer(found).parts if isinstance(p, Answer))
    assert answer.follows.startswith("More trusts rose than chance usually brings")
    assert answer.follows.endswith("that is no finding about trusts not visited.")


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
    assert published.net == (12, 14)
    (answer,) = (p for p in sections.answer(compare(**SNAPSHOTS)).parts if isinstance(p, Answer))
    assert answer.as_at.endswith("newest list of ratings this page holds is of 1 September 2019")


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
    assert "(RR8) → RZ9" in coverage(found)


def test_a_projection_needs_twenty_moves_and_shows_its_prior(study: Study) -> None:
    found = project(study)
    assert found is not None
    day, ends = found
    assert day == pd.Timestamp("2019-03-01") + pd.Timedelta(days=11 * 179)
    assert [round(ends[weight].value, 2) for weight in (0.01, 0.25, 1.0)] == [0.72, 0.70, 0.66]
    assert project(study) == found
    assert project(compare(**SNAPSHOTS, region="South")) is None


def test_only_the_table_asked_for_is_read(own_data: Path) -> None:
    def few(table: pd.DataFrame) -> pd.DataFrame:
        return table[table["org_code"] < "RB"]

    assert sections.published(compare()).parts
    rewrite(own_data, few)
    small = compare()
    assert small.ratings["org_code"].max() < "RB"
    assert published_shift(small) is None


def test_findings_are_plain_estimates(study: Study) -> None:
    numbers = findings(study)
    for key, estimate in numbers.items():
        assert isinstance(estimate, Estimate)
        assert estimate.label
        json.dumps({key: estimate.to_dict()})
    parts = sections.answer(study).parts
    assert {p.key for p in parts if isinstance(p, Finding) and p.card} < set(numbers)
