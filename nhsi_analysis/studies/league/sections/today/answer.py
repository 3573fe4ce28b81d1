"""Today's league: the answer, and how the league and its trusts are called."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd

from nhsi_analysis.answers.oversight import LEVEL, TABLE
from nhsi_analysis.answers.trusts import short_trust
from nhsi_analysis.as_at import published
from nhsi_analysis.studies.league.numbers.changes import framework
from nhsi_analysis.studies.league.numbers.choices import of_draws
from nhsi_analysis.studies.league.numbers.table import place
from nhsi_analysis.studies.league.numbers.today import Today
from notebook_reports.evidence import Answer, Estimate, Section, findings, words

WEIGHTS: Final = "What the scores weigh"
CHOICES: Final = "What other choices would do"
HELD: Final = "Who is held back by a deficit"
NEAR: Final = "How near a cut"
HAIR: Final = 0.05


def quarter(today: Today) -> str:
    """Write the quarter: "quarter 3 of 2025/26"."""
    year, _, number = today.league.quarter.partition(" Q")
    return f"quarter {number} of {year}"


def subtitle(today: Today) -> str:
    """Return whom, what and when for the line under a title."""
    return f"{today.count} acute trusts in England, NHS Oversight Framework, {quarter(today)}"


def out_of(today: Today) -> str:
    """Say how many of the league's trusts are held here."""
    return f"{today.count} of {max(framework().ranked, today.count)} acute trusts"


def followed(today: Today) -> str:
    """Say what the page says of the trust that is followed; empty where none is."""
    row: Any = today.table.to_dict("index").get(today.settings.trust)
    if row is None:
        return ""
    name = short_trust(row["org_name"])
    surely = f"A change of {row['gap']:.2f} in its score, one way, would surely change its segment."
    return f"**{name}.** {placed(today, name, row)} {surely}\n\n"


def placed(today: Today, name: str, row: dict[str, Any]) -> str:
    """Say a trust's rank, segment and places over choices in one sentence."""
    held = f", held back from segment {row['earned']} by a deficit" if row["held"] else ""
    ends = " to ".join(words.ordinal(k) for k in dict.fromkeys((row["low"], row["high"])))
    return (
        f"In {quarter(today)} {name} was ranked {words.ordinal(row['rank'])}, in segment "
        f"{row['segment']}{held}; here it was {place(row['place'], row['last'])} of "
        f"{today.count}, and {LEVEL:.0%} of other choices would put it {ends}."
    )


def answer(today: Today) -> Section:
    """Say what ranks and segments hang on, and how sure that is."""
    held, count, near = int(today.table["held"].sum()), today.count, today.near[HAIR]
    chance = (
        "the doubt of its scores, which the published ranges tell, comes on top"
        if today.likely
        else "no error of a score is published in this copy, so chance comes on top"
    )
    said = Answer(
        lede=f"In {quarter(today)}, **{held or 'none'} of {count} acute trusts stood in segment 3 "
        "for a deficit though their score earned a better one**. A score 0.05 better or worse "
        f"would put {near} into another segment. Other weights, domains or means put "
        f"{today.unsure} into another in a tenth of draws or more.",
        sure=f"The counts are complete for the {out_of(today)} held here, but the other choices "
        f"are our assumption, and {chance}.",
        as_at=f"{words.day(today.league.end)}, the end of {quarter(today)}, published by "
        f"{words.day(published(TABLE, pd.Series([today.league.end])).iloc[0])}.",
        follows="Before a rank is praised or blamed, ask what put it there: score, deficit, or how "
        "many metrics a domain has. Trusts a few hundredths from a cut are much like those across.",
        changes="The scores' own errors, and each trust's list of metrics. From 2026/27 fixed "
        "thresholds are to take the place of quarters.",
        ranges=f"Ranges are {words.level(today.settings.confidence)} confidence intervals; ranges "
        f"over choices are named so, hold {LEVEL:.0%} of draws and promise nothing of chance.",
    )
    found, domain = today.implied, today.heaviest
    cards = {
        "held_back": Estimate(
            held, n=count, label=f"of {count} trusts are held in segment 3 by a deficit"
        ),
        "near_a_cut": Estimate(
            near, n=count, label=f"of {count} trusts would change segment by {HAIR} of score"
        ),
        "choices_changed_segment": of_draws(
            today.league.moved,
            LEVEL,
            "other choices",
            label=f"of {count} trusts change segment by other weights, domains and means",
        ),
        "heaviest_weight": Estimate(
            float(found.weights[domain]),
            float(found.low[domain]),
            float(found.high[domain]),
            unit="share",
            n=len(found.residual),
            label=f"of the average score is {today.domain(domain).lower()}, as the scores imply",
            confidence=found.confidence,
            decimals=0,
        ),
    }
    leads = dict(zip(cards, (HELD, NEAR, CHOICES, WEIGHTS), strict=True))
    return Section("The answer", [said, *findings(cards, leads_to=leads)], {"trusts": today.table})
