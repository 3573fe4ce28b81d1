"""A trust's waiting list for planned treatment, beside its peers'."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from nhsi_analysis import datasets
from nhsi_analysis.answers.peers import Numbers, newest
from nhsi_analysis.answers.surveys import of_trusts
from nhsi_analysis.answers.waits import waiting
from nhsi_analysis.studies.profile.numbers.peers import Identity
from notebook_reports.evidence import Estimate
from policy_methods.results import Result


@dataclass(frozen=True)
class Waiting(Result):
    """Waits for consultant-led treatment at the ends of months.

    Parameters
    ----------
    months : pandas.DataFrame
        By ``month`` as :func:`beside_peers` makes it: ``incomplete``, pathways waiting, and
        ``share`` of them within 18 weeks.
    """

    months: pd.DataFrame

    @cached_property
    def headline(self) -> Estimate | None:
        """Share within 18 weeks at the end of the newest month."""
        label = "of those waiting for treatment within 18 weeks, end of {:%B %Y}"
        return newest(self.months, "share", label)


def wait(who: Identity, until: pd.Timestamp) -> Waiting:
    """Collect a trust's waiting lists published by the day ``until``."""
    held = _lists(until)
    own = held.rows_of(who.code)
    if who.succession is not None:
        own = own[(held.rows["month"].iloc[own] < who.succession.since).to_numpy()]
    return Waiting(held.beside(own, held.rows_of(*who.peers)))


@datasets.remembered
def _lists(until: pd.Timestamp) -> Numbers:
    return Numbers.of(of_trusts(waiting(until)), "month", "share", ["incomplete"])
