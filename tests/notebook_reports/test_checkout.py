"""What git sees of notebooks that were run and saved."""

from __future__ import annotations

import json
import subprocess

import pytest

from notebook_reports import bare, checkout

SOURCE = "x: int = 1"


def notebook(source: str = SOURCE, output: str = "") -> bytes:
    outputs = [{"name": "stdout", "output_type": "stream", "text": [output]}] if output else []
    cell = {
        "cell_type": "code",
        "id": "a",
        "metadata": {},
        "source": [source],
        "execution_count": 7 if output else None,
        "outputs": outputs,
    }
    content = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return f"{json.dumps(content, indent=1, sort_keys=True)}\n".encode()


@pytest.fixture
def git(tmp_path, monkeypatch):
    """Make a clone with one notebook committed; return a function that runs git in it."""

    def run(*arguments: str) -> str:
        who = ("-c", "user.name=A", "-c", "user.email=a@b.org")
        command = ["git", *who, *arguments]
        return subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, check=True
        ).stdout

    monkeypatch.setenv("NHSI_HOME", str(tmp_path))
    run("init", "-q")
    (tmp_path / ".gitattributes").write_text(f"notebooks/*.ipynb filter={checkout.FILTER}\n")
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks/a.ipynb").write_bytes(notebook())
    run("add", ".")
    run("commit", "-qm", "One")
    checkout.commit.cache_clear()
    yield run
    checkout.commit.cache_clear()


def status(git) -> str:
    return git("status", "--porcelain")


def test_the_notebook_of_these_tests_is_bare():
    assert bare.bare(notebook(output="3")) == notebook()


def test_outputs_are_no_difference_from_the_commit_in_a_clone_without_the_filter(git, tmp_path):
    place = tmp_path / "notebooks/a.ipynb"
    place.write_bytes(notebook(output="3"))
    head = git("rev-parse", "HEAD").strip()
    assert checkout.commit() == (head, False)
    place.write_bytes(notebook("x: int = 2", output="3"))
    checkout.commit.cache_clear()
    assert checkout.commit() == (head, True)
    assert checkout.mark(head, True) == f"{head[:10]}+"


def test_saving_leaves_the_status_clean_and_stages_nothing(git, tmp_path):
    checkout.keep_bare()
    place, other = tmp_path / "notebooks/a.ipynb", tmp_path / "notebooks/new.ipynb"
    other.write_bytes(notebook())
    for path in (place, other):
        path.write_bytes(notebook(output="3"))
        checkout.saved(os_path=str(path), model={"type": "notebook"}, contents_manager=None)
    assert status(git) == "?? notebooks/new.ipynb\n"
    assert b"stdout" in place.read_bytes(), "the file keeps what was saved"
    place.write_bytes(notebook("x: int = 2", output="3"))
    checkout.saved(os_path=str(place), model={"type": "notebook"})
    assert status(git).splitlines() == [" M notebooks/a.ipynb", "?? notebooks/new.ipynb"]
    git("commit", "-qam", "Two")
    assert git("show", "HEAD:notebooks/a.ipynb") == notebook("x: int = 2").decode()


def test_where_python_is_gone_notebooks_are_committed_as_they_are(git, tmp_path, monkeypatch):
    monkeypatch.setattr("sys.executable", "/nowhere/bin/python")
    checkout.keep_bare()
    (tmp_path / "notebooks/a.ipynb").write_bytes(notebook(output="3"))
    git("commit", "-qam", "Two")
    assert git("show", "HEAD:notebooks/a.ipynb") == notebook(output="3").decode()


def test_outside_git_nothing_happens(tmp_path, monkeypatch):
    monkeypatch.setenv("NHSI_HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    checkout.commit.cache_clear()
    checkout.keep_bare()
    checkout.saved(os_path=str(tmp_path / "a.ipynb"), model={"type": "notebook"})
    assert checkout.commit() == ("", False)
    assert checkout.committed([tmp_path / "a.ipynb"]) == {}
    checkout.commit.cache_clear()
    assert list(tmp_path.iterdir()) == []


def test_files_are_read_from_the_commit(git, tmp_path):
    place = tmp_path / "notebooks/a.ipynb"
    place.write_bytes(b"other")
    missing = tmp_path / "notebooks/b.ipynb"
    outside = tmp_path.parent / "c.ipynb"
    assert checkout.committed([missing, place, outside]) == {place: notebook()}
