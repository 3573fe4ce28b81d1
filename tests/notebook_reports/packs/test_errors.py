"""An error that a user can act on is told in a line at a desk, and in full in what is kept."""

from __future__ import annotations

import json
from html import unescape

import nbformat
import pytest

from nhsi_analysis.errors import DataError, ParameterError
from notebook_reports.packs.run import Options, run
from policy_methods import errors as methods

ERRORS = [
    DataError("a.csv", "must be a number", row=3),
    ParameterError("x", "must be at least 1", value=0),
    methods.ParameterError("x", "must be at least 1", value=0),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda e: f"{type(e).__module__}.{type(e).__name__}")
def test_it_is_told_in_a_line_once(error, monkeypatch):
    monkeypatch.setenv("NHSI_LIVE", "0")
    assert not hasattr(error, "_render_traceback_")
    monkeypatch.setenv("NHSI_LIVE", "1")
    assert error._render_traceback_() == [
        f"{type(error).__name__}: {error}",
        "(%tb shows where it arose)",
    ]
    assert not hasattr(error, "_render_traceback_"), "asked again, IPython shows all of it"


@pytest.mark.notebook
def test_a_pack_keeps_the_whole_of_it(make_notebook, make_plan, tmp_path):
    make_notebook(
        "a", "x: int = 1  # A number", "from nhsi_analysis import datasets\ndatasets.load('b')"
    )
    out = tmp_path / "out"
    run(make_plan({"notebook": "a"}), out, Options(jobs=1))
    (error,) = [
        output
        for cell in nbformat.read(out / "notebooks/a.ipynb", as_version=4).cells
        for output in cell.get("outputs", [])
        if output.output_type == "error"
    ]
    assert "Traceback" in "".join(error.traceback)
    page = (out / "reports/a.html").read_text()
    assert "Traceback" in page
    assert "%tb" not in page


@pytest.mark.notebook
def test_what_no_notebook_can_hold_fails_the_report_at_its_cell(make_notebook, make_plan, tmp_path):
    shows = "from IPython.display import display\ndisplay({'image/png': {'a': 1}}, raw=True)"
    make_notebook("a", "x: int = 1  # A number", "x", shows)
    out = tmp_path / "out"
    assert run(make_plan({"notebook": "a"}), out, Options(jobs=1)).exit_code == 1
    failure = json.loads((out / "manifest.json").read_text())["reports"][0]["failure"]
    assert failure["cell"] == 4
    assert failure["message"].startswith("it shows what no notebook can hold: {'a': 1}")
    assert failure["message"] in unescape((out / "reports/a.html").read_text())


BAD = {
    "data": "msg_or_type='display_data', content={'data': 'x', 'metadata': {}}",
    "traceback": "msg_or_type='error', content={'ename': 'E', 'evalue': 'v', 'traceback': [1]}",
    "null": "msg_or_type='error', content={'ename': None, 'evalue': None, 'traceback': None}",
}


@pytest.mark.notebook
@pytest.mark.parametrize("sent", BAD.values(), ids=BAD)
def test_no_output_however_ill_formed_costs_more_than_its_report(
    sent, make_notebook, make_plan, tmp_path
):
    kernel = "k = get_ipython().kernel\n"
    cell = f"{kernel}k.session.send(k.iopub_socket, parent=k.get_parent(), {sent})"
    make_notebook("a", "x: int = 1  # A number", cell)
    make_notebook("b", "x: int = 1  # A number", "x")
    out = tmp_path / "out"
    run(make_plan({"notebook": "a"}, {"notebook": "b"}), out, Options(jobs=1))
    bad, good = json.loads((out / "manifest.json").read_text())["reports"]
    assert good["failure"] is None
    assert bad["failure"]["kind"] == "error"
    assert (out / "notebooks/a.ipynb").is_file()


@pytest.mark.notebook
def test_how_its_author_s_file_holds_to_the_format_fails_no_report(
    make_notebook, make_plan, tmp_path
):
    path = make_notebook("a", "x: int = 1  # A number", "x")
    content = json.loads(path.read_text())
    content["cells"][2] |= {"id": "#VSC-1a2b", "metadata": {"tags": ["twice", "twice"]}}
    path.write_text(json.dumps(content))
    result = run(make_plan({"notebook": "a"}), tmp_path / "out", Options(jobs=1))
    assert [record["failure"] for record in result.ran] == [None]


REWRITES = {
    "tree": "import ast\n"
    "class T(ast.NodeTransformer):\n"
    "    def visit_Call(self, node):\n"
    "        return ast.copy_location(ast.Constant(1), node)\n"
    "get_ipython().ast_transformers.append(T())",
    "lines": "get_ipython().input_transformers_post.append("
    "lambda lines: [line.replace('end', 'END') for line in lines])",
    "payload": "ip = get_ipython()\n"
    "ip.events.register('pre_execute', lambda: ip.set_next_input('x'))",
}


@pytest.mark.notebook
@pytest.mark.parametrize("cell", REWRITES.values(), ids=REWRITES)
def test_what_rewrites_a_notebook_s_cells_leaves_its_report_alone(
    cell, make_notebook, make_plan, tmp_path
):
    make_notebook("a", "x: int = 1  # A number", cell, "x")
    result = run(make_plan({"notebook": "a"}), tmp_path / "out", Options(jobs=1))
    assert [record["failure"] for record in result.ran] == [None]
