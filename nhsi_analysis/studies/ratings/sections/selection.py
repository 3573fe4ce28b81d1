"""Who was inspected again, how old the ratings are, and where the moves point."""

from __future__ import annotations

from nhsi_analysis.studies.ratings.numbers.positions import RATINGS
from nhsi_analysis.studies.ratings.numbers.selection import (
    COMBINED,
    Projection,
    RatingAges,
    Reinspection,
    project,
    rating_ages,
    reinspection,
)
from nhsi_analysis.studies.ratings.numbers.study import Study
from nhsi_analysis.studies.ratings.sections.wording import SOURCE, group, rating, spread
from notebook_reports.charts.intervals import dot_interval
from notebook_reports.charts.lines import lines
from notebook_reports.charts.transitions import age_strips
from notebook_reports.evidence import Figure, Section, Table, Words, format_value, words


def inspected_again(study: Study) -> Section:
    """Say how the trusts inspected again differ from all of them."""
    found = reinspection(study)
    columns = {
        "rating": "Rating before",
        "trusts": "Trusts",
        "reinspected": "Inspected again",
        "share": "Share inspected again",
        "up": "Moved up",
        "same": "Stayed",
        "down": "Moved down",
    }
    return Section(
        "Who was inspected again",
        [
            Words(selection_reading(study, found)),
            _reinspected(study, found),
            Table(
                found.table.rename(columns=columns),
                key="reinspected_and_moved",
                caption=f"Trusts inspected again and their moves, {group(study.settings)}",
                source=SOURCE,
                note="An outstanding trust can only fall and an inadequate one only rise.",
            ),
        ],
    )


def age_of_the_ratings(study: Study) -> Section:
    """Say how old every rating is, against CQC's longest return interval."""
    found = rating_ages(study)
    return Section(
        "How old the ratings are",
        [Words(ages_reading(study, found)), _ages(study, found)],
        frames={"ages": found.trusts},
    )


def where_the_moves_point(study: Study) -> Section:
    """Say what share would be good or outstanding if the moves went on."""
    title = "Where the moves point"
    if study.dates.days == 0:
        still = "Both positions are of the same day, so there are no moves to repeat."
        return Section(title, [Words(still)])
    found = project(study)
    reading = Words(projection_reading(study, found))
    return Section(title, [reading, _path(study, found)], frames={"path": found.path})


def selection_reading(study: Study, found: Reinspection) -> str:
    """Say what the choice of whom to visit does to improvement."""
    again, standard = found.net_reinspected, found.net_standardised
    if again is None or standard is None:
        everyone = words.count(study.pair.n, "trust")
        return f"None of the {everyone} was inspected again, so no rating could move."
    text = (
        f"Of the trusts inspected again {found.low_reinspected} stood below good, against "
        f"{found.low_all.text} of all. Among them the net share that moved up was {again}; among "
        f"all trusts it was {found.net_all}, because a trust that was not visited can't move. Had "
        "the visits been spread over starting ratings as the trusts are, the same moves would have "
        f"made it {standard}"
    )
    if found.covered < 1:
        text += (
            f" (over the {found.covered:.0%} of trusts whose starting rating was visited at all)"
        )
    gap = again.value - standard.value
    if abs(gap) < 1:
        return f"{text}. Here the choice of whom to visit changes little."
    return (
        f"{text}. On these figures the choice of whom to visit makes improvement look "
        f"{'larger' if gap > 0 else 'smaller'} than it is, by how much is uncertain."
    )


def _reinspected(study: Study, found: Reinspection) -> Figure:
    """Show the share inspected again by starting rating."""
    settings = study.settings
    table = spread(found.table, "share")
    table["rating"] = table["rating"] + " (" + table["trusts"].astype(str) + ")"
    first, last = found.table.iloc[0], found.table.iloc[-1]
    if len(found.table) == 1:
        everyone = words.count(int(first["trusts"]), "trust")
        title = f"{first['reinspected']} of {everyone} inspected again"
    else:
        title = (
            f"Inspected again: {last['share'].text} of trusts rated {last['rating'].lower()}, "
            f"{first['share'].text} of those rated {first['rating'].lower()}"
        )
    before, after = words.day(study.dates.before), words.day(study.dates.after)
    return Figure(
        dot_interval(table, group="rating", x_label="Share inspected again"),
        key="reinspected_by_rating",
        title=title,
        subtitle=f"Share of trusts with a new {rating(settings)} by rating on {before}, "
        f"{group(settings)}, to {after}",
        source=SOURCE,
        alt="; ".join(f"{r.rating}: {r.share}" for r in found.table.itertuples()) + ".",
        data=found.table,
        note=f"Lines are {words.level(settings.confidence)} Wilson intervals; the number of trusts "
        "is in brackets.",
    )


