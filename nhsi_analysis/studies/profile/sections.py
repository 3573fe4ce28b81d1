"""What the page says and shows of one trust, one function a section."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pandas as pd

from nhsi_analysis import as_at, years
from nhsi_analysis.answers.emergency import STANDARD, Attended
from nhsi_analysis.answers.finances import UNUSUAL
from nhsi_analysis.answers.oversight import Place
from nhsi_analysis.answers.peers import ENOUGH, outside
from nhsi_analysis.answers.surveys import OLDER
from nhsi_analysis.answers.trusts import short_trust
from nhsi_analysis.answers.waits import STANDARD as STANDARD_18_WEEKS
from nhsi_analysis.studies.profile.numbers.peers import Identity, row
from nhsi_analysis.studies.profile.numbers.study import Study, quarter
from nhsi_analysis.studies.profile.numbers.survey import ABLE
from notebook_reports.charts import lines
from notebook_reports.charts.xmr import xmr_chart
from notebook_reports.evidence import Answer, Figure, Part, Section, Table, Words, findings, words
from policy_methods.spc import XmrResult

_RATING, _STAFF, _EMERGENCY, _MONEY = "CQC rating", "Staff survey", "A&E", "Money"
_WAITING, _OVERSIGHT = "Waiting list", "Oversight"
_LEADS = {
    "oversight_rank": _OVERSIGHT,
    "cqc_rating": _RATING,
    "improvement_share": _STAFF,
    "ae_within_four_hours": _EMERGENCY,
    "within_18_weeks": _WAITING,
    "agency_share": _MONEY,
    "surplus_share": _MONEY,
}
"""What may be a card, the newest first, and the section that each leads to."""
_CARDS = 5
_NEAR = 0.1
"""Change of an average score that counts as a small one: a tenth of a point."""


def answer(study: Study) -> Section:
    """Say how it was rated and what its staff said, of which days that is and what follows."""
    seen = words.day(study.ratings.seen)
    kinds = (
        ("CQC ratings", study.ratings.table, f"CQC ratings on {seen}"),
        ("the staff surveys since 2021", study.survey.able, "the staff survey of {year}"),
        ("A&E", study.emergency.year, "A&E to {to:%B %Y}"),
        ("waiting lists", study.waiting.months, "its waiting list at the end of {month:%B %Y}"),
        ("agency staff", study.money.staffing, "agency staff in {financial_year}"),
        ("its accounts", study.money.margin, "accounts to {financial_year}"),
    )
    league = study.oversight
    held = []
    if league is not None:
        ended = f"{words.day(league.end)} ({quarter(league.quarter)})"
        held.append(f"NHS England's league of {ended}")
    held += [text.format(**row(table)) for _, table, text in kinds if len(table)]
    missing = [name for name, table, _ in kinds if table.empty]
    places = league is not None and league.count is not None
    asked = study.survey.headline or study.survey.older_headline
    level = words.level(study.settings.confidence)
    ranges = f"Ranges in brackets are {level} confidence intervals; those" if asked else "Ranges"
    said = Answer(
        lede=_lede(study),
        sure="Counts and accounts are complete as reported"
        + ("; a survey's share is of those who answered, so it has a range" if asked else "")
        + ("; a place in the league has a range over choices, not of chance." if places else "."),
        as_at=words.capital(words.listed(held or [seen]))
        + (f"; nothing on {words.listed(missing, 'or')}." if missing else "."),
        follows=_follows(study),
        changes="Newer ratings, surveys or accounts, of which this page has none.",
        ranges=f"{ranges} marked peers hold the middle half of its peers.",
    )
    cards = [key for key in _LEADS if key in study.findings][:_CARDS]
    return Section("The answer", [said, *findings(study.findings, cards=cards, leads_to=_LEADS)])


def _lede(study: Study) -> str:
    """Say its place in today's league, its rating and, where it is in none, what staff say."""
    who, rated, to = study.who, study.ratings, study.who.succession
    seen, said = words.day(rated.seen), []
    if (league := study.oversight) is not None:
        said.append(
            f"In {quarter(league.quarter)} NHS England ranked {who.name}{_renamed(study)} "
            f"**{words.ordinal(league.rank)}** of {league.league.lower()} trusts, in segment "
            f"{league.segment}{_choices(league)}."
        )
    if rated.headline is not None:
        published = f" (published {words.day(rated.table['published'].iloc[0])})" * (not said)
        newest = ", the newest list this page holds," if rated.newest else ""
        said.append(
            f"On {seen}{newest} CQC rated {'it' if said else who.name} **{rated.headline.said}**"
            f"{published}."
        )
    it = "it" if said else who.name
    if to is not None:
        part = "has been part of" if to.whole else "was divided; part of it has been with"
        said.append(f"{words.capital(it)} {part} {to.name} since {words.day(to.since)}.")
    elif league is not None:
        pass  # its place and its rating fill the room
    elif study.survey.against is not None:
        year, name = row(study.survey.able)["year"], study.survey.name
        found = study.survey.against.words.replace("its", "its" if said else f"{who.name}'s", 1)
        same, renamed = f"In the {year} staff survey {found}.", f"By {year} {it} was called {name}."
        said.append(same if name.startswith(who.name) else renamed)
    elif len(study.money.margin):
        said.append(_result(study, it))
    return " ".join(said) or f"By {seen} this page holds nothing on {who.name}."


