"""Today's league: weights, other choices, the rule on deficits, and who is near a cut."""

from __future__ import annotations

from typing import Final

import pandas as pd

from nhsi_analysis.answers.oversight import DOMAINS, HELD, LEVEL, SCORES, TABLE
from nhsi_analysis.answers.trusts import held, short_trust
from nhsi_analysis.studies.league.numbers.changes import framework
from nhsi_analysis.studies.league.numbers.today import Today
from nhsi_analysis.studies.league.sections.today import answer as say
from notebook_reports.charts import bars, heatmap, ranks
from notebook_reports.charts.intervals import dot_interval
from notebook_reports.evidence import Figure, Section, Table, Words, format_value, words

_CLOSE: Final = 0.02
_SEGMENTS: Final = [f"Segment {k}" for k in range(1, 5)]


def implied_weights(today: Today) -> Section:
    """Say what each domain weighs, and what its weight leaves unexplained."""
    found, (kinds, chance) = today.implied, today.kinds
    count, missing = len(found.residual), today.count - len(found.residual)
    domain = today.heaviest
    name = today.domain(domain)
    share, equal = (format_value(v, "share", 0) for v in (found.weights.max(), 1 / len(SCORES)))
    least = str(kinds[domain].idxmin())
    said = (
        "The framework averages metrics, not domains, so a domain with more metrics weighs more; "
        "how much isn't said. The published scores imply the weights of "
        f"[Figure](#fig-implied_weights): {name.lower()} makes {share} of a score; with equal "
        f"weights it would make {equal}. As fitted, weights add up to {found.total:.3f}; those of "
        "an average add up to 1.\n\nOne set of weights doesn't fit all. Rounding explains what it "
        f"leaves of {words.portion(int(found.within.sum()), count, 'trust')}; the typical rest is "
        f"{found.residual.std():.3f}, and rounding makes {found.slack:.2f} at most. "
        f"{_rebuilt(today)}Kinds of trust differ ([Table](#tab-weights_by_kind)): were kinds dealt "
        "out at random, their weights would differ as much with a chance of "
        f"{format_value(chance, 'probability')}. {name} weighs least for {_kind(least).lower()} "
        f"trusts, {format_value(kinds[domain].min(), 'share', 0)}."
    )
    said += f" Left out, without a score of a domain: {words.count(missing, 'trust')}."
    drawn = pd.DataFrame({"weight": found.weights, "low": found.low, "high": found.high})
    drawn.insert(0, "domain", list(DOMAINS.values()))
    figure = Figure(
        dot_interval(
            drawn,
            group="domain",
            value="weight",
            decimals=0,
            x_label="Share of the average score",
            reference=(1 / len(SCORES), "equal weights"),
        ),
        key="implied_weights",
        title=f"{name} makes {share} of the average score",
        subtitle=f"Weights that the scores imply, {say.subtitle(today)}",
        source=TABLE,
        alt="; ".join(f"{d}: {w:.0%}" for d, w in zip(DOMAINS.values(), found.weights, strict=True))
        + ".",
        data=drawn,
        note="Intervals come of drawing the trusts anew, and are of the average weights over "
        "trusts, not of any one trust's.",
    )
    shown = kinds.rename(_kind).rename_axis("Kind of trust").rename(columns=today.domain)
    shown = shown.rename(columns={"units": "Trusts", "within": "Within rounding of common weights"})
    table = Table(
        shown,
        key="weights_by_kind",
        caption=f"Weights that the scores of each kind imply, {say.quarter(today)}",
        source=TABLE,
        formats=dict.fromkeys(DOMAINS.values(), lambda v: format_value(v, "share", 0)),
        note="With few trusts a weight may be several points off.",
    )
    return Section(say.WEIGHTS, [figure, Words(said), table], {"weights": drawn, "kinds": kinds})


def _kind(kind: str) -> str:
    return kind.removeprefix("Acute - ")


def _rebuilt(today: Today) -> str:
    """Say how many average scores a few sets of numbers of metrics rebuild."""
    ratios, count = today.ratios, len(today.implied.residual)
    sets = [":".join(map(str, row[:-1])) for row in ratios.to_numpy().tolist()]
    if not sets:
        return ""
    return (
        f"Metrics in the ratios {words.listed(sets)}, in the order of the figure, rebuild "
        f"{words.portion(int(ratios['units'].sum()), count, 'trust')} to the rounding, as they "
        "would if trusts were scored on different numbers of metrics. "
    )