def ages_reading(study: Study, found: RatingAges) -> str:
    """Say how old the ratings are, and how many are older than CQC's longest interval."""
    years = found.trusts["years"]
    text = (
        f"Half of the ratings held on {words.day(study.dates.after)} were more than "
        f"{_span(round(365.25 * years.median()))} old; the oldest was {years.max():.1f} years old."
    )
    if found.older is None:
        return f"{text} CQC had not announced return intervals by that day."
    older, everyone = int(found.table["older"].sum()), words.count(len(years), "trust")
    return (
        f"{text} {older:,} of {everyone}, {found.older}, held a rating older than the longest "
        "return interval that CQC announced in October 2017 for core services of that rating. "
        "The rule came into force for inspections after that date, so this shows how far the "
        "old ratings reach back, not a breach."
    )


def _ages(study: Study, found: RatingAges) -> Figure:
    settings, after = study.settings, words.day(study.dates.after)
    notes, told = {}, []
    for row in found.table.to_dict("records"):
        note = f"median {_age(row['median_years'])}"
        if found.limits:
            note += f"\n{row['older']:.0f} of {row['trusts']} older"
        notes[str(row["rating"])] = note
        told.append(f"{row['rating']}: " + note.replace("\n", ", "))
    order = {name: level for level, name in enumerate(reversed(RATINGS))}
    dots = found.trusts.sort_values("rating", key=lambda r: r.map(order), kind="stable")
    middle = _age(float(found.trusts["years"].median()))
    return Figure(
        age_strips(
            dots,
            group="rating",
            age="years",
            limits=found.limits,
            notes=notes,
            x_label=f"Years since publication, {after}",
        ),
        key="rating_ages",
        title=f"Half of the ratings are more than {middle} old",
        subtitle=f"Age of the {rating(settings)}, {group(settings)}, {after}",
        source=[SOURCE, "cqc_figures"],
        alt="; ".join(told) + ".",
        data=found.trusts,
        note="One dot a trust. Black bars are CQC's longest return intervals, where announced "
        "by that day; diamonds lie beyond.",
    )


def projection_reading(study: Study, found: Projection) -> str:
    """Say where the moves would lead, and what that supposes."""
    moves = words.count(study.pair.up + study.pair.down, "move")
    return (
        f"If every {_span(study.dates.days)} repeated these moves, the share rated good or "
        f"outstanding would go from {found.now.text} to {found.end} after {found.years:.1f} years "
        f"and settle at {found.ever}. This rests on {moves} and supposes that each trust's chance "
        "of a move depends on its present rating alone and never changes; it says where the moves "
        "point, not what will happen."
    )


def _path(study: Study, found: Projection) -> Figure:
    """Show the share good or outstanding as the chain runs on."""
    settings, after = study.settings, words.day(study.dates.after)
    low, high = (format_value(end, "share") for end in (found.end.low, found.end.high))
    return Figure(
        lines(
            found.path[found.path["category"] == COMBINED],
            x="years",
            series={"share": COMBINED},
            bands={"share": ("low", "high")},
            unit="share",
            x_label=f"Years after {after}",
            y_label="Share of trusts",
            from_zero=True,
            height=3.8,
        ),
        key="markov_projection",
        title=f"Repeated, these moves lead from {found.now.text} to anywhere between {low} and "
        f"{high} good or outstanding",
        subtitle=f"Share of trusts by {rating(settings)}, {group(settings)}, if every "
        f"{study.dates.days} days repeated the moves to {after}",
        source=SOURCE,
        alt=f"A line from {found.now.text} to {found.end.text} after {found.years:.1f} years, "
        f"inside a band that widens to {low} to {high}.",
        data=found.path,
        note=f"The band is a {words.level(settings.confidence)} credible interval from "
        f"{found.chain.draws:,} transition matrices; Monte Carlo error "
        f"{found.chain.monte_carlo_error:.1%} or less.",
    )


def _age(years: float) -> str:
    """Write an age: months below two years."""
    if years < 2:
        return words.count(round(12 * years), "month")
    return format_value(years, "years", 1)


def _span(days: int) -> str:
    """Write a length of time: months from six weeks on."""
    return words.count(days, "day") if days < 45 else words.count(round(days / 30.44), "month")
