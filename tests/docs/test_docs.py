"""Documentation: it builds without a warning, asks no network, and every code block in it runs.

A page's blocks run in order, in a copy of the project, as a reader would run them; each block of
Python is a script of its own, which needs nothing of the blocks before it but the files they made.
A block with ``title="…"`` is written to that file first. A command that would wait for a person or
a cluster, or needs a file that nobody ships, runs in the cheap form given in ``CHEAP``; what stands
after two spaces and ``#`` is a comment. Blocks for PowerShell are skipped.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from notebook_reports.packs.job import Job
from notebook_reports.packs.plan import build_plan
from notebook_reports.packs.spec import read_spec

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(
    path
    for path in [ROOT / "README.md", *DOCS.rglob("*.md")]
    # That page adds to the package itself; its blocks are run by its own tests.
    if path.name != "architecture.md" and re.search(r"^```(?!text)\w", path.read_text(), re.M)
)
FENCE = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CHEAP = {
    "make venv": "make --dry-run --always-make venv",
    "make lab": "make --dry-run lab",
    "make pack": "make --dry-run pack",
    "make test": "make --dry-run test",
    # Other pages make a pack for real.
    "nhsi pack": "nhsi pack --dry-run",
    'nhsi pack --only 04 --set trust_type="Mental health" --set key_question=Safe': (
        'nhsi pack --only 04 --set trust_type="Mental health" --set key_question=Safe --dry-run'
    ),
    # No browser is to open, and the publisher's file isn't here.
    "nhsi pack --only 04 --each region=London,South --out outputs/regions --open": (
        "nhsi pack --only 04 --each region=London,South --out outputs/regions"
    ),
    "nhsi data ingest Latest_ratings.ods": "nhsi data kinds",
    (
        'nhsi pack --only "04_cqc_rating_shifts" --set region=London --set key_question=Safe '
        "--out outputs/london"
    ): (
        'nhsi pack --only "04_cqc_rating_shifts" --set region=London --set key_question=Safe '
        "--dry-run"
    ),
    # A pack is compared with a copy of itself: that two quarters differ has its own tests.
    'nhsi pack --only "04_cqc_rating_shifts" --quarter 2018-19Q4 --out outputs/q4': (
        "cp -r outputs/q2 outputs/q4"
    ),
    "dask scheduler --port 8786": "dask scheduler --version",
    "dask worker tcp://scheduler:8786 --nworkers 8 --nthreads 1": "dask worker --version",
    (
        "dask scheduler --protocol tls --port 8786 "
        "--tls-ca-file ca.pem --tls-cert cert.pem --tls-key key.pem"
    ): "dask scheduler --version",
    (
        "dask worker tls://scheduler:8786 --nworkers 8 --nthreads 1 "
        "--tls-ca-file ca.pem --tls-cert cert.pem --tls-key key.pem"
    ): "dask worker --version",
    # The kernelspec would go into the environment of the tests.
    "nhsi kernel install": "nhsi kernel install --help",
    "papermill -k nhsi-warm notebooks/04_cqc_rating_shifts.ipynb london.ipynb -p region London": (
        "papermill notebooks/04_cqc_rating_shifts.ipynb london.ipynb -p region London"
    ),
    # No scheduler answers here, which a dry run says too; the cluster's own tests start one.
    **{
        f"nhsi pack packs/quarterly.toml --dask {way}://scheduler:8786 --out outputs/quarter": (
            "nhsi pack packs/quarterly.toml --dry-run"
        )
        for way in ("tcp", "tls")
    },
}


@dataclass(frozen=True)
class Block:
    language: str
    title: str
    text: str


def blocks(path: Path) -> list[Block]:
    found = []
    for language, info, text in FENCE.findall(path.read_text(encoding="utf-8")):
        title = re.search(r'title="([^"]+)"', info)
        found.append(Block(language, title[1] if title else "", text))
    return found


def commands(text: str) -> list[str]:
    """Return the commands of a console block: lines after a dollar sign."""
    lines = text.strip().splitlines()
    assert all(line.startswith("$ ") for line in lines), f"not a command: {lines}"
    return [line.removeprefix("$ ").partition("  #")[0].rstrip() for line in lines]


def script(page: Path) -> str:
    """Turn a page into one shell script; each of its Python blocks becomes a module."""
    lines = ["set -euo pipefail"]
    for number, block in enumerate(blocks(page)):
        if block.title:
            lines.append(f"mkdir -p $(dirname {block.title})")
            lines.append(f"cat > {block.title} <<'END_OF_BLOCK'\n{block.text}END_OF_BLOCK")
            if block.language == "python":  # Airflow, which runs one of them, isn't here
                lines.append(f"python -m py_compile {block.title}")
        elif block.language == "console":
            lines += [CHEAP.get(command, command) for command in commands(block.text)]
        elif block.language == "python":
            name = f"block_{number}.py"
            lines.append(f"cat > {name} <<'END_OF_BLOCK'\n{block.text}END_OF_BLOCK")
            lines.append(f"python -W error::FutureWarning {name}")
        elif block.language != "powershell":
            assert block.language == "text", f"{page.name}: no way to run {block.language}"
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the project without its environment, history and outputs."""
    folder = tmp_path_factory.mktemp("docs") / "project"
    folder.mkdir()
    packages = ("nhsi_analysis", "notebook_reports", "policy_methods")  # a page may add to them
    others = ("notebooks", "packs", "data/raw", "docs", "Makefile", "pyproject.toml")
    for name in (*packages, *others):
        source = ROOT / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, folder / name)
    for name in ("requirements.lock", "requirements-bootstrap.lock"):
        shutil.copy(ROOT / name, folder / name)
    return folder


