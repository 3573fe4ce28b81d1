"""Processor time of a trust profile by its parts, in a pack and beside one plain chart.

Tables, numbers, drawing and words are measured in this process after some reports that nobody
counts, as kernels are forked from a parent that has done them before; the export on what a pack
executed. What a report takes in all is what 24 more of them add to a pack: what is left of it is
the kernel's start and end, its messages, and whatever a fresh process does once more.
"""

from __future__ import annotations

import contextlib
import functools
import io
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import nbformat
from matplotlib.figure import Figure

from bench.packs import by_pack, processor_seconds, trusts
from nhsi_analysis import datasets, report
from nhsi_analysis.studies import profile
from notebook_reports.charts import style
from notebook_reports.packs import leaves, outputs, published
from notebook_reports.packs.plan import build_plan
from notebook_reports.packs.spec import read_spec
from notebook_reports.report import raster, svg

FEW, MANY = 4, 28
UNCOUNTED = 3


class Clock:
    """Processor time by part; what is done for a part within another is that part's alone."""

    def __init__(self) -> None:
        self.spent: Counter[str] = Counter()
        self._within = ["rest"]
        self._since = time.process_time()

    @contextlib.contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Count what is done within."""
        self._charge()
        self._within.append(name)
        try:
            yield
        finally:
            self._charge()
            self._within.pop()

    def counted(self, part: str, plain: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that counts its calls."""

        @functools.wraps(plain)
        def call(*given: Any, **named: Any) -> Any:
            with self.part(part):
                return plain(*given, **named)

        return call

    def _charge(self) -> None:
        now = time.process_time()
        self.spent[self._within[-1]] += now - self._since
        self._since = now


def in_cells(codes: list[str]) -> Counter[str]:
    """Return what the cells of reports take by part, in this process."""
    clock = Clock()
    plain = style.use

    @contextlib.contextmanager
    def use() -> Iterator[None]:
        with clock.part("drawing"), plain():
            yield

    with contextlib.ExitStack() as patches:
        patches.enter_context(mock.patch.object(style, "use", use))
        for place, name, part in (
            (datasets, "load", "tables"),
            (svg, "draw_into", "drawing"),
            (raster, "draw", "drawing"),
        ):
            counted = clock.counted(part, getattr(place, name))
            patches.enter_context(mock.patch.object(place, name, counted))
        for number, code in enumerate(codes):
            if number == UNCOUNTED:
                clock.spent.clear()
            with contextlib.redirect_stdout(io.StringIO()):
                with clock.part("numbers"):
                    study = profile.build(profile.Settings(trust=code))
                with clock.part("words"):
                    for section in profile.SECTIONS:
                        report.show(section(study))
    return clock.spent


def in_export(spec: Path, executed: Path, codes: list[str]) -> float:
    """Return what turning executed notebooks into files takes, in this process."""
    jobs = build_plan(read_spec(spec), folder=spec.parent).jobs
    notebooks = [nbformat.read(executed / f"{job.id}.ipynb", 4) for job in jobs[: len(codes)]]
    began = 0.0
    for number, (job, nb) in enumerate(zip(jobs, notebooks, strict=False)):
        if number == UNCOUNTED:
            began = time.process_time()
        kept = outputs.tidied(nb)
        nbformat.writes(kept)
        leaves.report_files(published.published(kept), job, pdf=False, docx=False)
    return time.process_time() - began


def plain_chart() -> float:
    """Return what one chart takes that is drawn without any of our code."""
    seconds = []
    for _ in range(10):
        began = time.process_time()
        figure = Figure(figsize=(7, 4))
        axes = figure.subplots()
        axes.plot(range(24), range(24), label="a line")
        axes.set(title="A title", xlabel="month", ylabel="share")
        axes.legend()
        figure.savefig(io.BytesIO(), format="svg")
        seconds.append(time.process_time() - began)
    return sorted(seconds)[len(seconds) // 2]


def main() -> list[dict[str, Any]]:
    """Return a row a part."""
    codes = trusts(MANY)
    with tempfile.TemporaryDirectory(prefix="nhsi-bench-") as name:
        folder = Path(name)
        out = folder / "pack"
        by_pack(codes, out, env={})
        exported = in_export(folder / "pack.toml", out / "notebooks", codes)
        many = processor_seconds(lambda: by_pack(codes, out, "--force", env={}))
        few = processor_seconds(lambda: by_pack(codes[:FEW], out, "--force", env={}))
    counted = MANY - UNCOUNTED
    whole = (many - few) / (MANY - FEW)
    spent = in_cells(codes)
    parts = {part: spent[part] / counted for part in ("tables", "numbers", "drawing", "words")}
    parts["export"] = exported / counted
    rows = {"start, messages and end": whole - sum(parts.values())} | parts | {"a report": whole}
    return [
        *(
            {"part": part, "milliseconds": round(1000 * took), "%": round(100 * took / whole)}
            for part, took in rows.items()
        ),
        {"part": "a pack beyond its reports", "milliseconds": round(1000 * (few - FEW * whole))},
        {"part": "one plain chart as SVG", "milliseconds": round(1000 * (chart := plain_chart()))},
        {"part": "a report, in plain charts", "milliseconds": round(whole / chart, 1)},
    ]


if __name__ == "__main__":
    from bench.table import markdown

    print(markdown(main()))
