"""papermill executes: its engine `warm`, in a pack and by anybody's papermill."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import papermill
import psutil
import pytest
from jupyter_client.kernelspec import NoSuchKernel
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output
from pack_cells import SHOW
from papermill.exceptions import PapermillException, PapermillExecutionError

from notebook_reports.packs.kernels import install, provisioner
from notebook_reports.packs.run import Options, run

pytestmark = [pytest.mark.alone, pytest.mark.notebook]

NUMBER = "number: int = 1  # A number"
MARKER = "left over from another run"


@pytest.fixture(autouse=True, scope="module")
def _no_parent_stays():
    yield
    provisioner.stop_own_parents()


def read(out: Path, name: str = "manifest.json"):
    return json.loads((out / name).read_text())


def by_engine(path, out=None, parameters=None, **more):
    return papermill.execute_notebook(
        path, out, parameters, engine_name="warm", progress_bar=False, **more
    )


def texts(nb) -> list[str]:
    return [o.text for c in nb.cells for o in c.get("outputs", []) if o.output_type == "stream"]


def edit(path: Path, change) -> None:
    nb = nbformat.read(path, as_version=4)
    change(nb)
    nbformat.write(nb, path)


def test_papermill_runs_a_notebook_from_any_folder_into_any_other(make_notebook, tmp_path):
    path = make_notebook("demo", NUMBER, "print('n', number, __import__('os').getcwd())")
    elsewhere, target = tmp_path / "elsewhere", tmp_path / "target"
    elsewhere.mkdir()
    target.mkdir()
    command = [str(Path(sys.executable).with_name("papermill")), str(path)]
    command += [str(target / "out.ipynb"), "--engine", "warm", "-p", "number", "5"]
    done = subprocess.run(command, cwd=elsewhere, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    nb = nbformat.read(target / "out.ipynb", as_version=4)
    nbformat.validate(nb)
    assert texts(nb) == [f"n 5 {elsewhere}\n"]
    told = nb.metadata.papermill
    assert told.duration > 0
    assert (told.exception, told.parameters) == (None, {"number": 5})
    assert {c.metadata.papermill.status for c in nb.cells} == {"completed"}
    assert all(c.metadata.papermill.duration >= 0 for c in nb.cells)


def test_the_notebook_is_saved_once(make_notebook, tmp_path, monkeypatch):
    saved = []
    from papermill import engines

    real = engines.write_ipynb
    monkeypatch.setattr(engines, "write_ipynb", lambda *a: saved.append(1) or real(*a))
    path = make_notebook("demo", NUMBER, *["print(number)"] * 6)
    nb = by_engine(path, tmp_path / "out.ipynb")
    assert texts(nb) == ["1\n"] * 6
    assert nbformat.read(tmp_path / "out.ipynb", as_version=4).cells == nb.cells
    assert len(saved) == 1


def test_the_engine_works_where_an_event_loop_runs(make_notebook):
    path = make_notebook("demo", NUMBER, "print(number)")

    async def inside():
        return by_engine(path, parameters={"number": 7})

    assert texts(asyncio.run(inside())) == ["7\n"]


def test_errors_have_papermills_classes_and_form(make_notebook, tmp_path):
    path = make_notebook("demo", NUMBER, "1 / 0", "print('after')")
    out = tmp_path / "out.ipynb"
    with pytest.raises(PapermillExecutionError) as caught:
        by_engine(path, out)
    assert caught.value.ename == "ZeroDivisionError"
    nb = nbformat.read(out, as_version=4)
    assert "An Exception was encountered" in nb.cells[0].source
    assert nb.metadata.papermill.exception is True
    states = [c.metadata.papermill.status for c in nb.cells if "papermill" in c.metadata]
    assert states == ["completed", "completed", "failed", "pending"]


@pytest.mark.parametrize("language", ["R", "julia"])
def test_another_language_is_refused(make_notebook, language):
    path = make_notebook("demo", NUMBER, "print(number)")
    edit(path, lambda nb: nb.metadata.kernelspec.update(language=language, name="other"))
    with pytest.raises(PapermillException, match=f"notebooks of Python; this one is of {language}"):
        by_engine(path)


def test_a_kernel_of_another_python_is_not_taken_for_this_one(make_notebook, tmp_path, monkeypatch):
    path = make_notebook("demo", NUMBER, "print(number)")
    with pytest.raises(NoSuchKernel):
        by_engine(path, kernel_name="nonesuch")
    kernel = tmp_path / "kernels" / "other"
    kernel.mkdir(parents=True)
    spec = {"argv": ["/bin/sh", "{connection_file}"], "display_name": "o", "language": "python"}
    (kernel / "kernel.json").write_text(json.dumps(spec))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    with pytest.raises(PapermillException, match="in its own environment, and the kernel 'other'"):
        by_engine(path, kernel_name="other")


def test_arguments_for_the_kernel_are_handed_on(make_notebook):
    path = make_notebook(
        "demo", NUMBER, "import sys; print('--IPKernelApp.log_level=40' in sys.argv)"
    )
    assert texts(by_engine(path, extra_arguments=["--IPKernelApp.log_level=40"])) == ["True\n"]


def test_ctrl_c_while_the_kernel_starts_stops_papermill(make_notebook, tmp_path):
    mark = tmp_path / "mark"
    cells = f"open({str(mark)!r}, 'w')", "import time; time.sleep(60)"
    path = make_notebook("demo", NUMBER, *cells)
    command = [str(Path(sys.executable).with_name("papermill")), str(path), "out.ipynb"]
    started = subprocess.Popen(
        [*command, "--engine", "warm"],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    while not psutil.Process(started.pid).children():  # the warm parent
        assert started.poll() is None
        time.sleep(0.01)
    started.send_signal(signal.SIGINT)
    assert started.wait(timeout=30) != 0
    assert not mark.exists()


def _with_leftovers(nb) -> None:
    old = new_output("stream", name="stdout", text=MARKER)
    shown = {"key": MARKER, "label": MARKER, "value": 87.0, "low": None, "high": None, "n": None}
    shown |= {"unit": "", "text": "87", "interval_text": "", "confidence": None, "kind": ""}
    finding = new_output(
        "display_data",
        data={"application/vnd.nhsi.finding+json": shown | {"card": True}, "text/plain": MARKER},
    )
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell.outputs = [old, finding]
            cell.execution_count = 3
    nb.cells.append(new_code_cell("", outputs=[old, finding]))
    skipped = new_code_cell("show('skipped', 1)", outputs=[old, finding])
    skipped.metadata["tags"] = ["skip-execution"]
    nb.cells.append(skipped)
    banner = new_markdown_cell(f"An Exception was encountered: {MARKER}")
    banner.metadata["tags"] = ["papermill-error-cell-tag"]
    nb.cells.insert(0, banner)
    injected = new_code_cell(f"number = 87  # {MARKER}", outputs=[old])
    injected.metadata["tags"] = ["injected-parameters"]
    nb.cells.insert(3, injected)
    nb.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {MARKER: 1}}


def test_what_an_earlier_run_left_in_a_notebook_is_published_nowhere(
    make_notebook, make_plan, tmp_path
):
    endings = {"well": "pass", "badly": "1 / 0", "dead": "import os; os._exit(1)"}
    for name, ending in endings.items():
        path = make_notebook(name, NUMBER, SHOW, "show('n', number)", ending, "show('last', 2)")
        edit(path, _with_leftovers)
    reports = [{"notebook": n, "parameters": p} for n in endings for p in ({}, {"number": 12})]
    out = tmp_path / "out"
    run(make_plan(*reports, retries=0), out, Options(jobs=2))
    held = [p for p in out.rglob("*") if p.is_file() and MARKER.encode() in p.read_bytes()]
    assert held == []
    values = {r["id"]: [f["value"] for f in r["findings"]] for r in read(out)["reports"]}
    assert values == {
        f"{name}{suffix}": [number, 2.0] if name == "well" else [number]
        for name in endings
        for suffix, number in (("", 1), ("-12", 12))
    }
    for executed in (out / "notebooks").iterdir():
        assert not nbformat.read(executed, as_version=4).metadata.get("widgets")


def test_a_notebook_that_ends_itself_is_well_in_papermill_and_cut_short_in_a_pack(
    make_notebook, make_plan, tmp_path
):
    ways = ["import sys; sys.exit()", "import sys; sys.exit(0)", "exit()", "quit()", "exit"]
    for number, leave in enumerate(ways):
        cells = (SHOW, "show('n', number)", leave, "show('after', 2)")
        path = make_notebook(f"demo{number}", NUMBER, *cells)
        nb = by_engine(path)
        assert not nb.cells[-1].outputs, leave
    plan = make_plan(*({"notebook": f"demo{number}"} for number in range(len(ways))))
    result = run(plan, tmp_path / "out", Options(jobs=2))
    for record in result.ran:
        assert record["failure"]["kind"] == "error"
        assert "a page cut short isn't complete" in record["failure"]["message"]
        assert (record["failure"]["cell"], record["attempts"]) == (5, 1)


@pytest.mark.parametrize("warm", [True, False])
def test_a_dead_kernel_says_how_it_ended_and_what_that_usually_means(
    make_notebook, make_plan, tmp_path, warm
):
    ends = {
        "os.kill(os.getpid(), 9)": ("signal 9 (SIGKILL)", "short of memory"),
        "os.kill(os.getpid(), 11)": ("signal 11 (SIGSEGV)", "compiled library crashed"),
        "os._exit(3)": ("exit code 3", "before its cell did"),
    }
    for number, cell in enumerate(ends):
        make_notebook(f"demo{number}", NUMBER, f"import os; {cell}")
    plan = make_plan(*({"notebook": f"demo{n}"} for n in range(len(ends))), retries=0)
    result = run(plan, tmp_path / "out", Options(jobs=1, warm=warm))
    for record, words in zip(result.ran, ends.values(), strict=True):
        page = (tmp_path / "out" / "reports" / f"{record['id']}.html").read_text()
        for word in words:
            assert word in record["failure"]["message"]
            assert word in page


def test_a_warm_parent_that_dies_is_started_again_and_said_once(make_notebook, tmp_path):
    kill = "import os, signal\nif number == 2: os.kill(os.getppid(), signal.SIGKILL)"
    make_notebook("demo", NUMBER, SHOW, kill, "show('n', number)")
    spec = tmp_path / "pack.toml"
    spec.write_text(
        'title = "T"\nretries = 0\n[[reports]]\nnotebook = "demo"\n'
        "for_each.values = { number = [1, 2, 3, 4, 5] }\n"
    )
    out = tmp_path / "out"
    command = [str(Path(sys.executable).with_name("nhsi")), "pack", str(spec), "--out", str(out)]
    done = subprocess.run([*command, "--jobs", "1"], capture_output=True, text=True, check=False)
    assert done.stderr.count("the warm parent died") == 1
    states = {r["parameters"]["number"]: r for r in read(out)["reports"]}
    assert [states[n]["kernel"] for n in (1, 3, 4, 5)] == ["warm"] * 4
    assert [n for n, r in states.items() if r["status"] == "done"] == [1, 3, 4, 5]


def test_an_expected_error_is_shown_and_the_rest_runs(make_notebook, make_plan, tmp_path):
    path = make_notebook("demo", NUMBER, SHOW, "1 / 0", "show('after', 2)")
    edit(path, lambda nb: nb.cells[3].metadata.update(tags=["raises-exception"]))
    out = tmp_path / "out"
    result = run(make_plan({"notebook": "demo"}), out, Options(jobs=1))
    assert [f["key"] for f in result.ran[0]["findings"]] == ["after"]
    page = (out / "reports" / "demo.html").read_text()
    assert "division by zero" in page
    assert "An Exception was encountered" not in page


def test_what_nobody_types_stays_out_of_the_history(make_notebook, tmp_path, monkeypatch):
    monkeypatch.setattr("sys.prefix", str(tmp_path / "prefix"))
    install.install()
    monkeypatch.undo()
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "prefix/share/jupyter"))
    path = make_notebook("demo", NUMBER, "print(get_ipython().history_manager.hist_file)")
    nb = papermill.execute_notebook(path, None, kernel_name="nhsi-warm", progress_bar=False)
    assert texts(nb) == [":memory:\n"]


def test_a_pack_takes_nothing_from_its_users_settings_of_ipython(
    make_notebook, make_plan, tmp_path, monkeypatch
):
    startup = tmp_path / "home" / ".ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00.py").write_text("number_of_users = 87")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    make_notebook("demo", NUMBER, "print('number_of_users' in globals())")
    out = tmp_path / "out"
    run(make_plan({"notebook": "demo"}), out, Options(jobs=1))
    assert texts(nbformat.read(out / "notebooks" / "demo.ipynb", as_version=4)) == ["False\n"]


def test_files_beside_a_notebook_are_found_and_stay_as_they_are(make_notebook, make_plan, tmp_path):
    folder = tmp_path / "notebooks"
    folder.mkdir()
    (tmp_path / "above.csv").write_text("above")
    (folder / "mine.csv").write_text("mine")
    (folder / "helper_beside.py").write_text("VALUE = 'helped'\n")
    make_notebook(
        "notebooks/demo",
        NUMBER,
        "import helper_beside",
        "print(open('mine.csv').read(), open('../above.csv').read(), helper_beside.VALUE)",
        "open('mine.csv', 'a').write(' and more')",
        "print(open('mine.csv').read())",
    )
    before = {p.name for p in folder.iterdir()}
    out = tmp_path / "out"
    result = run(make_plan({"notebook": "notebooks/demo"}), out, Options(jobs=1))
    assert result.ran[0]["failure"] is None
    nb = nbformat.read(out / "notebooks" / f"{result.ran[0]['id']}.ipynb", as_version=4)
    assert texts(nb) == ["mine above helped\n", "mine and more\n"]
    assert (folder / "mine.csv").read_text() == "mine"
    assert {p.name for p in folder.iterdir()} - {"__pycache__"} == before


@pytest.mark.parametrize("module", ["notebook_reports.packs.engine", "papermill"])
def test_the_engine_and_papermill_load_in_any_order(module):
    code = f"import {module}; from papermill.engines import papermill_engines as e"
    code += "; print(e.nb_kernel_name('warm', __import__('nbformat').v4.new_notebook()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "python3\n", done.stderr
