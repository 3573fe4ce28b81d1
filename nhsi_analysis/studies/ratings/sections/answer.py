"""The answer: what moved, whether it is more than chance, and what follows."""

from __future__ import annotations

from typing import Literal

import pandas as pd

from nhsi_analysis.studies.ratings.numbers.study import FEWEST, Study, chance_of
from nhsi_analysis.studies.ratings.sections import wording as say
from notebook_reports.evidence import Answer, Estimate, Section, Table, Words, findings, words

State = Literal["one day", "still", "even", "few", "usual", "open", "seldom"]
TESTED = ("usual", "open", "seldom")
_CHANCE = "Is it more than chance?"


def answer(study: Study) -> Section:
    """Say what moved, how sure it is, what follows and what would change it."""
    pair, before, after = study.pair, say.before(study), say.after(study)
    level = words.level(study.settings.confidence)
    ranges = f"Ranges in brackets are {level} confidence intervals unless named otherwise."
    told = Answer(
        lede=headline(study),
        sure=_sure(study),
        as_at=_as_at(study),
        follows=_follows(study),
        changes=_changes(study),
        ranges=ranges if pair.n >= FEWEST else "",
    )
    counts = {
        "moved_up": (pair.up, f"moved up by {after}"),
        "moved_down": (pair.down, f"moved down by {after}"),
        "reinspected": (study.reinspected.n, f"inspected again by {after}"),
        "good_or_better_before": (study.good("before"), f"rated good or outstanding on {before}"),
        "good_or_better_after": (study.good("after"), f"rated good or outstanding on {after}"),
        "trusts_compared": (pair.n, f"with a rating at both dates, to {after}"),
    }
    of = f"of {words.count(pair.n, 'trust')}"
    numbers = {
        key: Estimate(n, unit=of, n=pair.n, label=label) for key, (n, label) in counts.items()
    }
    leads_to = {"good_or_better_after": "The key questions"}
    if study.dates.days:
        leads_to |= {"moved_up": "Who moved", "moved_down": "Who moved"}
        leads_to["reinspected"] = "Who was inspected again"
    if state(study) in TESTED:
        if state(study) != "usual":
            leads_to["chance_of_the_split"] = _CHANCE
        label = "chance of moves split so unevenly"
        label += f", at most, {say.allowing(study)}" if study.looks.kinds else ""
        numbers["chance_of_the_split"] = Estimate(
            study.looks.adjusted, unit="probability", n=study.moves, label=label
        )
    cards = findings(numbers, cards=list(leads_to), leads_to=leads_to)
    return Section("The answer", [told, *cards])


def state(study: Study) -> State:
    """Tell what can be said of the moves: nothing, no shift, too few, or how usual by chance."""
    if study.dates.days == 0:
        return "one day"
    if study.moves == 0:
        return "still"
    if study.pair.up == study.pair.down:
        return "even"
    if chance_of(study.moves, 0) >= say.SELDOM:
        return "few"
    if study.looks.adjusted >= 0.5:
        return "usual"
    return "open" if study.looks.adjusted >= say.SELDOM else "seldom"


def headline(study: Study) -> str:
    """Say what moved, and whether chance would do as much."""
    n, up, down = study.pair.n, study.pair.up, study.pair.down
    whose, again, after = say.trusts(study.settings, n), study.reinspected.n, say.after(study)
    if study.dates.days == 0:
        return (
            f"Nothing published after {after} is used, so the two positions of {whose} are one and "
            "the same: **no shift can be seen**."
        )
    visited = f"{again or 'none'} {'were' if again > 1 else 'was'} inspected again"
    if n == 1:
        visited = f"it was {'' if again else 'not '}inspected again"
        moved = f"{whose} {'moved up' if up else 'moved down' if down else 'did not move'}"
    elif study.moves == 0:
        moved = f"none of {whose} moved"
    elif up == 0:
        moved = f"{down} of {whose} moved down and none moved up"
    else:
        moved = f"{up} of {whose} moved up and {down or 'none'} moved down"
    return (
        f"Between {say.before(study)} and {after}, **{moved}** in the "
        f"{say.rating(study.settings)}; {visited}. {_verdict(study)}"
    )


