"""What the page says and shows of one trust, one function a section."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from nhsi_analysis import as_at
from nhsi_analysis.studies.profile.numbers.emergency import STANDARD, Emergency
from nhsi_analysis.studies.profile.numbers.peers import ENOUGH_PEERS, Identity, row
from nhsi_analysis.studies.profile.numbers.ratings import PARTS
from nhsi_analysis.studies.profile.numbers.study import Study
from nhsi_analysis.studies.profile.numbers.survey import FOLLOWED, LATER, clause
from notebook_reports.charts import lines
from notebook_reports.charts.xmr import xmr_chart
from notebook_reports.evidence import (
    Answer,
    Estimate,
    Figure,
    Section,
    Table,
    Words,
    findings,
    words,
)
from policy_methods.spc import XmrResult

_RATING, _STAFF, _EMERGENCY, _MONEY = (
    "CQC rating",
    "What staff say",
    "Accident and emergency",
    "Money",
)
_LEADS = {
    "cqc_rating": _RATING,
    "improvement_share": _STAFF,
    "ae_within_four_hours": _EMERGENCY,
    "agency_share": _MONEY,
    "surplus_share": _MONEY,
}
"""The cards and the section that each leads to."""
_HIGH_RESULT = 0.1
"""Share of income above which a year's result is seldom that of running hospitals alone."""


def answer(study: Study) -> Section:
    """Say how it was rated and what its staff said, and of which days that is."""
    who, found = study.who, study.findings
    parts = {
        "CQC's rating": ("cqc_rating", f"CQC ratings on {words.day(study.ratings.seen)}"),
        "the staff surveys since 2021": ("improvement_share", "the staff survey of {year}"),
        "A&E": ("ae_within_four_hours", "A&E to {to:%B %Y}"),
        "agency staff": ("agency_share", "agency staff in {financial_year}"),
        "its accounts": ("surplus_share", "accounts of {financial_year}"),
    }
    tables = (pd.DataFrame(), study.survey.followed, study.emergency.recent)
    tables += (study.money.staffing, study.money.margin)
    held = [
        text.format(**row(table) if len(table) else {})
        for (key, text), table in zip(parts.values(), tables, strict=True)
        if key in found
    ]
    missing = [name for name, (key, _) in parts.items() if key not in found]
    said = Answer(
        lede=_lede(study),
        sure="Ratings, A&E and accounts are complete counts as reported; a survey's share is of "
        "those who answered, so it has a range.",
        as_at=words.capital(words.listed(held))
        + (f"; nothing on {words.listed(missing, 'or')}" if missing else ""),
        follows=_follows(study),
        changes="Newer ratings, A&E figures or accounts than these, of which this page holds none.",
        ranges=f"Ranges in brackets are {words.level(study.settings.confidence)} confidence "
        "intervals unless named otherwise; 'peers' names the middle half of them.",
    )
    return Section("The answer", [said, *findings(found, cards=[*_LEADS], leads_to=_LEADS)])


def _lede(study: Study) -> str:
    """Say the rating and, unless it has ended, the newest of what else there is."""
    who, rated, found = study.who, study.ratings, study.findings
    said = []
    if rated.headline is not None:
        newest = ", the newest list this page holds," if rated.newest else ""
        said.append(
            f"On {words.day(rated.seen)}{newest} CQC rated {who.name} "
            f"**{rated.headline.said}** (published {words.day(rated.overall['published'])})."
        )
    who_it_is = "It" if said else who.name
    if who.succession is not None:
        to = who.succession
        part = "has been part" if to.whole else "was divided and is in part"
        said.append(f"{who_it_is} {part} of {to.name} since {words.day(to.since)}.")
    elif study.survey.against is not None:
        year, on = row(study.survey.followed)["year"], "able to make improvements"
        said.append(f"In {year}'s staff survey on feeling {on}, {study.survey.against.words}.")
    elif study.emergency.headline is not None:
        said.append(f"{study.emergency.headline.text} {study.emergency.headline.label}.")
    elif study.money.headline is not None:
        said.append(_result(study))
    nothing = f"This page holds nothing on {who.name} published by {words.day(rated.seen)}."
    return " ".join(said) or nothing


