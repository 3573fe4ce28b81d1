"""What simulations found about the methods of a report, as small tables that ship with it.

``make evidence`` makes them again; the reports print them, so that a reader sees how often a method
was right in the worlds that a fair critic would try.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from policy_methods.results import Result

FOLDER = Path(__file__).with_name("simulated")


@dataclass(frozen=True, slots=True)
class Simulated(Result):
    """A stored table of simulations.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a world, a way and a measure, as its module in ``bench.evidence`` says.
    commit : str
        Commit of the code that made it.
    seed : int
        Seed it was made with.
    """

    table: pd.DataFrame
    commit: str
    seed: int


def stored(name: str) -> Simulated:
    """Read a table that ``make evidence`` stored.

    Parameters
    ----------
    name : str
        Name of the study.
    """
    table = pd.read_csv(FOLDER / f"{name}.csv")
    made = table[["commit", "seed"]].iloc[0]
    return Simulated(table.drop(columns=["commit", "seed"]), str(made.commit), int(made.seed))


def store(name: str, table: pd.DataFrame, *, commit: str, seed: int) -> Path:
    """Write a table of simulations, rounded to what its runs can tell.

    Parameters
    ----------
    name : str
        Name of the study.
    table : pandas.DataFrame
        What was found.
    commit, seed
        As :class:`Simulated` has them.
    """
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{name}.csv"
    table.assign(commit=commit, seed=seed).to_csv(path, index=False, float_format="%.4g")
    return path
