"""The agency report as one result: everything that its sections say and show."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from nhsi_analysis.answers import simulations
from nhsi_analysis.answers.agency_claims import CLAIMS
from nhsi_analysis.answers.judged import Judged
from nhsi_analysis.answers.simulations import Simulated
from nhsi_analysis.as_at import parse
from nhsi_analysis.studies.agency.numbers import claims, outlook, path, published, record, trusts
from nhsi_analysis.studies.agency.numbers.claims import JudgedSaving
from nhsi_analysis.studies.agency.numbers.outlook import Outlook
from nhsi_analysis.studies.agency.numbers.record import Fall
from nhsi_analysis.studies.agency.numbers.saving import NoSaving, Saving, saving
from nhsi_analysis.studies.agency.numbers.scope import Scope, choose
from nhsi_analysis.studies.agency.numbers.trusts import Trusts
from nhsi_analysis.studies.agency.settings import Settings
from nhsi_analysis.years import last_day
from policy_methods.reconstruct import Reconstruction
from policy_methods.results import Result


@dataclass(frozen=True, slots=True)
class Study(Result):
    """Everything the report shows.

    Parameters
    ----------
    scope, years : Scope, DataFrame
        The settings with what they choose of the registers; the record by year.
    cash, path, marks : Reconstruction, DataFrame, DataFrame
        The path in cash and in the chosen prices, and every published number that carries it.
    fall, outlook, trusts : Fall, Outlook and Trusts, or None
        None with fewer than two published years, 24 months, or known trust-level numbers.
    saving, worlds : Saving or NoSaving, Simulated
        In the chosen prices; how its method did where the answer is known.
    savings, highlights : tuple of JudgedSaving, tuple of Judged
        Claimed savings, judged in cash, for the main definition only; the claims on 2017/18.
    conflicts, bank, rules : DataFrame
        Figures that disagree; bank beside agency; dated rules inside the months.
    """

    scope: Scope
    years: pd.DataFrame
    cash: Reconstruction
    path: pd.DataFrame
    marks: pd.DataFrame
    fall: Fall | None
    saving: Saving | NoSaving
    savings: tuple[JudgedSaving, ...]
    highlights: tuple[Judged, ...]
    outlook: Outlook | None
    conflicts: pd.DataFrame
    bank: pd.DataFrame
    rules: pd.DataFrame
    trusts: Trusts | None
    worlds: Simulated

    @property
    def settings(self) -> Settings:
        """The parameters it was made by."""
        return self.scope.settings


def build(settings: Settings) -> Study:
    """Compute the whole agency report.

    Raises
    ------
    ParameterError
        If a parameter doesn't fit the registers, before anything is computed.
    DataError
        If a table, or the analyst's own, breaks a rule.
    """
    chosen = choose(settings)
    by_trust = trusts.read(settings.tac_csv, settings.trust, settings.as_at, settings.region)
    cash = path.rebuild(chosen)
    nurses, register = settings.staff_group == "nursing", chosen.register
    whole = settings.series == "agency" and not nurses
    claimed = claims.claimed_savings(register) if whole else []
    dates = [until for until, _ in claimed]
    in_cash = saving(cash, dates=dates)
    # before the year was over, its claims had not been made
    made = whole and parse(settings.as_at) >= last_day("2017/18")
    return Study(
        scope=chosen,
        years=record.by_year(register, settings.first_year, settings.last_year, nurses=nurses),
        cash=cash,
        path=path.in_prices(cash, chosen.deflator),
        marks=path.marks(chosen, cash),
        fall=record.fall(chosen),
        saving=saving(cash, dates=dates, deflator=chosen.deflator),
        savings=() if isinstance(in_cash, NoSaving) else claims.judge_savings(claimed, in_cash),
        highlights=tuple(one(settings.as_at, 0.0) for one in CLAIMS.values()) if made else (),
        outlook=outlook.outlook(cash, chosen),
        conflicts=record.disagreements(register),
        bank=record.bank_shift(register),
        rules=published.rules(settings.as_at, chosen.start, chosen.end),
        trusts=by_trust,
        worlds=simulations.stored("agency"),
    )