def choices(today: Today) -> Section:
    """Say how far other weights, domains and means move places and segments."""
    league, equal = today.league, today.way["Equal weights of the five domains"]
    domain = today.heaviest
    low, high = (format_value(league.spread[end][domain], "share", 0) for end in ("low", "high"))
    said = (
        f"{say.followed(today)}Weights were drawn {today.settings.draws:,} times around those "
        f"implied ({today.domain(domain).lower()} from {low} to {high} in {LEVEL:.0%} of draws), "
        "with no domain or one left out, by the arithmetic or the geometric mean; as many trusts "
        "as now earned each segment, and the rule on deficits stayed. A draw moves a trust by "
        f"{words.count(round(league.shift), 'place')} on average ([Figure](#fig-choice_ranges)). "
        f"{words.portion(today.unsure, today.count, 'trust')} change segment in a tenth of the "
        "draws or more. These are ranges over choices: nothing is said of chance.\n\nOne choice at "
        "a time ([Figure](#fig-single_choices)), equal weights of the domains would put "
        f"{words.count(equal['segments'], 'trust')} into another segment and move one by "
        f"{equal['most']} places."
    )
    frames = {"choices": today.table, "ways": today.ways}
    return Section(say.CHOICES, [_ranges(today), Words(said), _single(today)], frames)


def _ranges(today: Today) -> Figure:
    table = today.table.assign(position=range(1, today.count + 1))
    cut = int((table["segment"] <= HELD).sum())
    crossing = int(((table["low"] <= cut) & (table["high"] > cut)).sum())
    drawn = table.reset_index().rename(columns={"low": "lower", "high": "upper"})
    row = drawn[drawn["org_code"] == today.settings.trust].to_dict("records")
    columns = ["org_name", "rank", "segment", "position", "low", "high", "score_low", "score_high"]
    return Figure(
        ranks.rank_sets(
            drawn,
            cut=cut,
            sides=("segment 3 or better", "segment 4"),
            follow=row[0]["position"] if row else None,
            follow_label=f"{row[0]['lower']} to {row[0]['upper']}" if row else "",
            order_label="Place by the published rule",
            rank_label="Places by other choices",
            units="org_code",
        ),
        key="choice_ranges",
        title=f"Other choices put {crossing} of {today.count} on both sides of the last cut",
        subtitle=f"Range over {LEVEL:.0%} of {today.settings.draws:,} draws, {say.subtitle(today)}",
        source=TABLE,
        alt=f"One vertical bar for each of {today.count} trusts in published order; {crossing} "
        "cross the line between segments 3 and 4.",
        data=table[columns],
        note="A trust that loses segment 2 falls behind all those held in segment 3 by a deficit: "
        "hence some long bars on the left.",
        units=held(table["org_name"], table, lambda name, row: say.placed(today, name, row)),
    )


def _single(today: Today) -> Figure:
    ways = today.ways
    worst = max(today.way, key=lambda way: float(today.way[way]["mean"]))
    shifts = zip(ways["way"], ways["mean"], strict=True)
    return Figure(
        bars.bars(
            ways,
            group="way",
            value="mean",
            decimals=1,
            x_label="Places that a trust moves, on average",
            emphasise=[worst],
        ),
        key="single_choices",
        title=f"{worst}, a trust moves {today.way[worst]['mean']:.0f} places on average",
        subtitle=f"Each choice alone against the published order, {say.subtitle(today)}",
        source=TABLE,
        alt="; ".join(f"{way}: {mean:.1f} places" for way, mean in shifts) + ".",
        data=ways,
    )


