"""A pack is checked in full before anything runs; its reports have stable, safe names."""

import re

import pytest

from nhsi_analysis.errors import PackError
from nhsi_analysis.packs.files import inside
from nhsi_analysis.packs.plan import build_plan
from nhsi_analysis.packs.spec import parse_spec, quarter_end, read_spec

PROFILE = """\
trust: str = "R1A"  # ODS code | value of: trusts.org_code
confidence: float = 0.95  # Level of intervals | from 0.5 to 0.999
as_at: str = ""  # Use nothing published later | date
"""


@pytest.fixture(autouse=True)
def _notebooks(make_notebook):
    make_notebook("profile", PROFILE, title="How is this trust?")
    make_notebook("other", 'before: str = "2018-09-03"  # Earlier snapshot | date')


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"title": "T"}, "names no report"),
        ({"title": "T", "reports": [{"notebook": "a", "parametres": {}}]}, "parametres.*not a set"),
        ({"reports": [{"notebook": "a"}]}, "title: Field required"),
        ({"title": "T", "reports": [{"notebook": "a", "id": "../x"}]}, "safe file name"),
        ({"title": "T", "reports": [{"notebook": "a", "id": ".hidden"}]}, "safe file name"),
        ({"title": "T", "reports": [{"notebook": "a", "for_each": {}}]}, "needs columns"),
        (
            {"title": "T", "reports": [{"notebook": "a", "for_each": {"columns": {"x": "y"}}}]},
            "needs the table",
        ),
        ({"title": "T", "retries": 9, "reports": [{"notebook": "a"}]}, "retries"),
        ({"title": "T", "cell_seconds": -1, "reports": [{"notebook": "a"}]}, "cell_seconds"),
    ],
)
def test_a_misshapen_pack_says_where(content, words):
    with pytest.raises(PackError, match=words):
        parse_spec(content)


@pytest.mark.parametrize(
    ("report", "words"),
    [
        ({"notebook": "profil"}, "did you mean profile"),
        ({"notebook": "profile", "parameters": {"trast": "R1A"}}, "did you mean trust"),
        ({"notebook": "profile", "parameters": {"trust": "R1"}}, "value of column org_code"),
        ({"notebook": "profile", "parameters": {"trust": 5e1}}, "put the value in quotes"),
        ({"notebook": "profile", "parameters": {"confidence": 2.0}}, "from 0.5 to 0.999"),
        (
            {"notebook": "profile", "for_each": {"table": "trust", "columns": {"trust": "x"}}},
            "did you mean trusts",
        ),
        (
            {"notebook": "profile", "for_each": {"table": "trusts", "columns": {"trust": "code"}}},
            "no column 'code'",
        ),
        ({"notebook": "profile", "label": "{nobody}"}, "label"),
    ],
)
def test_a_pack_is_checked_against_notebooks_and_tables(make_plan, report, words):
    with pytest.raises(PackError, match=words) as caught:
        make_plan(report)
    if "parameters" in report:
        assert "profile takes these parameters" in str(caught.value)


def test_a_toml_date_and_codes_stay_text(tmp_path, make_notebook):
    make_notebook("codes", 'code: str = ""  # A code\nday: str = ""  # A day | date')
    (tmp_path / "pack.toml").write_text(
        'title = "T"\n[[reports]]\nnotebook = "codes"\nparameters.day = 2018-09-03\n'
        'for_each.values = { code = ["5E1", "007", "1e5"] }\n'
    )
    plan = build_plan(read_spec(tmp_path / "pack.toml"), folder=tmp_path)
    assert [job.parameters["code"] for job in plan.jobs] == ["5E1", "007", "1e5"]
    assert {job.parameters["day"] for job in plan.jobs} == {"2018-09-03"}
    assert plan.jobs[0].id == "codes-2018-09-03-5E1"


def test_broken_toml_names_the_line(tmp_path):
    (tmp_path / "pack.toml").write_text('title = "T"\nx = 007\n')
    with pytest.raises(PackError, match=r"pack\.toml is not valid TOML.*line 2"):
        read_spec(tmp_path / "pack.toml")


