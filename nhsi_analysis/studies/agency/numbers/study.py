"""The agency report as one result: everything that its sections say and show."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from nhsi_analysis.answers.agency_claims import Judged
from nhsi_analysis.studies.agency.numbers import (
    claims,
    outlook,
    path,
    published,
    record,
    saving,
    scope,
    trusts,
)
from nhsi_analysis.studies.agency.numbers.claims import ClaimedSaving, JudgedSaving
from nhsi_analysis.studies.agency.numbers.outlook import Outlook
from nhsi_analysis.studies.agency.numbers.record import Fall
from nhsi_analysis.studies.agency.numbers.saving import NoSaving, Saving
from nhsi_analysis.studies.agency.numbers.scope import Scope
from nhsi_analysis.studies.agency.numbers.trusts import Trusts
from nhsi_analysis.studies.agency.settings import Settings
from policy_methods.reconstruct import Reconstruction


@dataclass(frozen=True, slots=True)
class Study:
    """Everything the report shows.

    Parameters
    ----------
    scope : Scope
        The settings, and what they choose of the registers.
    years : DataFrame
        The record by year; see :func:`record.by_year`.
    cash : Reconstruction
        The path in cash.
    path : DataFrame
        The path in the chosen prices.
    marks : DataFrame
        Every published number that carries it.
    fall : Fall or None
        None with fewer than two published years.
    saving : Saving or NoSaving
        In the chosen prices.
    savings : tuple of JudgedSaving
        Claimed savings judged in cash; empty for another definition, staff group or control.
    highlights : tuple of Judged
        The claims on 2017/18.
    outlook : Outlook or None
        None where the path has fewer than 24 months.
    conflicts, groups, bank, rules : DataFrame
        Figures that disagree; staff groups; bank beside agency; dated rules inside the months.
    trusts : Trusts or None
        None where no trust-level numbers were known.
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
    groups: pd.DataFrame
    bank: pd.DataFrame
    rules: pd.DataFrame
    trusts: Trusts | None

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
    chosen = scope.choose(settings)
    by_trust = trusts.read(settings.tac_csv, settings.trust, settings.as_at, settings.region)
    cash = path.rebuild(chosen)
    whole = settings.series == "agency" and settings.staff_group == "all"
    claimed = claims.claimed_savings(chosen.register) if whole else ()
    dates = [claim.until for claim in claimed]
    found = saving.saving(cash, dates=dates, deflator=chosen.deflator)
    return Study(
        scope=chosen,
        years=record.by_year(
            chosen.register,
            settings.first_year,
            settings.last_year,
            nurses=settings.staff_group == "nursing",
        ),
        cash=cash,
        path=path.in_prices(cash, chosen.deflator),
        marks=path.marks(chosen, cash),
        fall=record.fall(chosen),
        saving=found,
        savings=_judged(claimed, cash),
        highlights=claims.highlights(settings.as_at) if whole else (),
        outlook=outlook.outlook(cash, chosen),
        conflicts=record.disagreements(chosen.register),
        groups=record.staff_groups(chosen.register),
        bank=record.bank_shift(chosen.register),
        rules=published.rules(settings.as_at, chosen.start, chosen.end),
        trusts=by_trust,
    )


def _judged(claimed: tuple[ClaimedSaving, ...], cash: Reconstruction) -> tuple[JudgedSaving, ...]:
    """Judge the claims, which are in cash."""
    found = saving.saving(cash, dates=[claim.until for claim in claimed])
    if isinstance(found, NoSaving):
        return ()
    return claims.judge_savings(claimed, found, cash.months[-1])
