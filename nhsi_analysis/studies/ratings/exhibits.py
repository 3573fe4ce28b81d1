"""The figures of the ratings report: chart, message, measure, source, description and data.

Each function returns the arguments of :func:`notebook_reports.report.figure`, so that the words and
the marks come from the same numbers and a test can read both.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from nhsi_analysis.studies.ratings.moves import GOOD, RatingShift, by_group
from nhsi_analysis.studies.ratings.published import PublishedShift, TargetChance
from nhsi_analysis.studies.ratings.scope import KEY_QUESTIONS, RATINGS, UNKNOWN, day, plural
from nhsi_analysis.studies.ratings.selection import COMBINED, Projection, RatingAges, Reinspection
from notebook_reports.charts.heatmap import class_map, heatmap
from notebook_reports.charts.intervals import dot_interval
from notebook_reports.charts.lines import lines
from notebook_reports.charts.transitions import age_strips, alluvial, chance_bars, class_strips
from notebook_reports.evidence import Estimate, format_value

Exhibit = dict[str, Any]

SOURCE = "cqc_trust_ratings"
CLAIMS = "NHS Improvement, 2017/18 highlights (figures in the table claims)"
READABLE = 24
"""Largest number of trusts whose names fit beside a heat map."""


def published_figure(found: PublishedShift) -> Exhibit:
    """Show the four published shares with the intervals of the counts they imply."""
    table = _spread(found.table, "published")
    words = "; ".join(
        f"{row.rating} on {row.date}: {row.published}" for row in found.table.itertuples()
    )
    apart = [
        str(rating).lower()
        for rating, pair in table.groupby("rating", sort=False)
        if pair["low"].max() > pair["high"].min()
    ]
    overlap = (
        f"Intervals of the two dates lie apart for {' and '.join(apart)}"
        if apart
        else "Intervals of the two dates overlap for both ratings"
    )
    chart = dot_interval(table, group="rating", series="date", x_label="Share of trusts rated")
    return {
        "fig": chart,
        "key": "published_shift",
        "title": found.title,
        "subtitle": "Share of NHS trusts in England rated good and outstanding overall, 31 March "
        "2017 and 31 March 2018",
        "source": CLAIMS,
        "alt": f"{overlap}. {words}.",
        "data": found.table,
        "note": "Lines are Wilson intervals, the widest over the counts that fit the rounded "
        "shares. They treat the trusts as a sample of what inspection could have found.",
    }


def groups_figure(shift: RatingShift, kind: str) -> Exhibit:
    """Show the share good or outstanding at both dates by key question, trust type or region.

    Parameters
    ----------
    shift : RatingShift
        A comparison.
    kind : str
        "Key question", "Trust type" or "Region".
    """
    scope = shift.scope
    rows = by_group(shift).query("kind == @kind")
    table = _spread(rows, "good_or_better")
    table["group"] = table["group"] + " (" + table["trusts"].astype(str) + ")"
    latest = rows[rows["group"] != UNKNOWN].drop_duplicates("group", keep="last")
    ranked = sorted(
        zip(latest["group"], latest["good_or_better"], strict=True), key=lambda pair: -pair[1].value
    )
    what = "by key question" if kind == "Key question" else f"by {kind.lower()}"
    rated = "" if kind == "Key question" else f", {scope.rating_name}"
    return {
        "fig": dot_interval(table, group="group", series="date", x_label="Share of trusts rated"),
        "key": f"ratings_by_{kind.lower().replace(' ', '_')}",
        "title": _spread_title(ranked, kind),
        "subtitle": f"Share rated good or outstanding {what}{rated}, {scope.group}, "
        f"{_dates(shift)}",
        "source": SOURCE,
        "alt": "; ".join(f"{name}: {value}" for name, value in ranked) + f", {_on(shift)}.",
        "data": rows,
        "note": f"Lines are {_level(shift)} Wilson intervals, each for one share; the "
        "number of trusts is in brackets.",
    }


def alluvial_figure(shift: RatingShift) -> Exhibit:
    """Show every trust flowing from its rating before to its rating after."""
    scope, pair = shift.scope, shift.pair
    moved = pair.up + pair.down
    if moved == 0:
        whole = (
            f"{scope.trusts(1)} kept" if pair.n == 1 else f"None of {scope.trusts(pair.n)} changed"
        )
        title = f"{whole} its {scope.rating_name}"
    else:
        title = f"{pair.same:,} of {scope.trusts(pair.n)} kept their {scope.rating_name}; "
        title += f"{pair.up} rose and {pair.down} fell"
    flows = pair.to_frame().query("count > 0 and before != after")
    steps = "; ".join(f"{f.before} to {f.after} {f.count}" for f in flows.itertuples(index=False))
    return {
        "fig": alluvial(
            pair.matrix,
            before_label=day(scope.before_date),
            after_label=day(scope.after_date),
        ),
        "key": "rating_flows",
        "title": title,
        "subtitle": f"Trusts by {scope.rating_name}, {scope.group}, {_dates(shift)}",
        "source": SOURCE,
        "alt": f"{plural(pair.same)} level; {steps or 'no trust changes rating'}.",
        "data": pair.to_frame(),
        "note": "The width of a flow is its number of trusts; every trust is counted, so there is "
        "no sampling interval.",
    }


def matrix_figure(shift: RatingShift) -> Exhibit:
    """Show the transition matrix: where trusts of each rating stood at the later date."""
    scope, pair = shift.scope, shift.pair
    held = pair.matrix.loc[pair.matrix.sum(axis=1) > 0].iloc[::-1, ::-1]
    shares = held.div(held.sum(axis=1), axis=0)
    percent = shares.map(lambda value: f" ({value:.0%})")
    labels = held.map(lambda count: f"{count:,}") + percent
    stayed = {
        str(r): pair.counts[i, i] / pair.counts[i].sum()
        for i, r in enumerate(RATINGS)
        if r in held.index
    }
    least = min(stayed, key=lambda r: stayed[r])
    most = max(stayed, key=lambda r: stayed[r])
    if least == most or stayed[least] == stayed[most]:
        title = f"In every starting rating {stayed[most]:.0%} stayed where they were"
    else:
        title = (
            f"{stayed[most]:.0%} of trusts rated {most.lower()} stayed so, against "
            f"{stayed[least]:.0%} of those rated {least.lower()}"
        )
    words = "; ".join(
        f"of {held.loc[r].sum()} {r.lower()}, {v:.0%} stayed" for r, v in stayed.items()
    )
    return {
        "fig": heatmap(
            shares,
            labels=labels,
            scale=(0.0, 1.0),
            x_label=f"Rating on {day(scope.after_date)}",
            y_label=f"Rating on {day(scope.before_date)}",
        ),
        "key": "transition_matrix",
        "title": title,
        "subtitle": f"Trusts and share of each starting rating, {scope.rating_name}, "
        f"{scope.group}, {_dates(shift)}",
        "source": SOURCE,
        "alt": f"Most trusts lie on the diagonal: {words}.",
        "data": pair.probabilities(scope.confidence),
        "note": "The table below has the interval of each share.",
    }


def reinspection_figure(shift: RatingShift, found: Reinspection) -> Exhibit:
    """Show the share inspected again by starting rating."""
    scope = shift.scope
    table = _spread(found.table, "share")
    table["rating"] = table["rating"] + " (" + table["trusts"].astype(str) + ")"
    first, last = found.table.iloc[0], found.table.iloc[-1]
    if len(found.table) == 1:
        title = f"{first['reinspected']} of {plural(int(first['trusts']))} inspected again"
    else:
        title = (
            f"Inspected again: {last['share'].text} of trusts rated {last['rating'].lower()}, "
            f"{first['share'].text} of those rated {first['rating'].lower()}"
        )
    words = "; ".join(f"{r.rating}: {r.share}" for r in found.table.itertuples())
    chart = dot_interval(table, group="rating", x_label="Share inspected again")
    return {
        "fig": chart,
        "key": "reinspected_by_rating",
        "title": title,
        "subtitle": f"Share of trusts with a new {scope.rating_name} by rating on "
        f"{day(scope.before_date)}, {scope.group}, to {day(scope.after_date)}",
        "source": SOURCE,
        "alt": f"{words}.",
        "data": found.table,
        "note": f"Lines are {_level(shift)} Wilson intervals; the number of trusts is in brackets.",
    }


def ages_figure(shift: RatingShift, found: RatingAges) -> Exhibit:
    """Show the age of every rating against CQC's longest return interval."""
    scope = shift.scope
    notes, words = {}, []
    for row in found.table.to_dict("records"):
        note = f"median {_age(row['median_years'])}"
        if found.limits:
            note += f"\n{row['older']:.0f} of {row['trusts']} older"
        notes[str(row["rating"])] = note
        words.append(f"{row['rating']}: " + note.replace("\n", ", "))
    order = {rating: level for level, rating in enumerate(reversed(RATINGS))}
    dots = found.trusts.sort_values("rating", key=lambda r: r.map(order), kind="stable")
    middle = _age(float(found.trusts["years"].median()))
    return {
        "fig": age_strips(
            dots,
            group="rating",
            age="years",
            limits=found.limits,
            notes=notes,
            x_label=f"Years since publication, {_on(shift).removeprefix('on ')}",
        ),
        "key": "rating_ages",
        "title": f"Half of the ratings are more than {middle} old",
        "subtitle": f"Age of the {scope.rating_name}, {scope.group}, {day(scope.after_date)}",
        "source": [SOURCE, "cqc_figures"],
        "alt": "; ".join(words) + ".",
        "data": found.trusts,
        "note": "One dot a trust. Black bars are CQC's longest return intervals, where announced "
        "by that day; diamonds lie beyond.",
    }