def _follows(study: Study) -> str:
    """Say what to ask the trust, and where its present rating stands."""
    measures = {
        "A&E": study.emergency.headline,
        "its waiting list": study.waiting.headline,
        "agency staff": study.money.staffing_headline,
        "its surplus or deficit": study.money.headline,
    }
    asked = {name: found for name, found in measures.items() if found and found.low is not None}
    apart = [f"{name} ({side} it)" for name, found in asked.items() if (side := outside(found))]
    said = f"On {words.listed(asked)} it lies in the middle half of its peers. " if asked else ""
    if apart:
        said = "Ask about what lies outside the middle half of peers, as half of all trusts do on "
        said += f"any one measure: {words.listed(apart)}. "
    page = f"cqc.org.uk/provider/{study.who.code}"
    if study.who.succession is not None:
        said += f"The organisation to ask is {study.who.succession.name}."
    elif study.ratings.headline is not None:
        said += f"The rating may have changed: see [{page}](https://www.{page})."
    return said.strip() or "Nothing: look for the trust in newer data."


def _renamed(study: Study) -> str:
    """Say what a trust was called in the newest survey where that differs: ", later called …"."""
    name = study.name
    return "" if name.startswith(study.who.name) else f", later called {short_trust(name)},"


def _choices(league: Place) -> str:
    """Say which places other choices would give: "; of those held here it is 94th, by …"."""
    if league.count is None:
        return ""
    span = _span(league.low, league.high)
    here = words.ordinal(league.place or 0)
    return f"; of those held here it is {here}, by nine in ten other ways {span}"


def _span(first: int | None, last: int | None) -> str:
    """Say a range of places: "88th to 112th"."""
    return " to ".join(dict.fromkeys(words.ordinal(int(place or 0)) for place in (first, last)))


def oversight(study: Study) -> Section:
    """Say its place in the NHS Oversight Framework's league, and what that hangs on."""
    league, name = study.oversight, study.name
    if league is None:
        return Section(_OVERSIGHT, [])
    said = (
        f"In {quarter(league.quarter)} NHS England ranked {name} {words.ordinal(league.rank)} in "
        f"its league of {league.league.lower()} trusts, in segment {league.segment}, where 1 is "
        f"the best. Its average score was {league.score:.2f}, on a scale from 1, the best, to 4."
    )
    if league.held:
        said += (
            f" By score alone it would be in segment {league.earned}: a trust in deficit can't "
            "stand above segment 3, whatever its score."
        )
    if league.count is None:
        said += " Too few trusts of that league are held here to say what its place hangs on."
        return Section(_OVERSIGHT, [Words(said)])
    said += (
        f" Of the {league.count} acute trusts held here it stands "
        f"{'tied ' * (league.place != league.last)}{_span(league.place, league.last)}; in nine of "
        "ten draws of other weights, of a domain left out or of another mean it stands "
        f"{_span(league.low, league.high)}. That is a range over choices, not over chance: "
        "no error of a score is published in this table."
    )
    if league.gap is not None and league.gap <= _NEAR:
        said += (
            f" A change of {league.gap:.2f} in its score, one way, would surely change its segment."
        )
    return Section(_OVERSIGHT, [Words(said)])


