"""Who moved, the trust followed, and how groups and key questions differ."""

from __future__ import annotations

import pandas as pd

from nhsi_analysis import datasets
from nhsi_analysis.answers.trusts import short_trust
from nhsi_analysis.studies.ratings.numbers import moves as numbers
from nhsi_analysis.studies.ratings.numbers.positions import KEY_QUESTIONS, RATINGS, UNKNOWN
from nhsi_analysis.studies.ratings.numbers.study import FEWEST, GOOD, Study
from nhsi_analysis.studies.ratings.sections import wording as say
from notebook_reports.charts.heatmap import class_map
from notebook_reports.charts.intervals import dot_interval
from notebook_reports.charts.transitions import alluvial, class_strips
from notebook_reports.evidence import Estimate, Figure, Part, Section, Table, Words, words

READABLE = 24
"""Largest number of trusts that are named outside the appendix."""


def who_moved(study: Study) -> Section:
    """Say which trusts moved from one date to the other, and which could not be compared."""
    moved, told, parts = numbers.trusts_that_moved(study), coverage(study), list[Part]()
    if study.dates.days:
        named = "; [Table](#tab-trusts_that_moved) names the trusts" if len(moved) else ""
        told = f"[Figure](#fig-rating_flows) shows every move{named}. {told}"
        parts.append(_flows(study))
    parts = [Words(told.strip()), *parts] if told else parts
    if 0 < len(moved) <= READABLE:
        parts.append(_names(study, moved))
    return Section("Who moved", parts, {"trusts": study.table, "moved": moved})


def every_trust_that_moved(study: Study) -> Section:
    """Say the names of the trusts that moved, where they are too many for the section on them."""
    moved = numbers.trusts_that_moved(study)
    parts = [_names(study, moved)] if len(moved) > READABLE else []
    return Section("Every trust that moved", parts)


def _names(study: Study, moved: pd.DataFrame) -> Table:
    table = pd.DataFrame(
        {
            "Trust": moved["org_name"].map(short_trust) + " (" + moved["org_code"] + ")",
            "Change": moved["rating_before"] + " to " + moved["rating_after"].str.lower(),
            "Published": moved["published_after"].map(words.day),
        }
    )
    caption = f"Changes of {say.rating(study.settings)} by {say.after(study)}, rises first"
    return Table(table, "trusts_that_moved", caption, say.SOURCE)


def coverage(study: Study) -> str:
    """Say which trusts are left out or matched to a successor; empty if none is."""
    found, lines = study.positions, []
    for codes, what in (
        (found.only_before, "rated at the earlier date only"),
        (found.only_after, "rated at the later date only"),
        (found.hidden, "whose rating on the day asked for is not known"),
        (study.unplaced, "without a recorded region"),
    ):
        if codes:
            many = words.count(len(codes), "trust")
            lines.append(f"Left out: {many} {what} ({'; '.join(map(_named, codes))}).")
    if found.followed_on:
        pairs = (" → ".join(map(_named, pair.split(" → "))) for pair in found.followed_on)
        lines.append(f"Followed to a successor: {'; '.join(pairs)}.")
    return " ".join(lines)


def _named(code: str) -> str:
    """Name a trust, by its code alone if the register doesn't hold it."""
    names = datasets.load("trusts").set_index("org_code")["org_name"]
    return f"{short_trust(names[code])} ({code})" if code in names else code


def followed(study: Study) -> Section:
    """Say how the trust followed fared, with its ratings on every key question."""
    title, code = "The trust followed", study.settings.trust
    rows = numbers.followed_trust(study)
    if not code or rows.empty:
        text = f"{code} has no rating of the whole trust at both dates."
        return Section(title, [Words(text)] if code else [])
    outside = "" if code in set(study.table["org_code"]) else ", which is outside the group,"
    again = "was" if (rows["published_after"] > rows["published_before"]).any() else "was not"
    changed = int((rows["rating_before"] != rows["rating_after"]).sum()) or "none"
    told = f"{again} inspected again by {say.after(study)}; {changed} of its {len(rows)} ratings"
    told = f"{told} changed" if study.dates.days else f"held these ratings on {say.after(study)}"
    text = f"{rows['org_name'].iloc[0]} ({code}){outside} {told} ([Table](#tab-trust_followed))."
    # on one day the two columns are one, under one name
    heads = {"key_question": "Key question", "rating_before": say.before(study)}
    heads |= {"rating_after": say.after(study)} if study.dates.days else {}
    table = rows[list(heads)].rename(columns=heads)
    table["Published"] = rows["published_after"].map(words.day)
    listed = Table(table, "trust_followed", f"Ratings of {code}", say.SOURCE)
    return Section(title, [Words(text), listed])


