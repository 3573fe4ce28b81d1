"""A pack is checked in full before anything runs; its reports have stable, safe names."""

import hashlib
import json
import re

import pytest

from notebook_reports.errors import PackError
from notebook_reports.packs.files import inside
from notebook_reports.packs.plan import build_plan
from notebook_reports.packs.spec import parse_spec, quarter_end, read_spec

PROFILE = """\
trust: str = "R1A"  # ODS code | value of: trusts.org_code
confidence: float = 0.95  # Level of intervals | from 0.5 to 0.999
as_at: str = ""  # Use nothing published later | date
"""

MARKED = 'title = "T"\n[[reports]]\nnotebook = "marked"\n'


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


def test_published_ids_stay_as_they_are(make_plan, make_notebook, root):
    make_notebook("names", 'name: str = ""  # A name')
    names = ["a b", "a-b", "A B", "é/ü", "x" * 300, "CON", ""]
    plan = make_plan({"notebook": "names", "for_each": {"values": {"name": names}}})
    assert [job.id for job in plan.jobs] == [
        "names-a-b-0197259e",
        "names-a-b-833040fb",
        "names-A-B-00824c13",
        "names-e-u",
        f"names-{'x' * 105}-92dc8352",
        "names-CON",
        "names",
    ]
    ids = {}
    for path in sorted((root / "packs").glob("*.toml")):
        plan = build_plan(read_spec(path), folder=path.parent)
        listed = "\n".join(job.id for job in plan.jobs)
        ids[path.stem] = hashlib.sha256(listed.encode()).hexdigest()[:16]
    assert ids == {"quarterly": "f007b8fb49d108e4", "trusts": "91a425339be1fa48"}


def test_two_notebooks_of_one_name_have_two_ids(tmp_path, make_notebook):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        make_notebook(f"{folder}/same", "k: int = 1  # A number")
    reports = [{"notebook": "a/same"}, {"notebook": "b/same"}]
    plan = build_plan(parse_spec({"title": "T", "reports": reports}), folder=tmp_path)
    assert len({job.id.casefold() for job in plan.jobs}) == 2
    moved = tmp_path / "moved"
    moved.mkdir()
    for folder in ("a", "b"):
        (tmp_path / folder).rename(moved / folder)
    again = build_plan(parse_spec({"title": "T", "reports": reports}), folder=moved)
    assert [job.id for job in again.jobs] == [job.id for job in plan.jobs]


def test_a_written_id_that_is_anothers_digest_form_keeps_them_apart(make_plan, make_notebook):
    make_notebook("names", 'name: str = ""  # A name')
    matrix = {"notebook": "names", "for_each": {"values": {"name": ["a b", "a-b"]}}}
    first = make_plan(matrix).jobs[0].id
    for id_ in (first, first.upper()):
        written = {"notebook": "names", "id": id_, "parameters": {"name": "other"}}
        plan = make_plan(matrix, written)
        assert len({job.id.casefold() for job in plan.jobs}) == 3
        assert plan.jobs[2].id == id_
        assert plan.jobs[2].parameters["name"] == "other"


@pytest.mark.parametrize(
    "reports",
    [
        [{"id": "a", "parameters": {"before": "2018-01-01"}, "label": "One"}, {"id": "A"}],
        [{}, {"id": "Other", "parameters": {"before": "2018-01-01"}}],
    ],
)
def test_a_written_id_that_is_another_reports_is_refused_naming_both(make_plan, reports):
    with pytest.raises(PackError, match=r"id '\w+' is .*reports\.[01] .*reports\.[01]") as caught:
        make_plan(*({"notebook": "other", **report} for report in reports))
    assert "write another id" in str(caught.value)


@pytest.mark.parametrize("name", ["con", "NUL", "com1", "試験", "---"])
def test_a_notebook_of_any_name_has_an_id_for_any_system(make_plan, make_notebook, name):
    make_notebook(name, "k: int = 1  # A number")
    (job,) = make_plan({"notebook": name}).jobs
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*-[0-9a-f]{8}", job.id)