def _follows(study: Study) -> str:
    """Say what to ask the trust, and where its present rating stands."""
    asked = {
        "A&E within four hours": study.emergency.headline,
        "agency spending": study.money.staffing_headline,
        "its result": study.money.headline,
    }
    apart = [
        f"{name} ({'above' if e.value > e.high else 'below'} them)"
        for name, e in asked.items()
        if e is not None
        and e.low is not None
        and e.high is not None
        and not e.low <= e.value <= e.high
    ]
    first = (
        f"Ask first about what lies outside the middle half of its peers: {words.listed(apart)}."
        if apart
        else "No figure here that has peers lies outside the middle half of them."
    )
    if study.who.succession is not None:
        return f"{first} The organisation to ask is now {study.who.succession.name}."
    page = f"cqc.org.uk/provider/{study.who.code}"
    return f"{first} CQC's rating may have changed since: see [{page}](https://www.{page})."


def ratings(study: Study) -> Section:
    """Say what CQC rated it, how that changed and how its peers were rated."""
    rated, who = study.ratings, study.who
    if rated.table.empty:
        return Section(_RATING, [])
    lower, same, higher = (int(rated.overall[part]) for part in PARTS)
    said = (
        f"Of {_others(lower + same + higher, who)} rated by then, {higher} were rated higher "
        f"overall, {same} the same and {lower} lower. Ratings are judgements made at different "
        "times; trusts rated low are inspected again sooner."
    )
    pairs = zip(rated.table["moved"], rated.table["before"], strict=True)
    names = {
        "key_question": "Key question",
        "rating": "Rating",
        "change": "Since September 2018",
        "published": "Published",
        **dict(zip(PARTS, ("Peers lower", "The same", "Higher"), strict=True)),
    }
    table = Table(
        rated.table.assign(change=[_change(*pair) for pair in pairs])[list(names)].rename(
            columns=names
        ),
        key="ratings",
        caption=f"CQC ratings of {who.name} and its peers, {words.day(rated.seen)}",
        source="cqc_trust_ratings",
    )
    return Section(_RATING, [Words(said), table], {"ratings": rated.table})


def _change(moved: float, before: str) -> str:
    """Say how a rating moved between the lists."""
    if pd.isna(moved):
        return "not re-rated"
    return "re-rated, the same" if moved == 0 else f"{'up' if moved > 0 else 'down'} from {before}"


def survey(study: Study) -> Section:
    """Say what its staff answered in the newest survey and how that changed."""
    found, now = study.survey, study.survey.headline
    if now is None:
        return Section(_STAFF, [])
    first, last = row(found.followed, 0), row(found.followed)
    said = (
        f"In the staff survey of {last['year']}, {now} of those who answered at {found.name} felt "
        f"{LATER[FOLLOWED]} in their area of work"
    )
    peers = f"{last['peers']} other trusts of the group '{found.group}'"
    said += f"; {_between(last, peers)}." if last["peers"] else "."
    parts: list[Any] = [Words(said)]
    if found.against is not None:
        parts[0] = Words(f"{said} {words.capital(found.against.words)}.")
    if len(found.followed) > 1:
        change = found.change.estimate
        median = 100 * (last["peer_median"] - first["peer_median"])
        moved = f"From {first['year']} its share changed by {change}"
        moved += (
            f"; the median of the group by {words.signed(median, 1)}." if last["peers"] else "."
        )
        parts += [Words(moved), _trend_figure(study, first, last)]
    names = {
        "words": "Staff felt",
        "share": "Agree",
        "low": "Low",
        "high": "High",
        "peer_low": "Group: lower quartile",
        "peer_median": "Median",
        "peer_high": "Upper quartile",
    }
    newest = found.later[found.later["year"] == last["year"]]
    table = Table(
        newest[list(names)].rename(columns=names),
        key="survey_newest",
        caption=f"Three statements in {last['year']}, {found.name} and its benchmark group",
        source="staff_survey_2021_2024",
        formats=dict.fromkeys([*names.values()][1:], "share"),
    )
    return Section(_STAFF, [*parts, table], {"later": found.later})


def _trend_figure(study: Study, first: Mapping[str, Any], last: Mapping[str, Any]) -> Figure:
    """Draw the statement followed through the years."""
    found = study.survey
    title = f"{words.percent(last['share'])} felt able to make improvements in {last['year']}"
    if last["peers"]:
        title += f"; the group's median was {words.percent(last['peer_median'])}"
    return Figure(
        lines.lines(
            found.followed,
            x="year",
            series={"share": "this trust", "peer_median": "median of its group"},
            bands={"share": ("low", "high")},
            unit="share",
            markers=True,
            height=3.2,
            x_label="survey year",
            y_label="share who agree",
        ),
        key="survey_trend",
        title=title,
        subtitle=f"Staff {LATER[FOLLOWED]}, share who agree, {found.name} and its benchmark group, "
        f"{first['year']} to {last['year']}",
        source="staff_survey_2021_2024",
        alt=f"Two lines over {len(found.followed)} surveys: the trust from "
        f"{words.percent(first['share'])} to {words.percent(last['share'])}, the median of its "
        f"group from {words.percent(first['peer_median'])} to {words.percent(last['peer_median'])}.",
        data=found.followed,
        note="The band is the trust's confidence interval.",
    )


