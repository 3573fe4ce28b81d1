"""Results show themselves in a line, whatever they hold."""

import dataclasses
import importlib
import pkgutil
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest

import nhsi_analysis.answers
import nhsi_analysis.datasets
import nhsi_analysis.studies
import policy_methods
from notebook_reports.parameters import Settings
from policy_methods.results import Result
from policy_methods.shares import wilson
from policy_methods.transitions import paired_ordinal_table

LETTERS, LINES = 800, 10
LARGE = (
    pd.DataFrame(np.ones((500, 40))).add_prefix("column_"),
    np.ones((300, 300)),
    {f"key {n}": np.arange(1000) for n in range(100)},
    list(range(10_000)),
    "words " * 1000,
)


def classes() -> dict[str, type]:
    """Return every public dataclass of the packages whose results an analyst holds."""
    found: dict[str, type] = {}

    def look(package: ModuleType) -> None:
        for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            for name, made in vars(importlib.import_module(info.name)).items():
                own = isinstance(made, type) and made.__module__ == info.name
                if own and dataclasses.is_dataclass(made) and not name.startswith("_"):
                    found[f"{info.name}.{name}"] = made

    for package in (
        policy_methods,
        nhsi_analysis.answers,
        nhsi_analysis.studies,
        nhsi_analysis.datasets,
    ):
        look(package)
    return {name: made for name, made in found.items() if not issubclass(made, Settings)}


CLASSES = classes()


def test_every_result_has_the_one_way_to_show_itself() -> None:
    assert len(CLASSES) > 80
    other = {n for n, made in CLASSES.items() if not issubclass(made, Result)}
    # What is asked of a definition of the settings, which prints no table.
    assert other == {"nhsi_analysis.studies.agency.settings.Definition"}


@pytest.mark.parametrize("name", sorted(n for n in CLASSES if issubclass(CLASSES[n], Result)))
@pytest.mark.parametrize("value", LARGE, ids=lambda value: type(value).__name__)
def test_a_result_of_large_tables_is_a_short_line(name: str, value: Any) -> None:
    made = CLASSES[name]
    if made.__repr__ is not Result.__repr__:
        return  # in words of its own, which its own tests read
    result = object.__new__(made)
    for field in dataclasses.fields(made):
        object.__setattr__(result, field.name, value)
    # Without numbers there is no headline to compute.
    shown = Result.__repr__(_Bare(result))
    assert len(shown) <= LETTERS, len(shown)
    assert shown.count("\n") < LINES


class _Bare(Result):
    """A result's fields without what it computes of them."""

    def __init__(self, result: Any) -> None:
        self.held = result

    def _fields(self) -> list[tuple[str, Any]]:
        return Result._fields(self.held)


def test_numbers_are_written_and_tables_named() -> None:
    shares = wilson([103], 230)
    assert repr(shares) == (
        "WilsonShares(count=<1 values>, total=<1 values>, value=<1 values>, low=<1 values>, "
        "high=<1 values>, confidence=0.95)"
    )
    assert "0.447826" in shares._repr_html_()
    pair = paired_ordinal_table([[4, 3, 0], [1, 9, 4], [0, 2, 7]], ["poor", "fair", "good"])
    assert repr(pair).startswith("PairedOrdinal(")
    assert "<table" in pair._repr_html_()
    assert "0.05" in repr(pair.exact_homogeneity()) or "pvalue=" in repr(pair.exact_homogeneity())


def test_a_long_table_shows_its_head_and_says_so() -> None:
    shown = wilson([1] * 200, 230)._repr_html_()
    assert shown.count("<tr") <= 12
    assert "The first 10 of 200 rows." in shown


@dataclasses.dataclass(frozen=True)
class Nest(Result):
    inner: object
    when: pd.Timestamp
    few: tuple[str, ...]
    many: list[int]
    by: dict[str, int]
    nothing: None
    made: object


def test_what_is_inside_is_named_and_html_is_escaped() -> None:
    nest = Nest(
        wilson([1], 3), pd.Timestamp("2019-03-01"), ("a", "b"), [1] * 9, {"x": 1}, None, len
    )
    assert repr(nest) == (
        "Nest(inner=<WilsonShares: count, total, value, low, high, confidence>, "
        "when=2019-03-01 00:00:00, few=('a', 'b'), many=<9 items>, by=<by x>, nothing=None, "
        "made=<builtin_function_or_method>)"
    )
    assert "<WilsonShares" not in nest._repr_html_()
    assert "&lt;WilsonShares" in nest._repr_html_()
