"""Time and memory of a pack of trust profiles against papermill, in the same run.

Run with ``python -m bench.packs [--against FOLDER] [REPORTS ...]``, by default 4, 24 and 226.
Three ways to make the same reports (an executed notebook and a page each) from
notebooks/05_trust_profile.ipynb:

- commands in a loop: ``papermill`` and ``jupyter nbconvert``, one report after the other;
- papermill's API, with nbconvert's, in a pool of two processes;
- ``nhsi pack``: cold (no table read before), warm (everything made again), unchanged.

And two that execute only, in one process: a loop of papermill's API with its own engine, and with
the engine ``warm``.

All but the packs are run for up to 24 reports; what 226 would take is 226/24 of that. FOLDER is
another checkout with an environment ``.venv`` of its own, whose pack of its own notebook is run in
the same ways.
"""

from __future__ import annotations

import argparse
import csv
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOK = ROOT / "notebooks" / "05_trust_profile.ipynb"
SIZES = (4, 24, 226)
MOST_BY_PAPERMILL = 24
PROCESSES = 2
SAMPLE_SECONDS = 2.0
"""A sample takes a tenth of a second of a core: more of them would slow down what is measured."""
CLOSE = 8
"""Samples after which they are taken half as often."""


class Memory:
    """Samples the memory of this process's children, shared pages counted once.

    Parameters
    ----------
    progress : callable
        How many reports are finished.
    """

    def __init__(self, progress: Callable[[], int]) -> None:
        self.samples: list[tuple[int, int]] = []
        self._progress = progress
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Memory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    @property
    def peak_mb(self) -> float:
        """Highest sample."""
        return max((size for _, size in self.samples), default=0) / 1e6

    def growth_mb(self, start: int) -> float | None:
        """Return by how much the last samples exceed the first after `start` reports (medians)."""
        after = [size for finished, size in self.samples if finished >= start]
        if len(after) < 10:
            return None
        fifth = len(after) // 5
        middle = [sorted(part)[len(part) // 2] for part in (after[:fifth], after[-fifth:])]
        return (middle[1] - middle[0]) / 1e6

    def _watch(self) -> None:
        while not self._stop.wait(SAMPLE_SECONDS * (1 + (len(self.samples) >= CLOSE))):
            total = 0
            for process in psutil.Process().children(recursive=True):
                try:
                    total += process.memory_full_info().pss
                except psutil.Error:
                    continue
            self.samples.append((self._progress(), total))


def trusts(count: int) -> list[str]:
    """Return codes of rated trusts."""
    with open(ROOT / "data/raw/cqc_trust_ratings.csv", encoding="utf-8") as file:
        return list(dict.fromkeys(row["org_code"] for row in csv.DictReader(file)))[:count]


def tool(name: str) -> str:
    """Return a command of this environment."""
    return str(Path(sys.executable).with_name(name))


def by_commands(codes: list[str], folder: Path) -> None:
    """Make reports with papermill's and nbconvert's commands, one after the other."""
    for code in codes:
        executed = str(folder / f"{code}.ipynb")
        papermill = [tool("papermill"), str(NOTEBOOK), executed, "-p", "trust", code]
        subprocess.run([*papermill, "--no-progress-bar"], check=True, capture_output=True)
        convert = [tool("jupyter-nbconvert"), "--to", "html", executed]
        subprocess.run(convert, check=True, capture_output=True)


def one_by_api(code: str, folder: str) -> None:
    """Make a report with papermill's and nbconvert's functions."""
    import papermill
    from nbconvert import HTMLExporter

    executed = os.path.join(folder, f"{code}.ipynb")
    papermill.execute_notebook(NOTEBOOK, executed, {"trust": code}, progress_bar=False)
    html, _ = HTMLExporter().from_filename(executed)
    Path(folder, f"{code}.html").write_text(html, encoding="utf-8")


def by_api(codes: list[str], folder: Path) -> None:
    """Make reports with papermill's API in two processes."""
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        list(pool.map(one_by_api, codes, [str(folder)] * len(codes)))


def by_loop(engine: str, codes: list[str], folder: Path) -> None:
    """Execute notebooks with papermill's API, one after the other in one process."""
    loop = (
        "import sys, papermill\n"
        "notebook, folder, engine, *codes = sys.argv[1:]\n"
        "for code in codes:\n"
        "    papermill.execute_notebook(notebook, f'{folder}/{code}.ipynb', {'trust': code},\n"
        "        engine_name=engine or None, progress_bar=False)\n"
    )
    command = [sys.executable, "-c", loop, str(NOTEBOOK), str(folder), engine, *codes]
    subprocess.run(command, check=True, capture_output=True)


def by_pack(
    codes: list[str], folder: Path, *options: str, env: dict[str, str], root: Path = ROOT
) -> None:
    """Make reports with our command, or another checkout's."""
    spec = folder.parent / "pack.toml"
    values = ", ".join(f'"{code}"' for code in codes)
    notebook = root / NOTEBOOK.relative_to(ROOT)
    spec.write_text(
        f'title = "Bench"\n[[reports]]\nnotebook = "{notebook}"\n'
        f"for_each.values = {{ trust = [{values}] }}\n"
    )
    own = root / ".venv" / "bin" / "nhsi"
    nhsi = str(own) if own.exists() else tool("nhsi")
    command = [nhsi, "pack", str(spec), "--out", str(folder), *options]
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    # A worker finds modules in the current folder first.
    subprocess.run(command, check=True, capture_output=True, env=kept | env, cwd=root)


def processor_seconds(make: Callable[[], None]) -> float:
    """Return what processes that end meanwhile have used of the processor, theirs included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    make()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def timed(make: Callable[[], None], progress: Callable[[], int]) -> tuple[float, float, Memory]:
    """Return how long something takes, its processor time and its memory."""
    with Memory(progress) as memory:
        started = time.perf_counter()
        processor = processor_seconds(make)
        seconds = time.perf_counter() - started
    return seconds, processor, memory


def packs_of(root: Path, codes: list[str], folder: Path) -> dict[str, Callable[[], None]]:
    """Return the ways of making a pack with a checkout; its results go to ``folder / "pack"``."""
    shutil.copytree(root / "data" / "raw", folder / "data" / "raw")
    make = partial(
        by_pack, codes, folder / "pack", env={"NHSI_DATA": str(folder / "data")}, root=root
    )
    return {"cold": make, "warm": partial(make, "--force"), "unchanged": make}


def measure(count: int, folder: Path, against: Path | None = None) -> list[dict[str, Any]]:
    """Return a row a way of making `count` reports."""
    codes = trusts(count)
    theirs = {
        "papermill and nbconvert commands in a loop": by_commands,
        "papermill and nbconvert API, 2 processes": by_api,
        "papermill API in a loop, no pages": partial(by_loop, ""),
        "papermill API in a loop, engine warm, no pages": partial(by_loop, "warm"),
    }
    rows: list[dict[str, Any]] = []

    def note(name: str, make: Callable[[], None], progress: Callable[[], int]) -> None:
        seconds, processor, memory = timed(make, progress)
        growth = memory.growth_mb(50) if count > 50 else None
        rows.append(
            {
                "reports": count,
                "way": name,
                "seconds": round(seconds, 1),
                "processor seconds a report": round(processor / count, 2),
                "peak MB": round(memory.peak_mb),
                "MB grown after report 50": "" if growth is None else round(growth),
            }
        )
        print(rows[-1], file=sys.stderr)

    if count <= MOST_BY_PAPERMILL:
        for number, (name, way) in enumerate(theirs.items()):
            place = folder / f"way{number}"
            place.mkdir()
            note(name, lambda way=way, place=place: way(codes, place), lambda: 0)  # type: ignore[misc]
    checkouts = {"nhsi pack": ROOT} | ({f"nhsi pack of {against.name}": against} if against else {})
    for words, root in checkouts.items():
        place = folder / root.name
        for name, make in packs_of(root, codes, place).items():
            # A forced run writes its records anew; those of the run before don't count.
            made = partial(finished, place / "pack" / "records", time.time())
            note(f"{words}, {name}", make, made)
    warm = next(row["seconds"] for row in rows if row["way"] == "nhsi pack, warm")
    for row in rows:
        row["times the warm pack"] = round(row["seconds"] / warm, 1)
    return rows


def finished(records: Path, since: float) -> int:
    """Count the reports finished since a time."""
    try:
        return sum(entry.stat().st_mtime >= since for entry in os.scandir(records))
    except OSError:
        return 0


def main(sizes: tuple[int, ...] = SIZES, against: Path | None = None) -> list[dict[str, Any]]:
    """Return one row a size and way."""
    rows = []
    for count in sizes:
        with tempfile.TemporaryDirectory(prefix="nhsi-bench-") as folder:
            rows += measure(count, Path(folder), against)
    return rows


if __name__ == "__main__":
    from bench.table import markdown

    parser = argparse.ArgumentParser()
    parser.add_argument("reports", nargs="*", type=int, default=list(SIZES))
    parser.add_argument("--against", type=Path)
    asked = parser.parse_args()
    print(markdown(main(tuple(asked.reports), asked.against)))
