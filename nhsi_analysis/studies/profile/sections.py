"""What the page says and shows of one trust, one function a section."""

from __future__ import annotations

import math

import pandas as pd

from nhsi_analysis import as_at
from nhsi_analysis.studies.profile.numbers.emergency import ENOUGH, limits
from nhsi_analysis.studies.profile.numbers.peers import keyed, row
from nhsi_analysis.studies.profile.numbers.ratings import PARTS
from nhsi_analysis.studies.profile.numbers.study import Study
from nhsi_analysis.studies.profile.numbers.survey import ITEMS, LATER, clause
from notebook_reports.charts import bars, intervals, lines
from notebook_reports.charts.xmr import xmr_chart
from notebook_reports.evidence import (
    Answer,
    Figure,
    Part,
    Section,
    Table,
    Words,
    findings,
    format_value,
    words,
)
from policy_methods.spc import XmrResult

_ASSURED = {
    "consistently passes": "the standard of 95% will be met as things stand",
    "consistently fails": "the standard of 95% will not be met as things stand",
    "hit or miss": "the standard of 95% may or may not be met in any month",
}


def answer(study: Study) -> Section:
    """Say the finding in two sentences, and what is missing in a third."""
    who, rated = study.who, study.ratings
    said = []
    if rated.headline is not None:
        better = rated.overall["peers rated higher"]
        said.append(
            f"CQC rates {who.name} **{rated.overall['rating']}**; {better or 'none'} of "
            f"{rated.peers} peers ({who.kind}) are rated higher."
        )
    if study.survey.headline is not None:
        said.append(_survey_sentence(study))
    elif study.money.headline is not None:
        said.append(_money_sentence(study))
    said = said or [f"Nothing is known of {who.name} by that date."]
    parts = {
        "CQC ratings": rated.headline,
        f"the staff survey of {study.survey.year}": study.survey.headline,
        "A&E performance": study.emergency.headline,
        "accounts": study.money.headline,
        "agency spending": study.money.staffing_headline,
    }
    missing = [name for name, number in parts.items() if number is None]
    if missing:
        said.append(f"No data on {words.listed(missing, 'or')}.")
    return Section("The answer", [Answer(" ".join(said)), *findings(study.findings)])


def identity(study: Study) -> Section:
    """Say what the register of trusts holds on it, one fact a row."""
    who = study.who
    kind = who.trust_type or "not stated"
    facts = {
        "ODS code": who.code,
        "Name": who.name,
        "Type": f"{kind}, specialist" if who.specialist else kind,
        "Region of NHS Improvement": who.region or "not stated",
        "Postcode": who.postcode or "not stated",
        "Opened": words.day(who.opened),
        "Closed": "open in September 2018" if who.closed is None else words.day(who.closed),
        "Peers": f"{len(who.peers)} other {who.kind}",
    }
    table = Table(
        pd.DataFrame({"Fact": list(facts), "Value": list(facts.values())}),
        key="identity",
        caption=f"{who.name} in the trust register of September 2018",
        source="trusts",
    )
    return Section("Who it is", [table])


def ratings(study: Study) -> Section:
    """Say what CQC rates it, how that changed and how old it is, beside its peers."""
    title, rated, who = "CQC ratings", study.ratings, study.who
    if rated.table.empty:
        nothing = (
            f"**No data**: no CQC rating of {who.name} published by {words.day(rated.seen)} is "
            "known."
        )
        return Section(title, [Words(nothing)])
    overall, spoken = rated.overall, _with_changes(rated.table)
    changes = (spoken["key_question"] + " " + spoken["change"])[rated.table["moved"].abs() == 1]
    said = (
        f"CQC rates {who.name} **{overall['rating']}** overall "
        f"({_change(overall['moved'], overall['before'])}). The rating was published on "
        f"{words.day(overall['published'])}, {rated.age_days:,} days before "
        f"{words.day(rated.seen)}; {rated.older_share:.0%} of its peers' ratings are older."
    )
    said += (
        f" Changed between the two lists: {'; '.join(changes)}."
        if len(changes)
        else " Between the two lists no key question changed."
    )
    if rated.hidden:
        said += f" {rated.hidden} peers are left out: a later rating hides the one they had then."
    names = {
        "key_question": "Key question",
        "rating": "Rating",
        "change": "Change",
        "published": "Published",
        **dict(zip(PARTS, ("Peers lower", "Peers the same", "Peers higher"), strict=True)),
    }
    table = Table(
        spoken[list(names)].rename(columns=names),
        key="ratings",
        caption=f"CQC ratings of {who.name} and of {who.kind}, {words.day(rated.seen)}",
        source="cqc_trust_ratings",
    )
    return Section(
        title, [Words(said), _ratings_figure(study, spoken), table], frames={"ratings": rated.table}
    )


