"""The answer, the ratings at both dates, who moved, and whether it is more than chance."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from nhsi_analysis.answers.shares import share
from nhsi_analysis.answers.trusts import short_trust
from nhsi_analysis.studies.ratings.numbers.moves import (
    by_group,
    by_key_question,
    followed_trust,
    splits,
    trusts_that_moved,
)
from nhsi_analysis.studies.ratings.numbers.positions import RATINGS, UNKNOWN
from nhsi_analysis.studies.ratings.numbers.study import GOOD, Study
from nhsi_analysis.studies.ratings.sections.wording import (
    SOURCE,
    a_rating,
    dates,
    group,
    rating,
    spread,
    trusts,
)
from notebook_reports.charts.heatmap import class_map, heatmap
from notebook_reports.charts.intervals import dot_interval
from notebook_reports.charts.transitions import alluvial, class_strips
from notebook_reports.evidence import (
    Answer,
    Estimate,
    Figure,
    Part,
    Section,
    Table,
    Words,
    findings,
    words,
)

READABLE = 24
"""Largest number of trusts whose names fit beside a heat map."""


def answer(study: Study) -> Section:
    """Say in two or three sentences what moved, with the headline numbers."""
    settings, pair, n = study.settings, study.pair, study.pair.n
    before, after = words.day(study.dates.before), words.day(study.dates.after)
    numbers = {
        "trusts_compared": _count(
            n, n, f"with {a_rating(settings)} at both dates, {group(settings)}"
        ),
        "reinspected": share(
            study.reinspected.n,
            n,
            confidence=settings.confidence,
            label="re-inspected between the two dates",
        ),
        "moved_up": _count(pair.up, n, "moved up"),
        "moved_down": _count(pair.down, n, "moved down"),
        "net_moved_up": study.net,
        "good_or_better_before": replace(
            study.good("before"), label=f"rated good or outstanding on {before}"
        ),
        "good_or_better_after": replace(
            study.good("after"), label=f"rated good or outstanding on {after}"
        ),
    }
    cards = ["reinspected", "moved_up", "moved_down", "good_or_better_after"]
    return Section("The answer", [Answer(headline(study)), *findings(numbers, cards=cards)])


def groups(study: Study) -> Section:
    """Say how many were good or outstanding at both dates, by every way to split the trusts."""
    found = by_group(study)
    found["date"] = found["date"].map(words.day)
    names = found["group"].where(found["group"] != UNKNOWN, found["kind"] + " " + UNKNOWN)
    table = pd.DataFrame({"Group": names, "Date": found["date"], "Trusts": found["trusts"]})
    table = table.join(found[[*reversed(RATINGS)]])
    return Section(
        "Ratings at the two dates",
        [
            Words(coverage(study)),
            *(_by(study, found, kind) for kind in ("Key question", *splits(study))),
            Table(
                table.assign(**{"Good or better": found["good_or_better"]}),
                key="ratings_at_both_dates",
                caption=f"Trusts by rating at the two dates, {group(study.settings)}",
                source=SOURCE,
                note=f"Trust types and regions split the {rating(study.settings)}; key questions "
                "cover the same trusts.",
            ),
        ],
        frames={"groups": found},
    )


def who_moved(study: Study) -> Section:
    """Say who moved from one date to the other: flows, matrix, names, one trust."""
    parts: list[Part] = [_flows(study), _matrix(study), _matrix_shares(study)]
    moved = trusts_that_moved(study)
    if len(moved):
        table = pd.DataFrame(
            {
                "Trust": moved["org_name"] + " (" + moved["org_code"] + ")",
                "Before": moved["rating_before"],
                "After": moved["rating_after"],
                "New rating published": moved["published_after"].map(words.day),
            }
        )
        caption = f"The {words.count(len(moved), 'trust')} whose {rating(study.settings)} changed"
        parts.append(Table(table, "trusts_that_moved", f"{caption}, rises first", SOURCE))
    frames = {"trusts": study.table, "moved": moved}
    return Section("Who moved", [*parts, *_followed(study)], frames)


def more_than_chance(study: Study) -> Section:
    """Say whether the shift is more than chance, by every test of marginal homogeneity."""
    table = pd.DataFrame(
        [
            {
                "Test": name,
                "Statistic": test.statistic,
                "Degrees of freedom": test.df,
                "p-value": test.pvalue,
                # The row has the name of the test.
                "Reading": words.capital(test.sentence.partition(": ")[2] or test.sentence),
            }
            for name, test in study.tests.items()
        ]
    )
    return Section(
        "Is it more than chance?",
        [
            Words(verdict(study)),
            Table(
                table,
                key="homogeneity_tests",
                caption=f"Tests of whether the {rating(study.settings)} shifted, "
                f"{group(study.settings)}",
                source=SOURCE,
                formats={"Statistic": _two_places, "p-value": _three_places},
            ),
        ],
    )


def key_questions(study: Study) -> Section:
    """Say how the trusts were rated on every key question at the later date."""
    ratings = by_key_question(study)
    return Section(
        "The key questions, trust by trust", [_heat_map(study, ratings)], {"ratings": ratings}
    )


def headline(study: Study) -> str:
    """Say what moved, with its uncertainty."""
    before, after = words.day(study.dates.before), words.day(study.dates.after)
    pair, everyone = study.pair, trusts(study.settings, study.pair.n)
    if study.dates.days == 0:
        return (
            f"Nothing published after {after} is used, so the two positions of {everyone} are one "
            "and the same: **no shift can be seen**."
        )
    first = (
        f"Between {before} and {after}, **{pair.up} of {everyone} moved up and {pair.down} moved "
        f"down** in the {rating(study.settings)}; only the {study.reinspected.n:,} inspected again "
        "could move."
    )
    moved = pair.up + pair.down > 0
    return f"{first} {verdict(study) if moved else 'With no move there is no shift to explain.'}"


def verdict(study: Study) -> str:
    """Say whether chance alone would do as much."""
    pvalue = study.pair.sign().pvalue
    often = 1.0 if pvalue is None else pvalue
    rate = Estimate(often, unit="probability").text
    odds = f"a split at least as uneven as {study.pair.up} to {study.pair.down} would come up "
    odds += "every time" if often >= 1 else f"{rate} of the time"
    if often < 0.01:
        end = "so chance is a poor explanation"
    elif often < 0.05:
        end = "so chance alone would seldom do this"
    elif often < 0.10:
        end = "so the shift is on the border of what chance does"
    else:
        end = "so the shift can't be told from chance"
    return f"If every move had been as likely to go the other way, {odds}, {end}."


def coverage(study: Study) -> str:
    """Say what is compared and what is missing, counted and named."""
    found, n = study.positions, study.pair.n
    have = f"{trusts(study.settings, n)} {'has' if n == 1 else 'have'}"
    lines = [f"{have} {a_rating(study.settings)} at both dates."]
    for codes, what in (
        (found.only_before, "rated at the earlier date only"),
        (found.only_after, "rated at the later date only"),
        (found.hidden, "rated at both but whose rating on the day asked for is not known"),
    ):
        if codes:
            left_out = words.count(len(codes), "trust")
            lines.append(f"Left out: {left_out} {what}: {', '.join(codes)}.")
    if found.followed_on:
        followed = words.count(len(found.followed_on), "trust")
        lines.append(f"{followed} followed to a successor: {', '.join(found.followed_on)}.")
    if study.unplaced:
        unplaced = words.count(len(study.unplaced), "trust")
        names = ", ".join(study.unplaced)
        lines.append(f"{unplaced} without a recorded region left out: {names}.")
    if not (found.only_before or found.only_after or found.hidden):
        lines.append("No trust is rated at one date only.")
    if n < 10:
        lines.append(
            "**With so few trusts every interval is wide and a single inspection moves every "
            "share by many points.**"
        )
    return " ".join(lines)


def _count(value: int, n: int, label: str) -> Estimate:
    return Estimate(value, unit="trust" if value == 1 else "trusts", n=n, label=label)


def _by(study: Study, groups: pd.DataFrame, kind: str) -> Figure:
    """Show the share good or outstanding by "Key question", "Trust type" or "Region"."""
    rows = groups.query("kind == @kind")
    table = spread(rows, "good_or_better")
    table["group"] = table["group"] + " (" + table["trusts"].astype(str) + ")"
    latest = rows[rows["group"] != UNKNOWN].drop_duplicates("group", keep="last")
    ranked = sorted(
        zip(latest["group"], latest["good_or_better"], strict=True), key=lambda pair: -pair[1].value
    )
    rated = "" if kind == "Key question" else f", {rating(study.settings)}"
    after = words.day(study.dates.after)
    return Figure(
        dot_interval(table, group="group", series="date", x_label="Share of trusts rated"),
        key=f"ratings_by_{kind.lower().replace(' ', '_')}",
        title=_by_title(ranked, kind),
        subtitle=f"Share rated good or outstanding by {kind.lower()}{rated}, "
        f"{group(study.settings)}, {dates(study)}",
        source=SOURCE,
        alt="; ".join(f"{name}: {value}" for name, value in ranked) + f", on {after}.",
        data=rows,
        note=f"Lines are {words.level(study.settings.confidence)} Wilson intervals, each for one "
        "share; the number of trusts is in brackets.",
    )


def _by_title(ranked: list[tuple[str, Estimate]], kind: str) -> str:
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
    return words.capital(span)


def _flows(study: Study) -> Figure:
    """Show every trust flowing from its rating before to its rating after."""
    settings, pair = study.settings, study.pair
    everyone = trusts(settings, pair.n)
    if pair.up + pair.down == 0:
        whole = f"{everyone} kept" if pair.n == 1 else f"None of {everyone} changed"
        title = f"{whole} its {rating(settings)}"
    else:
        title = f"{pair.same:,} of {everyone} kept their {rating(settings)}; "
        title += f"{pair.up} rose and {pair.down} fell"
    flows = pair.to_frame().query("count > 0 and before != after")
    steps = "; ".join(f"{f.before} to {f.after} {f.count}" for f in flows.itertuples(index=False))
    return Figure(
        alluvial(
            pair.matrix,
            before_label=words.day(study.dates.before),
            after_label=words.day(study.dates.after),
        ),
        key="rating_flows",
        title=title,
        subtitle=f"Trusts by {rating(settings)}, {group(settings)}, {dates(study)}",
        source=SOURCE,
        alt=f"{words.count(pair.same, 'trust')} level; {steps or 'no trust changes rating'}.",
        data=pair.to_frame(),
        note="The width of a flow is its number of trusts; every trust is counted, so there is "
        "no sampling interval.",
    )


def _matrix(study: Study) -> Figure:
    """Show the transition matrix: where trusts of each rating stood at the later date."""
    settings, pair = study.settings, study.pair
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
    told = "; ".join(
        f"of {held.loc[r].sum()} {r.lower()}, {v:.0%} stayed" for r, v in stayed.items()
    )
    return Figure(
        heatmap(
            shares,
            labels=labels,
            scale=(0.0, 1.0),
            x_label=f"Rating on {words.day(study.dates.after)}",
            y_label=f"Rating on {words.day(study.dates.before)}",
        ),
        key="transition_matrix",
        title=title,
        subtitle=f"Trusts and share of each starting rating, {rating(settings)}, "
        f"{group(settings)}, {dates(study)}",
        source=SOURCE,
        alt=f"Most trusts lie on the diagonal: {told}.",
        data=pair.probabilities(settings.confidence),
        note="The table below has the interval of each share.",
    )


def _matrix_shares(study: Study) -> Table:
    """List the transition matrix with an interval for every share."""
    settings, pair = study.settings, study.pair
    rows = pair.probabilities(settings.confidence)
    cell = [
        Estimate(r["share"], r["low"], r["high"], unit="share", n=r["total"])
        for r in rows.to_dict("records")
    ]
    places = pd.MultiIndex.from_frame(rows[["before", "after"]])
    cells = pd.Series(cell, index=places, dtype=object).unstack()  # noqa: PD010
    table = cells.reindex(
        index=[r for r in reversed(RATINGS) if r in cells.index], columns=[*reversed(RATINGS)]
    )
    table.insert(0, "Trusts", pair.matrix.sum(axis=1).reindex(table.index))
    table = table.rename_axis(f"Rating on {words.day(study.dates.before)}")
    return Table(
        table.rename_axis(columns=None).reset_index(),
        key="transition_shares",
        caption=f"Share of each starting rating by rating on {words.day(study.dates.after)}, "
        f"{group(settings)}",
        source=SOURCE,
        note=f"In brackets: {words.level(settings.confidence)} Wilson interval of each share.",
    )


def _followed(study: Study) -> list[Part]:
    """Say how the trust to follow fared, with its ratings on every key question."""
    code = study.settings.trust
    if not code:
        asked = "No trust is followed; set `trust` to an ODS code to see one trust's ratings here."
        return [Words(asked)]
    rows = followed_trust(study)
    if rows.empty:
        return [Words(f"{code} has no rating of the whole trust at both dates.")]
    outside = "" if code in set(study.table["org_code"]) else ", which is outside the group,"
    again = bool((rows["published_after"] > rows["published_before"]).any())
    changed = int((rows["rating_before"] != rows["rating_after"]).sum())
    text = (
        f"{rows['org_name'].iloc[0]} ({code}){outside} {'was' if again else 'was not'} inspected "
        f"again; {changed} of its {len(rows)} ratings changed."
    )
    table = pd.DataFrame(
        {
            "Key question": rows["key_question"],
            "Before": rows["rating_before"],
            "After": rows["rating_after"],
            "Published": rows["published_after"].map(words.day),
        }
    )
    caption = f"Ratings of {code} at the two dates"
    return [Words(text), Table(table, "trust_followed", caption, SOURCE)]


def _heat_map(study: Study, wide: pd.DataFrame) -> Figure:
    """Show each trust's ratings: by name where they fit, as strips where they don't."""
    rated = {str(q): int(wide[q].notna().sum()) for q in wide}
    good = {q: int(wide[q].isin(GOOD).sum()) for q in rated}
    part = {q: good[q] / rated[q] for q in rated}
    told = {q: words.percent(part[q]) for q in rated}
    asked = [q for q in rated if q != "Overall"]
    worst, best = min(asked, key=lambda q: part[q]), max(asked, key=lambda q: part[q])
    best_first = list(reversed(RATINGS))
    if part[worst] == part[best]:
        title = f"The key questions are alike: {told[best]} good or better"
    else:
        title = (
            f"{worst} is the weakest key question ({told[worst]} good or better), {best.lower()} "
            f"the strongest ({told[best]})"
        )
    if len(wide) <= READABLE:
        names = study.grid.drop_duplicates("org_code").set_index("org_code")["org_name"]
        chart = class_map(
            wide.set_axis([f"{short_trust(names[c], 28)} ({c})" for c in wide.index]),
            classes=best_first,
        )
        note = "Letters and colours say the same."
    else:
        chart = class_strips(
            wide,
            classes=best_first,
            notes={q: f"{text} good or better" for q, text in told.items()},
            follow=study.settings.trust,
        )
        note = "Each trust is a column, in the same place in every strip; the better the rating, "
        note += "the taller and bluer."
    if wide.isna().to_numpy().any():
        note += " A gap is a rating not held on that day."
    counts = "; ".join(f"{q}: {good[q]} of {rated[q]}" for q in rated)
    return Figure(
        chart,
        key="key_questions_heat_map",
        title=title,
        subtitle=f"Ratings of {trusts(study.settings, len(wide))} by key question, on "
        f"{words.day(study.dates.after)}",
        source=SOURCE,
        alt=f"Trusts rated good or outstanding: {counts}.",
        data=wide,
        note=note,
    )


def _two_places(value: float | None) -> str:
    return "none" if value is None or pd.isna(value) else f"{value:.2f}".replace("-", "−")


def _three_places(value: float | None) -> str:
    if value is None or pd.isna(value):
        return "none"
    return "under 0.001" if value < 0.001 else f"{value:.3f}"