def target_figure(found: TargetChance) -> Exhibit:
    """Show the chance of each number of trusts if the target were what was to be expected."""
    return {
        "fig": chance_bars(
            found.table,
            count="count",
            probability="probability",
            reached="reached",
            observed=(found.observed, f"{found.observed} reported"),
            target=(found.target, f"target {found.target}"),
            x_label="Trusts that rise to good or outstanding in a year",
            y_label="Chance",
        ),
        "key": "target_by_chance",
        "title": found.title,
        "subtitle": f"Chance of each number of trusts that rise if each of {found.eligible[0]} has "
        f"the same chance and {found.target} are to be expected, NHS trusts in England, 2017/18",
        "source": CLAIMS,
        "alt": f"A bell of bars around {found.target}; the bars from {found.observed} up, in blue, "
        f"add up to {found.beat.text}.",
        "data": found.table,
        "note": f"Number to be expected in a year like it: {found.expected}.",
    }


def projection_figure(shift: RatingShift, found: Projection) -> Exhibit:
    """Show the share good or outstanding as the chain runs on."""
    scope = shift.scope
    rows = found.path[found.path["category"] == COMBINED]
    end = rows.iloc[-1]
    reach = Estimate(end["share"], unit="share")
    low, high = (format_value(end[side], "share") for side in ("low", "high"))
    start = format_value(rows.iloc[0]["share"], "share")
    return {
        "fig": lines(
            rows,
            x="years",
            series={"share": COMBINED},
            bands={"share": ("low", "high")},
            unit="share",
            x_label=f"Years after {day(scope.after_date)}",
            y_label="Share of trusts",
            from_zero=True,
            height=3.8,
        ),
        "key": "markov_projection",
        "title": f"Repeated, these moves lead from {start} to anywhere between {low} and {high} "
        "good or outstanding",
        "subtitle": f"Share of trusts by {scope.rating_name}, {scope.group}, if every "
        f"{scope.days} days repeated the moves to {day(scope.after_date)}",
        "source": SOURCE,
        "alt": f"A line from {start} to {reach.text} after {end['years']:.1f} years, inside a band "
        f"that widens to {low} to {high}.",
        "data": found.path,
        "note": f"The band is a {_level(shift)} credible interval from "
        f"{found.chain.draws:,} transition matrices; Monte Carlo error "
        f"{found.chain.monte_carlo_error:.1%} or less.",
    }


