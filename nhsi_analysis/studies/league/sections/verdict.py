"""Three criticisms of 2016 held against a league of this kind, and the league of today."""

from __future__ import annotations

import pandas as pd

from nhsi_analysis.answers.verdicts import Verdict
from nhsi_analysis.studies.league.numbers.changes import OUT as SECOND_QUARTER
from nhsi_analysis.studies.league.numbers.changes import framework
from nhsi_analysis.studies.league.numbers.published import OUT, league_register
from nhsi_analysis.studies.league.numbers.study import Study
from nhsi_analysis.studies.league.sections.answer import placed
from notebook_reports.evidence import Estimate, Finding, Section, Table, Words, format_value, words


def verdict(study: Study) -> Section:
    """Say how far each criticism of 2016 holds of a league of this kind."""
    title = "Three criticisms, and a verdict on each"
    if not study.table.stand_in or study.table.settings.until < OUT:
        return Section(title, [])
    facts = league_register()
    made = facts[facts["kind"] == "criticism"].set_index("value")
    rows = [
        ("The cut implies a difference that isn't there", "arbitrary cut", *_on_cut(study)),
        ("How the data are put together decides the result", "NHS Confederation", *_on_data(study)),
        ("It contradicts the inspectors", "contradiction with CQC", *_on_inspectors(study)),
    ]
    table = pd.DataFrame(
        [(what, _who(made, by), words.capital(judged), why) for what, by, judged, why in rows],
        columns=["Criticism", "Made by", "Of a league of this kind", "Because"],
    )
    said = (
        "The league itself can't be tried: its scores were never published. Each criticism is "
        "held against the stand-in, so each verdict ([Table](#tab-verdict)) is on a league of "
        "this kind. On record too are the health secretary's reply, which accepted that there was "
        "much to learn and called the league a world first, and a law firm's note that the trust "
        "ranked first was widely reported to use confidentiality agreements."
    )
    shown = Table(
        table,
        key="verdict",
        caption="Criticisms of March 2016, held against the stand-in",
        source=["league_figures", *study.table.source],
        note="Bounds set for this report. The first fails where the line's neighbours can be told "
        "apart, and else holds where more than a tenth can't be placed. The second holds where "
        "more than a quarter move, partly where a twentieth do. The third holds where more than "
        "nine in ten of the number that unrelated lists give disagree, partly where half do.",
    )
    return Section(title, [Words(said), shown], {"verdict": table})


def _who(made: pd.DataFrame, value: str) -> str:
    """Name who made a criticism."""
    row = made.loc[value]
    trust = str(row["trust"]) if isinstance(row["trust"], str) and row["trust"] else value
    return trust.replace("NHS FT", "NHS Foundation Trust")


def _on_cut(study: Study) -> tuple[Verdict, str]:
    league, sure = study.table, study.certainty
    chance = format_value(sure.neighbours.chance, "probability")
    doubtful, tied = sure.counts["doubtful"], league.tied_at_line
    first = (
        f"{words.count(tied, 'trust')} on both sides of the line have one score"
        if tied
        else f"the chance that {sure.neighbours.first} is really better than "
        f"{sure.neighbours.second.removeprefix(f'the {league.one} ')} is {chance}"
    )
    why = words.capital(f"{first}, and {placed(league, doubtful)}.")
    if sure.neighbours.told:
        return Verdict.FAILS, why
    return (Verdict.HOLDS if doubtful > 0.1 * league.count else Verdict.PARTLY), why


def _on_data(study: Study) -> tuple[Verdict, str]:
    count, found, peers = study.table.count, study.choices, study.peers
    said, moved = [], 0.0
    if found is not None:
        moved = found.changed_category.value / count
        said.append(
            f"other reasonable choices take {found.changed_category} of "
            f"{words.count(count, 'trust')} into another category"
        )
    if peers is not None:
        moved = max(moved, peers.crossed_line / len(peers.units))
        crossed = words.portion(peers.crossed_line, len(peers.units))
        said.append(f"comparing each trust with its own kind takes {crossed} across the line")
    if not said:
        return Verdict.UNTOLD, "One statement and one kind of trust leave nothing to vary."
    judged = Verdict.HOLDS if moved > 0.25 else Verdict.PARTLY if moved > 0.05 else Verdict.FAILS
    return judged, words.capital("; ".join(said) + ".")


def _on_inspectors(study: Study) -> tuple[Verdict, str]:
    found = study.agreement
    if found is None or not found.compared:
        return Verdict.UNTOLD, "Too few of these trusts had a rating near the time."
    rated = len(found.rated)
    why = (
        f"On {words.day(found.snapshot)} place and rating fell on different sides for "
        f"{words.portion(found.at_odds, rated, 'trust')}; about {found.expected:.0f} would if they "
        "had nothing to do with each other."
    )
    share = found.at_odds / max(found.expected, 1.0)
    return (Verdict.HOLDS if share > 0.9 else Verdict.PARTLY if share > 0.5 else Verdict.FAILS), why


def todays_league(study: Study) -> Section:
    """Say how many changes of segment in today's league were news, and where it is tried."""
    title, league = "Today's league", study.table
    if not league.stand_in or league.settings.until < SECOND_QUARTER:
        return Section(title, [])
    found = framework()
    said = (
        f"In the second quarter of 2025/26, {found.changed} trusts changed segment in the "
        f"Oversight Framework, {found.below} of them with a change of score below NHS England's "
        f"own threshold of significance, while {found.hidden} had one above it and kept their "
        "segment; the report on today's league tries that league as this one tries the stand-in."
    )
    quiet = Estimate(
        found.below / found.changed,
        unit="share",
        n=found.changed,
        decimals=0,
        label="of segment changes were below NHS England's own threshold of significance",
    )
    return Section(title, [Words(said), Finding("segment_changes_unproven", quiet, card=False)])
