"""The answer: what moved, whether it is more than chance, and what follows."""

from __future__ import annotations

from typing import Literal

from nhsi_analysis.studies.ratings.numbers.study import FEWEST, Study, chance_of
from nhsi_analysis.studies.ratings.sections.wording import (
    SELDOM,
    after,
    before,
    chance,
    group,
    looked_at,
    rating,
    trusts,
)
from notebook_reports.evidence import Answer, Estimate, Section, Words, findings, words

State = Literal["one day", "still", "even", "few", "open", "seldom"]
TESTED = ("open", "seldom")
_CHANCE = "Is it more than chance?"


def answer(study: Study) -> Section:
    """Say what moved, how sure it is, what follows and what would change it."""
    pair, day = study.pair, after(study)
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
        "moved_up": (pair.up, f"moved up by {day}"),
        "moved_down": (pair.down, f"moved down by {day}"),
        "reinspected": (
            study.reinspected.n,
            f"inspected again between {before(study)} and {day}",
        ),
        "good_or_better_before": (
            study.good("before"),
            f"rated good or outstanding on {before(study)}",
        ),
        "good_or_better_after": (study.good("after"), f"rated good or outstanding on {day}"),
    }
    of = f"of {words.count(pair.n, 'trust')}"
    numbers = {
        key: Estimate(value, unit=of, n=pair.n, label=label)
        for key, (value, label) in counts.items()
    }
    numbers["trusts_compared"] = Estimate(
        pair.n, label=f"trusts with a rating at both dates, {day}"
    )
    leads_to = {"good_or_better_after": "The key questions"}
    if study.dates.days:
        leads_to = {"moved_up": "Who moved", "moved_down": "Who moved"}
        leads_to["reinspected"] = "Who was inspected again"
    if state(study) in TESTED:
        leads_to["chance_of_the_split"] = _CHANCE
        allowing = f", allowing for {looked_at(study)}" if study.looks.kinds else ""
        numbers["chance_of_the_split"] = Estimate(
            study.looks.adjusted,
            unit="probability",
            n=study.moves,
            label=f"of the time chance alone splits moves so unevenly{allowing}",
        )
    cards = findings(numbers, cards=list(leads_to), leads_to=leads_to)
    return Section("The answer", [told, *cards])


def state(study: Study) -> State:
    """Tell what can be said of the moves: nothing, no shift, too few, or a chance."""
    if study.dates.days == 0:
        return "one day"
    if study.moves == 0:
        return "still"
    if study.pair.up == study.pair.down:
        return "even"
    if chance_of(study.moves, 0) >= SELDOM:
        return "few"
    return "open" if study.looks.adjusted >= SELDOM else "seldom"


def headline(study: Study) -> str:
    """Say what moved, and whether chance would do as much."""
    n, up, down = study.pair.n, study.pair.up, study.pair.down
    whose, again = trusts(study.settings, n), study.reinspected.n
    if study.dates.days == 0:
        return (
            f"Nothing published after {after(study)} is used, so the two positions of {whose} are "
            "one and the same: **no shift can be seen**."
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
        f"Between {before(study)} and {after(study)}, **{moved}** in the "
        f"{rating(study.settings)}; {visited}. {_verdict(study)}"
    )


def more_than_chance(study: Study) -> Section:
    """Say whether the shift is more than chance, by the one test chosen beforehand."""
    if state(study) == "even":
        return Section(_CHANCE, [Words(_verdict(study))])
    if state(study) == "few":
        often = chance(chance_of(study.moves, 0))
        text = f"{_verdict(study)} Even if all went one way, chance would do as much {often} of "
        return Section(_CHANCE, [Words(f"{text}the time.")])
    if state(study) not in TESTED:
        return Section(_CHANCE, [])
    most, least = max(study.pair.up, study.pair.down), min(study.pair.up, study.pair.down)
    alone = (
        f"Had each of the {study.moves} moves been as likely up as down, a split at least as "
        f"uneven as {most} to {least} would come up **{chance(study.looks.chance)}** of the time"
    )
    if study.looks.kinds:
        alone += (
            f" if this were the only look. It is one of {looked_at(study)}; with Holm's adjustment "
            f"over all of them it is **{chance(study.looks.adjusted)}**"
        )
    if study.looks.everywhere:
        many, wide = study.looks.everywhere
        alone += f", and over all {many} regions and kinds of trust {chance(wide)}"
    return Section(
        _CHANCE,
        [
            Words(
                f"{alone}. This is the exact two-sided sign test, chosen beforehand: it asks "
                "whether rises outnumber falls, uses every move, needs no formula for large "
                "samples and gives no weight to how far a trust moved."
            ),
            Words(
                "It takes as given who was inspected. Trusts below good are visited sooner and "
                "have more room to rise, so rises can outnumber falls by the choice of whom to "
                "visit alone."
            ),
        ],
    )


def _verdict(study: Study) -> str:
    allowing = f"Allowing for {looked_at(study)}" if study.looks.kinds else "By chance alone"
    often = chance(study.looks.adjusted)
    few = "1 move is" if study.moves == 1 else f"{study.moves} moves are"
    split = f"{allowing}, moves would split so unevenly {often} of the time"
    return {
        "one day": "",
        "still": "There is no shift.",
        "even": "As many rose as fell: there is no shift.",
        "few": f"{few} too few to tell a shift from chance.",
        "open": f"{split}, so chance can't be ruled out.",
        "seldom": f"{split}, so chance alone would seldom do it.",
    }[state(study)]


def _as_at(study: Study) -> str:
    dates = study.dates
    if dates.as_at is not None:
        return f"{after(study)}; nothing published after {words.day(dates.as_at)} is used"
    if dates.later < dates.newest:
        newest = words.day(dates.newest)
        return f"{after(study)}; the newest list of ratings this page holds is of {newest}"
    return f"{after(study)}, the newest list of ratings this page holds"


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
        f"These ratings carry no claim that {group(study.settings)} as a whole got better or "
        "worse. For one trust, read its rating and the day it was published."
    )


def _changes(study: Study) -> str:
    newer = f"A newer list of ratings: this one holds nothing published after {after(study)}."
    if study.looks.kinds or state(study) != "open":
        return newer
    most, least = max(study.pair.up, study.pair.down), min(study.pair.up, study.pair.down)
    turned = next(k for k in range(1, least + 1) if chance_of(most + k, least - k) < SELDOM)
    kind, instead = ("fall", "rise") if study.pair.up > study.pair.down else ("rise", "fall")
    had = f"had been a {instead}" if turned == 1 else f"had been {instead}s"
    return (
        f"{words.count(turned, kind)} that {had} would bring the chance below {SELDOM:.0%}. {newer}"
    )
