"""Checkers that look a claim's number up in the registers, or in another claim."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from nhsi_analysis.studies.claims.numbers.checks.model import Claim, Evidence, Found, Which, written
from nhsi_analysis.studies.claims.numbers.checks.registers import (
    EVERY_REGISTER,
    Tables,
    as_evidence,
)

Register = Mapping[str, Claim]
Checker = Callable[[Claim, Tables, Register], Found]


def together(*checkers: Checker) -> Checker:
    """Combine checkers."""

    def check(claim: Claim, tables: Tables, claims: Register) -> Found:
        found = [checker(claim, tables, claims) for checker in checkers]
        return Found(
            tuple(e for f in found for e in f.evidence), tuple(e for f in found for e in f.others)
        )

    return check


def published(table: str, where: Mapping[str, str], against: Which = "value") -> Checker:
    """Look for the number in a register; the first row is judged, the others are told.

    ``where`` has regular expressions by column; ``against`` names the number of the claim.
    """

    def check(claim: Claim, tables: Tables, claims: Register) -> Found:
        found = _evidence(claim, tables.rows(table, where), against)
        return Found(evidence=found[:1], others=found[1:])

    return check


def rival(table: str, where: Mapping[str, str]) -> Checker:
    """Tell numbers on the same thing, of other definitions, without judging by them."""

    def check(claim: Claim, tables: Tables, claims: Register) -> Found:
        return Found(others=_evidence(claim, tables.rows(table, where), "value"))

    return check


def searched(pattern: str) -> Checker:
    """Look through every register for a measure; what is found is evidence, usually nothing is."""

    def check(claim: Claim, tables: Tables, claims: Register) -> Found:
        found = _evidence(claim, tables.rows(EVERY_REGISTER, {"measure": pattern}), "value")
        return Found(evidence=found[:1], others=found[1:])

    return check


def other_claim(claim_id: str) -> Checker:
    """Hold the claim against the same number in another document's claim."""

    def check(claim: Claim, tables: Tables, claims: Register) -> Found:
        other = claims[claim_id]
        said = f"{other.source} gives {written(other.value, other.unit)}"
        ends = other.range("value")
        return Found((Evidence(other.value, *ends, said, (other.source,), computed=False),))

    return check


def total(*parts: tuple[str, Which, int]) -> Checker:
    """Add up numbers of claims: (claim, which number, +1 or -1)."""

    def check(claim: Claim, tables: Tables, claims: Register) -> Found:
        numbers = [sign * claims[name].reading(which) for name, which, sign in parts]
        value = float(sum(numbers))
        said = " + ".join(written(n) for n in numbers).replace("+ −", "− ")
        by = tuple(dict.fromkeys(claims[name].source for name, *_ in parts))
        return Found((Evidence(value, value, value, f"{said} = {written(value)}", by),))

    return check


def _evidence(claim: Claim, rows: pd.DataFrame, against: Which) -> tuple[Evidence, ...]:
    records: list[dict[Any, Any]] = rows.to_dict("records")
    found = (as_evidence(claim, row) for row in records)
    return tuple(replace(e, against=against) for e in found if e is not None)
