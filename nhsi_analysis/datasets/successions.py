"""Follow trusts that merged or changed code to the organisation that took them over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from policy_methods.results import Result


@dataclass(frozen=True)
class Matched(Result):
    """Trusts of one date matched to trusts of a later one.

    Parameters
    ----------
    pairs : DataFrame
        before, after and how ("same" or "successor"), a trust of the earlier date a row. Several
        trusts may have one successor.
    unmatched_before : tuple of str
        Codes of the earlier date that are not found later, nor any successor of theirs.
    unmatched_after : tuple of str
        Codes of the later date to which no earlier one leads.
    """

    pairs: pd.DataFrame
    unmatched_before: tuple[str, ...]
    unmatched_after: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """Return the pairs."""
        return self.pairs

    def sentence(self) -> str:
        """Say how many were matched, and name those that followed a successor or were not."""
        moved = self.pairs[self.pairs["how"] == "successor"]
        parts = [f"{len(self.pairs) - len(moved):,} trusts keep their code"]
        if len(moved):
            named = ", ".join(
                f"{b} → {a}" for b, a in zip(moved["before"], moved["after"], strict=True)
            )
            parts.append(f"{len(moved):,} are followed to their successor ({named})")
        for codes, where in (
            (self.unmatched_before, "are not in the later data and have no known successor there"),
            (self.unmatched_after, "are in the later data only"),
        ):
            if codes:
                parts.append(f"{len(codes):,} {where} ({', '.join(codes)})")
        return "; ".join(parts) + "."


def successor_of(
    code: str, steps: Mapping[str, tuple[str, pd.Timestamp]], as_at: pd.Timestamp | None = None
) -> list[str]:
    """Return the successors of a trust, nearest first; a circle of codes is followed once.

    `steps` gives successor and first day under it by code; those after `as_at` are not followed.
    """
    chain: list[str] = []
    while code in steps:
        successor, effective = steps[code]
        if (as_at is not None and effective > as_at) or successor in chain:
            break
        chain.append(successor)
        code = successor
    return chain


def match_trusts(
    before: Iterable[str],
    after: Iterable[str],
    successions: pd.DataFrame,
    *,
    as_at: pd.Timestamp | str | None = None,
) -> Matched:
    """Match trusts of one date to those of a later one, through mergers and changes of code.

    Parameters
    ----------
    before, after : iterable of str
        Codes at the two dates.
    successions : DataFrame
        The table trust_successions.
    as_at : Timestamp or str, optional
        The later date: successions after it are not followed.

    Returns
    -------
    Matched

    Examples
    --------
    >>> from nhsi_analysis import datasets
    >>> steps = datasets.load("trust_successions", source="shipped")
    >>> match_trusts(["RM4", "R1A"], ["R0A", "R1A"], steps).pairs["after"].tolist()
    ['R0A', 'R1A']
    """
    limit = None if as_at is None else pd.Timestamp(as_at)
    steps = {
        str(code): (str(successor), pd.Timestamp(day))
        for code, successor, day in zip(
            successions["org_code"],
            successions["successor_code"],
            successions["effective_date"],
            strict=True,
        )
    }
    earlier, later = list(dict.fromkeys(before)), set(after)
    pairs, lost = [], []
    for code in earlier:
        if code in later:
            pairs.append((code, code, "same"))
            continue
        found = next((s for s in successor_of(code, steps, limit) if s in later), None)
        if found is None:
            lost.append(code)
        else:
            pairs.append((code, found, "successor"))
    frame = pd.DataFrame(pairs, columns=["before", "after", "how"], dtype=str)
    return Matched(frame, tuple(sorted(lost)), tuple(sorted(later - set(frame["after"]))))
