"""An analyst's own table as a league."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from nhsi_analysis import datasets
from nhsi_analysis.studies.league.numbers.survey import UNKNOWN_TYPE, binomial_error, rounding
from nhsi_analysis.studies.league.numbers.table import League, Recipe, assemble
from nhsi_analysis.studies.league.settings import Settings

if TYPE_CHECKING:
    from nhsi_analysis.ingest.own_league import LeagueTable

_QUARTERS = (1, 1, 1, 1)


def from_csv(settings: Settings) -> League:
    """Make a league of an analyst's own table; its notes say what was read as what.

    A missing value of one of several indicators is noted, and the unit's other indicators carry
    its weight. See :func:`nhsi_analysis.ingest.own_league.read_league` for the file.

    Raises
    ------
    DataError
        As the reader.
    ParameterError
        For weights or a unit to follow that the table hasn't, or scores that are all equal.
    """
    # The readers take half a second to import: a report without an own table is spared it.
    from nhsi_analysis.ingest.own_league import labels, read_league

    table = read_league(Path(settings.league_csv), settings.indicators)
    names = [str(name) for name in table.values]
    weights = settings.weights
    if weights:
        known = labels(names)
        weights = {known.get(key, name): weights[name] for key, name in labels(weights).items()}
    shares = table.values / [100 if table.scales[n] == "percentages" else 1 for n in names]
    errors, bases = table.errors, table.bases
    if errors is None and bases is not None:
        errors = binomial_error(shares, bases)
    codes = pd.Index(table.cells["org_code"], name="org_code")
    base = None if bases is None else bases.min(axis=1).set_axis(codes)
    rounded = _rounded(table)
    return assemble(
        Recipe(
            settings=replace(
                settings, weights=weights, trust=" ".join(settings.trust.split()).upper()
            ),
            indicators=shares.set_axis(codes),
            indicator_se=pd.DataFrame(errors).set_axis(codes),
            people=_people(table.cells, codes).assign(n=base),
            rounding=pd.Series([rounding(int(n in rounded)) for n in names], index=names),
            own_bases=table.own_bases,
            quotas=tuple(settings.quotas or _QUARTERS),
            names=tuple(settings.categories),
            year=None,
            unit="share" if table.scales[names[0]] and len(names) == 1 else "",
            name="your table",
            measure=names[0] if len(names) == 1 else f"mean standard score of {', '.join(names)}",
            source=[f"Analyst's own table {table.file}"],
            notes=[
                *table.notes,
                *(f"{name}: whole per cents, whose rounding is allowed for." for name in rounded),
            ],
        )
    )


def _rounded(table: LeagueTable) -> list[str]:
    """Return the percentages that were rounded: all whole, and not all counts of their bases."""
    if table.bases is None:
        return []
    found = []
    for name, values in table.values.items():
        cases = values * table.bases[name] / 100
        whole = bool((values.dropna() % 1 == 0).all())
        odd = bool(((cases - cases.round()).abs() > 1e-6).any())
        if table.scales[str(name)] == "percentages" and whole and odd:
            found.append(str(name))
    return found


def _people(frame: pd.DataFrame, codes: pd.Index) -> pd.DataFrame:
    """Return names and types: the file's own, or else those of the table of trusts."""
    trusts = datasets.load("trusts").set_index("org_code").reindex(codes)
    people = pd.DataFrame(
        {"org_name": trusts["org_name"], "trust_type": trusts["trust_type"]}, index=codes
    ).astype(object)
    for column in ("org_name", "trust_type"):
        if column in frame:
            given = pd.Series(frame[column].to_numpy(), index=codes)
            people[column] = given.where(given != "", people[column])
    people["trust_type"] = people["trust_type"].where(people["trust_type"].notna(), UNKNOWN_TYPE)
    return people
