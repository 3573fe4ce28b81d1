"""The agency report as one result: everything that its sections say and show."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from nhsi_analysis.studies.agency.numbers import (
    claims,
    effects,
    outlook,
    path,
    record,
    scope,
    trusts,
)
from nhsi_analysis.studies.agency.numbers.claims import Claim
from nhsi_analysis.studies.agency.numbers.effects import Effect
from nhsi_analysis.studies.agency.numbers.outlook import Outlook
from nhsi_analysis.studies.agency.numbers.path import ControlChart, Fall
from nhsi_analysis.studies.agency.numbers.scope import Scope
from nhsi_analysis.studies.agency.numbers.trusts import Trusts
from nhsi_analysis.studies.agency.settings import Settings
from policy_methods.reconstruct import Reconstruction

HEADLINE = pd.Timestamp(2017, 2, 1)
"""Month by which the headline saving is counted: NHS Improvement's last claim, of one billion."""


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
        None where the path covers too few months.
    chart : ControlChart
    effect : Effect or None
        None where no control falls inside the series.
    outlook : Outlook or None
        None where the path has fewer than 24 months.
    claims : tuple of Claim
        Those known at the day, with verdicts.
    conflicts : DataFrame
        Conflicts found by the path, then those the registers note.
    shares, groups, bank : DataFrame
        Shares of pay; staff groups; bank beside agency.
    trusts : Trusts or None
        None where no trust-level numbers were known.
    """

    scope: Scope
    years: pd.DataFrame
    cash: Reconstruction
    path: pd.DataFrame
    marks: pd.DataFrame
    fall: Fall | None
    chart: ControlChart
    effect: Effect | None
    outlook: Outlook | None
    claims: tuple[Claim, ...]
    conflicts: pd.DataFrame
    shares: pd.DataFrame
    groups: pd.DataFrame
    bank: pd.DataFrame
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
    by_trust = trusts.read(settings.tac_csv, settings.trust, settings.as_at)
    cash = path.rebuild(chosen)
    table, draws = path.in_prices(cash, chosen.deflator)
    effect = effects.effect(table, draws, chosen, HEADLINE)
    return Study(
        scope=chosen,
        years=record.by_year(chosen.register, settings.first, settings.last),
        cash=cash,
        path=table,
        marks=path.marks(chosen, cash),
        fall=path.fall(cash, chosen),
        chart=path.control_chart(table, draws, chosen),
        effect=effect,
        outlook=outlook.outlook(cash, chosen),
        claims=_claims(chosen, cash, effect),
        conflicts=_conflicts(cash, chosen.register),
        shares=record.shares_of_pay(settings.as_at),
        groups=record.staff_groups(chosen.register),
        bank=record.bank_shift(chosen.register),
        trusts=by_trust,
    )


def _claims(chosen: Scope, cash: Reconstruction, effect: Effect | None) -> tuple[Claim, ...]:
    """Judge the claims; they are on all agency staff, and in cash."""
    settings = chosen.settings
    if settings.series != "agency" or settings.staff_group != "all":
        return ()
    if settings.price_basis == "real":
        effect = effects.effect(cash.to_frame(), cash.draws, chosen, HEADLINE)
    return (
        *claims.highlights(chosen.register, cash, settings.as_at),
        *claims.saving_claims(chosen.register, effect),
    )


def _conflicts(cash: Reconstruction, register: pd.DataFrame) -> pd.DataFrame:
    """List conflicts: number, conflicts_with, gap (GBP m; missing for those noted by hand)."""
    noted = record.noted_conflicts(register)
    measured = noted["period"] + ": " + noted["measure"] + ", " + noted["number"]
    listed = pd.DataFrame(
        {
            "number": measured + " (" + noted["source"] + ")",
            "conflicts_with": noted["note"],
            "gap": float("nan"),
        }
    )
    return pd.concat([cash.conflicts, listed], ignore_index=True)
