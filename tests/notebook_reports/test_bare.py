"""What of a saved notebook is committed."""

from __future__ import annotations

import json
import subprocess
import sys

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from notebook_reports.bare import bare

KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def notebook(**metadata):
    cells = [new_markdown_cell("# Why?", id="a"), new_code_cell("1 + 1\n2", id="b")]
    return new_notebook(cells=cells, metadata={"kernelspec": KERNEL, **metadata})


def committed() -> bytes:
    return f"{nbformat.writes(notebook(language_info={'name': 'python'}))}\n".encode()


def saved(kernel: str = "python3") -> bytes:
    """Return it as JupyterLab saves it after a run."""
    nb = notebook(
        language_info={"name": "python", "version": "3.13.1", "file_extension": ".py"},
        widgets={"application/vnd.jupyter.widget-state+json": {"state": {}}},
    )
    nb.metadata.kernelspec = {"display_name": "Python 3 (ipykernel)", "name": kernel}
    nb.cells[0].metadata["trusted"] = True
    nb.cells[1].update(execution_count=4, outputs=[new_output("stream", text="3")])
    nb.cells[1].metadata.update(
        execution={"iopub.status.idle": "2026"}, scrolled=True, jupyter={"outputs_hidden": True}
    )
    return f"{nbformat.writes(nb)}\n".encode()


@pytest.mark.parametrize("kernel", ["python3", "nhsi-warm"])
def test_a_notebook_that_was_only_run_is_what_was_committed(kernel):
    assert bare(saved(kernel)) == committed()


def test_what_an_author_chose_stays():
    nb = json.loads(committed())
    nb["cells"][1]["metadata"] = {"tags": ["parameters"], "jupyter": {"source_hidden": True}}
    nb["metadata"]["title"] = "A title"
    assert json.loads(bare(json.dumps(nb).encode())) == nb


def test_another_language_keeps_its_kernel():
    nb = notebook(language_info={"name": "R", "version": "4.4"})
    nb.metadata.kernelspec = {"display_name": "R", "language": "R", "name": "ir"}
    assert json.loads(bare(nbformat.writes(nb).encode()))["metadata"] == nb.metadata


@given(st.binary() | st.recursive(st.none() | st.text(), st.lists).map(json.dumps).map(str.encode))
def test_what_is_no_notebook_passes_as_it_is(content):
    assert bare(content) == content


@pytest.mark.parametrize(
    "content",
    ['{"nbformat": 3, "worksheets": []}', '{"nbformat": 4, "cells": [{}]}', '{"nbformat": 4}'],
)
def test_other_formats_and_broken_notebooks_pass_as_they_are(content):
    assert bare(content.encode()) == content.encode()


def test_as_a_command_it_filters_or_rewrites(tmp_path):
    command = [sys.executable, "-m", "notebook_reports.bare"]
    piped = subprocess.run(command, input=saved(), capture_output=True, check=True)
    assert piped.stdout == committed()
    file = tmp_path / "a.ipynb"
    file.write_bytes(saved())
    subprocess.run([*command, str(file)], check=True)
    assert file.read_bytes() == committed()
