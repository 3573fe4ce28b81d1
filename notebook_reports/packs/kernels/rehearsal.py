"""What a warm parent does once so that no kernel forked from it has to do it first.

Half of what a short report takes is done the first time only: fonts are read, patterns compiled,
readers of Parquet loaded, tables read. A parent that has done it hands it to every kernel, in
pages of memory that they share. Nothing of it shows: what is drawn and written is thrown away,
and a table held in memory counts as read only when a notebook asks for it.
"""

from __future__ import annotations

import gc
import importlib
import sys
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

from notebook_reports import project
from notebook_reports.packs import watch

_FIGURES = 4
"""Figures made ahead: a profile's, with one to spare."""


def steps() -> Iterator[Callable[[], None]]:
    """Yield what to do, in parts short enough for requests to be answered in between.

    Yields
    ------
    callable
        Parts that concern libraries the parent did not import are left out.
    """
    yield catch_up
    if "notebook_reports.report" in sys.modules:
        yield _speak
        yield _draw
    yield _look_at_modules


class _Sys(SimpleNamespace):
    """The module ``sys``, some of it replaced."""

    def __getattr__(self, name: str) -> Any:
        return getattr(sys, name)


def _look_at_modules() -> None:
    """Look at all modules for what each kernel would look for, and touch 3,000 pages of memory.

    It asks which can read unseen, and for their files, which its debugger passes over.
    """
    ipkernel: Any = importlib.import_module("ipykernel.ipkernel")
    watch.compiled()
    files = [getattr(module, "__file__", None) for module in sys.modules.copy().values()]
    # Copies of the names lie side by side.
    copies = (SimpleNamespace(__file__=str(file).encode().decode()) for file in files if file)
    ipkernel.sys = _Sys(modules=dict(enumerate(copies)))


def catch_up() -> None:
    """Read the tables into memory that the project has ready, and that aren't there yet."""
    project.loaded().recall()
    project.loaded().rehearse()


def _speak() -> None:
    """Write one of every kind of block but the last, which asks for the checkout's commit."""
    import pandas as pd

    from notebook_reports import report
    from notebook_reports.evidence import Estimate
    from notebook_reports.report import origins

    origins.versions()
    estimate = Estimate(value=0.5, low=0.4, high=0.6, unit="share", n=100, label="rehearsed")
    report.lede(f"A rehearsal: **{estimate}**.")
    report.finding("rehearsed", estimate)
    rows = pd.DataFrame(
        {"Name": ["a", "b"], "Share": [0.1, 0.2], "When": pd.Timestamp("2018-01-01")}
    )
    report.table(
        rows,
        key="rehearsed",
        caption="A rehearsal",
        source="None",
        formats={"Share": "share"},
    )


def _draw() -> None:
    """Draw lines with bands and a row of names, and turn them into a picture for a page."""
    import pandas as pd
    from matplotlib import font_manager

    from notebook_reports.charts import bars, layout, lines, style
    from notebook_reports.report import raster, svg

    rows = pd.DataFrame(
        {
            "month": pd.date_range("2016-04-01", periods=24, freq="MS"),
            "share": [i / 24 for i in range(24)],
        }
    ).assign(low=lambda d: d["share"] - 0.1, high=lambda d: d["share"] + 0.1)
    parts = pd.DataFrame({"group": ["0", "1"], "part 2": [3, 4], "part 5": [6, 7]})
    figures = [
        lines.lines(
            rows,
            x="month",
            series=["share"],
            bands={"share": ("low", "high")},
            unit="share",
            x_label="month",
            y_label="share",
        ),
        bars.stacked_shares(parts, group="group", parts=["part 2", "part 5"], x_label="share"),
    ]
    try:
        layout.measure_letters()
        while figures:
            figure = figures.pop()
            svg.draw_into({"key": "rehearsed", "units": None}, figure)
            raster.draw(figure)
        style.make_ahead(_FIGURES)
    finally:
        # A font keeps its file open, and kernels must not share a place in a file. Matplotlib
        # empties this cache after every fork for the same reason.
        font_manager._get_font.cache_clear()  # type: ignore[attr-defined]  # not public
        gc.collect()
