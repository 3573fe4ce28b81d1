"""A verdict on each of the three criticisms of the league, in numbers."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from nhsi_analysis.studies.league.certainty import Certainty
from nhsi_analysis.studies.league.published import league_register
from nhsi_analysis.studies.league.table import Section
from notebook_reports.evidence import format_value

_CONTRADICTION = "contradiction with CQC"
_CUT = "arbitrary cut"
_DATA = "NHS Confederation"


def verdict_section(sure: Certainty, parts: Mapping[str, Section]) -> Section:
    """Weigh the three criticisms that were made of the league.

    Parameters
    ----------
    sure : Certainty
        How sure the ranks are.
    parts : mapping of str to Section
        The sections "choices", "peers", "agreement" and "stability".

    Returns
    -------
    Section
        A table: criticism, who made it, what the numbers say, verdict.
    """
    league, counts = sure.league, sure.doubt.counts
    facts = league_register()
    made = facts[facts["kind"] == "criticism"].set_index("value")
    share = counts["doubtful"] / league.count
    next_worse = 1 - sure.expected.probability_better(league.cut, league.cut - 1)
    first = (
        f"{counts['doubtful']} of {league.count} {league.noun} can't be told from"
        f" {league.line}; the"
        f" chance that rank {league.cut + 1} is truly below rank {league.cut} is"
        f" {format_value(next_worse, 'probability')}."
    )
    second, second_verdict = _method(parts)
    third, third_verdict = _contradiction(parts["agreement"])
    rows = [
        (
            "The cut between categories implies a difference that isn't there",
            _who(made, _CUT),
            first,
            "Upheld" if share > 0.5 else "Upheld in part" if share > 0.1 else "Not upheld",
        ),
        (
            "The way the data were compiled decides the result",
            _who(made, _DATA),
            second,
            second_verdict,
        ),
        ("The league contradicts the CQC", _who(made, _CONTRADICTION), third, third_verdict),
    ]
    table = pd.DataFrame(rows, columns=["Criticism", "Made by", "What the numbers say", "Verdict"])
    reading = "\n\n".join(
        f"{k + 1}. **{what}** ({who}). {verdict}. {numbers}"
        for k, (what, who, numbers, verdict) in enumerate(rows)
    )
    tables = [
        {
            "df": table[["Criticism", "Made by", "Verdict"]],
            "key": "verdict",
            "caption": "Three criticisms and a verdict on each",
            "source": ["league_figures", *league.source],
        }
    ]
    return Section(reading, {}, [], tables, {"verdict": table})


def _who(made: pd.DataFrame, value: str) -> str:
    """Name who made a criticism."""
    row = made.loc[value]
    trust = str(row["trust"]) if isinstance(row["trust"], str) and row["trust"] else value
    return trust.replace("NHS FT", "NHS Foundation Trust")


def _method(parts: Mapping[str, Section]) -> tuple[str, str]:
    choices, peers = parts["choices"].findings, parts["peers"].findings
    words = []
    if "choices_changed_category" in choices:
        moved = choices["choices_changed_category"]
        words.append(f"Other reasonable choices move {moved} of trusts to another category.")
    if "crossed_line_adjusted_for_type" in peers:
        crossed = peers["crossed_line_adjusted_for_type"]
        words.append(f"Comparing each with its own type moves {crossed.text} across the line.")
    if not words:
        return "This table gives nothing to vary: one indicator, no types.", "Can't be told"
    share = choices["choices_changed_category"].value if len(words) == 2 else 0.0
    return " ".join(words), "Upheld" if share > 0.25 else "Upheld in part"


def _contradiction(agreement: Section) -> tuple[str, str]:
    found = agreement.findings
    if "cqc_rank_correlation" not in found:
        return agreement.reading, "Can't be told"
    rho, clash = found["cqc_rank_correlation"], found["cqc_contradictions"]
    words = (
        f"Rank correlation with CQC ratings is {rho}; {clash.text} of {clash.n} rated trusts carry"
        " contradicting labels at the ends of the scale."
    )
    weak = rho.high is not None and rho.high < 0.5
    none = rho.low is not None and rho.low <= 0
    return (
        words,
        "Upheld" if none else "Upheld in part" if weak or rho.value < 0.7 else "Not upheld",
    )