def heat_map_figure(shift: RatingShift) -> Exhibit:
    """Show the trusts' ratings on every key question at the later date."""
    scope = shift.scope
    wide = shift.grid.set_index(["org_code", "key_question"])["rating_after"].unstack()  # noqa: PD010
    wide = wide.reindex(columns=[q for q in KEY_QUESTIONS if q in wide])
    rank = wide.apply(lambda column: column.map(RATINGS.index))
    order = rank.assign(mean=rank.mean(axis=1)).sort_values(
        [wide.columns[0], "mean"], ascending=False, kind="stable"
    )
    wide = wide.loc[order.index]
    good = {q: int(wide[q].isin(GOOD).sum()) for q in wide}
    share = {q: good[q] / int(wide[q].notna().sum()) for q in wide}
    asked = [q for q in wide if q != "Overall"]
    worst, best = min(asked, key=lambda q: share[q]), max(asked, key=lambda q: share[q])
    best_first = list(reversed(RATINGS))
    title = (
        f"{worst} is the weakest key question ({format_value(share[worst], 'share')} good or "
        f"better), {best.lower()} the strongest ({format_value(share[best], 'share')})"
    )
    if share[worst] == share[best]:
        title = f"The key questions are alike: {format_value(share[best], 'share')} good or better"
    if len(wide) <= READABLE:
        names = shift.grid.drop_duplicates("org_code").set_index("org_code")["org_name"]
        chart = class_map(
            wide.set_axis([_short(names[c], c) for c in wide.index]), classes=best_first
        )
        note = "Letters and colours say the same."
    else:
        chart = class_strips(
            wide,
            classes=best_first,
            notes={q: f"{format_value(share[q], 'share')} good or better" for q in wide},
            follow=scope.trust,
        )
        note = "Each trust is a column, in the same place in every strip; the better the rating, "
        note += "the taller and bluer."
    words = "; ".join(f"{q}: {good[q]} of {int(wide[q].notna().sum())}" for q in wide)
    return {
        "fig": chart,
        "key": "key_questions_heat_map",
        "title": title,
        "subtitle": f"Ratings of {scope.trusts(len(wide))} by key question, {_on(shift)}",
        "source": SOURCE,
        "alt": f"Trusts rated good or outstanding: {words}.",
        "data": wide,
        "note": note,
    }