def emergency(study: Study) -> Section:
    """Say its A&E performance, its place among peers and which months stand out."""
    found, who, year = study.emergency, study.who, study.emergency.headline
    if year is None:
        return Section(_EMERGENCY, [])
    recent, n = row(found.recent), row(found.recent)["peers"]
    met = int((found.months["share"] >= STANDARD).sum())
    among = (
        f", {words.ordinal(recent['place'])} of {n + 1} {who.kind} with as many months" if n else ""
    )
    said = (
        f"{year.text} {year.label}{among}. "
        + (f"{words.capital(_between(recent, _others(n, who)))}. " if n else "")
        + f"The standard of 95% was met in {met} of {words.count(found.reported, 'month')} reported."
        + ("" if found.major else " These are smaller units: it reported no major department.")
    )
    frames = {"months": found.months, "recent": found.recent}
    if found.chart is None:
        few = f"{words.count(found.reported, 'month')} are too few for a chart with limits."
        return Section(_EMERGENCY, [Words(f"{said} {few}")], frames)
    figure = _emergency_figure(study, found.chart)
    return Section(_EMERGENCY, [Words(f"{said} {_stand_out(found, found.chart)}"), figure], frames)


def _stand_out(found: Emergency, chart: XmrResult) -> str:
    """Say how many months stand out, what that means and how the latest stands."""
    latest, last = row(chart.summary), row(found.months)
    gap = 100 * (last["share"] - latest["mean"])
    state = {"improvement": "on the better side", "concern": "on the worse side"}
    return (
        f"{words.count(found.flagged, 'month stands', 'months stand')} out: outside the limits, or "
        "in a run on one side of the average, as steady performance seldom gives. "
        f"The latest, {last['month']:%B %Y}, "
        + (
            f"stands out {state[latest['variation']]}, {words.signed(gap, 1)} percentage points "
            "from the average."
            if latest["variation"] in state
            else "does not."
        )
    )


def _emergency_figure(study: Study, chart: XmrResult) -> Figure:
    """Draw the XmR chart."""
    found, latest = study.emergency, row(chart.summary)
    first, last = (f"{found.months['month'].iloc[i]:%B %Y}" for i in (0, -1))
    mean, low, high = (words.percent(latest[key]) for key in ("mean", "lower", "upper"))
    alike = " Neighbouring months are alike, so more stand out than chance alone would give."
    return Figure(
        xmr_chart(chart, unit="share", y_label="share within four hours", target="95% standard"),
        key="ae_four_hours",
        title=f"A&E within four hours averaged {mean}; {found.flagged} of {found.reported} months "
        "stand out",
        subtitle=f"Share of A&E attendances within four hours, all departments, {study.who.name}, "
        f"{first} to {last}",
        source="ae_monthly",
        alt=f"Months around their average of {mean} between limits of {low} and {high}; the latest "
        f"is {words.percent(row(found.months)['share'])}.",
        data=found.months.assign(
            **chart.points[["mean", "lower", "upper", "rule"]].reset_index(drop=True)
        ),
        note="Limits are the average and 2.66 times the mean change from month to month, cut at "
        "0% and 100%." + (alike if chart.autocorrelated else ""),
    )


def money(study: Study) -> Section:
    """Say what temporary staff cost it and what result it reported through the years."""
    found = study.money
    parts: list[Any] = []
    if found.staffing_headline is not None:
        last = row(found.staffing)
        peers = f"{last['peers']} other {found.sector.lower()} trusts"
        parts.append(
            Words(
                f"In {last['financial_year']} {found.name} reported "
                f"{words.money(last['agency_gbp_m'], 1)} on agency and external bank staff, which "
                f"its accounts don't tell apart: {words.percent(last['share'])} of its staff "
                f"costs. {words.capital(_between(last, peers))}."
            )
        )
    if found.headline is not None:
        red = int((found.margin["position_gbp_m"] < 0).sum())
        years = words.count(len(found.margin), "year")
        said = f"{_result(study)} It reported a deficit in {red} of {years}."
        if abs(found.headline.value) > _HIGH_RESULT:
            said += (
                " A result over 10% of income may hold one-off items, such as land sold or "
                "buildings valued anew, which this table doesn't show apart."
            )
        parts.append(Words(said))
        if len(found.margin) > 1:
            parts.append(_surplus_figure(study))
    return Section(_MONEY, parts, {"margin": found.margin, "staffing": found.staffing})