def ratings(study: Study) -> Section:
    """Say what CQC rated it, how that changed and how its peers were rated."""
    rated, who = study.ratings, study.then
    if rated.table.empty:
        return Section(_RATING, [])
    lower, same, higher = rated.table[["lower", "same", "higher"]].iloc[0]
    said = (
        f"Of {_others(lower + same + higher, who)} whose rating by then is held, CQC rated "
        f"{higher} higher overall, {same} the same and {lower} lower ([Table](#tab-ratings)). "
        "Inspections are of different dates, and trusts rated low are inspected again sooner."
    )
    heads = ["Question", "Rating", "Published", "It replaced", "Peers lower", "Same", "Higher"]
    shown = rated.table.fillna({"before": "not held"}).set_axis(heads, axis=1)
    table = Table(
        shown.drop(columns=[] if rated.table["before"].notna().any() else "It replaced"),
        key="ratings",
        caption=f"CQC ratings of the trust and its peers, {words.day(rated.seen)}",
        source="cqc_trust_ratings",
    )
    return Section(_RATING, [Words(said), table], {"ratings": rated.table})


def survey(study: Study) -> Section:
    """Say what its staff answered in the newest survey and how that changed."""
    found, now = study.survey, study.survey.headline
    frames = {"able": found.able, "concerns": found.concerns}
    newer = [Words(_concerns(study))] if len(found.concerns) else []
    if now is None:
        return Section(_STAFF, newer, frames)
    first, last = row(found.able, 0), row(found.able)
    said = (
        f"In the staff survey of {last['year']}, {now} of those who answered at {found.name} felt "
        f"{ABLE} in their area of work. In its benchmark group ({found.group}) "
        f"{_between(last, words.count(last['peers'], 'other trust'))}."
    )
    if now.n is None:
        said += " How many answered isn't held, so no interval can be given."
    if len(found.able) == 1:
        return Section(_STAFF, [Words(said), *newer], frames)
    change = f"{words.signed(100 * (last['share'] - first['share']), 1)} percentage points"
    if found.change is not None:
        sign = "+" * (found.change.estimate.value > 0)
        change = f"{sign}{found.change.estimate}".replace(" percentage points)", ")")
    said += f" From {first['year']} the trust's share changed by {change}"
    if last["peers"]:
        median = words.signed(100 * (last["peer_median"] - first["peer_median"]), 1)
        said += f", the median of the others by {median}"
    figure = _lines_figure(
        found.able,
        "share",
        key="survey_trend",
        title=f"{words.percent(last['share'])} felt able to make improvements in {last['year']}",
        subtitle=f"Staff who felt {ABLE}, {found.name} and its benchmark group, {first['year']} to "
        f"{last['year']}",
        source="staff_survey_2021_2024",
        band={"share": ("low", "high")},
        note="The band is the confidence interval of the trust's share.",
        labels=("survey year", "share who agree"),
    )
    said += " ([Figure](#fig-survey_trend))."
    if study.oversight is not None and found.against is not None:
        said += f" In {last['year']} {found.against.words}."
    return Section(_STAFF, [Words(said), figure, *newer], frames)


def _concerns(study: Study) -> str:
    """Say its score for raising concerns in the newest survey held."""
    last = row(study.survey.concerns)
    between = _between(last, _others(last["peers"], study.who), "{:.2f}".format)
    return (
        f"In the survey of {last['year']}, of which this page holds scores without the number of "
        f"answers, {study.name} scored {last['raising_concerns']:.2f} of 10 for raising "
        f"concerns; {between}."
    )


def emergency(study: Study) -> Section:
    """Say its A&E performance, its place among peers and which months stand out."""
    found, who, headline = study.emergency, study.who, study.emergency.headline
    if headline is None:
        return Section(_EMERGENCY, [])
    year, met = row(found.year), int((found.months["share"] >= STANDARD).sum())
    span = f"{'the ' * found.span.startswith('12 ')}{found.span}"
    said = f"In {span}, {headline.text} of A&E attendances were within four hours"
    if year["peers"]:
        said += (
            f", {words.ordinal(year['place'])} of {year['peers'] + 1} {who.kind} that reported the "
            f"same months; {_between(year, 'its peers')}"
        )
    months = words.count(found.reported, "month")
    said += f". It met the standard of 95% in {met or 'none'} of {months} reported"
    said += "." if found.major else ", at smaller units: it reported no major department."
    frames = {"months": found.months, "year": found.year}
    if found.chart is None:
        return Section(_EMERGENCY, [Words(f"{said} That is too few for limits.")], frames)
    latest, last = row(found.chart.summary), row(found.months)
    gap = words.signed(100 * (last["share"] - latest["mean"]), 1)
    said += (
        " A month stands out (a 'special cause') if it lies outside the limits or in a run that "
        f"steady performance seldom gives: {found.flagged or 'none'} of {_run(found)} "
        f"{'does' if found.flagged < 2 else 'do'}. The latest, {last['month']:%B %Y}, is "
        f"{'not ' if latest['variation'] == 'common cause' else ''}one of these, {gap} percentage "
        "points from the average ([Figure](#fig-ae_four_hours))."
    )
    return Section(_EMERGENCY, [Words(said), _emergency_figure(study, found.chart)], frames)