def published_table(found: PublishedShift) -> Exhibit:
    """List the published shares with the counts that fit them."""
    table = found.table.rename(
        columns={
            "rating": "Rating",
            "date": "Date",
            "published": "Published share",
            "implied": "Counts that fit",
        }
    )
    return {
        "df": table,
        "key": "published_counts",
        "caption": "Published shares of NHS trusts and the whole counts that round to them",
        "source": CLAIMS,
        "note": "Totals tried: from the number of trusts rated in the first snapshot to the number "
        "of trusts listed.",
    }


def groups_table(shift: RatingShift) -> Exhibit:
    """List the ratings at both dates by key question, trust type and region."""
    found = by_group(shift)
    names = found["group"].where(found["group"] != UNKNOWN, found["kind"] + " " + UNKNOWN)
    table = pd.DataFrame({"Group": names, "Date": found["date"], "Trusts": found["trusts"]})
    table = table.join(found[[*reversed(RATINGS)]])
    return {
        "df": table.assign(**{"Good or better": found["good_or_better"]}),
        "key": "ratings_at_both_dates",
        "caption": f"Trusts by rating at the two dates, {shift.scope.group}",
        "source": SOURCE,
        "note": "Trust types and regions split the "
        f"{shift.scope.rating_name}; key questions cover the same trusts.",
    }


def matrix_table(shift: RatingShift) -> Exhibit:
    """List the transition matrix with an interval for every share."""
    scope, pair = shift.scope, shift.pair
    rows = pair.probabilities(scope.confidence)
    cell = [
        Estimate(r["share"], r["low"], r["high"], unit="share", n=r["total"])
        for r in rows.to_dict("records")
    ]
    before = f"Rating on {day(scope.before_date)}"
    places = pd.MultiIndex.from_frame(rows[["before", "after"]])
    cells = pd.Series(cell, index=places, dtype=object).unstack()  # noqa: PD010
    table = cells.reindex(
        index=[r for r in reversed(RATINGS) if r in cells.index], columns=[*reversed(RATINGS)]
    )
    table.insert(0, "Trusts", pair.matrix.sum(axis=1).reindex(table.index))
    return {
        "df": table.rename_axis(before).rename_axis(columns=None).reset_index(),
        "key": "transition_shares",
        "caption": f"Share of each starting rating by rating on {day(scope.after_date)}, "
        f"{scope.group}",
        "source": SOURCE,
        "note": f"In brackets: {_level(shift)} Wilson interval of each share.",
    }


def moved_table(shift: RatingShift, moved: pd.DataFrame) -> Exhibit:
    """List the trusts whose rating changed."""
    return {
        "df": moved,
        "key": "trusts_that_moved",
        "caption": f"The {plural(len(moved))} whose {shift.scope.rating_name} changed, rises first",
        "source": SOURCE,
    }


