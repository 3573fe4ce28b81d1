"""The commands as a user types them: messages, exit codes, and nothing started in vain."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from nhsi_analysis import cli
from notebook_reports.packs.files import locked

NUMBER = "number: int = 1  # A number | at least 1"


def nhsi(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("nhsi")), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(name="spec")
def _spec(make_notebook, tmp_path):
    make_notebook("demo", NUMBER, "print(number)", title="How many?")
    path = tmp_path / "pack.toml"
    path.write_text(
        'title = "T"\n[[reports]]\nnotebook = "demo"\nfor_each.values.number = [1, 2]\n'
    )
    return path


def test_a_pack_says_what_it_did_and_which_page_to_open(spec, tmp_path):
    out = tmp_path / "out"
    planned = nhsi("pack", spec, "--out", out, "--dry-run")
    assert planned.stdout.splitlines() == [
        *("would run  demo-1: new", "would run  demo-2: new", "2 of 2 reports would run"),
    ]
    assert not out.exists()
    done = nhsi("pack", spec, "--out", out, "--jobs", 1, "--set", "number=2")
    assert done.returncode == 0, done.stderr
    assert re.search(r"^ok +demo-2 ", done.stdout, re.MULTILINE)
    assert done.stdout.splitlines()[-1].endswith(f"open {out}/index.html")
    assert "demo-1" not in done.stdout


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--set", "numbr=3"], "did you mean number"),
        (["--set", "number=many"], "must be a whole number"),
        (["--set", "number"], "NAME=VALUE"),
        (["--only", "nothing*"], "selects no report"),
        (["--quarter", "2018-19Q9"], "not a financial quarter"),
        (["--status", "final"], "status: Input should be 'draft' or 'published'"),
        (["--status", "published"], "needs a publisher"),
        (["--status", "published", "--publisher", "A team"], "needs a contact that holds"),
        (["--data", "nowhere"], "no folder raw/"),
    ],
)
def test_a_wrong_command_stops_before_any_kernel(spec, tmp_path, options, words):
    done = nhsi("pack", spec, "--out", tmp_path / "out", *options)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert not list((tmp_path).glob("out/[!.]*"))


def test_an_unknown_parameter_lists_the_notebooks_own(spec):
    done = nhsi("pack", spec, "--set", "numbr=3")
    assert "number: int = 1  # A number (at least 1)" in done.stderr


def test_a_deleted_column_stops_with_file_column_and_rule(spec, tmp_path, data_copy):
    table = data_copy / "raw" / "trusts.csv"
    lines = [line.split(",", 1)[1] for line in table.read_text().splitlines()]
    table.write_text("\n".join(lines) + "\n")
    done = nhsi("pack", spec, "--out", tmp_path / "out", "--data", data_copy)
    assert done.returncode == 2
    assert "trusts.csv" in done.stderr
    assert "org_code" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_notebooks_are_listed_with_types_defaults_and_comments(spec, tmp_path):
    done = nhsi("notebooks", tmp_path)
    assert done.stdout.startswith("demo: How many?\n  number: int = 1  # A number (at least 1)\n")


def test_help_and_the_command_s_own_process_do_without_the_stack(root):
    code = "import sys; from nhsi_analysis.cli import application; application(['pack'])\n"
    code += "import notebook_reports.packs.plan, notebook_reports.packs.run\n"
    code += (
        "print([n for n in ('pandas', 'matplotlib', 'nbconvert', 'nbformat') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


class Said(NamedTuple):
    code: object
    out: str
    err: str


@pytest.fixture(name="here")
def _here(monkeypatch, capsys) -> Callable[..., Said]:
    """Run a command in this process, which takes a tenth of the time."""

    def run(*arguments: object) -> Said:
        monkeypatch.setattr(sys, "argv", ["nhsi", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return Said(ended.value.code or 0, *capsys.readouterr())

    return run


def refused(said: Said, words: str) -> None:
    assert said.code == 2, said
    assert re.match(rf"nhsi: .*{words}", said.err), said.err
    assert all(line.isprintable() and len(line) <= 1010 for line in said.err.splitlines())


@pytest.fixture(name="two")
def _two(make_notebook, tmp_path):
    make_notebook("first", "kind: str = 'a'  # Kind | one of: a, b\nlevel: float = 1.0  # Level")
    make_notebook("second", "kind: str = 'p'  # Kind | one of: p, q\nday: str = ''  # Day | date")
    path = tmp_path / "two.toml"
    path.write_text(
        'title = "T"\n[[reports]]\nnotebook = "first"\n[[reports]]\nnotebook = "second"\n'
    )
    return path


def test_only_what_will_run_is_judged(here, two, tmp_path):
    dry = ("pack", two, "--out", tmp_path / "out", "--dry-run")
    for only, kind in (("first", "b"), ("second", "q")):
        said = here(*dry, "--only", only, "--set", f"kind={kind}")
        assert said.out == f"would run  {only}: new\n1 of 2 reports would run\n", said.err
    refused(here(*dry, "--set", "kind=b"), "'kind' must be one of .* allowed: p, q")
    refused(here(*dry, "--only", "second", "--set", "kind=b"), "'kind' .* allowed: p, q")
    two.write_text(two.read_text() + 'parameters.day = "nonsense"\n')
    assert here(*dry, "--only", "first").code == 0
    refused(here(*dry, "--only", "second"), r"two\.toml, reports\.1\.parameters: parameter 'day'")


def test_a_parameter_of_none_of_the_chosen_is_refused_naming_its_reports(here, two, tmp_path):
    dry = ("pack", two, "--out", tmp_path / "out", "--dry-run")
    refused(here(*dry, "--only", "first", "--set", "day="), "--set day: .* have it: second$")
    assert here(*dry, "--set", "day=2018-09-03").code == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--set", "number=1", "--set", " number=2"], "'number' is given twice"),
        (["--each", "number=1", "--each", "number=2"], "give it once, with commas between"),
        (["--set", "name=caf\udce9"], "'name' must be text, not text that is not UTF-8"),
        (["--set", "caf\udce9=1"], "unknown parameter"),
        (["--set", "number=" + "9" * 400], "no report of the pack has number=9999"),
        (["--set", "x" * 5000 + "=1"], "unknown parameter"),
        (["--only", ""], "selects no report"),
        (["--quarter", ""], "not a financial quarter"),
        (["--dask", "nowhere"], "no Dask scheduler answers at nowhere"),
        (["--out", "{folder}/pack.toml"], "can't write into .* not a folder"),
        (["--out", "{folder}/pack.toml/below"], "can't write into .* not a folder"),
        (["--out", "o" * 5000], "File name too long"),
    ],
)
def test_a_dry_run_refuses_what_a_run_would(here, spec, make_notebook, tmp_path, options, words):
    make_notebook("demo", f'{NUMBER}\nname: str = ""  # A name', "print(number)")
    given = [option.format(folder=tmp_path) for option in options]
    refused(here("pack", spec, "--out", tmp_path / "out", "--dry-run", *given), words)
    assert not (tmp_path / "out").exists()


def test_a_dry_run_refuses_a_folder_that_is_taken(spec, tmp_path):
    with locked(tmp_path / "out"):
        done = nhsi("pack", spec, "--out", tmp_path / "out", "--dry-run")
    assert done.returncode == 2
    assert "another run" in done.stderr
    if os.geteuid():
        (tmp_path / "closed").mkdir(mode=0o500)
        done = nhsi("pack", spec, "--out", tmp_path / "closed" / "out", "--dry-run")
        assert done.returncode == 2
        assert "can't write into" in done.stderr


@pytest.mark.parametrize("name", ["missing.toml", "folder", "pack.toml/below", "n" * 5000, "a\nb"])
def test_a_pack_that_cannot_be_read_is_named(here, spec, tmp_path, name):
    (tmp_path / "folder").mkdir()
    refused(here("pack", tmp_path / name, "--dry-run"), "(there is no pack|can't read the pack) ")
    misspelt = spec.with_name(spec.name[:-6] + spec.name[-5:])
    refused(here("pack", misspelt, "--dry-run"), f"did you mean {spec.name}")


def test_one_foreign_notebook_does_not_hide_the_others(here, spec, make_notebook, tmp_path):
    make_notebook("a_foreign", "a = 1")
    (tmp_path / "b_broken.ipynb").write_bytes(b"\xff\xfe")
    (tmp_path / "c_folder.ipynb").mkdir()
    said = here("notebooks", tmp_path)
    assert said.code == 1
    assert said.out.startswith("demo: How many?\n  number: int = 1  # A number (at least 1)\n")
    assert [line.partition(".ipynb")[0].rpartition("/")[2] for line in said.err.splitlines()] == [
        "not listed: a_foreign: parameters cell, line 1 is not an assignment with a type. "
        "Write: name: type = literal  # What it is | rule",
        "b_broken",
        "c_folder",
    ]


@pytest.mark.parametrize("name", ["nowhere", "pack.toml", "caf\udce9", "n" * 5000])
def test_notebooks_of_no_folder_are_refused(here, spec, tmp_path, name):
    refused(here("notebooks", tmp_path / name), "")


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"title": "T", "finished": "", "reports": [], "data": {}, "versions": {}, "git": {}},
        {"title": "T", "finished": "", "reports": 1, "data": {}, "versions": {}, "git": {}},
        "[" * 100_000,
        "\xff",
    ],
)
def test_a_manifest_that_is_not_whole_is_refused(here, tmp_path, content):
    text = content if isinstance(content, str) else json.dumps({"format": 1, **content})
    (tmp_path / "manifest.json").write_text(text, encoding="latin-1")
    refused(here("compare", tmp_path, tmp_path), r".*manifest\.json is not a (whole )?manifest")


def test_a_page_that_cannot_be_written_is_named(here, tmp_path):
    git = {"commit": "", "dirty": False}
    content = {"title": "T\x1b]0;owned\x07", "finished": "", "reports": [], "data": {}}
    content |= {"format": 1, "versions": {}, "git": git}
    (tmp_path / "manifest.json").write_text(json.dumps(content))
    refused(here("compare", tmp_path, tmp_path, "--out", tmp_path), f"{tmp_path}: Is a directory$")
    page = tmp_path / "page.html"
    said = here("compare", tmp_path, tmp_path, "--out", page)
    assert said.code == 0
    assert all(line.isprintable() for line in said.out.splitlines())


def test_a_failure_is_one_printable_line_whatever_it_says(spec, make_notebook, tmp_path):
    hostile = "\\x1b]0;owned\\x07\\x1b[31mred\\x1b[0m\\x00\\u202e\\nsecond"
    make_notebook("demo", NUMBER, f'raise ValueError("{hostile} " + "long " * 40_000)')
    done = nhsi("pack", spec, "--out", tmp_path / "out", "--set", "number=1")
    assert done.returncode == 1
    (failed,) = [line for line in done.stdout.splitlines() if line.startswith("FAILED")]
    assert failed.isprintable()
    message = failed.partition("demo-1  ")[2]
    assert message.startswith("ValueError: red")
    assert len(message) <= 200
    record = json.loads((tmp_path / "out" / "records" / "demo-1.json").read_text())
    assert record["failure"]["message"] == message


def test_page_record_and_manifest_of_a_report_belong_together(make_notebook, tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        make_notebook(f"{folder}/same", NUMBER, f'print("I am " + "{folder}")')
    path = tmp_path / "pack.toml"
    path.write_text(
        'title = "T"\n[[reports]]\nnotebook = "a/same"\nlabel = "Page a"\n'
        '[[reports]]\nnotebook = "b/same"\nlabel = "Page b"\n'
    )
    done = nhsi("pack", path, "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    records = json.loads((tmp_path / "out" / "manifest.json").read_text())["reports"]
    assert [record["title"] for record in records] == ["Page a", "Page b"]
    for record, folder in zip(records, "ab", strict=True):
        kept = json.loads((tmp_path / "out" / "records" / f"{record['id']}.json").read_text())
        page = (tmp_path / "out" / "reports" / f"{record['id']}.html").read_text()
        assert kept["title"] == record["title"]
        assert f"I am {folder}" in page


def test_a_file_is_looked_for_before_anything_runs(make_notebook, here, tmp_path, monkeypatch):
    make_notebook("demo", 'table: str = ""  # A table | file', "print(open(table).read())")
    pack = tmp_path / "files.toml"
    pack.write_text('title = "T"\n[[reports]]\nnotebook = "demo"\n')
    for wrong in ("missing.csv", str(tmp_path)):
        said = here("pack", pack, "--set", f"table={wrong}", "--dry-run")
        refused(said, r"parameter 'table' must name an existing file \(looked for from ")
    (tmp_path / "mine.csv").write_text("a\n")
    monkeypatch.chdir(tmp_path)
    said = here("pack", pack, "--set", "table=mine.csv", "--out", tmp_path / "out")
    assert said.code == 0, said
    given = json.loads((tmp_path / "out" / "manifest.json").read_text())["reports"][0]["given"]
    assert given == {"table": str(tmp_path / "mine.csv")}


@pytest.fixture(name="pairs")
def _pairs(make_notebook, tmp_path, monkeypatch, root):
    """A pack of two notebooks, one of them over a matrix too; others are in no report."""
    monkeypatch.setenv("NHSI_HOME", str(tmp_path))
    monkeypatch.setenv("NHSI_DATA", str(root / "data"))
    (tmp_path / "notebooks").mkdir()
    cell = 'region: str = "All"  # Region | one of: All, London, South\n'
    cell += "level: float = 0.9  # Level | from 0 to 1"
    for name, title in (("04_moves", "What moved?"), ("08_new", "Who gains?"), ("09_x", "Whose?")):
        make_notebook(f"notebooks/{name}", cell, title=title)
    make_notebook("notebooks/05_other", 'trust: str = "RL4"  # A trust', title="Which trust?")
    path = tmp_path / "pairs.toml"
    path.write_text(
        'title = "T"\ndescription = "Of four reports."\n[parameters]\nlevel = 0.8\n'
        '[[reports]]\nnotebook = "04_moves"\n'
        '[[reports]]\nnotebook = "04_moves"\nlabel = "Moves in {region}"\n'
        'for_each.values.region = ["London", "South"]\n'
        '[[reports]]\nnotebook = "05_other"\nlabel = "One: {trust}"\nparameters.trust = "RR8"\n'
    )
    return path


@pytest.mark.parametrize(
    ("options", "planned"),
    [
        # One report a value, whatever matrix the pack has of the notebook.
        (["--only", "04", "--each", "region=London,South"], ["04_moves-London", "04_moves-South"]),
        (
            ["--only", "04", "--each", "region=London,All", "--each", "level=0.5,0.25"],
            [f"04_moves-0-{level}-{region}" for region in ("London", "All") for level in (5, 25)],
        ),
        (["--only", "trust which", "--each", "trust=A,B"], ["05_other-A", "05_other-B"]),
        # What no report has is taken from the notebooks, by number or by words of its title.
        (["--only", "08", "--set", "region=South"], ["08_new"]),
        (["--only", "gains"], ["08_new"]),
        (["--only", "08", "--each", "region=London,South"], ["08_new-London", "08_new-South"]),
        (["--only", "04_moves-London"], ["04_moves-London"]),
        # An id names its report alone, though others begin alike.
        (["--only", "04_moves"], ["04_moves"]),
        (["--only", "moves south"], ["04_moves-South"]),
    ],
)
def test_what_only_and_each_select(here, pairs, tmp_path, options, planned):
    said = here("pack", pairs, "--out", tmp_path / "out", "--dry-run", *options)
    lines = [line for line in said.out.splitlines() if line.startswith("would run  ")]
    assert [line.split()[2].rstrip(":") for line in lines] == planned, said


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            ["--only", "04", "--each", "region=Lond"],
            "--each: parameter 'region' .*did you mean London",
        ),
        (["--only", "04", "--each", "region"], "--each takes NAME=VALUE"),
        (["--only", "04", "--each", "region="], "--each: parameter 'region' must be one of"),
        (["--only", "04", "--each", "regoin=South"], "did you mean region"),
        (["--only", "04", "--each", "trust=A"], "--each trust: .* have it: 05_other-RR8"),
        (["--each", "level=1", "--set", "level=1"], "either --set or --each for 'level'"),
        (["--only", "who"], "of the notebooks several: 08_new, 09_x"),
        (["--only", "05", "--set", "levell=1"], "unknown parameter 'levell'\n\n05_other takes"),
    ],
)
def test_what_only_and_each_refuse(here, pairs, tmp_path, options, words):
    refused(here("pack", pairs, "--out", tmp_path / "out", "--dry-run", *options), words)


def test_a_pattern_that_means_nothing_lists_what_there_is_the_nearest_first(here, pairs):
    said = here("pack", pairs, "--dry-run", "--only", "mvoes")
    assert said.err.splitlines() == [
        "nhsi: --only 'mvoes' selects no report. Reports:",
        "  04_moves: What moved?",
        "  04_moves-London: Moves in London",
        "  04_moves-South: Moves in South",
        "  05_other-RR8: One: RR8",
    ]


def test_each_writes_titles_as_a_matrix_does(here, pairs, tmp_path):
    out = tmp_path / "out"
    said = here("pack", pairs, "--out", out, "--only", "0[45]*", "--each", "region=London,South")
    assert said.code == 0, said
    made = json.loads((out / "manifest.json").read_text())
    assert (made["title"], made["description"]) == ("T", ""), "it told of the pack's own reports"
    assert [(r["title"], r["given"]) for r in made["reports"]] == [
        ("What moved? London", {"level": 0.8, "region": "London"}),
        ("What moved? South", {"level": 0.8, "region": "South"}),
        ("One: RR8", {"trust": "RR8"}),
    ]