def _run(found: Attended) -> str:
    """Name the months of the chart, the last unbroken run where a month is missing."""
    if len(found.run) == found.reported:
        return "them"
    return f"the {len(found.run)} since {found.run['month'].iloc[0]:%B %Y}, with none missing,"


def _emergency_figure(study: Study, chart: XmrResult) -> Figure:
    """Draw the XmR chart."""
    found, latest = study.emergency, row(chart.summary)
    first, last = (f"{found.run['month'].iloc[end]:%B %Y}" for end in (0, -1))
    mean, low, high = (words.percent(latest[name]) for name in ("mean", "lower", "upper"))
    alike = " Neighbouring months are alike, so more stand out than chance alone would give."
    return Figure(
        xmr_chart(chart, unit="share", y_label="share within four hours", target="95% standard"),
        key="ae_four_hours",
        title=f"A&E within four hours averaged {mean}; {found.flagged or 'none'} of "
        f"{len(found.run)} months stood out",
        subtitle=f"Share of A&E attendances within four hours, all departments, {study.who.name}, "
        f"{first} to {last}",
        source=found.table,
        alt=f"Months around their average of {mean}, between limits of {low} and {high}; the "
        f"latest is {words.percent(row(found.months)['share'])}.",
        data=found.run.assign(
            **chart.points[["mean", "lower", "upper", "rule"]].set_axis(found.run.index)
        ),
        note="Limits are the average and 2.66 times the mean change from month to month, within "
        "0% and 100%; 'improvement' and 'concern' are months that stand out on the better and the "
        f"worse side.{alike if chart.autocorrelated else ''}",
    )


def waiting(study: Study) -> Section:
    """Say how long its waiting list is, and how many on it are within 18 weeks."""
    found, who = study.waiting.months, study.who
    if found.empty:
        return Section(_WAITING, [])
    first, last = row(found, 0), row(found)
    within = words.percent(last["share"])
    said = (
        f"At the end of {last['month']:%B %Y}, {last['incomplete']:,} pathways of {study.name} "
        f"waited for consultant-led treatment, {within} of them within 18 weeks, where the "
        f"standard is {STANDARD_18_WEEKS:.0%}; {_between(last, _others(last['peers'], who))}."
    )
    if len(found) > 1:
        grew = words.signed(100 * (last["incomplete"] / first["incomplete"] - 1), 1)
        said += (
            f" At the end of {first['month']:%B %Y}, the first month held, that share was "
            f"{words.percent(first['share'])}; since then the number waiting changed by {grew}%."
        )
    return Section(_WAITING, [Words(said)], {"months": found})


def money(study: Study) -> Section:
    """Say what temporary staff cost it and what result it reported through the years."""
    found, parts = study.money, list[Part]()
    if len(found.staffing):
        last = row(found.staffing)
        peers = words.count(last["peers"], f"other {found.sector.lower()} trust")
        said = (
            f"In {_year(last, study.who)} {found.name} reported "
            f"{words.money(last['agency_gbp_m'], 1)} on agency and external bank staff, which its "
            f"accounts don't tell apart: {words.percent(last['share'])} of staff costs; "
            f"{_between(last, peers)}."
        )
        parts.append(Words(said))
    if found.headline is not None:
        red, first, last = found.margin["margin"] < 0, row(found.margin, 0), row(found.margin)
        said = _result(study, study.who.name)
        if len(red) > 1:
            said += f" It reported a deficit in {red.sum() or 'none'} of {len(red)} years held "
            said += "([Figure](#fig-surplus))."
        if abs(last["margin"]) > UNUSUAL:
            said += (
                " A result of over 10% of income may hold one-off items, such as land sold or "
                "buildings valued anew, which this table doesn't tell apart."
            )
        ends = as_at.financial_year_end(found.margin["financial_year"]).dt.year
        every = pd.DataFrame({"year": range(ends.min(), ends.max() + 1)})
        figure = _lines_figure(
            every.merge(found.margin.assign(year=ends), on="year", how="left"),
            "margin",
            key="surplus",
            title=f"Reported {_size(last['margin'])} of income in {last['financial_year']}",
            subtitle=f"Surplus (deficit below zero) as a share of operating income, "
            f"{study.who.name} and {study.then.kind}, {first['financial_year']} to "
            f"{last['financial_year']}",
            source="trust_finance",
            band={"peer_median": ("peer_low", "peer_high")},
            note="The band spans the middle half of peers.",
            labels=("financial year ending", "surplus as a share of income"),
        )
        parts += [Words(said), *([figure] if len(red) > 1 else [])]
    return Section(_MONEY, parts, {"margin": found.margin, "staffing": found.staffing})


