"""How sure the ranks are, in words: the answer, the ranges, the wrong categories."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from nhsi_analysis.answers import trusts
from nhsi_analysis.as_at import survey_published
from nhsi_analysis.studies.league.numbers.certainty import Certainty
from nhsi_analysis.studies.league.numbers.published import line_up
from nhsi_analysis.studies.league.numbers.study import Study
from nhsi_analysis.studies.league.numbers.table import League, place
from notebook_reports.charts import ranks as pictures
from notebook_reports.evidence import (
    Answer,
    Estimate,
    Figure,
    Finding,
    Section,
    Table,
    Units,
    Words,
    findings,
    format_value,
    words,
)

RANKS = "How sure are the ranks?"
CATEGORIES = "How many are in the wrong category?"
CHOICES = "What other choices would do"
_AROUND = 2


def answer(study: Study) -> Section:
    """Say how many can't be placed on either side of the line, and how sure that is."""
    league, sure = study.table, study.certainty
    noun, counts = league.noun, sure.counts
    above = words.count(counts["above"], league.one)
    doubtful = _doubtful(study)
    span = doubtful.interval_text.removeprefix(f"{doubtful.kind} ")
    upper, lower = (side.rpartition(" or ")[0] or side for side in league.sides)
    named = f"the line between {upper} and {lower}" if upper.isalpha() else "the line"
    line, by = (named, f" ({span} by how errors go together)") if span else (league.line, "")
    said = Answer(
        lede=f"In {_what(league)}, **{placed(league, counts['doubtful'], line)}**{by}. "
        f"{_may_rank(study)}",
        sure=(
            "The ranges are as often right as they promise if the only errors are of sampling and "
            f"rounding{' and go together as assumed' if span else ''}; {_likeness(league)}"
            if league.stand_in
            else "The ranges are as often right as they promise if errors are what the table says."
        ),
        as_at=_as_at(league),
        follows=f"Read it as three bands: {above} above the line, "
        f"{counts['doubtful']} that can't be placed, {counts['below']} below. A place, or a side "
        "of the line, inside the middle band is no ground for praise or blame.",
        changes=_changes(league),
        ranges=f"Ranges are {words.level(league.settings.confidence)} intervals, by the model "
        "in the appendix, unless another kind is named.",
    )
    cards = {
        "units_doubtful": doubtful,
        "worst_case_doubtful": Estimate(
            sure.worst["doubtful"],
            n=league.count,
            label=f"of {league.count} {noun} in {league.where} can't be placed in the worst case",
        ),
        "expected_misplaced": Estimate(
            sure.wrong,
            n=league.count,
            decimals=0,
            label=f"of {league.count} {noun} in {league.where} expected in a category that their "
            "true score doesn't earn",
        ),
    }
    leads = {"units_doubtful": RANKS, "worst_case_doubtful": RANKS}
    leads["expected_misplaced"] = CATEGORIES
    if study.choices is not None:
        cards["choices_changed_category"] = study.choices.changed_category
        leads["choices_changed_category"] = CHOICES
    return Section("The answer", [said, *findings(cards, leads_to=leads)], {"units": sure.table})


def _doubtful(study: Study) -> Estimate:
    """Count who can't be placed, from the least to the most by how errors may go together."""
    league, rows = study.table, study.sensitivity
    counts = rows.loc[rows["what"] == "correlation", "doubtful"]
    return Estimate(
        study.certainty.counts["doubtful"],
        float(counts.min()) if len(counts) else None,
        float(counts.max()) if len(counts) else None,
        n=league.count,
        kind="range over how errors go together",
        decimals=0,
        label=f"of {league.count} {league.noun} in {league.where} can't be placed",
    )


def _what(league: League) -> str:
    if league.stand_in:
        return f"a stand-in for the 'Learning from Mistakes' league, staff survey of {league.year}"
    day = league.settings.league_date
    return (
        f"your table of {words.day(pd.Timestamp(day))}" if day else "your table, which has no date"
    )


def placed(league: League, count: int, line: str = "the line") -> str:
    """Say how many can't be placed on either side of a line."""
    of = words.count(league.count, league.one)
    if count == 0:
        return f"each of {of} can be placed on one side of {line}"
    return f"{count} of {of} can't be placed on either side of {line}"


def reach(lower: int, upper: int) -> str:
    """Write a range of ranks as a clause after "ranks"."""
    if lower == upper:
        return words.ordinal(lower)
    return f"anywhere from {words.ordinal(lower)} to {words.ordinal(upper)}"


def _may_rank(study: Study) -> str:
    followed = study.certainty.followed
    ends = reach(followed.lower, followed.upper)
    if study.table.settings.trust:
        return f"{study.table.label(followed.codes[0])} may truly rank {ends}."
    tied = ", in a tie," if len(followed.codes) > 1 else ""
    return f"Whoever stands {words.ordinal(followed.asked)}{tied} may truly rank {ends}."


