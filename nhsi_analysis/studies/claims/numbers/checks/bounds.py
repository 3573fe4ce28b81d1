"""What a number can't lie outside of, where nothing published says what it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from nhsi_analysis.studies.claims.numbers.checks.lookups import Register
from nhsi_analysis.studies.claims.numbers.checks.model import (
    Claim,
    Evidence,
    Found,
    Which,
    scale_of,
    written,
)
from nhsi_analysis.studies.claims.numbers.checks.registers import Tables

_YEAR = "2017/18"
_AT_MOST: Final[Mapping[str, tuple[str, Which]]] = {
    "C057": ("C056", "comparator"),
    "C063": ("C063", "comparator"),
    "C066": ("C064", "comparator"),
    "C070": ("C069", "value"),
    "C074": ("C069", "value"),
}
"""Claims on a part of what another number of the same document is the whole of."""


def possible(claim: Claim, tables: Tables, claims: Register) -> Found:
    """Bound a claim by what is possible: a share by 100%, trusts by all there are, money by all."""
    found = []
    kind, scale = scale_of(claim.unit)
    if kind == "share" and "growth" not in claim.measure:
        found.append(_bound(100.0, "a share or a fall can't pass 100%"))
    elif kind == "money" and (cost := float(tables.accounts(_YEAR)["cost"].sum())):
        most = cost * 1e6 / scale
        said = written(round(most, 1), claim.unit.partition("(")[0])
        found.append(_bound(most, f"all trusts together cost {said} in {_YEAR}"))
    elif claim.unit.startswith("trusts") and (n := len(tables.accounts(_YEAR))):
        found.append(_bound(float(n), f"{n} trusts have accounts for {_YEAR}"))
    if claim.claim_id in _AT_MOST:
        name, which = _AT_MOST[claim.claim_id]
        whole = claims[name].reading(which)
        said = f"the whole it is a part of is {written(whole)}"
        found.append(_bound(whole, said, (claims[name].source,)))
    return Found(tuple(found))


def _bound(most: float, words: str, publishers: tuple[str, ...] | None = None) -> Evidence:
    return Evidence(most / 2, 0.0, most, words, publishers, limits="bound")