@pytest.mark.parametrize(
    "id_", ["CON", "nul", "com1.txt", "LPT9", "aux.a.b", "a.", "prn", "a\n", "é", "x" * 121]
)
def test_an_id_that_windows_cannot_hold_is_refused(id_):
    with pytest.raises(PackError, match=r"reports\.0: id .* safe file name"):
        parse_spec({"title": "T", "reports": [{"notebook": "a", "id": id_}]})
    spec = parse_spec({"title": "T", "reports": [{"notebook": "a", "id": "console.nul"}]})
    assert spec.reports[0].id == "console.nul"


def test_a_report_under_two_labels_is_made_under_both(make_plan):
    reports = [{"notebook": "other", "label": label} for label in ("One", "Two", "One")]
    plan = make_plan(*reports, {"notebook": "other", "id": "mine"})
    assert [job.title for job in plan.jobs] == ["One", "Two", "A question?"]
    assert plan.jobs[0].id == "other"
    assert plan.jobs[2].id == "mine"
    assert len({job.id for job in plan.jobs}) == 3
    assert plan.jobs[-1].position == "Report 3 of 3"


@pytest.mark.parametrize("key", ["label", "group"])
@pytest.mark.parametrize(
    "label",
    ["{trust.nope}", "{trust:>999999999}", "{trust!r}", "{trust[0]}", "{}", "{0}", "{", "a}b"],
)
def test_a_label_takes_plain_names_only(label, key):
    report = {"notebook": "profile", "parameters": {"trust": "R1A"}, key: label}
    with pytest.raises(PackError, match=rf"p\.toml(.|\n)*reports\.0: {key} .* plain names"):
        parse_spec({"title": "T", "reports": [report]}, "p.toml")


def test_a_group_is_named_from_the_row_of_each_report(make_plan, make_notebook):
    make_notebook("one", 'trust: str = ""  # A trust')
    matrix = {
        "table": "trusts",
        "columns": {"trust": "org_code"},
        "where": {"org_code": ["R1A", "RRU"]},
    }
    plan = make_plan({"notebook": "one", "group": "{trust_type} trusts", "for_each": matrix})
    assert {job.id: job.group for job in plan.jobs} == {
        "one-R1A": "Community trusts",
        "one-RRU": "Ambulance trusts",
    }
    assert make_plan({"notebook": "other"}).jobs[0].group == ""
    with pytest.raises(PackError, match=r"group '\{region\}' of other names 'region'"):
        make_plan({"notebook": "other", "group": "{region}"})


@pytest.mark.parametrize("where", ["label", "group", "facets"])
def test_a_label_or_facet_that_is_many_things_is_refused(make_plan, make_notebook, where):
    make_notebook("area", 'region: str = ""  # A region')
    matrix = {"table": "trusts", "columns": {"region": "region"}}
    report = {"notebook": "area", where: "{org_name}", "for_each": matrix}
    if where == "facets":
        report = {"notebook": "area", "for_each": {**matrix, "facets": {"name": "org_name"}}}
    with pytest.raises(PackError, match="column org_name, which differs between the rows"):
        make_plan(report)


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ("parameters.confidence = " + "9" * 400, "parameters: holds a number of over 308 digits"),
        ("parameters.confidence = " + "9" * 5000, "a number of some thousand digits"),
        ("parameters.confidence = 0x" + "f" * 5000, "parameters: holds a number of over 308"),
        ("parameters.trust = " + "[" * 3000 + "]" * 3000, "too deep"),
        ("parameters." + "a." * 3000 + "a = 1", "parameters: holds lists or tables too deep"),
        ("parameters.trust = 07:32:00", "'trust' must be text, not a time"),
        ("for_each.values = { trust = [07:32:00] }", "'trust' must be text, not a time"),
        ("cell_seconds = inf", r"reports\.0\.cell_seconds"),
        ('for_each.table = "a\\u0000b"\nfor_each.columns.trust = "x"', "no table 'a.x00b'"),
        ('for_each.table = "../raw/trusts"\nfor_each.columns.trust = "org_code"', "no table"),
        (f'for_each.table = "{"t" * 5000}"\nfor_each.columns.trust = "x"', "no table 'ttt"),
    ],
)
def test_what_a_file_can_hold_and_a_pack_cannot_names_file_and_place(tmp_path, toml, words):
    path = tmp_path / "p.toml"
    path.write_text(f'title = "T"\n[[reports]]\nnotebook = "profile"\n{toml}\n')
    with pytest.raises(PackError, match=words) as caught:
        build_plan(read_spec(path), folder=tmp_path)
    assert "p.toml" in str(caught.value)


