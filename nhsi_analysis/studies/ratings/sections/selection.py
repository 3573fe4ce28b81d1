"""Who was inspected again, and how old the ratings are."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd

from nhsi_analysis.studies.ratings.numbers import selection as numbers
from nhsi_analysis.studies.ratings.numbers.positions import RATINGS
from nhsi_analysis.studies.ratings.numbers.study import Study
from nhsi_analysis.studies.ratings.sections import wording as say
from notebook_reports.charts.transitions import age_strips
from notebook_reports.evidence import Estimate, Figure, Section, Table, Words, words

_LOW = ["Inadequate", "Requires improvement"]


def inspected_again(study: Study) -> Section:
    """Say how the trusts inspected again differ from all of them."""
    title, n, again = "Who was inspected again", study.pair.n, study.reinspected.n
    if study.dates.days == 0:
        return Section(title, [])
    if again == 0:
        whose = "The trust was not" if n == 1 else f"No trust of {n} was"
        return Section(title, [Words(f"{whose} inspected again, so no rating could move.")])
    found = numbers.reinspection(study)
    low, unseen = found[found["rating"].isin(_LOW)], found["trusts"] - found["reinspected"]
    lines = [
        "Only a trust that is inspected again can move. Of the trusts inspected again "
        f"{words.portion(int(low['reinspected'].sum()), again)} had stood below good; of all "
        f"trusts {words.portion(int(low['trusts'].sum()), n)}, as "
        "[Table](#tab-reinspected_and_moved) shows.",
        _visited_alike(study, dict(zip(found["rating"], unseen, strict=True))),
    ]
    heads = {"rating": f"Rating on {say.before(study)}", "trusts": "Trusts"}
    heads |= {"reinspected": "Inspected again", "up": "Moved up", "same": "Stayed"}
    table = found.rename(columns=heads | {"down": "Moved down"})
    caption = f"Inspected again by {say.after(study)}, {say.group(study.settings)}"
    listed = Table(table, "reinspected_and_moved", caption, say.SOURCE)
    return Section(title, [Words(" ".join(filter(None, lines))), listed])


def _visited_alike(study: Study, unseen: dict[str, int]) -> str:
    """Say what the choice of whom to visit does to the net rise; empty if that can't be told."""
    again, net = study.reinspected.n, study.reinspected.up - study.reinspected.down
    alike = numbers.standardised(study)
    if alike is None or net == 0:
        return ""
    told = Estimate(100 * alike.low, 100 * alike.low, 100 * alike.high, "pp", decimals=0, kind="")
    share = Estimate(100 * net / again, unit="pp", decimals=0)
    text = (
        f"Rises less falls come to {words.signed(net, 0)} of {again}, {share}. Had every starting "
        "rating been visited alike, and the others moved like those visited, it would be "
        f"{told.interval_text.strip() or told.text}"
    )
    unknown = [f"{RATINGS[i].lower()} ({unseen[RATINGS[i]]})" for i in alike.unknown]
    if unknown:
        few = f"{numbers.VISITED} {'of each' if len(unknown) > 1 else 'so rated'} were visited"
        text += ": bounds, by whether none or all of the unvisited trusts rated "
        text += f"{words.listed(unknown)} would have moved, since fewer than {few}"
    if net > 0 and 100 * alike.high < share.value:
        text += ". On these terms the choice of whom to visit makes the improvement look larger"
    return f"{text}."


def age_of_the_ratings(study: Study) -> Section:
    """Say how old every rating is, against CQC's longest return interval."""
    found, day = numbers.rating_ages(study), say.after(study)
    n, late, limited = len(found), found["years"] > found["limit"], found["limit"].notna().any()
    oldest = "oldest rating" if n > 1 else "rating"
    text = f"The {oldest} held on {day} was {say.age(float(found['years'].max()))} old "
    text += "([Figure](#fig-rating_ages)). "
    if limited:
        older = int(late.sum())
        many = words.portion(older, n) if older else "No rating"
        held = f"{many if n > 1 else 'It'} {'were' if older > 1 else 'was'}"
        held += " not" if n == 1 and not older else ""
        text += (
            f"{held} older than the longest return interval that CQC announced in October 2017 for "
            "core services of that rating. The rule holds for inspections after that date, so "
            "this tells how far old ratings reach back, not of a breach."
        )
    else:
        text += "CQC had not announced return intervals by that day."
    notes, dots = {}, []
    for rating in reversed(RATINGS):
        held_by = found[found["rating"] == rating]
        if len(held_by):
            dots.append(held_by)
            middle = say.age(float(held_by["years"].median()))
            beyond = f"\n{late[held_by.index].sum()} of {len(held_by)} older" if limited else ""
            notes[rating] = f"{'median ' if len(held_by) > 1 else ''}{middle}{beyond}"
    middle = say.age(float(found["years"].median()))
    note = "; bars are CQC's longest return intervals, diamonds lie beyond" if limited else ""
    figure = Figure(
        age_strips(
            pd.concat(dots),
            group="rating",
            age="years",
            limits=dict(zip(found["rating"], found["limit"], strict=True)) if limited else {},
            notes=notes,
            x_label=f"Years since publication, {day}",
            unit="org_code",
        ),
        key="rating_ages",
        title=f"The median age of the ratings was {middle}"
        if n > 1
        else f"The rating was {middle} old",
        subtitle=f"Age of the {say.rating(study.settings)}, {say.group(study.settings)}, {day}",
        source=[say.SOURCE, "cqc_figures"],
        alt="; ".join(f"{r}: " + told.replace("\n", ", ") for r, told in notes.items()) + ".",
        data=found,
        note=f"One dot a trust{note}.",
        units=say.held(study, found.set_index("org_code"), partial(_aged, study)),
    )
    return Section("How old the ratings are", [Words(text), figure], {"ages": found})


def _aged(study: Study, name: str, row: dict[str, Any]) -> str:
    said = f"On {say.after(study)} the {say.rating(study.settings)} of {name}, "
    said += f"{row['rating'].lower()}, was {say.age(row['years'])} old"
    if row["years"] > row["limit"]:
        said += f", beyond the longest return interval of {row['limit']:g} years that CQC "
        said += "announced in October 2017 for later inspections"
    return f"{said}."


def where_the_moves_point(study: Study) -> Section:
    """Say what share would be good or outstanding if the moves went on."""
    title, found = "Where the moves would lead", numbers.project(study)
    if found is None:
        return Section(title, [])
    day, ends = words.day(found[0]), found[1]
    shares = [f"{share} with {weight:g}" for weight, share in ends.items()]
    text = (
        f"Had each {study.dates.days} days repeated these {study.moves} moves, trusts rated good "
        f"or outstanding would have gone from {words.portion(study.good('after'), study.pair.n)} "
        f"on {say.after(study)} to {ends[0.25]} on {day}. That is arithmetic, not a forecast: it "
        "supposes that a trust's chance of a move depends on its rating alone and never changes. "
        "It also leans on the weight, in trusts, that each possible move is given beforehand: "
        f"{words.listed(shares)} (credible intervals)."
    )
    return Section(title, [Words(text)])
