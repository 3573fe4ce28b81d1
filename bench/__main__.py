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
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

import psutil

from bench.table import markdown

HERE = Path(__file__).parent
RESULTS = HERE / "RESULTS.md"
_HEAD = "# Measurements\n\nMade by `make bench`.\n"
_TABLE = re.compile(r"^## ([^\n]+)\n\n(.*?\n)(?=\n## |\Z)", re.MULTILINE | re.DOTALL)


def measurements() -> list[str]:
    """Return the names of the modules that measure something."""
    found = sorted(m.name for m in pkgutil.iter_modules([str(HERE)]) if not m.ispkg)
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
    """Measure and write the tables, each with its day; 2 where a name is unknown."""
    known = [name for name in measurements() if name != "__main__"]
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"no measurement {', '.join(unknown)}; there are: {', '.join(known)}")
        return 2
    modules = {name: importlib.import_module(f"bench.{name}") for name in known}
    titles = {n: (m.__doc__ or n).strip().splitlines()[0].rstrip(".") for n, m in modules.items()}
    tables = dict(_TABLE.findall(RESULTS.read_text(encoding="utf-8")))
    for name in names or known:
        print(f"measuring {name}", file=sys.stderr)
        options = {"against": against} if name == "packs" else {}
        found = markdown(modules[name].main(**options))
        tables[titles[name]] = f"{machine()}\n\n{found}\n"
        # Written after each: an interrupted run keeps what it has measured.
        kept = [f"## {title}\n\n{tables[title]}" for title in titles.values() if title in tables]
        RESULTS.write_text("\n".join([_HEAD, *kept]), encoding="utf-8")
    print(RESULTS.read_text(encoding="utf-8"))
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*")
    parser.add_argument("--against", type=Path)
    asked = parser.parse_args()
    sys.exit(main(asked.names, asked.against))
