"""What packs ask of the project they serve, and that they do without any."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from notebook_reports.project import Project

BLOCKER = """
import sys

class Blocker:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.partition(".")[0] in ("nhsi_analysis", "policy_methods"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Blocker)
"""

SPEC = """
title = "Rivers"

[[reports]]
notebook = "spoken"
label = "{river}"
for_each.table = "rivers"
for_each.columns = { river = "name" }
parameters = { power = 2 }

[[reports]]
notebook = "plain"
"""

SPOKEN = """
import pandas as pd
from matplotlib.figure import Figure
from notebook_reports import report
from notebook_reports.evidence import Estimate

rivers = pd.read_csv("data/rivers.csv").set_index("name")
length = rivers.loc[river, "length_km"] ** power
report.lede(f"{river}: {length:,}")
report.finding("length", Estimate(value=float(length), unit="count", n=1, label="squared"))
figure = Figure()
figure.subplots().plot([1, 2], [1, length])
report.figure(
    figure, key="length", title="It grows", subtitle="km", source="rivers",
    alt=f"A line that rises to {length:,}.", data=rivers.reset_index(),
)
report.table(rivers, key="rivers", caption="Rivers", source="An atlas")
report.provenance({"river": river, "power": power})
"""

PLAIN = """
import matplotlib.pyplot as plt
import pandas as pd

rivers = pd.read_csv("data/rivers.csv")
rivers.plot.bar(x="name", y="length_km")
plt.show()
rivers
"""


def write_notebook(path: Path, parameters: str, code: str) -> None:
    nb = new_notebook(cells=[new_markdown_cell(f"# How long, {path.stem}?")])
    nb.cells += [
        new_code_cell(parameters, metadata={"tags": ["parameters"]}),
        new_code_cell(code, metadata={"alt": "Bars of the two rivers' lengths."}),
    ]
    nbformat.write(nb, path)


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """Make a folder of two notebooks with a table of their own."""
    folder = tmp_path / "foreign"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "rivers.csv").write_text("name,length_km\nSevern,354\nWye,250\n")
    (folder / "pack.toml").write_text(SPEC)
    declared = (
        'river: str = "Wye"  # A river | value of: rivers.name\n'
        "power: int = 1  # Of its length | from 1 to 3"
    )
    write_notebook(folder / "spoken.ipynb", declared, SPOKEN)
    write_notebook(folder / "plain.ipynb", "shown: bool = True  # Whether it is shown", PLAIN)
    return folder


@pytest.fixture
def without_helper(tmp_path: Path) -> dict[str, str]:
    """Return an environment in which neither the helper nor the methods can be imported."""
    place = tmp_path / "blocker"
    place.mkdir()
    (place / "sitecustomize.py").write_text(BLOCKER)
    kept = {k: v for k, v in os.environ.items() if not k.startswith("NHSI_")}
    return kept | {"PYTHONPATH": str(place)}


def run(
    arguments: list[str], folder: Path, env: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.mark.slow
def test_a_pack_of_foreign_notebooks_runs_without_the_helper(
    foreign: Path, without_helper: dict[str, str]
) -> None:
    blocked = subprocess.run(
        [sys.executable, "-c", "import nhsi_analysis"], env=without_helper, capture_output=True
    )
    assert blocked.returncode == 1
    pack = ["notebook_reports", "pack", "pack.toml", "--out", "made"]
    first = run(pack, foreign, without_helper)
    assert first.returncode == 0, first.stdout + first.stderr
    made = foreign / "made"
    manifest = json.loads((made / "manifest.json").read_text())
    assert [r["id"] for r in manifest["reports"]] == ["spoken-2-Severn", "spoken-2-Wye", "plain"]
    assert {r["kernel"] for r in manifest["reports"]} == (
        {"warm"} if sys.platform == "linux" else {"ordinary"}
    )
    assert list(manifest["data"]) == ["data/rivers.csv"]
    page = (made / "reports" / "spoken-2-Severn.html").read_text()
    assert "125,316" in page
    assert ">notebook_reports 0" in page
    assert "<img" in (made / "reports" / "plain.html").read_text()
    index = (made / "index.html").read_text()
    assert "notebook_reports" in index
    files = made / "files" / "spoken-2-Severn"
    described = (files / "data" / "rivers.csv-metadata.json").read_text()
    workbook = zipfile.ZipFile(files / "workbook.ods").read("content.xml").decode()
    assert "Severn" in workbook
    said = index + page + described + workbook
    assert not [word for word in ("nhsi_analysis", "icence", "license") if word in said]
    again = run(pack, foreign, without_helper)
    assert "3 unchanged" in again.stdout, again.stdout + again.stderr
    (foreign / "data" / "rivers.csv").write_text("name,length_km\nSevern,355\nWye,250\n")
    dry = run([*pack, "--dry-run"], foreign, without_helper).stdout
    assert dry.count("data/rivers.csv changed") == 3


def test_what_a_pack_lacks_is_said_in_one_line(
    foreign: Path, without_helper: dict[str, str], tmp_path: Path
) -> None:
    default = run(["notebook_reports", "pack"], tmp_path, without_helper)
    assert (default.returncode, default.stderr.count("\n")) == (2, 1)
    assert f"notebook_reports: there is no pack {tmp_path}/packs/quarterly.toml" in default.stderr
    (foreign / "data" / "rivers.csv").unlink()
    table = run(["notebook_reports", "pack", "pack.toml"], foreign, without_helper)
    assert (table.returncode, table.stderr.count("\n")) == (2, 1)
    assert f"no table 'rivers'. Data are looked for in {foreign}/data; name" in table.stderr
    data = run(["notebook_reports", "pack", "pack.toml", "--data", "x"], foreign, without_helper)
    assert data.stderr == "notebook_reports: --data x is not a folder\n"
    listed = run(["notebook_reports", "notebooks"], foreign, without_helper)
    assert "river: str" in listed.stdout


def test_the_general_packages_load_nothing_of_the_helper_and_open_no_data(root: Path) -> None:
    code = """
