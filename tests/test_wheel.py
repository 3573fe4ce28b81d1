"""A wheel, installed where there is no checkout: it runs own notebooks and says what it lacks."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

PACKAGES = ("nhsi_analysis", "notebook_reports", "policy_methods")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (find_spec("hatchling") and find_spec("pip")), reason="needs hatchling and pip"
    ),
]


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=root, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def programs(wheel: Path) -> Path:
    """Install the wheel into a new environment, which borrows what else it needs from this one."""
    place = wheel.parent / "env"
    venv.create(place, symlinks=os.name != "nt")
    folder = place / ("Scripts" if os.name == "nt" else "bin")
    install = [sys.executable, "-m", "pip", "--python", str(folder / "python"), "install"]
    subprocess.run(
        [*install, "--quiet", "--no-deps", "--no-index", str(wheel)], check=True, env=outside()
    )
    scheme = {"base": str(place), "platbase": str(place)}
    site = Path(sysconfig.get_path("purelib", vars=scheme))
    assert (site / "nhsi_analysis").is_dir()
    # A folder named in a file of paths is searched, and its own such files are not read: a
    # checkout that is installed there for editing stays out.
    (site / "borrowed.pth").write_text(sysconfig.get_path("purelib"))
    return folder


def outside() -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("NHSI_", "PYTHONPATH"))}
    # What pip puts beside the packages, such as nbconvert's templates, is borrowed too.
    return kept | {"JUPYTER_PATH": str(Path(sys.prefix) / "share" / "jupyter")}


def nhsi(
    programs: Path, arguments: Sequence[str], folder: Path, **env: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(programs / "nhsi"), *arguments],
        cwd=folder,
        env=outside() | env,
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_the_wheel_holds_every_file_of_the_packages(root: Path, wheel: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files", *PACKAGES], cwd=root, capture_output=True, text=True, check=True
    ).stdout.split()
    there = {name for name in listed if (root / name).exists()}
    assert there <= set(zipfile.ZipFile(wheel).namelist())
    assert {Path(name).suffix for name in there} >= {".css", ".j2", ".js", ".json", ".mplstyle"}


def test_without_data_each_command_says_where_it_looked(programs: Path, tmp_path: Path) -> None:
    for arguments in (["data", "list"], ["data", "describe", "trusts"]):
        listed = nhsi(programs, arguments, tmp_path)
        assert (listed.returncode, listed.stderr.count("\n")) == (2, 1), listed.stderr
        assert f"is missing. Data are looked for in {tmp_path}/data: run" in listed.stderr
        assert all(name in listed.stderr for name in ("NHSI_HOME", "NHSI_DATA", "--data"))
    pack = nhsi(programs, ["pack"], tmp_path)
    assert (pack.returncode, pack.stderr.count("\n")) == (2, 1), pack.stderr
    assert pack.stderr.startswith(f"nhsi: there is no pack {tmp_path}/packs/quarterly.toml")
    assert "NHSI_HOME" in pack.stderr
    books = nhsi(programs, ["notebooks"], tmp_path)
    assert books.stderr == (
        f"nhsi: there is no folder {tmp_path}/notebooks: name one, or a folder with notebooks/ in "
        "NHSI_HOME\n"
    )


def test_own_notebooks_run_without_the_project_s_data(programs: Path, tmp_path: Path) -> None:
    nb = new_notebook(cells=[new_markdown_cell("# What is it?")])
    parameters = 'trust: str = "RR8"  # A trust'
    nb.cells += [
        new_code_cell(parameters, metadata={"tags": ["parameters"]}),
        new_code_cell("from nhsi_analysis import report\nreport.lede(f'It is {trust}.')"),
        new_code_cell("report.provenance({'trust': trust})"),
    ]
    nbformat.write(nb, tmp_path / "own.ipynb")
    spec = 'title = "Own"\n[[reports]]\nnotebook = "own"\n'
    (tmp_path / "own.toml").write_text(spec)
    done = nhsi(programs, ["pack", "own.toml", "--out", "made"], tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    page = (tmp_path / "made" / "reports" / "own.html").read_text(encoding="utf-8")
    assert "It is RR8." in page
    assert re.search(r">nhsi_analysis 0\.\d+\.\d+, .*made on \d", page)
    assert "1 unchanged" in nhsi(programs, ["pack", "own.toml", "--out", "made"], tmp_path).stdout
    matrix = 'for_each.table = "trusts"\nfor_each.columns = { trust = "org_code" }\n'
    (tmp_path / "own.toml").write_text(spec + matrix)
    lacking = nhsi(programs, ["pack", "own.toml"], tmp_path)
    assert (lacking.returncode, lacking.stderr.count("\n")) == (2, 1), lacking.stderr
    assert f"no table 'trusts'. Data are looked for in {tmp_path}/data" in lacking.stderr


def test_a_folder_with_tables_of_its_own_is_served_where_the_project_s_are_missing(
    programs: Path, tmp_path: Path
) -> None:
    nb = new_notebook(cells=[new_markdown_cell("# How long is it?")])
    parameters = 'river: str = "007"  # A river | value of: rivers.code'
    nb.cells += [
        new_code_cell(parameters, metadata={"tags": ["parameters"]}),
        new_code_cell("from notebook_reports import report\nreport.lede(f'It is {river}.')"),
        new_code_cell("report.provenance({'river': river})"),
    ]
    nbformat.write(nb, tmp_path / "own.ipynb")
    (tmp_path / "own.toml").write_text(
        'title = "Own"\n[[reports]]\nnotebook = "own"\n'
        'for_each.table = "rivers"\nfor_each.columns = { river = "code" }\n'
    )
    tables = tmp_path / "tables"
    tables.mkdir()
    (tables / "rivers.csv").write_text("code,name\n007,Severn\n5E1,Wye\n")
    arguments = ["pack", "own.toml", "--data", "tables", "--out", "made"]
    done = subprocess.run(
        [str(programs / "python"), "-m", "notebook_reports", *arguments],
        cwd=tmp_path,
        env=outside(),
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    page = (tmp_path / "made" / "reports" / "own-007.html").read_text(encoding="utf-8")
    assert ">notebook_reports 0" in page
    assert "Open Government Licence" not in page


def test_a_checkout_is_found_from_within_it_and_by_name(
    programs: Path, root: Path, tmp_path: Path
) -> None:
    for folder, env in ((root / "notebooks", {}), (tmp_path, {"NHSI_HOME": str(root)})):
        described = nhsi(programs, ["data", "describe", "trusts"], folder, **env)
        assert "(trusts, 235 rows)" in described.stdout, described.stderr
        planned = nhsi(
            programs, ["pack", "--dry-run", "--out", str(tmp_path / "out")], folder, **env
        )
        assert planned.returncode == 0, planned.stderr
        assert "would run  04_cqc_rating_shifts: new" in planned.stdout
        # A study that is written there would not be the installed package's.
        begun = nhsi(programs, ["new", "study", "waits"], folder, **env)
        assert (begun.returncode, begun.stderr.count("\n")) == (2, 1), begun.stderr
        assert f"isn't installed from {root}" in begun.stderr


def test_a_report_of_the_checkout_is_made_from_within_it(
    programs: Path, root: Path, tmp_path: Path
) -> None:
    pack = ["pack", "--only", "04_cqc_rating_shifts-London", "--out", str(tmp_path / "out")]
    done = nhsi(programs, pack, root)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 made" in done.stdout