def groups(study: Study) -> Section:
    """Say how kinds of trust and regions differ, and whether by more than chance."""
    title, found = "By kind of trust and region", numbers.by_group(study)
    if found is None:
        return Section(title, [])
    told = "[Table](#tab-by_group) counts each group"
    parts: list[Part] = [_group_table(study, found)]
    if len(found.apart) > 1:
        told += ", [Figure](#fig-group_differences) sets the larger ones against the others"
        parts.append(_differences(study, found))
    elif len(found.apart):
        parts.append(_one_difference(study, found))
    parts.insert(0, Words(f"{told}."))
    return Section(title, parts, {"groups": found.table, "differences": found.apart})


def key_questions(study: Study) -> Section:
    """Say how the trusts were rated on every key question at the later date."""
    ratings, pairs = numbers.by_key_question(study), numbers.question_pairs(study)
    told = "All are asked of the same trusts ([Figure](#fig-key_question_ratings))."
    if pairs is not None:
        alike = pairs.table[pairs.table["adjusted"] >= say.SELDOM]
        names = "; ".join(f"{row.first} and {row.second}" for row in alike.itertuples())
        told += (
            " By McNemar's exact test with Holm's adjustment ([Table](#tab-key_question_pairs)) "
            f"{len(pairs.table) - len(alike)} of their {len(pairs.table)} pairs differ by more "
            f"than chance usually brings{f'. Not told apart: {names}' if names else ''}."
        )
    parts = [_by_question(study, ratings), Words(told)]
    return Section("The key questions", parts, {"ratings": ratings})


def key_questions_two_by_two(study: Study) -> Section:
    """Say how far every two key questions differ over the same trusts."""
    title, found = "Key questions two by two", numbers.question_pairs(study)
    if found is None:
        return Section(title, [])
    table = pd.DataFrame(
        {
            "Key questions": found.table["first"] + " and " + found.table["second"],
            "First only": found.table["first_only"],
            "Second only": found.table["second_only"],
            "Difference, points": _points(found.table, found.n),
            "Chance, adjusted": found.table["adjusted"].map(say.chance),
        }
    )
    many, day = words.count(found.n, "trust"), say.after(study)
    note = "Tango's intervals, one pair at a time; McNemar's exact test, two-sided, adjusted by "
    note += f"Holm. All questions at once (Cochran's Q): {say.chance(found.pvalue)}."
    caption = f"Good or outstanding on one only, {many}, {day}"
    return Section(title, [Table(table, "key_question_pairs", caption, say.SOURCE, note=note)])


def _points(table: pd.DataFrame, n: int) -> list[Estimate]:
    """Return differences of shares in percentage points, with their intervals."""
    ends = (100 * table[["difference", "low", "high"]]).to_numpy().tolist()
    return [Estimate(v, low, high, n=n, decimals=0) for v, low, high in ends]