def held_back(today: Today) -> Section:
    """Say whom a deficit holds in segment 3, and how far ranks would move without the rule."""
    table = today.table
    back, ways = table[table["held"]], today.way["No rule on deficits"]
    cuts = words.listed([f"between {low:.2f} and {high:.2f}" for low, high in today.league.cuts])
    plan = int((back["planned_surplus_pct"] < 0).sum())
    said = (
        "A trust in deficit can't be above segment 3. Trusts without one show where scores were "
        f"cut: {cuts}. By these cuts the scores of "
        f"**{words.portion(len(back), len(table), 'trust')}** earn a better segment than the one "
        f"they stood in ([Figure](#fig-held_back)); {plan} of them planned a deficit. "
    )
    if len(left := back[~back["deficit"]]):
        said += f"A deficit doesn't explain {_named(left)}. "
    elif not (table["deficit"] & (table["segment"] < HELD)).any():
        flag = "This copy has no flag of deficits; by plan and variance together, "
        said += "As published, " if "in_deficit" in table else flag
        said += (
            f"all {len(back)} were in one, and no trust above segment 3 was: score and deficit "
            "give every published segment. "
        )
    said += (
        f"Without the rule a trust would move by {ways['mean']:.0f} places on average and "
        f"{ways['most']} at most. {_sizes(today)}"
    )
    counts = pd.crosstab(table["earned"], table["segment"]).reindex(
        index=range(1, 5), columns=range(1, 5), fill_value=0
    )
    counts = counts.set_axis(_SEGMENTS).set_axis(_SEGMENTS, axis=1)
    figure = Figure(
        heatmap.heatmap(
            counts,
            x_label="Segment as published",
            y_label="Segment by score",
            emphasise_diagonal=True,
            units=pd.DataFrame(
                {
                    "row": [_SEGMENTS[k - 1] for k in table["earned"]],
                    "column": [_SEGMENTS[k - 1] for k in table["segment"]],
                },
                index=table.index,
            ),
        ),
        key="held_back",
        title=f"A deficit holds {len(back)} of {len(table)} trusts in segment 3",
        subtitle=f"Trusts by segment, earned and published, {say.subtitle(today)}",
        source=TABLE,
        alt=f"A table of four by four: {len(back)} trusts whose score earns segment 1 or 2 stand "
        f"in segment 3; {len(table) - len(back)} stand where their score puts them.",
        data=counts.rename_axis("Segment by score"),
        note=_between(today),
        units=held(
            table["org_name"],
            table,
            lambda name, row: (
                f"In {say.quarter(today)} {name} scored {row['average_score']:.2f}, which earned "
                f"segment {row['earned']}; it stood in segment {row['segment']}"
                f"{', held back by a deficit' if row['held'] else ''}."
            ),
        ),
    )
    kept = ["org_name", "rank", "average_score", "earned", "segment", "outturn_pct"]
    return Section(say.HELD, [figure, Words(said)], {"held": back[kept]})


def _between(today: Today) -> str:
    """Say how the figure counts whose score lies where a cut is not known so well."""
    low, high = today.league.cuts[0]
    number = int(today.table["average_score"].between(low, high, inclusive="neither").sum())
    if not number:
        return ""
    return (
        f"{words.count(number, 'trust')} in deficit scored between {low:.2f} and {high:.2f}, where "
        "the first cut lies: counted as segment 2 by score."
    )


def _named(rows: pd.DataFrame) -> str:
    scored = zip(rows["org_name"].map(short_trust), rows["average_score"], strict=True)
    return words.listed([f"{name} ({score:.2f})" for name, score in scored], most=12)


def _sizes(today: Today) -> str:
    """Say how many earn each segment, and where those not held would stand."""
    table, ranked, top = today.table, framework().ranked, today.absent
    sizes = words.listed([str(n) for n in table["earned"].value_counts().sort_index()])
    said = f"By score {sizes} of those held earn segments 1 to {table['earned'].max()}"
    if not (missing := ranked - today.count) > 0:
        return f"{said}."
    return (
        f"{said}; of the {missing} acute trusts not held, {top or 'none'} rank within segment 1, "
        f"and a quarter of all {ranked} would be {ranked / 4:g}."
    )


def near_a_cut(today: Today) -> Section:
    """Say how many trusts a small change of score would put into another segment."""
    table = today.table
    close = table[table["gap"] <= _CLOSE].sort_values("average_score")
    apart = min(high - low for low, high in today.league.cuts)
    said = (
        "In 2025/26 scores are cut into quarters; from 2026/27 fixed thresholds are to be used. "
        "Either way a cut parts neighbours. Scores are published to two decimals, and across a "
        f"cut the nearest are {apart:.2f} apart. Taking this quarter's cuts as fixed, "
        "[Table](#tab-near_a_cut) counts whom a change of score, up or down, surely puts into "
        "another segment; a trust in deficit moves by the last cut only. Within "
        f"{_CLOSE} are {_named(close)}."
    )
    columns = ["Change of score", "Trusts put into another segment"]
    shown = pd.DataFrame([(f"{hair:.2f}", n) for hair, n in today.near.items()], columns=columns)
    caption = f"Trusts that a change of score moves, {say.quarter(today)}"
    part = Table(shown, key="near_a_cut", caption=caption, source=TABLE)
    return Section(say.NEAR, [Words(said), part], {"near": close})
