"""Who was inspected again, and how old the ratings are."""

from __future__ import annotations

from nhsi_analysis.studies.ratings.numbers.positions import RATINGS
from nhsi_analysis.studies.ratings.numbers.selection import VISITED, rating_ages, reinspection
from nhsi_analysis.studies.ratings.numbers.study import Study
from nhsi_analysis.studies.ratings.sections.wording import (
    SOURCE,
    after,
    age,
    before,
    group,
    rating,
)
from notebook_reports.charts.transitions import age_strips
from notebook_reports.evidence import Figure, Finding, Part, Section, Table, Words, words

_LOW = ["Inadequate", "Requires improvement"]


def inspected_again(study: Study) -> Section:
    """Say how the trusts inspected again differ from all of them."""
    title = "Who was inspected again"
    if study.dates.days == 0:
        return Section(title, [])
    found, n, again = reinspection(study), study.pair.n, study.reinspected.n
    if again == 0:
        whose = "The trust was not" if n == 1 else f"None of {n} trusts was"
        return Section(title, [Words(f"{whose} inspected again, so no rating could move.")])
    low = found.table[found.table["rating"].isin(_LOW)]
    seen, everyone = int(low["reinspected"].sum()), int(low["trusts"].sum())
    lines = [
        "Only a trust that is inspected again can move. Below good had stood "
        f"{words.portion(seen, again, 'trust')} inspected again and "
        f"{words.portion(everyone, n)} of all."
    ]
    heads = {"rating": f"Rating on {before(study)}", "trusts": "Trusts"}
    heads |= {"reinspected": "Inspected again", "up": "Moved up", "same": "Stayed"}
    table = found.table.rename(columns=heads | {"down": "Moved down"})
    caption = f"Trusts inspected again by {after(study)}, {group(study.settings)}"
    parts: list[Part] = [Table(table, "reinspected_and_moved", caption, SOURCE)]
    if found.standardised is not None:
        net = 100 * (study.reinspected.up - study.reinspected.down) / again
        bounds = found.standardised.interval_text.removeprefix("bounds ")
        lines.append(
            f"Rises less falls come to {words.signed(net, 0)} points of the {again}. Had every "
            "starting rating been visited alike, and the others moved like those visited, it would "
            f"be {bounds or found.standardised.text}"
        )
        held = found.table.set_index("rating")["trusts"]
        unknown = words.listed(f"{held[r]} rated {r.lower()}" for r in found.unknown)
        if found.unknown:
            lines[-1] += (
                f": bounds, by whether none or all of the {unknown} would have moved, of whom "
                f"fewer than {VISITED} were visited"
            )
        lines[-1] += "."
        if net > 0 and (found.standardised.high or 0.0) < net:
            lines.append("The choice of whom to visit makes the improvement look larger.")
        parts.append(Finding("net_rise_standardised", found.standardised, card=False))
    return Section(title, [Words(" ".join(lines)), *parts])


def age_of_the_ratings(study: Study) -> Section:
    """Say how old every rating is, against CQC's longest return interval."""
    found, day = rating_ages(study), after(study)
    n, oldest = len(found.trusts), age(float(found.trusts["years"].max()))
    text = f"The {'oldest ' if n > 1 else ''}rating held on {day} was {oldest} old. "
    if found.limits:
        late = words.portion(int(found.table["older"].sum()), n, "rating")
        text += (
            f"Older than the longest return interval that CQC announced in October 2017 for core "
            f"services of that rating: {late}. The rule holds for inspections after that date, so "
            "this tells how far old ratings reach back, not of a breach."
        )
    else:
        text += "CQC had not announced return intervals by that day."
    notes = {}
    for held, trusts, median, older in found.table.to_numpy().tolist():
        beyond = f"\n{older} of {trusts} older" if found.limits else ""
        notes[held] = f"{'median ' if trusts > 1 else ''}{age(median)}{beyond}"
    order = {name: level for level, name in enumerate(reversed(RATINGS))}
    dots = found.trusts.sort_values("rating", key=lambda r: r.map(order), kind="stable")
    middle = age(float(found.trusts["years"].median()))
    figure = Figure(
        age_strips(
            dots,
            group="rating",
            age="years",
            limits=found.limits,
            notes=notes,
            x_label=f"Years since publication, {day}",
        ),
        key="rating_ages",
        title=f"The median age of the ratings was {middle}" if n > 1 else f"It was {middle} old",
        subtitle=f"Age of the {rating(study.settings)}, {group(study.settings)}, {day}",
        source=[SOURCE, "cqc_figures"],
        alt="; ".join(f"{r}: " + note.replace("\n", ", ") for r, note in notes.items()) + ".",
        data=found.trusts,
        note="One dot a trust; bars are CQC's longest return intervals, diamonds lie beyond."
        if found.limits
        else "One dot a trust.",
    )
    return Section("How old the ratings are", [Words(text), figure], {"ages": found.trusts})