def test_a_matrix_covers_a_table_with_filters(make_plan):
    report = {
        "notebook": "profile",
        "label": "{org_name}",
        "for_each": {
            "table": "trusts",
            "columns": {"trust": "org_code"},
            "where": {"region": "London", "trust_type": ["Acute", "Mental health"]},
            "where_in": {"org_code": "cqc_trust_ratings.org_code"},
            "facets": {"region": "region", "type": "trust_type"},
        },
    }
    plan = make_plan(report)
    assert len(plan.jobs) > 10
    assert {job.facets["region"] for job in plan.jobs} == {"London"}
    assert {job.facets["type"] for job in plan.jobs} == {"Acute", "Mental health"}
    by_code = {job.parameters["trust"]: job for job in plan.jobs}
    assert by_code["RRV"].title == "University College London Hospitals NHS Foundation Trust"
    assert by_code["RRV"].id == "profile-RRV"
    assert plan.jobs == make_plan(report).jobs


def test_parameters_are_inherited_and_overridden(make_notebook, tmp_path):
    spec = parse_spec(
        {
            "title": "T",
            "parameters": {"confidence": 0.9},
            "sections": [
                {
                    "title": "One",
                    "parameters": {"confidence": 0.8},
                    "reports": [
                        {"notebook": "profile"},
                        {"notebook": "profile", "parameters": {"confidence": 0.7}},
                    ],
                },
                {"title": "Two", "reports": [{"notebook": "profile"}, {"notebook": "other"}]},
            ],
        }
    )
    levels = [job.parameters.get("confidence") for job in build_plan(spec, folder=tmp_path).jobs]
    assert levels == [0.8, 0.7, 0.9, None]
    levels = [
        job.parameters.get("confidence")
        for job in build_plan(spec, folder=tmp_path, sets={"confidence": "0.6"}).jobs
    ]
    assert levels == [0.6, None]  # three reports have become the same one


def test_a_set_value_keeps_the_matching_reports_of_a_matrix(make_plan):
    matrix = {"notebook": "profile", "for_each": {"values": {"trust": ["R1A", "RRV"]}}}
    assert [job.id for job in make_plan(matrix, sets={"trust": "RRV"}).jobs] == ["profile-RRV"]
    with pytest.raises(PackError, match="no report of the pack has trust=R1F"):
        make_plan(matrix, sets={"trust": "R1F"})


def test_an_unknown_set_lists_the_parameters_of_the_notebook_meant(make_plan):
    with pytest.raises(PackError, match="did you mean before") as caught:
        make_plan({"notebook": "profile"}, {"notebook": "other"}, sets={"befor": "2018-09-03"})
    assert "other takes these parameters" in str(caught.value)
    assert "before: str = '2018-09-03'  # Earlier snapshot (date)" in str(caught.value)


@pytest.mark.parametrize(
    ("quarter", "end"),
    [
        ("2018-19Q1", "2018-06-30"),
        ("2018-19Q2", "2018-09-30"),
        ("2018-19Q3", "2018-12-31"),
        ("1999-00Q4", "2000-03-31"),
    ],
)
def test_a_quarter_sets_as_at(make_plan, quarter, end):
    assert quarter_end(quarter) == end
    plan = make_plan({"notebook": "profile"}, {"notebook": "other"}, quarter=quarter)
    assert plan.jobs[0].parameters["as_at"] == end
    assert "as_at" not in plan.jobs[1].parameters


@pytest.mark.parametrize("quarter", ["2018Q2", "2018-20Q1", "2018-19Q5", "Q2 2018"])
def test_a_quarter_that_is_none_is_refused(quarter):
    with pytest.raises(PackError, match="financial quarter"):
        quarter_end(quarter)


def test_ids_are_safe_distinct_and_short(make_plan, make_notebook):
    make_notebook("names", 'name: str = ""  # A name')
    names = ["../../etc/passwd", "a b", "a-b", "A B", "é/ü", "<script>", "x" * 300, "CON", "..", ""]
    plan = make_plan({"notebook": "names", "for_each": {"values": {"name": names}}})
    ids = [job.id for job in plan.jobs]
    assert len({id_.casefold() for id_ in ids}) == len(names)
    assert all(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}", id_) for id_ in ids)


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "reports/../../x", "."])
def test_nothing_is_written_outside_the_folder(tmp_path, name):
    with pytest.raises(PackError, match="outside"):
        inside(tmp_path, name)


def test_seeds_depend_on_what_a_report_is(make_plan):
    plan = make_plan({"notebook": "profile", "for_each": {"values": {"trust": ["R1A", "RRV"]}}})
    alone = make_plan({"notebook": "profile", "parameters": {"trust": "RRV"}})
    assert plan.jobs[0].seed != plan.jobs[1].seed == alone.jobs[0].seed


def test_shipped_packs_refer_to_notebooks_that_exist(root):
    for path in sorted((root / "packs").glob("*.toml")):
        assert build_plan(read_spec(path), folder=path.parent).jobs, path.name