import sys
opened = []
def hear(event, arguments):
    if event == "open" and str(arguments[0]).startswith(sys.argv[1]):
        opened.append(arguments[0])
sys.addaudithook(hear)
import notebook_reports
import policy_methods
heavy = {"pandas", "matplotlib"} & set(sys.modules)
import importlib, pkgutil
for package in (policy_methods, notebook_reports):
    for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if not found.name.endswith("__main__"):
            importlib.import_module(found.name)
print(sorted(heavy), [n for n in sys.modules if n.startswith("nhsi_analysis")], opened)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(root / "data") + os.sep], capture_output=True, text=True
    )
    assert (done.stdout.strip(), done.returncode) == ("[] [] []", 0), done.stderr


def test_importing_the_helper_is_cheap_and_registers_it() -> None:
    code = """
import sys
import nhsi_analysis
from notebook_reports import project
heavy = {"pandas", "numpy", "matplotlib", "pyarrow", "typer", "importlib.metadata"}
print(sorted(heavy & set(sys.modules)), project.loaded().name)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[] nhsi_analysis"


def test_a_process_finds_the_installed_project_and_a_kernel_is_only_told_of_it() -> None:
    code = """
import json, sys
from notebook_reports import project
assert project.loaded() == project.Project()
known = json.loads(json.dumps(project.told()))
assert "nhsi_analysis" in sys.modules
assert type(project.loaded()).__name__ == "HelperProject"
project._registered = None
for name in [name for name in sys.modules if name.startswith("nhsi_analysis")]:
    del sys.modules[name]
project.tell(known)
assert project.current().name == "nhsi_analysis", project.current()
assert "policy_methods" in project.current().packages
assert "nhsi_analysis" not in sys.modules
import nhsi_analysis
assert project.loaded() is nhsi_analysis.PROJECT
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_plain_folder_has_the_tables_in_its_data_folder(
    foreign: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NHSI_HOME", raising=False)
    monkeypatch.delenv("NHSI_DATA", raising=False)
    monkeypatch.chdir(foreign)
    plain = Project()
    assert (plain.root(), plain.notebooks(), plain.data()) == (foreign, foreign, foreign / "data")
    assert plain.overview().to_dict("records") == [{"table": "rivers", "used": "rivers.csv"}]
    (foreign / "notebooks").mkdir()
    assert plain.notebooks() == foreign / "notebooks"
    monkeypatch.setenv("NHSI_DATA", str(foreign / "other"))
    assert plain.tables() == foreign / "other"