def followed_table(shift: RatingShift, followed: pd.DataFrame) -> Exhibit:
    """List the followed trust's ratings."""
    return {
        "df": followed,
        "key": "trust_followed",
        "caption": f"Ratings of {shift.scope.trust} at the two dates",
        "source": SOURCE,
    }


def reinspection_table(shift: RatingShift, found: Reinspection) -> Exhibit:
    """List who was inspected again by starting rating, and how those trusts moved."""
    columns = {
        "rating": "Rating before",
        "trusts": "Trusts",
        "reinspected": "Inspected again",
        "share": "Share inspected again",
        "up": "Moved up",
        "same": "Stayed",
        "down": "Moved down",
    }
    return {
        "df": found.table.rename(columns=columns),
        "key": "reinspected_and_moved",
        "caption": f"Trusts inspected again and their moves, {shift.scope.group}",
        "source": SOURCE,
        "note": "An outstanding trust can only fall and an inadequate one only rise.",
    }


def tests_table(shift: RatingShift) -> Exhibit:
    """List every test of marginal homogeneity, with Bhapkar's on the re-inspected as well."""
    tests = list(shift.tests.items())
    if shift.reinspected.n:
        again = shift.reinspected.bhapkar()
        at = [name for name, _ in tests].index(again.name) + 1
        tests.insert(at, (f"{again.name}, re-inspected only", again))
    table = pd.DataFrame(
        {
            "Test": [name for name, _ in tests],
            "Statistic": [test.statistic for _, test in tests],
            "Degrees of freedom": [test.df for _, test in tests],
            "p-value": [test.pvalue for _, test in tests],
            "Reading": [_reading(test.sentence) for _, test in tests],
        }
    )
    return {
        "df": table,
        "key": "homogeneity_tests",
        "caption": f"Tests of whether the {shift.scope.rating_name} shifted, {shift.scope.group}",
        "source": SOURCE,
        "formats": {"Statistic": _two_places, "p-value": _three_places},
    }


def _reading(sentence: str) -> str:
    """Leave out the name of the test, which the row has."""
    words = sentence.partition(": ")[2] or sentence
    return words[0].upper() + words[1:]


def _two_places(value: float | None) -> str:
    return "none" if value is None or pd.isna(value) else f"{value:.2f}".replace("-", "−")


def _three_places(value: float | None) -> str:
    if value is None or pd.isna(value):
        return "none"
    return "under 0.001" if value < 0.001 else f"{value:.3f}"


def _short(name: str, code: str) -> str:
    """Shorten a trust's name so that it fits beside a heat map."""
    for words in (" NHS Foundation Trust", " NHS Trust"):
        name = name.removesuffix(words)
    return f"{name if len(name) <= 28 else name[:26].rstrip() + '…'} ({code})"


def _spread(table: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return a copy with an Estimate column as value, low and high."""
    found = table.reset_index(drop=True)
    ends = ("value", "low", "high")
    return found.assign(**{end: [getattr(e, end) for e in found[column]] for end in ends})


def _spread_title(ranked: list[tuple[str, Estimate]], kind: str) -> str:
    """Say how far apart groups are, and whether the intervals of the outermost overlap."""
    if not ranked:
        return f"{kind} is not recorded for these trusts"
    (top, most), (bottom, least) = ranked[0], ranked[-1]
    if len(ranked) == 1:
        return f"{top}: {most.text} rated good or outstanding"
    if most.text == least.text:
        return f"All alike: {most.text} rated good or outstanding"
    span = f"from {least.text} good or outstanding ({bottom}) to {most.text} ({top})"
    if (most.low or 0.0) <= (least.high or 1.0):
        return f"Intervals of {kind.lower()}s overlap: {span}"
    return span[0].upper() + span[1:]


def _age(years: float) -> str:
    """Write an age in words: months below two years."""
    return plural(round(12 * years), "month") if years < 2 else format_value(years, "years", 1)


def _level(shift: RatingShift) -> str:
    """Write the level of confidence: 95%, 99.9%."""
    return f"{100 * shift.scope.confidence:g}%"


def _dates(shift: RatingShift) -> str:
    scope = shift.scope
    if scope.days == 0:
        return day(scope.after_date)
    return f"{day(scope.before_date)} and {day(scope.after_date)}"


def _on(shift: RatingShift) -> str:
    return f"on {day(shift.scope.after_date)}"
