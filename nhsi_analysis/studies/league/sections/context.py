"""The league as it was published, the table that stands in for it, and the league of today."""

from __future__ import annotations

import pandas as pd

from nhsi_analysis.studies.league.numbers import today as now
from nhsi_analysis.studies.league.numbers.published import (
    OUT,
    known_positions,
    league_register,
    line_up,
    published_counts,
)
from nhsi_analysis.studies.league.numbers.study import Study
from nhsi_analysis.studies.league.numbers.table import League, scale_quotas
from notebook_reports.evidence import Estimate, Finding, Section, Table, Words, findings


def published(study: Study) -> Section:
    """Say what had been published of the league by the date asked for."""
    title = "The published league and what is known of its method"
    if study.table.settings.until < OUT:
        return Section(title, [Words("The league came out later than the date asked for.")])
    counts = published_counts()
    total = sum(counts.values())
    cuts = pd.Series(counts).cumsum()
    known, facts = known_positions(), league_register()
    method = facts[
        (facts["kind"] == "method") & facts["measure"].str.startswith("staff-survey comp")
    ]
    said = (
        f"The league ranked {total} trusts: {', '.join(f'{n} {k}' for k, n in counts.items())}. So "
        f"it cut between ranks {cuts.iloc[0]} and {cuts.iloc[0] + 1}, {cuts.iloc[1]} and "
        f"{cuts.iloc[1] + 1}, and {cuts.iloc[2]} and {cuts.iloc[2] + 1}. Its rules of scoring, its "
        "weights and its full list were never found. What is known: it drew on the 2015 staff "
        f"survey and on incident reports; the launch named {len(method)} survey components "
        f"({'; '.join(method['value'])}). Positions or categories of {len(known)} trusts were "
        f"reported, {int(known['rank'].notna().sum())} of them with a rank."
    )
    table = Table(
        pd.DataFrame(
            {
                "Category": list(counts),
                "Trusts": list(counts.values()),
                "First rank": [1, *(int(c) + 1 for c in cuts.iloc[:-1])],
                "Last rank": [int(c) for c in cuts],
            }
        ),
        key="published_categories",
        caption="The published league: categories and the ranks they held",
        source="league_figures",
    )
    trusts = Estimate(total, label="trusts ranked by the league of March 2016")
    return Section(
        title,
        [Words(said), table, Finding("published_trusts", trusts, card=False)],
        {"positions": known},
    )


def stand_in(study: Study) -> Section:
    """Say what stands trial, under which assumptions, and how it lines up with the league."""
    title, league = "The table on trial", study.table
    if not league.replica:
        lent = scale_quotas(tuple(published_counts().values()), league.count)
        nothing_but = (
            " only its quotas" if league.sizes == tuple(filter(None, lent)) else " nothing"
        )
        said = (
            f"The table on trial is {league.name}, with {league.count} {league.noun}; the "
            f"published league lends it{nothing_but}. "
        )
        return Section(title, [Words(said + " ".join(league.notes))])
    beside = line_up(league)
    numbers = {}
    lines = [_assumptions(league), *league.notes]
    if beside.correlation is not None:
        numbers["replica_rank_correlation"] = beside.correlation
        lines.append(
            f"For {beside.correlation.n} trusts with a known rank, replica and league correlate at "
            f"{beside.correlation}; {beside.agreeing} of {len(beside.found)} with a known category "
            "fall into the same one. So what the replica shows is how a league of this kind "
            "behaves, not where any trust stood in 2016."
        )
    if beside.lost:
        lines.append(f"Not in the replica: {', '.join(beside.lost)}.")
    tables = []
    if len(beside.found):
        shown = {
            "trust": "Trust",
            "rank": "League rank",
            "category": "League category",
            "replica_position": "Replica rank",
            "replica_category": "Replica category",
        }
        tables.append(
            Table(
                beside.found[list(shown)].rename(columns=shown),
                key="known_positions",
                caption="Known positions of 2016 beside the replica's",
                source=["league_figures", *league.source],
                note="No rank: only the category was reported.",
            )
        )
    return Section(
        title,
        [Words("\n\n".join(lines)), *tables, *findings(numbers, cards=False)],
        {"positions": beside.found},
    )


def _assumptions(league: League) -> str:
    return (
        f"The replica is not the league. It assumes that {league.measure} stands in for the "
        f"league's unknown score, that the quotas {', '.join(str(s) for s in league.sizes)} cut it "
        "(the published cuts where the number of trusts is within 5% of the league's, scaled "
        "otherwise), and that trusts of all types are ranked together, as the league did. The "
        f"survey is of {league.year}, the league of early 2016."
    )


def today(study: Study) -> Section:
    """Say how many changed segment, beside what chance alone does to segments."""
    title, league = "Today's league", study.table
    if league.settings.until < now.OUT:
        words = "The Oversight Framework of 2025/26 came later than the date asked for."
        return Section(title, [Words(words)])
    found = now.framework(league)
    said = (
        f"NHS England's note on the second quarter of 2025/26 says that {found.changed} trusts "
        f"changed segment and that {found.unproven} of these changes ({found.quiet}) were below "
        f"its own threshold of significance; {found.hidden} trusts changed significantly without "
        "changing segment. The segment is the headline, and most of its news was noise by its "
        "publisher's own rule.\n\n"
        f"What this method would have said: cut this table's {league.count} scores into "
        f"{now.SEGMENTS} equal segments, draw the samples again with nothing truly changed, and "
        f"{found.moved} of {league.noun} change segment. Of those changes {found.proven} come with "
        f"a difference in score that is clear at the {league.level} level, so nearly all would be "
        "flagged as not shown. A rank or segment should carry the range that the data allow.\n\n"
        f"The published scores themselves overlap: of {found.scored} trusts for which both a score "
        f"and a segment are in our partial list, {found.shared} share their score, as published, "
        "with a trust in another segment (a rule about deficits also moves segments). That list is "
        "heads and tails of tables and peer pages, not a sample."
    )
    numbers = {
        "segment_changes_unproven": found.quiet,
        "segment_changes_by_chance": found.moved,
        "segment_scores_shared": Estimate(
            found.shared,
            n=found.scored,
            label="trusts share a score with a trust in another segment",
        ),
    }
    tables = [
        Table(
            found.facts[["measure", "value", "unit"]].rename(
                columns={"measure": "Published", "value": "Value", "unit": "Unit"}
            ),
            key="framework_changes",
            caption="The Oversight Framework 2025/26: what was published of changes and rules",
            source="nof_q2_2025_26_change_facts",
        ),
        Table(
            found.overlap,
            key="framework_overlap",
            caption="Scores by segment in the partial list",
            source="nof_2025_26_partial",
            note="Average metric score: 1 best, 4 worst; mostly published to one decimal place.",
        ),
    ]
    return Section(title, [Words(said), *tables, *findings(numbers, cards=False)])
