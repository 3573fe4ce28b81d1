"""The league as it was published in March 2016, and how the replica lines up with it."""

from __future__ import annotations

import re

import pandas as pd

from nhsi_analysis import datasets
from nhsi_analysis.studies.league.agreement import spearman_interval
from nhsi_analysis.studies.league.table import CATEGORIES, League, Section, scale_quotas
from notebook_reports.evidence import Estimate
from policy_methods.composite import spearman

_DROP = re.compile(r"\b(the|nhs|foundation|trust|ft|hospitals?|university)\b")
# Renamed since the league; the register of 2018 knows them by their new names.
_RENAMED = {"Tameside Hospital NHS FT": "RMP"}
_FEWEST = 5
_OUT = pd.Timestamp("2016-03-09")


def league_register() -> pd.DataFrame:
    """Return the register of what was published of the league, one fact a row."""
    return datasets.load("league_figures")


def published_counts() -> dict[str, int]:
    """Return the published number of trusts in each category, best first."""
    facts = league_register()
    facts = facts[(facts["kind"] == "count") & (facts["measure"] == "trusts in category")]
    value = dict(zip(facts["category"], facts["value"].astype(int), strict=True))
    return {name: value[name] for name in CATEGORIES}


def known_positions() -> pd.DataFrame:
    """Return the trusts whose position or category is known.

    Returns
    -------
    pandas.DataFrame
        One row a trust: ``trust``, ``rank`` (missing where only the category is known),
        ``category`` and ``org_code`` (missing where no trust of the register has that name).
    """
    facts = league_register()
    facts = facts[facts["kind"] == "position"].copy()
    facts["rank"] = pd.to_numeric(facts["rank"], errors="coerce")
    facts = facts.drop_duplicates("trust")
    trusts = datasets.load("trusts").dropna(subset="org_name")
    codes = dict(zip(trusts["org_name"].map(_key), trusts["org_code"], strict=True))
    facts["org_code"] = [_RENAMED.get(t) or codes.get(_key(t)) for t in facts["trust"]]
    return facts[["trust", "rank", "category", "org_code"]].reset_index(drop=True)


def _key(name: str) -> str:
    """Reduce a trust's name to the words that tell it apart."""
    plain = _DROP.sub(" ", name.lower().replace("&", " and ").replace("'", ""))
    return " ".join(re.sub(r"[^a-z ]", " ", plain).split())


def published_section(league: League) -> Section:
    """Set out what had been published of the league by the date asked for."""
    if league.as_at < _OUT:
        return Section("The league came out later than the date asked for.")
    counts = published_counts()
    total = sum(counts.values())
    cuts = pd.Series(counts).cumsum()
    known = known_positions()
    facts = league_register()
    method = facts[
        (facts["kind"] == "method") & facts["measure"].str.startswith("staff-survey comp")
    ]
    names = list(counts)
    reading = (
        f"The league ranked {total} trusts: {', '.join(f'{n} {k}' for k, n in counts.items())}. So"
        f" it cut between ranks {cuts.iloc[0]} and {cuts.iloc[0] + 1}, {cuts.iloc[1]} and"
        f" {cuts.iloc[1] + 1}, and {cuts.iloc[2]} and {cuts.iloc[2] + 1}. Its rules of scoring, its"
        " weights and its full list were never found. What is known: it drew on the 2015 staff"
        " survey and on incident reports; the launch named"
        f" {len(method)} survey components ({'; '.join(method['value'])}). Positions or categories"
        f" of {len(known)} trusts were reported, {int(known['rank'].notna().sum())} of them with a"
        " rank."
    )
    table = pd.DataFrame(
        {
            "Category": names,
            "Trusts": list(counts.values()),
            "First rank": [1, *(int(c) + 1 for c in cuts.iloc[:-1])],
            "Last rank": [int(c) for c in cuts],
        }
    )
    findings = {
        "published_trusts": Estimate(total, label="trusts ranked by the league of March 2016")
    }
    tables = [
        {
            "df": table,
            "key": "published_categories",
            "caption": "The published league: categories and the ranks they held",
            "source": "league_figures",
        }
    ]
    return Section(reading, findings, [], tables, {"positions": known})


def replica_section(league: League) -> Section:
    """Say under which assumptions the replica stands and how it lines up with known positions."""
    if not league.replica:
        lent = scale_quotas(tuple(published_counts().values()), league.count)
        nothing_but = (
            " only its quotas" if league.sizes == tuple(filter(None, lent)) else " nothing"
        )
        return Section(
            f"The table on trial is {league.name}, with {league.count} {league.noun}; the published"
            f" league lends it{nothing_but}. " + " ".join(league.notes)
        )
    known = known_positions()
    known["replica_position"] = known["org_code"].map(league.units["position"])
    known["replica_category"] = known["org_code"].map(league.units["category"])
    found = known.dropna(subset="replica_position")
    ranked = found.dropna(subset="rank")
    lost = known[known["replica_position"].isna()]
    agree = int((found["category"] == found["replica_category"]).sum())
    assumptions = (
        f"The replica is not the league. It assumes that {league.measure} stands in for the"
        " league's"
        f" unknown score, that the quotas {', '.join(str(s) for s in league.sizes)} cut it (the"
        " published cuts where the number of trusts is within 5% of the league's, scaled"
        " otherwise), and that trusts of all types are ranked together, as the league did. The"
        f" survey is of {league.year}, the league of early 2016."
    )
    lines = [assumptions, *league.notes]
    findings = {}
    if len(ranked) >= _FEWEST:
        rho = spearman(ranked["rank"], ranked["replica_position"])
        low, high = spearman_interval(rho, len(ranked), league.confidence)
        findings["replica_rank_correlation"] = Estimate(
            rho, low, high, n=len(ranked), decimals=2, confidence=league.confidence,
            label="rank correlation of the replica with the known positions",
        )  # fmt: skip
        lines.append(
            f"For {len(ranked)} trusts with a known rank, replica and league correlate at"
            f" {findings['replica_rank_correlation']}; {agree} of"
            f" {len(found)} with a known category fall into the same one. So what the replica shows"
            " is how a league of this kind behaves, not where any trust stood in 2016."
        )
    if len(lost):
        lines.append(f"Not in the replica: {', '.join(lost['trust'])}.")
    tables = []
    if len(found):
        tables.append(
            {
                "df": found.sort_values(["rank", "trust"])[
                    ["trust", "rank", "category", "replica_position", "replica_category"]
                ].rename(
                    columns={
                        "trust": "Trust",
                        "rank": "League rank",
                        "category": "League category",
                        "replica_position": "Replica rank",
                        "replica_category": "Replica category",
                    }
                ),
                "key": "known_positions",
                "caption": "Known positions of 2016 beside the replica's",
                "source": ["league_figures", *league.source],
                "note": "No rank: only the category was reported.",
            }
        )
    return Section("\n\n".join(lines), findings, [], tables, {"positions": known})