def _with_changes(table: pd.DataFrame) -> pd.DataFrame:
    """Return the ratings with their changes between the lists in words."""
    pairs = zip(table["moved"], table["before"], strict=True)
    return table.assign(moved=[_change(*pair) for pair in pairs]).rename(
        columns={"moved": "change"}
    )


def _change(moved: float, before: str) -> str:
    """Say how a rating moved between the lists."""
    if math.isnan(moved):
        return "not re-rated between the lists"
    if moved == 0:
        return "re-rated, the same"
    return f"{'up' if moved > 0 else 'down'} from {before}"


def _ratings_figure(study: Study, table: pd.DataFrame) -> Figure:
    """Draw peers rated lower, the same and higher."""
    rated, who = study.ratings, study.who
    lower, same, higher = (int(rated.overall[part]) for part in PARTS)
    data = table.assign(label=table["key_question"] + ": " + table["rating"].astype(str))
    return Figure(
        bars.stacked_shares(
            data, group="label", parts=PARTS, x_label=f"share of {rated.peers} {who.kind}"
        ),
        key="ratings_beside_peers",
        title=f"{higher or 'None'} of {rated.peers} peers are rated higher overall, {lower} lower",
        subtitle=f"CQC ratings of {who.kind} against those of {who.name}, England, on "
        f"{words.day(rated.seen)}",
        source="cqc_trust_ratings",
        alt=f"Bars by key question. Overall, {lower} peers are rated lower, {same} the same and "
        f"{higher} higher.",
        data=table,
        note="Ratings are judgements of all that CQC inspected, so there is no sampling error; "
        "but trusts are inspected at different times and low-rated ones more often.",
    )


def survey(study: Study) -> Section:
    """Say what its staff answer in the year, through the years and since 2021."""
    found, said = study.survey, _survey_sentence(study)
    parts: list[Part] = [Words(said)]
    if len(found.items):
        above = found.items.loc[found.items["low"] > found.items["peer_high"], "question"]
        below = found.items.loc[found.items["high"] < found.items["peer_low"], "question"]
        said += (
            f" Of {len(found.items)} items, the whole interval lies above the middle half of peers "
            f"for {_quoted(above)}; below it for {_quoted(below)}."
        )
        parts = [Words(said), _items_figure(study)]
    parts.append(Words(_trend_sentence(study)))
    if len(found.trend) > 2:  # two are said in words
        parts.append(_trend_figure(study))
    parts += _later(study)
    frames = {"items": found.items, "trend": found.trend, "later": found.later}
    return Section("What staff say about openness", parts, frames)


def _survey_sentence(study: Study) -> str:
    """Say the share agreeing with the item followed, and its rank."""
    found, who = study.survey, study.who
    if found.items.empty:
        years = ", ".join(map(str, found.trend["year"])) if len(found.trend) else "none"
        return (
            f"**No data**: the staff-survey table has no results of {who.name} for {found.year} "
            f"(years it has: {years})."
        )
    now = keyed(found.items, "question", found.item)
    said = (
        f"In {found.year}, {found.headline} of its staff agreed that {clause(found.item)}; half "
        f"of its {int(now['peers'])} peers lie between {now['peer_low']:.1%} and "
        f"{now['peer_high']:.1%}."
    )
    if found.rank is not None:
        said += (
            f" Among {found.rank.n} {who.kind} that is rank {found.rank.text} "
            f"({found.rank.interval_text})."
        )
    return said