def _flows(study: Study) -> Figure:
    """Show every trust flowing from its rating before to its rating after."""
    pair = study.pair
    ways = sorted([(pair.up, "rose"), (pair.down, "fell")], key=lambda way: way[0] == 0)
    moved = ", ".join(f"{many or 'none'} {way}" for many, way in ways)
    title = f"{moved} and {pair.same or 'none'} kept their "
    title += f"{say.rating(study.settings)}, of {pair.n}"
    if study.moves == 0:
        title = f"No trust of {pair.n} changed its {say.rating(study.settings)}"
    if pair.n == 1:
        title = f"The one trust {'rose' if pair.up else 'fell' if pair.down else 'did not move'}"
    flows = pair.to_frame().query("count > 0 and before != after")
    steps = flows["before"] + " to " + flows["after"].str.lower()
    moves = [f"{step}: {many}" for step, many in zip(steps, flows["count"], strict=True)]
    rated = study.table.set_index("org_code")[["rating_before", "rating_after"]]
    return Figure(
        alluvial(
            pair.matrix,
            before_label=say.before(study),
            after_label=say.after(study),
            units=rated.set_axis(["before", "after"], axis=1),
        ),
        key="rating_flows",
        title=title,
        subtitle=words.capital(say.subject(study)),
        source=say.SOURCE,
        alt="; ".join([f"{words.count(pair.same, 'trust')} did not move", *moves]) + ".",
        data=pair.to_frame(),
        units=say.held(study, rated, lambda name, row: _step(study, name, *row.values())),
    )


def _step(study: Study, name: str, before: str, after: str) -> str:
    """Say how one trust moved, and with how many others."""
    step = RATINGS.index(after) - RATINGS.index(before)
    ways = [(study.pair.same, "did not move"), (study.pair.up, "rose"), (study.pair.down, "fell")]
    many, way = ways[(step > 0) - (step < 0)]
    were, are = before.lower(), after.lower()
    told = f"went from {were} to {are} between" if step else f"was {are} on"
    told += f" {say.before(study)} and {say.after(study)}"
    told += f": {f'one of the {many}' if many > 1 else 'the only one'} that {way}."
    return f"The {say.rating(study.settings)} of {name} {told}"


def _group_table(study: Study, found: numbers.Groups) -> Table:
    """List counts by group; on the page of all trusts with the chance of each split of moves."""
    rows = found.table
    unknown, note = rows["group"] == UNKNOWN, ""
    names = rows["group"].mask(unknown, rows["kind"] + " " + UNKNOWN)
    table = pd.DataFrame({"Group": names, "Trusts": rows["trusts"]})
    if study.dates.days:
        table[f"Good or better, {say.before(study)}"] = rows["good_before"]
    table[f"Good or better, {say.after(study)}"] = rows["good_after"]
    if study.dates.days:
        table["Moved up"], table["Moved down"] = rows["up"], rows["down"]
    if study.moves and not study.looks.kinds:
        tested = ~unknown & (rows["up"] + rows["down"] > 0)
        table["Chance alone"] = rows["chance"].map(say.chance).where(tested, "–")
        table["Adjusted"] = rows["adjusted"].map(say.chance).where(tested, "–")
        note = "Chance of so uneven a split of moves (exact sign test, two-sided), alone and with "
        note += "Holm's adjustment over the groups of a kind."
    caption = f"{words.capital(say.rating(study.settings))} by group, {say.group(study.settings)}"
    return Table(table, "by_group", caption, say.SOURCE, note=note)


def _one_difference(study: Study, found: numbers.Groups) -> Words:
    """Say how the one group that is large enough differs from the others."""
    row, gap = found.apart.iloc[0], _points(found.apart, study.pair.n)[0]
    return Words(
        f"Only one group has {FEWEST} trusts or more. {row['group']}: {row['count']} of "
        f"{row['total']} good or better, {gap} percentage points from the others together. The "
        f"chance of so uneven counts is {say.chance(row['adjusted'])} (Fisher's exact test)."
    )