def test_every_page_with_code_is_found() -> None:
    names = {path.name for path in PAGES}
    assert {"README.md", "tutorial.md", "bring-new-cqc-data.md", "run-on-a-cluster.md"} <= names


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_every_code_block_runs(page: Path, project: Path, tmp_path: Path) -> None:
    place = tmp_path / "project"
    shutil.copytree(project, place)
    environment = os.environ | {
        "NHSI_HOME": str(place),
        "PYTHONPATH": str(place),
        "NHSI_DATA": str(place / "data"),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
    }
    run = subprocess.run(
        ["bash", "-c", script(page)],
        cwd=place,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert run.returncode == 0, f"{run.stdout[-1500:]}\n{run.stderr[-3000:]}"
    for block in blocks(page):
        if block.language == "python" and "print(" in block.text:
            assert run.stdout.strip(), "nothing was printed"


def test_the_reference_has_every_room_of_the_three_packages(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.syspath_prepend(str(DOCS / "hooks"))
    import reference

    named = {
        name
        for _, rooms in reference.rooms()
        for pages in rooms.values()
        for text in pages.values()
        for name in re.findall("^::: (.+)$", text, re.MULTILINE)
    }
    modules = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for package in reference.PACKAGES
        for path in (ROOT / package).glob("*/**/*.py")
        if "__pycache__" not in path.parts
    }
    assert {name for name in modules if "._" not in name} <= named


@pytest.mark.slow
def test_a_dead_link_fails_the_build(tmp_path: Path) -> None:
    for name in ("docs", "nhsi_analysis", "notebook_reports", "policy_methods"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "mkdocs.yml", tmp_path / "mkdocs.yml")
    with (tmp_path / "docs" / "index.md").open("a", encoding="utf-8") as page:
        page.write("\n[gone](how-to/nowhere.md)\n")
    run = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "out")],
        cwd=tmp_path,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert run.returncode != 0
    assert "nowhere.md" in run.stderr


def reports() -> list[Job]:
    """Return the reports of the quarterly pack but those for regions and kinds of trust."""
    spec = ROOT / "packs" / "quarterly.toml"
    plan = build_plan(read_spec(spec), folder=spec.parent)
    return [job for job in plan.jobs if not job.facets]


def test_the_readme_names_the_reports_of_the_pack_and_no_other() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d\d) ([^|]+?)(, twice)? \|", text, re.MULTILINE)
    told = sorted(number for number, _, twice in rows for _ in range(1 + bool(twice)))
    assert told == sorted(job.notebook.stem[:2] for job in reports())


def test_each_report_has_a_picture_in_the_documentation() -> None:
    text = (DOCS / "reports.md").read_text(encoding="utf-8")
    shown = re.findall(
        r"^## (.+)\n\n`(.+)`\n\n!\[.{60,}\]\(images/reports/(.+)\.png\)$", text, re.M
    )
    assert shown == [(job.title, job.id, job.id) for job in reports()], (
        "run: python docs/hooks/pictures.py PACK"
    )
    assert all((DOCS / "images" / "reports" / f"{name}.png").is_file() for _, name, _ in shown)
