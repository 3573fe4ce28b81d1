"""Every measurement, in one run and one file: ``python -m bench [--against FOLDER] [NAME ...]``.

Each module of this folder with a function ``main`` that returns rows is one measurement; names
choose some; packs are also run by the checkout in FOLDER. The tables go to bench/RESULTS.md with
the date and the size of the machine.
"""

from __future__ import annotations

import argparse
import importlib
import os
import pkgutil
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

import psutil

from bench.table import markdown

HERE = Path(__file__).parent
RESULTS = HERE / "RESULTS.md"


def measurements() -> list[str]:
    """Return the names of the modules that measure something."""
    found = sorted(module.name for module in pkgutil.iter_modules([str(HERE)]))
    return [name for name in found if "\ndef main(" in (HERE / f"{name}.py").read_text()]


def machine() -> str:
    """Say when and on what this is measured."""
    memory = psutil.virtual_memory().total / 1e9
    return (
        f"Measured on {datetime.now(UTC).date()} on {os.cpu_count()} cores with {memory:.0f} GB, "
        f"{platform.system()} {platform.machine()}, Python {platform.python_version()}. "
        "Nothing else ran."
    )


def main(names: list[str], against: Path | None = None) -> int:
    """Measure and write the tables; 2 where a name is unknown."""
    known = [name for name in measurements() if name != "__main__"]
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"no measurement {', '.join(unknown)}; there are: {', '.join(known)}")
        return 2
    parts = ["# Measurements", machine(), "Made by `make bench`."]
    for name in names or known:
        module = importlib.import_module(f"bench.{name}")
        print(f"measuring {name}", file=sys.stderr)
        options = {"against": against} if name == "packs" else {}
        title = (module.__doc__ or name).strip().splitlines()[0].rstrip(".")
        parts += [f"## {title}", markdown(module.main(**options))]
        # Written after each: an interrupted run keeps what it has measured.
        RESULTS.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    print(RESULTS.read_text(encoding="utf-8"))
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*")
    parser.add_argument("--against", type=Path)
    asked = parser.parse_args()
    sys.exit(main(asked.names, asked.against))
