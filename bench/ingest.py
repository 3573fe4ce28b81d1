"""Time and memory of reading a CQC file of today's size, against reading it with pandas alone.

Run with ``python -m bench.ingest``. The file is made up here: 324,000 rows of locations of 28
columns, as in September 2026, and 21,000 of providers. Each reading has a process of its own, so
that its peak of memory is its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.workbooks import Cell, write_ods, write_xlsx

LOCATION_ROWS = 324_000
PROVIDER_ROWS = 20_000
QUESTIONS = ("Safe", "Effective", "Caring", "Responsive", "Well-led", "Overall")
LIMITS = {"ods": (60.0, 2.0), "xlsx": (30.0, 2.0)}

LOCATION_COLUMNS = (
    "Location ID|Location ODS Code|Location Name|Care Home?|Location Type|"
    "Location Primary Inspection Category|Location Street Address|Location Address Line 2|"
    "Location City|Location Post Code|Location Local Authority|Location Region|"
    "Location NHS Region|Location ONSPD CCG Code|Location ONSPD CCG|"
    "Location Commissioning CCG Code|Location Commissioning CCG Name|"
    "Service / Population Group|Domain|Latest Rating|Publication Date|Report Type|"
    "Inherited Rating (Y/N)|URL|Provider ID|Provider Name|Brand ID|Brand Name"
)
PROVIDER_COLUMNS = (
    "Provider ID|Provider Name|Provider Type|Service / Population Group|Domain|"
    "Latest Rating|Publication Date|Report Type|Inherited Rating (Y/N)|URL"
)

OURS = """
import resource, sys, time
from pathlib import Path
from typing import Any
from nhsi_analysis import ingest
start = time.perf_counter()
rows = len(ingest.read(Path(sys.argv[1])).frame)
taken = time.perf_counter() - start
print(rows, taken, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
PANDAS = """
import resource, sys, time
import pandas as pd
start = time.perf_counter()
sheets = pd.read_excel(sys.argv[1], sheet_name=["Locations", "Providers"], engine="calamine")
rows = len(sheets["Providers"])
taken = time.perf_counter() - start
print(rows, taken, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def locations(rows: int) -> Iterator[list[Cell]]:
    """Write the header and so many rows of locations, six ratings each."""
    yield [*LOCATION_COLUMNS.split("|")]
    for row in range(rows):
        at = row // len(QUESTIONS)
        yield [
            f"1-{at}",
            f"VM{at % 9999:04d}",
            f"The House at Number {at}",
            "Y",
            "Social Care Org",
            "Residential social care",
            f"{at % 90} High Street",
            "",
            f"Town {at % 700}",
            f"AB{at % 20} {at % 9}CD",
            "Kent",
            "South East",
            "South East",
            "E38000237",
            f"NHS Group {at % 190}",
            "09C",
            f"NHS Group {at % 190}",
            "Overall",
            QUESTIONS[row % len(QUESTIONS)],
            "Good",
            f"{1 + at % 28:02d}/0{1 + at % 9}/2024",
            "Location",
            "N",
            f"https://www.example.org/location/1-{at}",
            f"1-1{at // 3}",
            f"Care Company {at // 3} Limited",
            "",
            "-",
        ]


def providers(rows: int) -> Iterator[list[Cell]]:
    """Write the header, the ratings of 235 trusts and so many rows of other providers."""
    yield [*PROVIDER_COLUMNS.split("|")]
    trusts = [f"R{a}{b}" for a in "ABCDEFGHIJ" for b in "ABCDEFGHIJKLMNOPQRSTUVWX"][:235]
    for number in range(len(trusts) * len(QUESTIONS) + rows):
        at, question = divmod(number, len(QUESTIONS))
        trust = at < len(trusts)
        code = trusts[at] if trust else f"1-1{at}"
        kind = "NHS Healthcare Organisation" if trust else "Social Care Org"
        yield [
            code,
            f"Provider {at}",
            kind,
            "Overall",
            QUESTIONS[question],
            "Good",
            "14/05/2026",
            "Provider",
            "N",
            f"https://www.example.org/provider/{code}",
        ]


def measure(code: str, path: Path) -> tuple[int, float, float]:
    """Return rows, seconds and peak gigabytes of a reading in its own process."""
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ},
    )
    rows, seconds, peak = done.stdout.split()
    # Linux counts in kilobytes, macOS in bytes.
    unit = 1e9 if sys.platform == "darwin" else 1e6
    return int(rows), float(seconds), float(peak) / unit


def main() -> list[dict[str, Any]]:
    """Return one row a file and reader: seconds and peak memory, with the limits set for ours."""
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        for ending, (seconds_limit, memory_limit) in LIMITS.items():
            path = Path(folder) / f"01_September_2026_Latest_ratings.{ending}"
            writer = write_ods if ending == "ods" else write_xlsx
            start = time.perf_counter()
            sheets = {"Locations": locations(LOCATION_ROWS), "Providers": providers(PROVIDER_ROWS)}
            writer(path, sheets)
            print(f"made {path.name} in {time.perf_counter() - start:.0f} s", file=sys.stderr)
            for reader, code in (("nhsi", OURS), ("pandas", PANDAS)):
                _, seconds, peak = measure(code, path)
                rows.append(
                    {
                        "file": ending,
                        "reader": reader,
                        "seconds": round(seconds, 1),
                        "most seconds": seconds_limit if reader == "nhsi" else "",
                        "peak GB": round(peak, 2),
                        "most GB": memory_limit if reader == "nhsi" else "",
                    }
                )
            path.unlink()
    return rows


if __name__ == "__main__":
    from bench.table import markdown

    print(markdown(main()))