def _items_figure(study: Study) -> Figure:
    """Draw all items beside peers."""
    found, who, items = study.survey, study.who, study.survey.items
    own = items.assign(series="this trust", value=items["share"], label=items["words"])
    peers = own.assign(
        series="middle half of peers",
        value=items["peer_median"],
        low=items["peer_low"],
        high=items["peer_high"],
    )
    higher = int((items["share"] > items["peer_median"]).sum())
    return Figure(
        intervals.dot_interval(
            pd.concat([own, peers]),
            group="label",
            series="series",
            x_label="share agreeing or strongly agreeing",
        ),
        key="survey_items",
        title=f"{higher} of {len(items)} items are above the median of peers",
        subtitle=f"Share of staff agreeing or strongly agreeing, {who.name} and {who.kind}, "
        f"England, {found.year}",
        source="staff_survey_items",
        alt=f"Dots with lines for {len(items)} questions, the trust beside its peers. The trust's "
        f"share is above the median of peers for {higher} of them.",
        data=items,
        note=f"Lines of the trust are {words.level(found.confidence)} confidence intervals for the "
        "share among those who answered; lines of the peers span the middle half of them. "
        + ("Shares of this year are published as whole per cents. " if found.rounded else "")
        + "The publisher advises against comparing unweighted results between organisations.",
    )


def _trend_sentence(study: Study) -> str:
    """Say the change over the years there are."""
    found = study.survey
    if len(found.trend) < 2:
        return f"**No trend**: {len(found.trend)} of the surveys in the table cover the trust."
    first, last = row(found.trend, 0), row(found.trend)
    own, peers = ((last[c] - first[c]) * 100 for c in ("share", "peer_median"))
    apart = first["high"] < last["low"] or last["high"] < first["low"]
    return (
        f"From {first['year']} to {last['year']} the share that agree that {clause(found.item)} "
        f"went from {first['share']:.1%} ({first['low']:.1%} to {first['high']:.1%}) to "
        f"{last['share']:.1%} ({last['low']:.1%} to {last['high']:.1%}), "
        f"{format_value(own, 'pp')}, while the median of peers moved by "
        f"{format_value(peers, 'pp')}; the two {words.level(found.confidence)} confidence "
        f"intervals {'do not overlap' if apart else 'overlap'}."
    )


def _trend_figure(study: Study) -> Figure:
    """Draw the item through the years."""
    found, who = study.survey, study.who
    first, last = row(found.trend, 0), row(found.trend)
    years = f"{first['year']:.0f}-{last['year']:.0f}"
    every = pd.DataFrame({"year": range(int(first["year"]), int(last["year"]) + 1)})
    own, peers = ((last[c] - first[c]) * 100 for c in ("share", "peer_median"))
    return Figure(
        lines.lines(
            every.merge(found.trend, on="year", how="left"),
            x="year",
            series={"share": "this trust", "peer_median": "median of peers"},
            bands={"share": ("low", "high")},
            unit="share",
            markers=True,
            height=3.6,
            x_label="survey year",
            y_label=f"share agreeing ({found.item})",
        ),
        key="survey_trend",
        title=f"From {first['year']:.0f} to {last['year']:.0f} the share that say "
        f"{clause(found.item)} went from {first['share']:.1%} to {last['share']:.1%}",
        subtitle=f"Share agreeing or strongly agreeing with {found.item}, {who.name} and the "
        f"median of {who.kind}, {years}",
        source="staff_survey_items",
        alt=f"Two lines over {len(found.trend)} surveys. The trust's share changed by {own:+.1f} "
        f"percentage points; the median of its peers by {peers:+.1f}.",
        data=found.trend,
        note=f"The band is the {words.level(found.confidence)} confidence interval. Peers are "
        "those with results in that year, so they change from year to year.",
    )


