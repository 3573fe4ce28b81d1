"""Every chart type with one example, for review: what the chart modules hold and who shows it.

A project registers its examples, on its own data, wherever it keeps them::

    @gallery.example(dot_interval)
    def shares() -> evidence.Figure:
        ...

Whoever imports that module has them all in :func:`examples`; :mod:`notebook_reports.packs.gallery`
makes a page of them.
"""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Callable
from importlib import import_module

from matplotlib.figure import Figure

from notebook_reports import charts, evidence

Draw = Callable[..., Figure]
Make = Callable[[], evidence.Figure]

_examples: dict[str, Make] = {}


def _name(chart: Draw) -> str:
    """Name a chart type as its callers know it: "bars.stacked_shares"."""
    return f"{chart.__module__.rpartition('.')[2]}.{chart.__name__}"


def example(chart: Draw) -> Callable[[Make], Make]:
    """Register the decorated function as the example of a chart type.

    Parameters
    ----------
    chart : callable
        The function that draws the chart.
    """

    def register(make: Make) -> Make:
        _examples[_name(chart)] = make
        return make

    return register


def chart_types() -> dict[str, Draw]:
    """Return every public function of the chart modules that returns a figure, by name."""
    found: dict[str, Draw] = {}
    for info in pkgutil.iter_modules(charts.__path__):
        module = import_module(f"{charts.__name__}.{info.name}")
        for name, function in inspect.getmembers(module, inspect.isfunction):
            returns = inspect.signature(function).return_annotation
            if (
                not name.startswith("_")
                and function.__module__ == module.__name__
                and returns in ("Figure", Figure)
            ):
                found[_name(function)] = function
    return dict(sorted(found.items()))


def examples() -> dict[str, Make]:
    """Return the example of every chart type that has one, by the type's name."""
    return {name: _examples[name] for name in chart_types() if name in _examples}


def without_example() -> list[str]:
    """Return the chart types that nobody has given an example."""
    return [name for name in chart_types() if name not in _examples]