def _likeness(league: League) -> str:
    found = line_up(league)
    tell = "tells" if found.ranked <= 1 else "tell"
    ranks = f"only {words.count(found.ranked, 'known rank')}" if found.ranked else "no known rank"
    told = "" if found.correlation is None else f" (correlation {found.correlation:.2f})"
    return f"{ranks} {tell} how like the league of 2016 the stand-in is{told}."


def _as_at(league: League) -> str:
    if not league.stand_in:
        day = league.settings.league_date
        return words.day(pd.Timestamp(day)) if day else "Your table gives no date."
    out = survey_published(pd.Series([league.year])).iloc[0]
    return (
        f"The survey of autumn {league.year}, published by {words.day(out)}; the league came out "
        "on 9 March 2016."
    )


def _changes(league: League) -> str:
    if not league.stand_in:
        return f"Larger errors than the table gives would leave more {league.noun} without a side."
    return (
        "The league's own scores, or answers on reporting errors, which the tables here don't "
        "hold; other errors, such as staff who didn't answer, would leave more without a side."
    )


def ranks(study: Study) -> Section:
    """Say which ranks are likely, and what the worst case is."""
    league, sure = study.table, study.certainty
    level = words.level(league.settings.confidence)
    followed, model = sure.followed, sure.model
    if league.tied_at_line:
        first, last = (int(v) for v in league.units.iloc[league.cut][["first", "last"]])
        tied = (
            f"The {last - first + 1} {league.noun} {place(first, last)} have one score, and the "
            "line runs through them."
        )
    else:
        tied = (
            f"{words.capital(sure.neighbours.words)}; the chance that the one above the line is "
            f"really the better is {format_value(sure.neighbours.chance, 'probability')}."
        )
    worst = words.portion(sure.worst["doubtful"], league.count, league.one)
    whose = f"{words.ordinal(followed.asked)} place"
    if league.settings.trust:
        whose = league.label(followed.codes[0])
    elif len(followed.codes) > 1:
        whose += f", which {len(followed.codes)} share,"
    said = (
        f"**Likely ranks.** The average range is {model.width.mean():.0f} places wide "
        f"([Figure](#fig-rank_sets)). {tied} [Table](#tab-around_the_line) names the "
        "line's neighbours.\n\n"
        f"**The worst case.** Sets that hold a rank with {level} confidence whatever the true "
        f"scores are leave {worst} without a side. For {whose} they go from "
        f"{words.ordinal(followed.worst_lower)} to {words.ordinal(followed.worst_upper)}, likely "
        f"ranks from {words.ordinal(followed.lower)} to {words.ordinal(followed.upper)}. They are "
        "wider because they must hold even if all true scores were nearly equal; likely ranks take "
        "true scores to be spread as these scores suggest, with "
        f"{format_value(model.rankability, 'share', 0)} of the spread real and the rest error."
    )
    real = Estimate(
        model.rankability,
        unit="share",
        n=league.count,
        decimals=0,
        label="of the spread between scores is real (rankability)",
    )
    return Section(
        RANKS,
        [
            likely_ranks(league, sure),
            Words(said),
            _around(study),
            Finding("rankability", real, card=False),
        ],
        {"units": sure.table},
    )


def likely_ranks(league: League, sure: Certainty) -> Figure:
    """Draw the likely ranks of a league, in the order of its places."""
    followed, counts = sure.followed, sure.counts
    # Nobody gave these trusts one of the categories, so no file says one beside a name.
    data = sure.table.drop(columns=["category", *league.categories])
    ends = f"{followed.lower} to {followed.upper}"
    drawn = data[["position", "lower", "upper"]].reset_index()
    # A place that several share is drawn once, with the range of whichever of them.
    drawn.loc[drawn["position"] == followed.asked, ["lower", "upper"]] = (
        followed.lower,
        followed.upper,
    )
    return Figure(
        pictures.rank_sets(
            drawn,
            cut=league.cut,
            sides=league.sides,
            follow=followed.asked,
            follow_label=f"{place(followed.first, followed.last)}: {ends}",
            order_label=f"Place in {league.where}",
            rank_label="Likely ranks",
            units="org_code",
        ),
        key="rank_sets",
        title=league.headed(placed(league, counts["doubtful"])),
        subtitle=f"Likely ranks of {league.subtitle}",
        source=league.source,
        alt=(
            f"One vertical bar for each of {words.count(league.count, league.one)} in order of "
            f"place; crossing {league.line}: {counts['doubtful']}, above it: {counts['above']}, "
            f"below: {counts['below']}."
        ),
        data=league.named(data),
        note=f"{'Sampling error and rounding' if league.rounding.any() else 'Sampling error'} only."
        " Tied places are drawn in order of code.",
        units=held(league, data, _likely),
    )


