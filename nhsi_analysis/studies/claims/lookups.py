"""Checkers that look a claim's figure up in the registers, or in another claim."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Literal

import pandas as pd

from nhsi_analysis.studies.claims.model import Claim, Evidence, Found, combine, number
from nhsi_analysis.studies.claims.tables import REGISTERS, Tables, as_evidence, independent

Register = Mapping[str, Claim]
Checker = Callable[[Claim, Tables, Register], Found]
Which = Literal["value", "comparator"]


def together(*checkers: Checker) -> Checker:
    """Combine checkers: the worst verdict of all their evidence counts."""

    def check(claim: Claim, tables: Tables, claims: Register) -> Found:
        return combine(checker(claim, tables, claims) for checker in checkers)

    return check


def published(
    table: str,
    where: Mapping[str, str],
    *,
    prefer: Mapping[str, str] | None = None,
    against: Which = "value",
    same_document: bool = False,
) -> Checker:
    """Look for the figure in a register; rival rows are told, not judged.

    Parameters
    ----------
    table : str
        Register.
    where : mapping of str to str
        Regular expression for a column that the row must match.
    prefer : mapping of str to str, optional
        Of several rows the one to judge by, chosen by who published it; otherwise the first.
    against : str
        Which figure of the claim it is held against.
    same_document : bool
        Accept rows of the very document that makes the claim, where it states the figure twice.
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
    """Tell figures on the same thing, of other definitions, without judging by them."""

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
    """Hold the claim against the same figure in another claim."""

    def check(claim: Claim, tables: Tables, claims: Register) -> Found:
        other = claims[claim_id]
        low, high = other.range(which)
        words = f"{other.claim_id} ({other.source}) gives {number(other.figure(which))}"
        evidence = Evidence(other.figure(which), low, high, words, ("claims",), against=against)
        return Found(evidence=(evidence,))

    return check


def total(*parts: tuple[str, Which, int]) -> Checker:
    """Add up figures of claims: (claim, which figure, +1 or -1)."""

    def check(claim: Claim, tables: Tables, claims: Register) -> Found:
        figures = [sign * claims[name].figure(which) for name, which, sign in parts]
        words = " + ".join(number(f) for f in figures).replace("+ −", "− ")
        words += f" = {number(sum(figures))} (claims {', '.join(p[0] for p in parts)})"
        value = float(sum(figures))
        return Found((Evidence(value, value, value, words, ("claims",), exact=True),))

    return check


def between(
    low: Callable[[Claim, Tables, Register], float],
    high: Callable[[Claim, Tables, Register], float],
    words: str,
    tables: tuple[str, ...] = ("claims",),
    against: Which = "value",
) -> Checker:
    """Bound a figure that nothing published gives: outside the bounds it is refuted.

    Parameters
    ----------
    low, high : callable
        Computes an end from the claim, the tables and the other claims.
    words : str
        What the bounds are; ``{low}`` and ``{high}`` are filled in.
    tables : tuple of str
        Tables that the bounds come from.
    against : str
        Which figure of the claim is bounded.
    """

    def check(claim: Claim, data: Tables, claims: Register) -> Found:
        ends = low(claim, data, claims), high(claim, data, claims)
        text = words.format(low=_end(ends[0]), high=_end(ends[1]))
        middle = (ends[0] + ends[1]) / 2
        return Found((Evidence(middle, *ends, text, tables, complete=False, against=against),))

    return check


def fixed(value: float) -> Callable[[Claim, Tables, Register], float]:
    """Return an end that does not depend on data: nought, or 100%."""
    return lambda claim, tables, claims: value


def figure_of(claim_id: str, which: Which = "value") -> Callable[..., float]:
    """Return an end that is another claim's figure."""
    return lambda claim, tables, claims: claims[claim_id].figure(which)


def own_comparator(claim: Claim, tables: Tables, claims: Register) -> float:
    """Return the claim's own second figure as an end."""
    return claim.comparator_value


def _end(value: float) -> str:
    return "no limit" if value == float("inf") else number(round(value, 1))


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
