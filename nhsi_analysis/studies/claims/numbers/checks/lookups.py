"""Checkers that look a claim's number up in the registers, or in another claim."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from nhsi_analysis.studies.claims.numbers.checks.model import (
    Claim,
    Evidence,
    Found,
    Which,
    combine,
    number,
)
from nhsi_analysis.studies.claims.numbers.checks.registers import (
    REGISTERS,
    Tables,
    as_evidence,
    independent,
)

Register = Mapping[str, Claim]
Checker = Callable[[Claim, Tables, Register], Found]


def together(*checkers: Checker) -> Checker:
    """Combine checkers: the worst verdict of all their evidence counts."""

    def check(claim: Claim, tables: Tables, claims: Register) -> Found:
        return combine(checker(claim, tables, claims) for checker in checkers)

    return check


def sought(pattern: str, *others: Checker) -> Checker:
    """Look through every register, as :func:`searched`, and put the claim to others besides."""
    return together(searched(pattern), *others)


def published(
    table: str,
    where: Mapping[str, str],
    *,
    prefer: Mapping[str, str] | None = None,
    against: Which = "value",
    same_document: bool = False,
) -> Checker:
    """Look for the number in a register; rival rows are told, not judged.

    Parameters
    ----------
    table : str
        Register.
    where : mapping of str to str
        Regular expression for a column that the row must match.
    prefer : mapping of str to str, optional
        Of several rows the one to judge by, chosen by who published it; otherwise the first.
    against : str
        Which number of the claim it is held against.
    same_document : bool
        Accept rows of the very document that makes the claim, where it states the number twice.
    """

    def check(claim: Claim, tables: Tables, claims: Register) -> Found:
        rows = tables.rows(table, where)
        rows = rows if same_document else independent(claim, rows)
        if prefer is not None:
            chosen = pd.Series(True, index=rows.index)
            for column, pattern in prefer.items():
                chosen &= rows[column].astype("string").fillna("").str.contains(f"(?i){pattern}")
            rows = pd.concat([rows[chosen], rows[~chosen]])
        found = _evidence(claim, rows, table, against)
        return Found(evidence=found[:1], others=found[1:])

    return check


def rival(table: str, where: Mapping[str, str]) -> Checker:
    """Tell numbers on the same thing, of other definitions, without judging by them."""

    def check(claim: Claim, tables: Tables, claims: Register) -> Found:
        rows = independent(claim, tables.rows(table, where))
        return Found(others=_evidence(claim, rows, table, "value"))

    return check


def searched(pattern: str) -> Checker:
    """Look through every register for a measure; what is found is evidence, usually nothing is.

    Parameters
    ----------
    pattern : str
        Regular expression that the row's measure (with its scope) must match.
    """
    wanted = re.compile(pattern, re.IGNORECASE)

    def check(claim: Claim, tables: Tables, claims: Register) -> Found:
        found: tuple[Evidence, ...] = ()
        for table in REGISTERS:
            # plain texts are searched first: a table is filtered only where something matches
            if not any(wanted.search(measure) for measure in tables.measures(table)):
                continue
            rows = independent(claim, tables.rows(table, {"measure": pattern}))
            found += _evidence(claim, rows, table, "value")
        looked = (
            () if found else (f"No register holds a figure on it ({len(REGISTERS)} searched).",)
        )
        return Found(evidence=found[:1], others=found[1:], remarks=looked)

    return check


def other_claim(claim_id: str, which: Which = "value", against: Which = "value") -> Checker:
    """Hold the claim against the same number in another claim."""

    def check(claim: Claim, tables: Tables, claims: Register) -> Found:
        other = claims[claim_id]
        low, high = other.range(which)
        words = f"{other.claim_id} ({other.source}) gives {number(other.reading(which))}"
        evidence = Evidence(other.reading(which), low, high, words, ("claims",), against=against)
        return Found(evidence=(evidence,))

    return check


def total(*parts: tuple[str, Which, int]) -> Checker:
    """Add up numbers of claims: (claim, which number, +1 or -1)."""

    def check(claim: Claim, tables: Tables, claims: Register) -> Found:
        numbers = [sign * claims[name].reading(which) for name, which, sign in parts]
        words = " + ".join(number(n) for n in numbers).replace("+ −", "− ")
        words += f" = {number(sum(numbers))} (claims {', '.join(p[0] for p in parts)})"
        value = float(sum(numbers))
        return Found((Evidence(value, value, value, words, ("claims",), exact=True),))

    return check


def own_share(claim: Claim, tables: Tables, claims: Register) -> Found:
    """Tell the share that the claim's number is of the one it is compared with."""
    part, whole = claim.value, claim.comparator_value
    if not whole > 0:
        return Found()
    return Found(remarks=(f"{number(part)} of {number(whole)} is {part / whole:.1%}.",))


def _evidence(claim: Claim, rows: pd.DataFrame, table: str, against: Which) -> tuple[Evidence, ...]:
    found: list[Evidence] = []
    records: list[dict[str, Any]] = [
        {str(k): v for k, v in record.items()} for record in rows.to_dict("records")
    ]
    for row in records:
        evidence = as_evidence(claim, row, table)
        if evidence is not None:
            found.append(replace(evidence, against=against))
    return tuple(found)