def test_a_pack_and_a_notebook_from_windows_editors_are_read(tmp_path, make_notebook):
    path = make_notebook("marked", "k: int = 1  # A number")
    for place, text in ((path, path.read_text()), (tmp_path / "p.toml", MARKED)):
        place.write_bytes(b"\xef\xbb\xbf" + text.encode())
    (job,) = build_plan(read_spec(tmp_path / "p.toml"), folder=tmp_path).jobs
    assert job.id == "marked"


@pytest.mark.parametrize("name", ["n" * 5000, "a\x00b", "a" * 5000 + "/b", "folder"])
def test_no_file_has_such_a_name(make_plan, tmp_path, name):
    (tmp_path / "folder.ipynb").mkdir()
    with pytest.raises(PackError, match=r"pack, reports\.0\.notebook: there is no notebook"):
        make_plan({"notebook": name})


@pytest.mark.parametrize(
    ("metadata", "language"),
    [
        ({"kernelspec": {"name": "ir", "language": "R"}}, "R"),
        ({"kernelspec": {"name": "ir", "display_name": "R"}}, "ir"),
        ({"kernelspec": {"name": "julia-1.9", "display_name": "Julia"}}, "julia-1.9"),
        ({"language_info": {"name": "julia"}}, "julia"),
        ({"kernelspec": {"name": "python3"}, "language_info": {"name": "R"}}, "R"),
        ({}, ""),
        ({"kernelspec": {"name": "conda-env-trusts-py", "language": "python"}}, ""),
        ({"kernelspec": {"name": "conda-env-trusts-py"}}, ""),
        ({"kernelspec": {"name": "iris-analysis"}}, ""),
        ({"language_info": {"name": "ipython"}}, ""),
    ],
)
def test_a_notebook_of_another_language_is_refused(make_plan, make_notebook, metadata, language):
    path = make_notebook("lang", "k: int = 1  # A number")
    path.write_text(json.dumps({**json.loads(path.read_text()), "metadata": metadata}))
    if language:
        with pytest.raises(PackError, match=f"lang.ipynb is a notebook of {language}; .* Python"):
            make_plan({"notebook": "lang"})
    else:
        assert make_plan({"notebook": "lang"}).jobs


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "not a notebook"),
        ("[]", "not a notebook"),
        ("[" * 100_000, "not a notebook"),
        ('{"cells": []}', "not a notebook"),
        ('{"nbformat": 3, "cells": [], "metadata": {}}', "format 4"),
        ('{"nbformat": 4, "cells": [1], "metadata": {}}', "not a notebook"),
        ('{"nbformat": 4, "cells": [], "metadata": null}', "not a notebook"),
        (
            '{"nbformat": 4, "metadata": {}, "cells": '
            '[{"cell_type": "markdown", "source": "# \\ud800", "metadata": {}}]}',
            "lone surrogate",
        ),
    ],
)
def test_a_file_that_is_no_notebook_is_refused(make_plan, tmp_path, content, words):
    (tmp_path / "odd.ipynb").write_text(content)
    with pytest.raises(PackError, match=rf"odd\.ipynb .*{words}"):
        make_plan({"notebook": "odd"})


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
