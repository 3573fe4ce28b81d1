"""Time from the command to the first kernel, in a fresh copy of this checkout and after that.

The copy is what a clone is after ``make venv``: the packages are compiled, no table was read.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.packs import ROOT, by_pack, processor_seconds, trusts
from notebook_reports import project

_MADE = ("processed", "outputs", "site", "__pycache__", ".*")


def main() -> list[dict[str, Any]]:
    """Return a row for the first run and one for the second."""
    rows = []
    with tempfile.TemporaryDirectory(prefix="nhsi-bench-") as name:
        copy, out = Path(name, "copy"), Path(name, "pack")
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*_MADE))
        compiled = [
            sys.executable,
            "-m",
            "compileall",
            "-q",
            *(str(copy / p) for p in project.current().packages),
        ]
        subprocess.run(compiled, check=True)
        env = {"PYTHONPATH": str(copy), "NHSI_HOME": str(copy)}
        for case in ("a fresh copy", "the same again"):
            used = processor_seconds(lambda: by_pack(trusts(1), out, "--force", env=env, root=copy))
            run = json.loads((out / "manifest.json").read_text(encoding="utf-8"))["run"]
            rows.append(
                {
                    "one profile from": case,
                    "seconds to the first kernel": round(run["first_kernel_seconds"], 2),
                    "budget": 3,
                    "seconds in all": round(run["seconds"], 2),
                    "processor seconds": round(used, 2),
                }
            )
    return rows


if __name__ == "__main__":
    from bench.table import markdown

    print(markdown(main()))
