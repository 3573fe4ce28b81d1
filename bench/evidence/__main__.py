"""Make the tables of simulations anew: ``make evidence``, or ``ARGS=league`` for one of them."""

from __future__ import annotations

import argparse
import pkgutil
from importlib import import_module
from pathlib import Path

from nhsi_analysis.answers import simulations
from notebook_reports.report.origins import commit

SEED = 20160307


def main() -> None:
    """Run what was named, or everything, and store what it found."""
    here = [str(Path(__file__).parent)]
    names = [info.name for info in pkgutil.iter_modules(here) if info.name != "__main__"]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(names)}")
    chosen = parser.parse_args().names or names
    if unknown := sorted(set(chosen) - set(names)):
        parser.error(f"no simulation is named {', '.join(unknown)}; there are {', '.join(names)}")
    for name in chosen:
        table = import_module(f"bench.evidence.{name}").run(seed=SEED)
        path = simulations.store(name, table, commit=commit(), seed=SEED)
        print(f"{path}: {len(table)} rows", flush=True)


if __name__ == "__main__":
    main()