def _later(study: Study) -> list[Part]:
    """Say and show the surveys from 2021."""
    found, who = study.survey, study.who
    if found.later.empty:
        nothing = (
            "**No data**: the surveys of 2021 to 2024 in the tables have no results of "
            f"{who.name} by that date (it may have merged or been renamed)."
        )
        return [Words(nothing)]
    last = row(found.later[found.later["question"] == "q3f"])
    said = (
        f"In {last['year']}, on the 2021 questionnaire, {last['share']:.1%} "
        f"({words.level(found.confidence)} confidence interval {last['low']:.1%} to "
        f"{last['high']:.1%}) of the staff of {who.name}{_by_then(found.later_name)} said that "
        f"they are {LATER['q3f']}; the median of {last['peers']} trusts of its benchmarking group "
        f"was {last['peer_median']:.1%}."
    )
    names = {
        "words": "Statement",
        "year": "Year",
        "respondents": "Answers",
        "share": "Agree",
        "low": "Low",
        "high": "High",
        "peer_median": "Median of peers",
    }
    shares = ("Agree", "Low", "High", "Median of peers")
    table = Table(
        found.later[list(names)].rename(columns=names),
        key="survey_later",
        caption=f"Three statements since 2021, {who.name} and its benchmarking group",
        source="staff_survey_2021_2024",
        formats=dict.fromkeys(shares, "share") | {"Year": str},
        note=f"Low and high are the ends of {words.level(found.confidence)} confidence intervals.",
    )
    return [Words(said), table]


def emergency(study: Study) -> Section:
    """Say its A&E performance, its place among peers and what the chart signals."""
    title, found, who = "Accident and emergency", study.emergency, study.who
    if found.months.empty:
        nothing = (
            f"**No data**: {who.name} reports no A&E attendances of its own (the usual case for "
            "trusts without an emergency department)."
        )
        return Section(title, [Words(nothing)])
    if found.chart is None or found.headline is None:
        few = (
            f"**No data for a chart**: {who.name} has {len(found.months)} months of A&E figures, "
            f"fewer than the {ENOUGH} that limits need."
        )
        return Section(title, [Words(few)])
    place, n = found.rank
    among = f", place {place} of {n} {who.kind} with figures" if n > 1 else ""
    latest, (low, high) = row(found.chart.summary), limits(found.chart)
    said = (
        f"In the 12 months to {found.months['month'].iloc[-1]:%B %Y} {found.headline.text} of A&E "
        f"attendances were within four hours{among}. Single months vary between {low:.1%} and "
        f"{high:.1%} by common causes; {_flagged(found.chart)} of {len(found.months)} months "
        f"signal a special cause, the latest shows {latest['variation']}, and "
        f"{_ASSURED[found.chart.assurance]}. {' '.join(found.chart.notes)}"
    ).strip()
    frames = {"months": found.months, "year": found.year}
    return Section(title, [Words(said), _emergency_figure(study, found.chart)], frames)


def _emergency_figure(study: Study, chart: XmrResult) -> Figure:
    """Draw the XmR chart."""
    months, latest = study.emergency.months, row(chart.summary)
    first, last = months["month"].iloc[[0, -1]]
    return Figure(
        xmr_chart(chart, unit="share", y_label="share within four hours", target="95% standard"),
        key="ae_four_hours",
        title=f"A&E within four hours averages {latest['mean']:.1%}; {_flagged(chart)} of "
        f"{len(months)} months differ by more than common causes",
        subtitle="Share of A&E attendances within four hours, all department types, "
        f"{study.who.name}, {first:%B %Y} to {last:%B %Y}",
        source="ae_monthly",
        alt=f"XmR chart of {len(months)} months. The mean is {latest['mean']:.1%}, the limits "
        f"{latest['lower']:.1%} and {latest['upper']:.1%}; the latest month is "
        f"{months['share'].iloc[-1]:.1%}.",
        data=months.assign(
            **chart.points[["mean", "lower", "upper", "rule"]].reset_index(drop=True)
        ),
        note="Limits are the mean and 2.66 times the mean moving range: a month outside them, or a "
        "run, is unlikely to be chance. On a stable series this long the rules signal somewhere in "
        f"{chart.false_alarm.per_chart:.0%} of charts.",
    )


def _flagged(chart: XmrResult) -> int:
    """Count the months that signal a special cause."""
    return int((chart.points["rule"] != "").sum())


def money(study: Study) -> Section:
    """Say how its surplus ran through the years, and what temporary staff cost it."""
    found = study.money
    said = _money_sentence(study)
    parts: list[Part] = [Words(said)]
    if len(found.margin):
        red = int((found.margin["position_gbp_m"] < 0).sum())
        said += f" It was in deficit in {red or 'none'} of {len(found.margin)} years."
        parts = [Words(said), _surplus_figure(study)]
    parts += _staffing(study)
    return Section("Money", parts, {"margin": found.margin, "staffing": found.staffing})


