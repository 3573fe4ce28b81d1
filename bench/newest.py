"""Whether it works with the newest of all it depends on: ``make newest``.

For each Python of ``PYTHONS`` that this machine has, an environment of its own is made without
the lock, quick tests run in it, and a small pack is made. The exit code is 0 if all of it went
well.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.table import markdown

ROOT = Path(__file__).resolve().parents[1]
PYTHONS = ("3.12", "3.13", "3.14")
EXTRAS = "dev,cluster,word"
SHOWN = ("numpy", "pandas", "matplotlib", "scipy", "ipykernel")
TESTS = (
    "tests/policy_methods/test_segmented.py",
    "tests/policy_methods/test_ranking.py",
    "tests/notebook_reports/charts",
    "tests/notebook_reports/report",
    "tests/notebook_reports/packs/test_plan.py",
    "tests/nhsi_analysis/test_datasets.py",
    "tests/nhsi_analysis/studies/test_ratings.py",
)
QUICK = "not slow and not browser and not notebook"
PACK = ("--only", "04_cqc_rating_shifts-London", "--only", "05")


def found(version: str) -> Path | None:
    """Return a Python of a version: on the path, or of pyenv."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    kept = sorted(pyenv.glob(f"{version}.*/bin/python"))
    for program in [shutil.which(f"python{version}"), *reversed(kept)]:
        asked = [str(program), "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
        if (
            program
            and subprocess.run(asked, capture_output=True, text=True).stdout == f"{version}\n"
        ):
            return Path(program)
    return None


def check(version: str, python: Path) -> dict[str, str]:
    """Return a row of the table: the versions, and what became of tests and pack."""
    row, began = {"Python": version}, time.monotonic()
    with tempfile.TemporaryDirectory(prefix="newest-") as folder:
        place = Path(folder) / "venv"
        programs = place / ("Scripts" if os.name == "nt" else "bin")
        within, uv = str(programs / "python"), str(Path(sys.executable).with_name("uv"))
        steps = {
            "environment": [uv, "venv", "--quiet", "--python", str(python), str(place)],
            "install": [uv, "pip", "install", "-q", "--python", within, "-e", f".[{EXTRAS}]"],
            "newest of": [uv, "pip", "freeze", "--python", within],
            "quick tests": [within, "-m", "pytest", "-q", "-m", QUICK, *TESTS],
            "pack": [str(programs / "nhsi"), "pack", *PACK, "--out", f"{folder}/out"],
        }
        env = os.environ | {"MPLCONFIGDIR": folder}  # its list of fonts isn't this environment's
        for step, command in steps.items():
            done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
            said = done.stdout.strip().splitlines() or [""]
            if done.returncode:
                print(f"{version}, {step}:", done.stdout[-6000:], done.stderr[-3000:])
                row[step] = f"FAILED: {said[-1]}"
            elif step == "newest of":
                row[step] = ", ".join(line for line in said if line.partition("==")[0] in SHOWN)
            elif step in ("quick tests", "pack"):
                row[step] = said[-1].partition(": open")[0]
    return row | {"time": f"{time.monotonic() - began:.0f} s"}


if __name__ == "__main__":
    there = {version: python for version in PYTHONS if (python := found(version))}
    rows = [check(version, python) for version, python in there.items()]
    print(markdown(rows) if rows else "")
    print("not on this machine:", ", ".join(v for v in PYTHONS if v not in there) or "none")
    sys.exit(not rows or any("FAILED" in cell for row in rows for cell in row.values()))
