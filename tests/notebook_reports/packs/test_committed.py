"""A notebook that was changed since the commit says so wherever the commit is named."""

from __future__ import annotations

import json
import subprocess

import bs4
import nbformat
import pytest
from nbformat.v4 import new_output
from pack_cells import SHOW

from notebook_reports import checkout
from notebook_reports.packs import committed
from notebook_reports.packs.run import Options, decide, run

KIND = 'kind: str = "All"  # Kind | one of: All, Acute'


@pytest.fixture
def commit(tmp_path, root, monkeypatch):
    """Return a function that commits the test's folder and returns the commit's ten characters."""
    monkeypatch.setenv("NHSI_DATA", str(root / "data"))
    monkeypatch.setenv("NHSI_HOME", str(tmp_path))

    def all_of_it() -> str:
        checkout.commit.cache_clear()
        (tmp_path / ".gitattributes").write_text(f"*.ipynb filter={checkout.FILTER}\n")
        who = ("-c", "user.name=A", "-c", "user.email=a@b.org")
        for arguments in (["init", "-q"], ["add", "."], [*who, "commit", "-qm", "One"]):
            subprocess.run(["git", *arguments], cwd=tmp_path, check=True)
        said = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=tmp_path, capture_output=True, text=True, check=True
        )
        return said.stdout[:10]

    yield all_of_it
    checkout.commit.cache_clear()


@pytest.mark.parametrize(
    ("parameters", "cell", "said"),
    [
        (KIND, "1", ""),
        (KIND.replace('"All"', '"Acute"'), "1", 'default kind is "Acute" here, "All" in {}'),
        (KIND, "2", "differs from {}"),
        (f"{KIND}\nnew: int = 1", "1", "differs from {}"),
        ("kind = = 2", "1", "differs from {}"),
        (
            KIND.replace('"All"', '"Acute"'),
            "2",
            'default kind is "Acute" here, "All" in {}; other cells differ too',
        ),
    ],
)
def test_it_is_said_in_words_which_defaults_differ(commit, make_notebook, parameters, cell, said):
    path, same = make_notebook("a", KIND, "1"), make_notebook("same", KIND, "1")
    head = commit()
    make_notebook("a", parameters, cell)
    new = make_notebook("new", KIND, "1")
    expected = {path: said.format(f"commit {head}")} if said else {}
    assert committed.differences([path, same, new]) == expected


def with_outputs(path):
    nb = nbformat.read(path, as_version=4)
    for cell in nb.cells[1:]:
        cell.update(execution_count=3, outputs=[new_output("stream", text="stored earlier")])
    nbformat.write(nb, path)


@pytest.mark.notebook
def test_a_pack_says_it_on_the_terminal_in_the_manifest_and_on_the_page(
    commit, make_notebook, make_plan, tmp_path
):
    cells = (SHOW, "from notebook_reports import report\nreport.provenance({'kind': kind})")
    make_notebook("a", KIND, *cells)
    make_notebook("b", KIND, *cells)
    (tmp_path / ".gitignore").write_text("out\n")
    head = commit()
    with_outputs(make_notebook("a", KIND.replace('"All"', '"Acute"'), *cells))
    with_outputs(make_notebook("b", KIND, *cells))
    out = tmp_path / "out"
    result = run(make_plan({"notebook": "a"}, {"notebook": "b"}), out, Options(jobs=1))
    words = f'default kind is "Acute" here, "All" in commit {head}'
    assert result.notes == (f"notebook a: {words}",)
    assert json.loads((out / "manifest.json").read_text())["run"]["notebooks"] == [*result.notes]
    pages = {
        name: bs4.BeautifulSoup((out / f"reports/{name}.html").read_text(), "lxml") for name in "ab"
    }
    assert words in pages["a"].get_text()
    assert "in commit" not in pages["b"].get_text()
    assert (
        f"commit {head}+"
        in nbformat.read(out / "notebooks/a.ipynb", 4).cells[-1].outputs[0].data["text/html"]
    )


@pytest.mark.notebook
def test_stored_outputs_neither_survive_in_a_pack_nor_make_it_run_again(
    commit, make_notebook, make_plan, tmp_path
):
    good = make_notebook("good", KIND, SHOW, "print('made now')", "x = 1")
    bad = make_notebook("bad", KIND, "1 / 0", "print('never')")
    head, bare = commit(), good.read_bytes()
    with_outputs(good)
    with_outputs(bad)
    out = tmp_path / "out"
    plan = make_plan({"notebook": "good"}, {"notebook": "bad"})
    assert run(plan, out, Options(jobs=1)).exit_code == 1
    for made in (out / "reports").glob("*.html"), (out / "notebooks").glob("*.ipynb"):
        assert not any("stored earlier" in path.read_text() for path in made)
    assert json.loads((out / "manifest.json").read_text())["git"]["dirty"] is False
    assert checkout.mark(*checkout.commit()) == head
    good.write_bytes(bare)
    again = decide(make_plan({"notebook": "good"}, {"notebook": "bad"}), out, Options())
    assert {d.job.id: d.reason for d in again}["good"] == ""