def _money_sentence(study: Study) -> str:
    """Say the latest year's result."""
    if study.money.margin.empty:
        return f"**No data**: no accounts of {study.who.name} by that date are in the table."
    last = row(study.money.margin)
    return (
        f"In {last['financial_year']} it made a "
        f"{'surplus' if last['position_gbp_m'] >= 0 else 'deficit'} of "
        f"{words.money(abs(last['position_gbp_m']), 1)}, {words.percent(last['margin'])} of its "
        f"income; half of its {int(last['peers'])} peers lie between "
        f"{words.percent(last['peer_low'])} and {words.percent(last['peer_high'])}."
    )


def _surplus_figure(study: Study) -> Figure:
    """Draw the surplus through the years."""
    margin, who = study.money.margin, study.who
    data = margin.assign(year=as_at.financial_year_end(margin["financial_year"]).dt.year)
    every = pd.DataFrame({"year": range(data["year"].min(), data["year"].max() + 1)})
    first, last = row(margin, 0), row(margin)
    above = "above" if last["margin"] > last["peer_median"] else "not above"
    return Figure(
        lines.lines(
            every.merge(data, on="year", how="left"),
            x="year",
            series={"margin": "this trust", "peer_median": "median of peers"},
            bands={"peer_median": ("peer_low", "peer_high")},
            unit="share",
            markers=True,
            height=3.6,
            x_label="financial year ending",
            y_label="surplus as a share of income",
            reference=(0.0, ""),
        ),
        key="surplus",
        title=f"The result of {last['financial_year']} is {above} the median of peers: "
        f"{words.percent(last['margin'])} against {words.percent(last['peer_median'])} of income",
        subtitle=f"Surplus (deficit below zero) as a share of operating income, {who.name} and "
        f"{who.kind}, {first['financial_year']} to {last['financial_year']}",
        source="trust_finance",
        alt=f"Two lines over {len(margin)} years; the trust's runs from "
        f"{words.percent(first['margin'])} to {words.percent(last['margin'])} of income.",
        data=margin,
        note="The band spans the middle half of peers. Accounts are audited totals: there is no "
        "sampling error, but sector totals on another definition differ.",
    )


def _staffing(study: Study) -> list[Part]:
    """Say and show what agency and external bank staff cost."""
    found, who = study.money, study.who
    if found.staffing.empty:
        nothing = (
            "**No data**: the trust accounts of 2022/23 and 2023/24 hold no usable figure on "
            f"agency and external bank staff of {who.name} by that date."
        )
        return [Words(nothing)]
    last = row(found.staffing)
    said = (
        f"In {last['financial_year']} {who.name}{_by_then(found.later_name)} spent "
        f"{words.money(last['agency_gbp_m'], 1)} on agency and external bank staff, "
        f"{words.percent(last['share'])} of its staff costs; half of its {int(last['peers'])} "
        f"peers spent between {words.percent(last['peer_low'])} and "
        f"{words.percent(last['peer_high'])}. The two can't be told apart in the accounts."
    )
    names = {
        "financial_year": "Year",
        "agency_gbp_m": "Agency and external bank",
        "staff_costs_gbp_m": "Staff costs",
        "share": "Share",
        "peer_low": "Lower quartile of peers",
        "peer_median": "Median of peers",
        "peer_high": "Upper quartile of peers",
    }
    shares = [name for name in names.values() if name == "Share" or "peers" in name]
    table = Table(
        found.staffing[list(names)].rename(columns=names),
        key="agency",
        caption=f"Agency and external bank staff of {who.name} beside {who.kind}",
        source="trust_temporary_staffing",
        formats={"Agency and external bank": "GBP m", "Staff costs": "GBP m"}
        | dict.fromkeys(shares, "share"),
    )
    return [Words(said), table]


def _by_then(later: str) -> str:
    """Say under which name a code reports later, where a merger or renaming changed it."""
    return f", by then {later}," if later else ""


def _quoted(questions: pd.Series) -> str:
    return ", ".join(f"'{ITEMS[q]}'" for q in questions) or "none"