def more_than_chance(study: Study) -> Section:
    """Say whether the shift is more than chance, by the one test chosen beforehand."""
    looks, few = study.looks, state(study) == "few" and study.moves > 1
    if state(study) not in TESTED and not few:
        return Section(_CHANCE, [])
    one_of = f"This is one of {say.looked_at(study)}" if looks.kinds else ""
    if looks.everywhere:
        one_of += f" and of {looks.everywhere[0]} regions and kinds of trust looked at"
    if few:
        often = say.chance(chance_of(study.moves, 0))
        text = f"By chance alone {study.moves} moves would all go one way {often} of the time."
        return Section(_CHANCE, [Words(f"{text} {one_of}." if one_of else text)])
    most, least = max(study.pair.up, study.pair.down), min(study.pair.up, study.pair.down)
    lines = [
        f"Had each of the {study.moves} moves been as likely up as down, a split at least as "
        f"uneven as {most} to {least} would come up **{say.chance(looks.chance)}** of the time"
        f"{' if this were the only look' if one_of else ''}."
    ]
    if one_of:
        told = f"the {say.looked_at(study)} the chance is at most **{say.chance(looks.adjusted)}**"
        if looks.everywhere:
            told += f", over all {looks.everywhere[0]} at most {say.chance(looks.everywhere[1])}"
        lines.append(f"{one_of}. With Holm's adjustment over {told}.")
    lines.append(
        "This is the exact two-sided sign test, fixed beforehand for every page: it asks whether "
        "rises outnumber falls, uses every move, needs no formula for large samples and gives no "
        "weight to how far a trust moved. It takes as given who was inspected: trusts below good "
        "are visited sooner and have more room to rise, so rises can outnumber falls by that alone."
    )
    return Section(_CHANCE, [Words(" ".join(lines))])


def other_tests_of_the_shift(study: Study) -> Section:
    """Say what other tests of the shift ask and find, and why they don't lead."""
    title, pair = "Other tests of the shift", study.pair
    if state(study) not in TESTED:
        return Section(title, [])
    large = "; a formula for large samples"
    commoner = "Whether any of the four ratings became commoner or rarer"
    tests = [
        (pair.mcnemar("Good"), "Only whether more crossed the line of good upwards than downwards"),
        (pair.exact_homogeneity(), commoner),
        (pair.ordinal_homogeneity(), f"Whether the mean rating, scored 1 to 4, moved{large}"),
        (pair.stuart_maxwell(), commoner + large),
    ]
    rows = [
        (t.name, asks, "none" if t.pvalue is None else say.chance(t.pvalue)) for t, asks in tests
    ]
    table = pd.DataFrame(rows, columns=["Test", "What it asks", "Chance"])
    note = "They ask other questions or lean on many moves, so none of them leads; to pick the "
    note += "smallest of several would overstate what is known."
    caption = f"Other tests of moves by {say.after(study)}, {say.group(study.settings)}"
    return Section(title, [Table(table, "other_tests", caption, say.SOURCE, note=note)])


def _verdict(study: Study) -> str:
    allowing, most = (f"{say.allowing(study)}, ", "at most ") if study.looks.kinds else ("", "")
    often = f"{most}{say.chance(study.looks.adjusted)} of the time"
    split = f"By chance, {allowing}moves would split so unevenly {often}"
    few = "1 move is" if study.moves == 1 else f"{study.moves} moves are"
    return {
        "still": "There is no shift.",
        "even": "As many rose as fell: there is no shift.",
        "few": f"{few} too few to tell a shift from chance.",
        "usual": "Chance alone often splits moves as unevenly.",
        "open": f"{split}, so chance can't be ruled out.",
        "seldom": f"{split}, so chance alone would seldom do it.",
    }.get(state(study), "")


def _as_at(study: Study) -> str:
    dates, after = study.dates, say.after(study)
    if dates.as_at is not None:
        limit = "" if dates.as_at == dates.after else f" than {words.day(dates.as_at)}"
        return f"{after}; nothing published later{limit} is used"
    if dates.later < dates.newest:
        return (
            f"{after}; the newest list of ratings this page holds is of {words.day(dates.newest)}"
        )
    return f"{after}, the newest list of ratings this page holds"


def _sure(study: Study) -> str:
    unseen = study.pair.n - study.reinspected.n
    if study.dates.days == 0:
        return "Certain: both positions are of the same day."
    if unseen == 0:
        return "The moves are a complete count, and every trust was inspected again."
    where = "the trust" if study.pair.n == 1 else f"the {words.count(unseen, 'trust')}"
    return (
        f"The moves are a complete count; what inspectors would have found at {where} not "
        "inspected again isn't known."
    )


def _follows(study: Study) -> str:
    if study.pair.n == 1:
        return "Read the rating as one of the day it was published."
    if state(study) == "seldom":
        way = "rose" if study.pair.up > study.pair.down else "fell"
        return (
            f"More trusts {way} than chance usually brings, among those inspected again; that is "
            "no finding about trusts not visited."
        )
    return (
        f"These ratings don't tell whether {say.group(study.settings)} as a whole got better or "
        "worse. For one trust, read its rating and the day it was published."
    )


def _changes(study: Study) -> str:
    newer = f"A newer list of ratings: this one holds nothing published after {say.after(study)}."
    if study.looks.kinds or state(study) != "open":
        return newer
    most, least = max(study.pair.up, study.pair.down), min(study.pair.up, study.pair.down)
    turned = next(k for k in range(1, least + 1) if chance_of(most + k, least - k) < say.SELDOM)
    kind, instead = ("fall", "rise") if study.pair.up > study.pair.down else ("rise", "fall")
    had = f"{kind} had been a {instead}" if turned == 1 else f"{kind}s had been {instead}s"
    return f"If {turned} {had}, the chance would be below {say.SELDOM:.0%}. {newer}"