def _result(study: Study) -> str:
    """Say the latest year's result."""
    last = row(study.money.margin)
    return (
        f"In {last['financial_year']} it reported a {_kind_of(last['margin'])} of "
        f"{words.money(abs(last['position_gbp_m']), 1)}, {words.percent(abs(last['margin']))} of its "
        f"income; {_between(last, _others(last['peers'], study.who))}."
    )


def _kind_of(margin: float) -> str:
    return "surplus" if margin >= 0 else "deficit"


def _surplus_figure(study: Study) -> Figure:
    """Draw the surplus through the years."""
    margin, who = study.money.margin, study.who
    data = margin.assign(year=as_at.financial_year_end(margin["financial_year"]).dt.year)
    every = pd.DataFrame({"year": range(data["year"].min(), data["year"].max() + 1)})
    first, last = row(margin, 0), row(margin)
    title = (
        f"A reported {_kind_of(last['margin'])} of {words.percent(abs(last['margin']))} of income"
    )
    return Figure(
        lines.lines(
            every.merge(data, on="year", how="left"),
            x="year",
            series={"margin": "this trust", "peer_median": "median of peers"},
            bands={"peer_median": ("peer_low", "peer_high")},
            unit="share",
            markers=True,
            height=3.2,
            x_label="financial year ending",
            y_label="surplus as a share of income",
            reference=(0.0, ""),
        ),
        key="surplus",
        title=f"{title} in {last['financial_year']}; median of peers "
        f"{words.percent(last['peer_median'])}",
        subtitle=f"Surplus (deficit below zero) as a share of operating income, {who.name} and "
        f"{who.kind}, {first['financial_year']} to {last['financial_year']}",
        source="trust_finance",
        alt=f"The trust's line from {words.percent(first['margin'])} to "
        f"{words.percent(last['margin'])} of income, the peers' median from "
        f"{words.percent(first['peer_median'])} to {words.percent(last['peer_median'])}.",
        data=margin,
        note="The band spans the middle half of peers.",
    )


def older(study: Study) -> Section:
    """Say what its staff answered on the item of the older survey, and its place."""
    found, title = study.survey, "An older question: openness"
    if found.older is None:
        return Section(title, [])
    now, rank = row(found.items), found.rank
    said = (
        f"In the staff survey of {found.year}, {found.older} of its staff agreed that "
        f"{clause(found.item)}; {_between(now, _others(now['peers'], study.who))}."
    )
    if rank is not None:
        said += (
            f" That put it {rank.said} {study.who.kind}; allowing for chance in the answers its "
            f"place was {rank.interval_text}."
        )
    return Section(title, [Words(said)], {"items": found.items})


def identity(study: Study) -> Section:
    """Say what the register of trusts holds on it and which trusts are its peers."""
    who = study.who
    ended = "" if who.closed is None else words.day(who.closed)
    if who.succession is not None:
        ended = f"{words.day(who.succession.since)}: {who.succession.name}"
    facts = {
        "ODS code": who.code,
        "Type in the register": who.trust_type or "not stated",
        "Region of NHS Improvement": who.region or "not stated",
        "Opened": words.day(who.opened),
        "Closed or taken over": ended or "not known to be",
        "Peers to 2019": _others(len(who.peers), who),
        "Peers in the newest survey": study.survey.group or "no results",
        "Peers on agency staff": study.money.sector or "no figures",
    }
    table = Table(
        pd.DataFrame({"Fact": list(facts), "Value": list(facts.values())}),
        key="identity",
        caption=f"{who.name} in the registers",
        source=["trusts", "trust_successions"],
    )
    return Section("Who it is and its peers", [table])


def _others(number: int, who: Identity) -> str:
    """Count its peers: "18 other community trusts"."""
    return words.count(number, f"other {who.kind.removesuffix('s')}", f"other {who.kind}")


def _between(last: Mapping[str, Any], peers: str) -> str:
    """Say where the peers lie, as far as their number lets it be said."""
    if last["peers"] >= ENOUGH_PEERS:
        low, high = words.percent(last["peer_low"]), words.percent(last["peer_high"])
        return f"half of {peers} lay between {low} and {high}"
    if last["peers"]:
        return f"the median of {peers} was {words.percent(last['peer_median'])}"
    return "no peer has a figure"
