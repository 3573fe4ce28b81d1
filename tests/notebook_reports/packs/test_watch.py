"""A report stands only while nothing that it read has changed, whichever way it read it."""

from __future__ import annotations

import itertools
import sqlite3
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib import font_manager

from notebook_reports.packs.run import Options, decide, run

pytestmark = pytest.mark.notebook

NUMBER = "number: int = 1  # A number"

_fresh = itertools.count(2)


def rewrite(path: Path) -> None:
    """Change a file without changing its size."""
    content = path.read_bytes()
    path.write_bytes(content[:-2] + bytes([(content[-2] - 47) % 10 + 48]) + content[-1:])


def reasons(plan, out: Path) -> dict[str, str]:
    return {d.job.id: d.reason for d in decide(plan, out, Options())}


class Inputs:
    """Files to read, each with a cell that reads it and what changes it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cells: dict[str, str] = {}
        self.changes: dict[str, Callable[[], object] | None] = {}

    def add(self, name: str, cell: str, change: Callable[[], object] | None) -> None:
        self.cells[name], self.changes[name] = cell, change

    def text(self, name: str, cell: str, content: str = "a\n11\n") -> None:
        path = self.folder / f"{name}.csv"
        path.write_text(content)
        self.add(name, cell.format(path=str(path)), lambda: rewrite(path))

    def parquet(self, name: str, cell: str) -> None:
        path = self.folder / f"{name}.parquet"
        pd.DataFrame({"a": [1]}).to_parquet(path)
        change = lambda: pd.DataFrame({"a": [next(_fresh)]}).to_parquet(path)  # noqa: E731
        self.add(name, cell.format(path=str(path)), change)


def inputs(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Inputs:
    found = Inputs(folder)
    text, parquet, add = found.text, found.parquet, found.add
    text("path", "open({path!r}).read()")
    text("bytes", "open({path!r}.encode()).read()")
    text("descriptor", "import os; os.read(os.open({path!r}, os.O_RDONLY), 9)")
    text("update", "open({path!r}, 'r+').read()")
    text("read_then_append", "open({path!r}).read(); open({path!r}, 'a').close()")
    text("pandas_by_arrow", "import pandas as pd; pd.read_csv({path!r}, engine='pyarrow')")
    text("arrow_csv", "import pyarrow.csv as c; c.read_csv({path!r})")
    text("arrow_map", "import pyarrow as pa; pa.memory_map({path!r}).read()")
    text("arrow_file", "import pyarrow as pa; pa.OSFile({path!r}).read()")
    text("arrow_json", "import pyarrow.json as j; j.read_json({path!r})", '{"a": 11}\n')
    text("map", "import numpy as np; np.memmap({path!r}).sum()")
    text("data_named_code", "open({path!r}).read()")
    parquet("pandas_parquet", "import pandas as pd; pd.read_parquet({path!r})")
    parquet("arrow_parquet", "import pyarrow.parquet as pq; pq.ParquetFile({path!r}).read()")
    parquet("arrow_dataset", "import pyarrow.dataset as ds; ds.dataset({path!r}).to_table()")

    array = folder / "array.npy"
    np.save(array, np.arange(3.0))
    add("numpy", f"import numpy as np; np.load({str(array)!r})", lambda: np.save(array, np.ones(3)))

    code = folder / "code_as_data.py"
    code.write_text("a = 11\n")
    add("py", f"open({str(code)!r}).read()", lambda: rewrite(code))
    helper = folder / "helper_of_report.py"
    helper.write_text("VALUE = 11\n")
    add("helper", "import helper_of_report", lambda: rewrite(helper))
    script = folder / "script_of_report.py"
    script.write_text("VALUE = 11\n")
    add("script", "%run script_of_report.py", lambda: rewrite(script))
    beside = folder / "beside.csv"
    beside.write_text("a\n11\n")
    add("beside", "open('beside.csv').read()", lambda: rewrite(beside))
    add("above", f"open('../{folder.name}/beside.csv').read()", lambda: rewrite(beside))

    library = folder / "library"
    library.mkdir()
    asked = library / "asked.csv"
    asked.write_text("a\n11\n")
    module = library / "module_of_users.py"
    module.write_text(f"TEXT = open({str(asked)!r}).read()  # 11\n")
    monkeypatch.setenv("PYTHONPATH", str(library))
    add("module", "import module_of_users", lambda: rewrite(module))
    add("module_reads", "import module_of_users", lambda: rewrite(asked))

    font = folder / "font.ttf"
    font.write_bytes(Path(font_manager.findfont("DejaVu Sans")).read_bytes())
    cell = f"from PIL import ImageFont; ImageFont.truetype({str(font)!r}, 12)"
    add("font", cell, lambda: font.write_bytes(font.read_bytes() + b"\0"))

    late = folder / "late.csv"
    add(
        "absent",
        f"import os; os.path.exists({str(late)!r}) or 0\ntry: open({str(late)!r})\n"
        "except OSError: pass",
        lambda: late.write_text("a\n11\n"),
    )
    listed = folder / "listed"
    listed.mkdir()
    more = lambda: (listed / f"{next(_fresh)}.csv").write_text("a")  # noqa: E731
    add("listdir", f"import os; os.listdir({str(listed)!r})", more)
    add("glob", f"import glob; glob.glob({str(listed)!r} + '/*.csv')", more)
    add("iterdir", f"import pathlib; list(pathlib.Path({str(listed)!r}).iterdir())", more)

    asked_for = folder / "asked-for.csv"
    make = lambda: asked_for.write_text("a")  # noqa: E731
    add("exists", f"import pathlib; pathlib.Path({str(asked_for)!r}).exists()", make)
    add("isfile", f"import os; os.path.isfile({str(asked_for)!r})", make)
    add("glob_name", f"import glob; glob.glob({str(asked_for)!r})", make)
    override = folder / "module_that_comes_later.py"
    cell = "try: import module_that_comes_later\nexcept ImportError: pass"
    add("import_absent", cell, lambda: override.write_text("X = 1"))
    plugins = folder / "plugins"
    plugins.mkdir()
    plug = lambda: (plugins / f"plug{next(_fresh)}.py").write_text("")  # noqa: E731
    add("plugins", f"import pkgutil; list(pkgutil.iter_modules([{str(plugins)!r}]))", plug)
    for name in ("q1", "q2"):
        (folder / name).mkdir()
        (folder / name / "x.csv").write_text("a\n11\n")
    latest, linked = folder / "latest", folder / "linked.csv"
    latest.symlink_to("q1")
    linked.symlink_to("q1/x.csv")

    def point(link: Path, target: str) -> None:
        link.unlink()
        link.symlink_to(target)

    add("link_above", f"open({str(latest / 'x.csv')!r}).read()", lambda: point(latest, "q2"))
    add("link", "open('linked.csv').read()", lambda: point(linked, "q2/x.csv"))
    hard = "import os; os.link({!r}, 'hard.csv'); open('hard.csv').read()"
    text("hard_link", hard.format("{path}").replace("'{path}'", "{path!r}"))

    monkeypatch.setenv("NHSI_T_VARIABLE", "1")
    other = lambda: monkeypatch.setenv("NHSI_T_VARIABLE", str(next(_fresh)))  # noqa: E731
    add("environ", "import os; os.environ['NHSI_T_VARIABLE']", other)
    add("getenv", "import os; os.getenv('NHSI_T_VARIABLE')", other)
    add("expandvars", "import os; os.path.expandvars('$NHSI_T_VARIABLE')", other)
    template = "import os, string; string.Template('$NHSI_T_VARIABLE').substitute(os.environ)"
    add("template", template, other)
    add("env_magic", "%env NHSI_T_VARIABLE", other)

    monkeypatch.setenv("HOME", str(folder))
    for name, place in {"cache": folder / ".cache", "prefix": Path(sys.prefix)}.items():
        place.mkdir(exist_ok=True)
        odd = place / "nhsi-test-of-reading.csv"
        odd.write_text("a\n11\n")
        add(name, f"open({str(odd)!r}).read()", lambda odd=odd: rewrite(odd))

    # What reads unseen has its report run again in any case.
    database = folder / "data.db"
    connection = sqlite3.connect(database)
    connection.execute("create table t (a)")
    connection.close()
    add("sqlite", f"import sqlite3; sqlite3.connect({str(database)!r})", None)
    add("process", f"import subprocess; subprocess.run(['cat', {str(code)!r}])", None)
    add("shell", f"!cat {code}", None)
    add("system", f"import os; os.system('cat {code}')", None)
    pool = (
        "from concurrent.futures import ProcessPoolExecutor as Pool\nimport multiprocessing as m\n"
    )
    with_pool = "with Pool(1, mp_context=m.get_context({!r})) as p: p.submit(len, 'a').result()"
    add("forked", pool + with_pool.format("fork"), None)
    add("spawned", pool + with_pool.format("spawn"), None)
    add(
        "arrow_folder",
        f"import pyarrow.dataset as ds; ds.dataset({str(listed)!r}, format='csv')",
        None,
    )
    add(
        "arrow_system",
        f"import pyarrow.fs as f; f.LocalFileSystem().open_input_file({str(code)!r})",
        None,
    )
    refused = "import socket\ntry: socket.create_connection(('127.0.0.1', 9))\nexcept OSError: pass"
    add("network", refused, None)
    add("library", "import ctypes; ctypes.CDLL(None)", None)
    return found


def test_every_way_of_reading_is_noticed(make_notebook, make_plan, tmp_path, monkeypatch):
    found = inputs(tmp_path, monkeypatch)
    for name, cell in found.cells.items():
        make_notebook(f"n-{name}", NUMBER, cell)
    plan = make_plan(*({"notebook": f"n-{name}"} for name in found.cells), retries=0)
    out = tmp_path / "out"
    try:
        result = run(plan, out, Options(jobs=3))
        failed = {r["id"]: r["failure"]["message"] for r in result.ran if r["failure"]}
        assert failed == {}
        first = reasons(plan, out)
        # Reports that are made of files stand while these do; the others never do.
        always = {name for name, change in found.changes.items() if change is None}
        assert {name for name in found.cells if first[f"n-{name}"]} == always
        unnoticed = []
        for name, change in found.changes.items():
            if change is not None:
                change()
                if not reasons(plan, out)[f"n-{name}"]:
                    unnoticed.append(name)
        assert unnoticed == []
    finally:
        (Path(sys.prefix) / "nhsi-test-of-reading.csv").unlink(missing_ok=True)


def test_what_a_report_makes_itself_is_no_input(make_notebook, make_plan, tmp_path):
    cells = [
        "import os, pathlib, tempfile\nimport matplotlib.pyplot as plt\nimport pandas as pd",
        "pathlib.Path('mine.csv').resolve(), os.path.realpath('..')",
        "pd.DataFrame({'a': [1]}).to_csv('own.csv'); pd.read_csv('own.csv')",
        "plt.plot([1]); plt.savefig('own.png'); plt.close(); plt.imread('own.png').shape",
        "with tempfile.NamedTemporaryFile() as f: f.write(b'x'); f.flush(); open(f.name).read()",
        "os.environ['NHSI_T_OWN'] = '1'; os.environ['NHSI_T_OWN']",
        "open('mine.csv', 'w').write('own'); open('mine.csv').read()",
        "d = tempfile.TemporaryDirectory(); os.listdir(d.name); d.cleanup()",
        "os.environ.copy()",
        "pd.DataFrame({'a': [1]}).to_parquet('own.parquet'); pd.read_parquet('own.parquet')",
        "1 + [x for x in (1, 2) if x > 1][0]",
    ]
    (tmp_path / "mine.csv").write_text("mine")
    make_notebook("own", NUMBER, *cells)
    plan = make_plan({"notebook": "own"})
    assert run(plan, tmp_path / "out", Options(jobs=1)).ran[0]["failure"] is None
    assert reasons(plan, tmp_path / "out") == {"own": ""}
    assert (tmp_path / "mine.csv").read_text() == "mine"


def test_what_a_report_writes_in_its_folder_is_its_own(make_notebook, make_plan, tmp_path):
    folder = tmp_path / "notebooks"
    (folder / "work").mkdir(parents=True)
    originals = {
        name: (folder / name)
        for name in (
            "text.txt",
            "cut.txt",
            "table.parquet",
            "data.db",
            "shell.txt",
            "work/deep.txt",
        )
    }
    for path in originals.values():
        path.write_text("original")
    connection = sqlite3.connect(folder / "data2.db")
    connection.execute("create table t (a)")
    connection.commit()
    connection.close()
    originals["data2.db"] = folder / "data2.db"
    before = {name: path.read_bytes() for name, path in originals.items()}
    listed = sorted(p.relative_to(folder) for p in folder.rglob("*"))
    cells = [
        "import os, sqlite3, subprocess, time\nimport pandas as pd",
        "v = {1: 87, 2: 12}[number]; pd.DataFrame({'v': [v]}).to_csv('work/step1.csv')",
        "open('text.txt', 'w').write('x'); open('work/deep.txt', 'a').write('x')",
        "os.truncate('cut.txt', 0); os.makedirs('work/new/more')",
        "pd.DataFrame({'v': [v]}).to_parquet('table.parquet')",
        "db = sqlite3.connect('data2.db'); db.execute('insert into t values (1)'); db.commit()",
        "subprocess.run('echo x > shell.txt; echo x > work/by_shell.txt', shell=True, check=True)",
        "time.sleep(2)",
        "print(pd.read_csv('work/step1.csv').v[0], open('work/deep.txt').read())",
    ]
    make_notebook("notebooks/race", NUMBER, *cells)
    plan = make_plan({"notebook": "notebooks/race", "for_each": {"values": {"number": [1, 2]}}})
    out = tmp_path / "out"
    result = run(plan, out, Options(jobs=2))
    assert [r["failure"] for r in result.ran] == [None, None]
    for record, value in zip(result.ran, (87, 12), strict=True):
        assert f"{value} originalx" in (out / "reports" / f"{record['id']}.html").read_text()
    assert {name: path.read_bytes() for name, path in originals.items()} == before
    left = sorted(p.relative_to(folder) for p in folder.rglob("*"))
    assert [p for p in left if p.name != "race.ipynb"] == listed


@pytest.mark.parametrize(
    "way",
    ["open({path!r}).read()", "import pyarrow as pa; pa.memory_map({path!r}).read()"],
)
def test_a_file_that_changes_while_a_report_runs_is_known_as_it_was(
    make_notebook, make_plan, tmp_path, way
):
    path = tmp_path / "moving.csv"
    path.write_text("one")
    change = f"import pathlib; pathlib.Path({str(path)!r}).write_text('two')"
    make_notebook("demo", NUMBER, way.format(path=str(path)), change)
    plan = make_plan({"notebook": "demo"})
    run(plan, tmp_path / "out", Options(jobs=1))
    assert "moving.csv changed" in reasons(plan, tmp_path / "out")["demo"]
    path.write_text("one")
    assert reasons(plan, tmp_path / "out") == {"demo": ""}


def test_an_edited_package_and_a_users_settings_are_noticed(
    make_notebook, make_plan, tmp_path, monkeypatch
):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    make_notebook("demo", NUMBER, "print(number)")
    plan = make_plan({"notebook": "demo"})
    run(plan, tmp_path / "out", Options(jobs=1))
    assert reasons(plan, tmp_path / "out") == {"demo": ""}
    settings = tmp_path / "config" / "matplotlib" / "matplotlibrc"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text("lines.linewidth: 9\n")
    assert reasons(plan, tmp_path / "out") == {"demo": "installed packages or settings changed"}
    settings.unlink()
    assert reasons(plan, tmp_path / "out") == {"demo": ""}
    package = Path(sysconfig.get_path("purelib")) / "nhsi_test_of_an_edited_package.py"
    try:
        package.write_text("X = 1\n")
        assert reasons(plan, tmp_path / "out") == {"demo": "installed packages or settings changed"}
    finally:
        package.unlink(missing_ok=True)


def test_a_library_is_charged_to_the_notebook_that_imports_it(make_notebook, make_plan, tmp_path):
    make_notebook("uses", NUMBER, "import greenlet")  # compiled, and no reader that is known
    make_notebook("plain", NUMBER, "import pandas, matplotlib, scipy.stats")
    plan = make_plan({"notebook": "uses"}, {"notebook": "plain"}, {"notebook": "plain", "id": "b"})
    out = tmp_path / "out"
    run(plan, out, Options(jobs=1))
    found = reasons(plan, out)
    assert "it used greenlet" in found.pop("uses")
    assert set(found.values()) == {""}


def test_a_file_read_in_two_states_never_stands(make_notebook, make_plan, tmp_path):
    path = tmp_path / "moving.csv"
    path.write_text("one")
    again = f"open({str(path)!r}, 'a').write('two'); open({str(path)!r}).read()"
    make_notebook("demo", NUMBER, f"open({str(path)!r}).read()", again)
    plan = make_plan({"notebook": "demo"})
    run(plan, tmp_path / "out", Options(jobs=1))
    for content in ("one", "onetwo"):
        path.write_text(content)
        assert "moving.csv changed" in reasons(plan, tmp_path / "out")["demo"]


def test_a_finished_page_is_held_by_its_content(make_notebook, make_plan, tmp_path):
    make_notebook("demo", NUMBER, "print('one')")
    plan = make_plan({"notebook": "demo"})
    out = tmp_path / "out"
    run(plan, out, Options(jobs=1))
    page = out / "reports" / "demo.html"
    page.write_text(page.read_text().replace("one", "TWO"))
    assert reasons(plan, out) == {"demo": "its files are missing or were changed"}


def test_a_notebook_that_changes_after_it_was_planned_stops_the_run(
    make_notebook, make_plan, tmp_path
):
    path = make_notebook("demo", NUMBER, "print('planned')")
    plan = make_plan({"notebook": "demo"})
    path.write_text(path.read_text().replace("planned", "another"))
    out = tmp_path / "out"
    with pytest.raises(Exception, match="changed while the pack began"):
        run(plan, out, Options(jobs=1))
    assert not (out / "reports").exists()