def held(league: League, rows: pd.DataFrame, say: Callable[[str, dict[str, Any]], str]) -> Units:
    """Return the units of a league that a figure holds, each with what it says of it."""
    names = pd.Series({str(c): league.label(str(c)) for c in rows.index})
    ends = league.units.loc[rows.index, ["first", "last"]].to_numpy().tolist()
    rows = rows.assign(at=[f"{place(*each)} of {league.count}" for each in ends])
    dated = f"In {f'the stand-in of {league.year}' if league.stand_in else _what(league)}, "
    return trusts.held(names, rows, lambda name, row: dated + say(name, row), league.one)


def _likely(name: str, row: dict[str, Any]) -> str:
    lower, upper = row["lower"], row["upper"]
    ranks = f"likely ranks {lower} to {upper}" if lower < upper else f"likely rank {lower}"
    side = {"above": "above", "doubtful": "on both sides of", "below": "below"}[row["side"]]
    return f"{name} was {row['at']}; {ranks}, {side} the line."


def _around(study: Study) -> Table:
    league, sure = study.table, study.certainty
    at = np.arange(league.cut - _AROUND, league.cut + _AROUND)
    at = at[(at >= 0) & (at < league.count)]
    followed = sure.followed.codes if league.settings.trust else ()
    near = sure.table.loc[list(dict.fromkeys([*sure.table.index[at], *followed]))]
    near = near.sort_values("position")
    shown = pd.DataFrame(
        {
            "Name": [league.label(str(c)) for c in near.index],
            f"Place in {league.where}": [
                place(int(a), int(b)) for a, b in zip(near["first"], near["last"], strict=True)
            ],
            "Score": near["score"],
            "Likely ranks": _ends(near, ""),
            "Worst case": _ends(near, "worst_"),
        }
    )
    return Table(
        shown.rename_axis("Code"),
        key="around_the_line",
        caption=f"Neighbours of the line in {league.where}",
        source=league.source,
        formats={"Score": league.unit},
    )


def _ends(table: pd.DataFrame, kind: str) -> list[str]:
    pairs = zip(table[f"{kind}lower"], table[f"{kind}upper"], strict=True)
    return [f"{low} to {high}" if low < high else str(low) for low, high in pairs]


def categories(study: Study) -> Section:
    """Say how many are expected in a category that their true score doesn't earn."""
    league, sure = study.table, study.certainty
    own = np.array([row[row["category"]] for _, row in sure.table.iterrows()], dtype=float)
    unsure = words.portion(int((own < 0.9).sum()), league.count, league.one)
    bands = ", ".join(
        f"{name}: {n}" for name, n in zip(league.categories, league.sizes, strict=True)
    )
    like = "at the league's places" if league.as_published else "by the quotas"
    said = (
        f"The order is cut {like} ({bands}). About {sure.wrong:.0f} of {league.count} are then "
        "expected in a category that their true score doesn't earn. The chance of its "
        f"own category is below 90% for {unsure}"
    )
    # The chart has colours for four categories.
    figures = [_chances(study)] if len(league.categories) <= 4 else []
    said += ", as [Figure](#fig-category_chances) shows." if figures else "."
    return Section(CATEGORIES, [*figures, Words(said)])


def _chances(study: Study) -> Figure:
    league, sure = study.table, study.certainty
    names, cuts = list(league.categories), list(np.cumsum(league.sizes)[:-1])
    # No model makes a category certain.
    table = sure.table.assign(**{name: sure.table[name].clip(upper=1 - 1e-9) for name in names})
    # a cut between two places: the likelier category at the last one above it
    likelier = table[names].max(axis=1)
    at_cuts = [format_value(p, "share", 0) for p in likelier.iloc[cuts]]
    return Figure(
        pictures.category_chances(
            sure.table.reset_index(),
            categories=names,
            cuts=cuts,
            order_label=f"Place in {league.where}",
            units="org_code",
        ),
        key="category_chances",
        title=league.headed(
            f"about {sure.wrong:.0f} of {league.count} {league.noun} expected in a wrong category"
        ),
        subtitle=f"Chance of each category by place, {league.subtitle}",
        source=league.source,
        alt=f"At each cut the likelier category has a chance of {words.listed(at_cuts)}; "
        f"elsewhere it reaches {format_value(likelier.max(), 'probability')}.",
        data=sure.table[["position", *names]].set_index("position"),
        units=held(
            league,
            table,
            lambda name, row: (
                f"{name} was {row['at']}; the chance that its true score earned the category "
                f"where it was put was {format_value(row[row['category']], 'probability')}."
            ),
        ),
    )