def _differences(study: Study, found: numbers.Groups) -> Figure:
    """Show each group's difference from the others, with its interval."""
    apart, sides = found.apart, list[str]()
    for below, word in ((True, "lower"), (False, "higher")):
        clear = (apart["adjusted"] < say.SELDOM) & ((apart["difference"] < 0) == below)
        if clear.any():
            word += "" if sides else " than the others"
            sides.append(f"{words.listed(apart.loc[clear, 'group'])} rated {word}")
    names = apart["group"] + ": " + apart["count"].astype(str) + " of " + apart["total"].astype(str)
    ends = (100 * apart[["difference", "low", "high"]]).set_axis(["value", "low", "high"], axis=1)
    told = zip(apart["group"], _points(apart, study.pair.n), strict=True)
    overall = [f"{kind.lower()} {say.chance(p)}" for kind, p in found.overall.items()]
    least = say.chance(float(apart["adjusted"].min()))
    alone = f"o group with {FEWEST} trusts is clearly apart"
    differ = [kind for kind, p in found.overall.items() if len(found.overall) * p < say.SELDOM]
    many = words.listed([say.LOOKS[numbers.GROUPS[kind][0]][1] for kind in differ])
    own = numbers.groups_of(study, apart).map(dict(zip(apart["group"], names, strict=True)))
    return Figure(
        dot_interval(
            ends.assign(group=names),
            group="group",
            unit="",
            decimals=0,
            x_label="Percentage points above or below the others",
            reference=(0.0, "no difference"),
            units=own,
        ),
        key="group_differences",
        title="; ".join(sides)
        or (f"{words.capital(many)} differ, but n{alone}" if differ else f"N{alone}"),
        subtitle=f"Share good or outstanding against all others of its kind together, "
        f"{say.rating(study.settings)}, {say.group(study.settings)}, {say.after(study)}",
        source=say.SOURCE,
        alt=f"Points above or below: {'; '.join(f'{name} {gap}' for name, gap in told)}.",
        data=apart.set_index(["kind", "group"]),
        note=f"Newcombe's intervals, one group at a time. Chance of so uneven counts: by "
        f"{words.listed(overall)}; for one group against the others {least} at the least (Fisher's "
        f"exact test, Holm over the {len(apart)}). Groups under {FEWEST} trusts aren't drawn.",
        units=say.held(
            study,
            own.groupby(level=0).agg(list).to_frame("groups"),
            lambda name, row: (
                f"{name} was counted on {say.after(study)} in {'; '.join(row['groups'])} rated "
                "good or outstanding."
            ),
        ),
    )


def _by_question(study: Study, wide: pd.DataFrame) -> Figure:
    """Show each trust's ratings: by name where they fit, as strips where they don't."""
    rated = {str(q): int(wide[q].notna().sum()) for q in wide}
    good = {q: int(wide[q].isin(GOOD).sum()) for q in rated}
    counts = {q: f"{good[q]} of {rated[q]}" for q in rated}
    part = {q: good[q] / rated[q] for q in rated if q != KEY_QUESTIONS[0]}
    worst, best = ([q for q in part if part[q] == end(part.values())] for end in (min, max))
    said = [q[0].lower() if len(q) == 1 else f"{len(q)} questions" for q in (worst, best)]
    title = f"Fewest good or better: {said[0]} ({counts[worst[0]]}); "
    title += f"most: {said[1]} ({counts[best[0]]})"
    if worst == best:
        title = f"Every key question: {counts[worst[0]]} good or better"
    classes, note = list(reversed(RATINGS)), ""
    names = study.grid.drop_duplicates("org_code").set_index("org_code")["org_name"]
    if len(wide) <= READABLE:
        labels = [f"{short_trust(names[c], 34)} ({c})" for c in wide.index]
        chart = class_map(wide.set_axis(labels), classes=classes, units=list(wide.index))
    else:
        beside, follow = {q: f"{counts[q]} good or better" for q in counts}, study.settings.trust
        chart = class_strips(wide, classes=classes, notes=beside, follow=follow)
        note = "Each trust is a column, in the same place in every strip. "
    if wide.isna().to_numpy().any():
        note += "A gap is a rating not held on that day."
    return Figure(
        chart,
        key="key_question_ratings",
        title=title,
        subtitle=f"Ratings by key question, {say.group(study.settings)}, {say.after(study)}",
        source=say.SOURCE,
        alt=f"Good or outstanding: {'; '.join(f'{q}: {text}' for q, text in counts.items())}.",
        data=wide.set_index(names[wide.index], append=True),
        note=note.strip(),
        units=say.held(
            study,
            wide.fillna("not held"),
            lambda name, row: (
                f"The ratings of {name} on {say.after(study)} were: "
                + ", ".join(f"{q.lower()} {rating.lower()}" for q, rating in row.items())
                + "."
            ),
        ),
    )