def _result(study: Study, it: str) -> str:
    """Say the latest year's result."""
    last = row(study.money.margin)
    return (
        f"In {_year(last, study.who)} {it} reported a {_size(last['margin'])} of income "
        f"({words.money(abs(last['position_gbp_m']), 1)}); "
        f"{_between(last, _others(last['peers'], study.then))}."
    )


def _year(last: Mapping[str, Any], who: Identity) -> str:
    """Name a financial year, cut short where the trust ended in it."""
    year, to = last["financial_year"], who.succession
    first, end = years.year_bounds(year)
    ended = to is not None and first < to.since <= end
    return f"{year} (until {words.day(to.since)})" if to and ended else str(year)


def _size(margin: float) -> str:
    size = words.percent(abs(margin))
    sign = "surplus" if margin > 0 else "deficit"
    return f"{'result' if size == words.percent(0) else sign} of {size}"


def _lines_figure(
    table: pd.DataFrame,
    value: str,
    *,
    title: str,
    band: dict[str, tuple[str, str]],
    labels: tuple[str, str],
    **texts: Any,
) -> Figure:
    """Draw the trust and, where it has peers, their median through the years."""
    first, last = row(table, 0), row(table)
    series, alt = {value: "this trust"}, f"From {first['year']} to {last['year']} "
    alt += "the trust went from {} to {}"
    if last["peers"]:
        series["peer_median"] = "median of peers"
        title += f"; median of peers {words.percent(last['peer_median'])}"
        alt += ", its peers' median from {} to {}"
    picture = lines.lines(
        table,
        x="year",
        series=series,
        bands={name: ends for name, ends in band.items() if name in series},
        unit="share",
        markers=True,
        height=3.2,
        x_label=labels[0],
        y_label=labels[1],
        reference=(0.0, "") if table[value].min() < 0 else None,
    )
    ends = (words.percent(end[name]) for name in series for end in (first, last))
    return Figure(picture, title=title, alt=f"{alt.format(*ends)}.", data=table, **texts)


def older(study: Study) -> Section:
    """Say what its staff answered on one item of the older survey, and its place on that."""
    found, who, title = study.survey, study.then, "An older question, on openness"
    if found.older_headline is None:
        return Section(title, [])
    last = row(found.older)
    say = partial(words.percent, decimals=found.decimals)
    said = (
        f"In the staff survey of {last['year']}, {found.older_headline} agreed that "
        f"{OLDER[found.item]}; {_between(last, _others(last['peers'], who), say)}."
    )
    if found.rank is not None:
        ends = (words.ordinal(int(end or 0)) for end in (found.rank.low, found.rank.high))
        said += (
            f" Its place was {found.rank.said} {who.kind}; allowing for chance in the answers, "
            f"{' to '.join(dict.fromkeys(ends))}, at the level of this page's ranges."
        )
    return Section(title, [Words(said)], {"older": found.older})


def _others(number: int, who: Identity) -> str:
    """Count its peers: "18 other community trusts"."""
    return words.count(number, f"other {who.kind.removesuffix('s')}", f"other {who.kind}")


def _between(
    last: Mapping[str, Any], peers: str, say: Callable[[float], str] = words.percent
) -> str:
    """Say where the peers lay, as far as their number lets it be said."""
    if last["peers"] >= ENOUGH:
        low, high = (say(last[end]) for end in ("peer_low", "peer_high"))
        return f"half of {peers} lay between {low} and {high}"
    if last["peers"]:
        return f"the median of {peers} was {say(last['peer_median'])}"
    return "no peer has a figure"
