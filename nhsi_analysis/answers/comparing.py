"""Two trusts beside each other on one measure, and whether their difference can be told.

Two trusts and a measure that were named before looking are one comparison, and its interval holds
at its level. Whoever tries many pairs or measures and tells of the widest gap has made many.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from html import escape
from math import hypot
from typing import Any, Final

import pandas as pd
from scipy.special import ndtri

from nhsi_analysis import as_at as dates
from nhsi_analysis import years
from nhsi_analysis.answers import emergency, finances, ratings, surveys, waits
from nhsi_analysis.answers.differences import Share, difference
from nhsi_analysis.answers.shares import rounding_variance, with_intervals
from nhsi_analysis.answers.trusts import (
    REGISTERED,
    became,
    code_of,
    kinds_of,
    names_in,
    short_trust,
)
from nhsi_analysis.errors import DataError, ParameterError
from nhsi_analysis.schemas.vocabulary import RATINGS
from notebook_reports.evidence import Estimate, Figure, words
from policy_methods.checks import check_confidence
from policy_methods.results import Result

UNWEIGHTED: Final = (
    "The percentages are unweighted: the publisher asks that such results not be used to compare "
    "organisations."
)
WEIGHTED: Final = (
    "The percentages are weighted to the mix of occupations in a benchmarking group, which the "
    "interval doesn't know of."
)
COUNTED: Final = "Both are complete counts, so the difference has no interval"
BOOKED: Final = "Both are from the accounts of a whole year, so the difference has no interval"
_FEWEST: Final = 20
"""Under so many, a count is said and no percentage."""
_OVERLAP: Final = "Whether the two differ is told by the difference's interval, not by an overlap."


@dataclass(frozen=True, slots=True)
class Comparison(Result):
    """Two trusts on one measure.

    Parameters
    ----------
    measure : str
        What is measured.
    when : str
        Of which data: "In the survey of 2018".
    says : str
        What a sentence says of a trust's number, which it has in braces.
    first, second : Estimate
        The trusts' numbers, with intervals where they are shares of a sample; their labels are the
        trusts' names.
    difference : Estimate
        First less second, in percentage points for shares; without an interval for complete counts.
    note : str
        What the numbers can't tell.
    source : tuple of str
        Tables they are from.
    more : str
        What the trust with the larger number is: "higher".
    """

    measure: str
    when: str
    says: str
    first: Estimate
    second: Estimate
    difference: Estimate
    note: str
    source: tuple[str, ...]
    more: str = "higher"

    @property
    def told(self) -> bool | None:
        """Whether it can be told which is higher; None where there is no interval to tell it by."""
        low, high = self.difference.low, self.difference.high
        return None if low is None or high is None else low > 0 or high < 0

    @property
    def sentence(self) -> str:
        """What was found, in two sentences at most."""
        first, second, gap = self.first, self.second, self.difference
        size = replace(gap, value=abs(gap.value)).text
        higher = first if gap.value > 0 else second
        differ = bool(gap.said or round(gap.value, gap.decimals or 0))
        doubt = f", {self.more} at {higher.label}" if gap.value and differ else ""
        if gap.low is not None and gap.high is not None:
            ends = gap if gap.value >= 0 else replace(gap, low=-gap.high, high=-gap.low)
            interval = ends.interval_text.removesuffix(" percentage points")
            size += f" ({words.level(gap.confidence or 0)} confidence interval {interval})"
            if self.told and not round(ends.low or 0, gap.decimals or 0):
                doubt += ", by an interval that only just leaves nought out"
        if self.told is False:
            doubt = "; which of them is higher can't be told"
        return (
            f"{self.when}, {self.says.format(first.text)} at {first.label} and {second.text} at "
            f"{second.label}: a difference of {size}{doubt}."
        )

    def __str__(self) -> str:
        return f"{self.sentence} {self.note}".rstrip()

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return f"<p>{escape(self.sentence)}</p><p><small>{escape(self.note)}</small></p>"

    def to_frame(self) -> pd.DataFrame:
        """Return a row for each trust and one for the difference: value, low, high, unit, n."""
        rows = {e.label: e for e in (self.first, self.second, self.difference)}
        return pd.DataFrame(
            [(e.value, e.low, e.high, e.unit, e.n) for e in rows.values()],
            columns=["value", "low", "high", "unit", "n"],
            index=pd.Index(rows, name="of"),
        )

    def figure(self) -> Figure:
        """Draw both numbers with their intervals."""
        # Who only asks for the sentence is spared matplotlib.
        from notebook_reports.charts.heatmap import class_map
        from notebook_reports.charts.intervals import dot_interval

        table = self.to_frame().iloc[:2].reset_index()
        table[["low", "high"]] = table[["low", "high"]].astype(float)
        size = replace(self.difference, value=abs(self.difference.value)).text
        finding = f"a difference of {size}"
        if self.told is False:
            finding = "which is higher can't be told"
        sides = (self.first, self.second)
        if self.measure == MEASURES["rating"]:
            grades = pd.DataFrame({"Overall": [e.said for e in sides]}, [e.label for e in sides])
            picture = class_map(grades, classes=RATINGS[::-1])
        else:
            picture = dot_interval(
                table,
                group="of",
                unit=self.first.unit,
                decimals=self.first.decimals,
                x_label=self.measure,
                show_values=not any(e.said for e in sides),
            )
        return Figure(
            picture,
            key="two_trusts",
            title=f"{self.first.text} and {self.second.text}: {finding}",
            subtitle=f"{self.measure}, {self.when[:1].lower()}{self.when[1:]}",
            source=self.source,
            alt=self.sentence,
            data=table,
            note=(self.note if self.told is None else f"{_OVERLAP} {self.note}"),
        )


@dataclass(frozen=True, slots=True)
class _Asked:
    """Two trusts, and of when they are to be compared.

    Parameters
    ----------
    codes, names : tuple of str
        The trusts'.
    measure : str
        As asked for.
    year : int, str or None
        As asked for; None for the newest.
    until : pandas.Timestamp
        Last day whose publications count.
    confidence : float
        Level of intervals.
    """

    codes: tuple[str, str]
    names: tuple[str, str]
    measure: str
    year: int | str | None
    until: pd.Timestamp
    confidence: float

    def named_in(self, year: int) -> _Asked:
        """Return the same with what the trusts were called in a year."""
        called = names_in(year)
        first, second = (short_trust(str(called[code])) for code in self.codes)
        return replace(self, names=(first, second))

    @property
    def _by(self) -> str:
        return "" if self.until == dates.OPEN_END else f" published by {words.day(self.until)}"

    def newest(
        self, table: str, rows: pd.DataFrame, by: str, wanted: object = None
    ) -> tuple[Any, pd.DataFrame]:
        """Return what of ``by`` is newest for both trusts, or as wanted, and their rows then.

        Raises
        ------
        DataError
            There is none of one of them, or of both at one time.
        """
        rows = rows[rows["org_code"].isin(self.codes)]
        held = {code: set(rows.loc[rows["org_code"] == code, by]) for code in self.codes}
        for code, name in zip(self.codes, self.names, strict=True):
            if not held[code] or (wanted is not None and wanted not in held[code]):
                there = words.listed([str(each) for each in sorted(held[code])])
                of, has = (f" of {wanted}", f"; it has {there}") if held[code] else ("", "")
                if gone := became(code, self.until):
                    has += f"; it went to {gone.name} on {words.day(gone.since)}"
                rule = f"holds nothing on {self.measure}{of} for {name}{self._by}{has}"
                raise DataError(table, rule)
        at = wanted or max(set.intersection(*held.values()), default=None)
        if at is None:
            both = words.listed(self.names)
            rule = f"holds nothing on {self.measure} for {both} at one time{self._by}"
            raise DataError(table, rule)
        then = rows[rows[by] == at].drop_duplicates("org_code", keep="last")
        return at, then.set_index("org_code").loc[list(self.codes)]

    def financial_year(self) -> str | None:
        """Return the financial year asked for; refuse what is none."""
        if self.year is not None:
            years.first_year(str(self.year), "year")
        return None if self.year is None else str(self.year)

    def counted(
        self,
        says: str,
        when: str,
        values: Sequence[float],
        sizes: Sequence[int | None],
        source: str,
        note: str,
    ) -> Comparison:
        """Compare shares that are complete counts."""
        both = [
            Estimate(
                float(value),
                unit="share",
                n=size,
                label=name,
                decimals=1,
                said=f"{round(value * size)} of {size}" if size and size < _FEWEST else "",
            )
            for value, size, name in zip(values, sizes, self.names, strict=True)
        ]
        gap = 100 * (both[0].value - both[1].value)
        found = Estimate(gap, unit="pp", label=" less ".join(self.names), decimals=1)
        measure = MEASURES[self.measure]
        return Comparison(measure, when, says, both[0], both[1], found, note, (source,))


def _survey(asked: _Asked) -> Comparison:
    year = asked.year
    if year is not None and not str(year).isdecimal():
        raise ParameterError("year", "must be the year of a survey, such as 2018", value=year)
    table = surveys.table_of(asked.measure)
    rows = surveys.agreeing(asked.measure, asked.until)
    at, both = asked.newest(table, rows, "year", None if year is None else int(year))
    if both["respondents"].isna().any():
        raise DataError(table, f"doesn't say how many answered in {at}")
    added = rounding_variance(rows.loc[rows["year"] == at, "share"])
    decimals = 0 if added else 1
    ends = with_intervals(both, asked.confidence, added)
    asked = asked.named_in(at)
    first, second = (
        Estimate(
            float(share),
            float(low),
            float(high),
            "share",
            int(n),
            name,
            asked.confidence,
            decimals=decimals,
        )
        for (share, low, high, n), name in zip(
            ends[["share", "low", "high", "respondents"]].to_numpy().tolist(),
            asked.names,
            strict=True,
        )
    )
    sides = (Share(e.label, round(e.value * (e.n or 0)), e.n or 0) for e in (first, second))
    counted = difference(*sides, confidence=asked.confidence, decimals=decimals).estimate
    # Of both shares; the counts are those that the shares came from, as near as they tell.
    half = 100 * float(ndtri((1 + asked.confidence) / 2)) * (2 * added) ** 0.5
    gap = 100 * (first.value - second.value)
    low = gap - hypot(counted.value - (counted.low or 0), half)
    high = gap + hypot((counted.high or 0) - counted.value, half)
    older = asked.measure in surveys.OLDER
    note = UNWEIGHTED if older else f"{WEIGHTED} {_groups(both, asked)}"
    said = (surveys.OLDER if older else surveys.NEWER)[asked.measure]
    return Comparison(
        MEASURES[asked.measure],
        f"In the survey of {at}",
        f"{{}} of staff who answered agreed that {said}",
        first,
        second,
        replace(counted, value=gap, low=low, high=high),
        note,
        (table,),
    )


def _groups(both: pd.DataFrame, asked: _Asked) -> str:
    """Say whether the survey's publisher would have two trusts compared."""
    groups = both["benchmarking_group"].tolist()
    if groups[0] == groups[1]:
        return f"Both are in the group {groups[0]}."
    of = (f"{name} in {group}" for name, group in zip(asked.names, groups, strict=True))
    return f"These are in two groups, which aren't to be compared: {words.listed(of)}."


def _four_hours(asked: _Asked) -> Comparison:
    year = asked.financial_year()
    last = dates.OPEN_END if year is None else years.last_day(year)
    for piece in reversed(emergency.pieces(asked.until)):
        rows = piece.rows[piece.rows["org_code"].isin(asked.codes) & (piece.rows["month"] <= last)]
        rows = rows[(rows["attendances"] > 0) & rows["breaches"].notna()]
        held = [set(rows.loc[rows["org_code"] == code, "month"]) for code in asked.codes]
        both = sorted(set.intersection(*held))
        if both and (year is None or both[-1] >= last - pd.DateOffset(months=1)):
            break
    else:
        when = "" if year is None else f" to March {last.year}"
        raise DataError(
            emergency.BY_TRUST,
            f"no month{when} is held in which both {words.listed(asked.names)} reported A&E",
        )
    months = [m for m in both if m > both[-1] - pd.DateOffset(months=emergency.YEAR)]
    sums = emergency.shares(rows[rows["month"].isin(months)], "org_code").set_index("org_code")
    sums = sums.loc[list(asked.codes)]
    some = f"{len(months)} of the" if len(months) < emergency.YEAR else "the"
    return asked.named_in(months[-1].year).counted(
        "{} of A&E attendances were within four hours",
        f"In {some} 12 months to {months[-1]:%B %Y}",
        sums["share"].tolist(),
        sums["attendances"].astype(int).tolist(),
        piece.table,
        f"{COUNTED}; trusts' departments and patients differ.",
    )


def _eighteen_weeks(asked: _Asked) -> Comparison:
    rows = waits.waiting(asked.until)
    year = asked.financial_year()
    if year is not None:
        rows = rows[rows["month"] == years.last_day(year).replace(day=1)]
    at, both = asked.newest(waits.TABLE, rows, "month")
    return asked.named_in(at.year).counted(
        "{} of those waiting for treatment had waited no more than 18 weeks",
        f"At the end of {at:%B %Y}",
        both["share"].tolist(),
        both["incomplete"].astype(int).tolist(),
        waits.TABLE,
        f"{COUNTED}; the treatments that trusts offer differ.",
    )


def _agency(asked: _Asked) -> Comparison:
    table = "trust_temporary_staffing"
    rows = finances.staffing(asked.until)
    at, both = asked.newest(table, rows, "financial_year", asked.financial_year())
    return asked.named_in(years.last_day(at).year).counted(
        "{} of staff costs went on agency and external bank staff",
        f"In {at}",
        both["share"].tolist(),
        [None, None],
        table,
        f"{BOOKED}; agency and external bank can't be parted.",
    )


def _surplus(asked: _Asked) -> Comparison:
    rows = finances.accounts(asked.until).dropna(subset=["margin"])
    at, both = asked.newest("trust_finance", rows, "financial_year", asked.financial_year())
    return asked.counted(
        "the surplus (a deficit is below nought) was {} of income",
        f"In {at}",
        both["margin"].tolist(),
        [None, None],
        "trust_finance",
        f"{BOOKED}; a year's result may hold one-off items.",
    )


def _rating(asked: _Asked) -> Comparison:
    if asked.year is not None:
        raise ParameterError("year", "must be left out for ratings: give as_at", value=asked.year)
    rows, newest = ratings.rated(asked.until)
    rows = rows[rows["key_question"] == "Overall"]
    _, both = asked.newest(ratings.TABLE, rows.assign(list="the lists held"), "list")
    first, second = (
        Estimate(1.0 + level, said=rating, label=name)
        for level, rating, name in zip(
            both["level"].tolist(), both["rating"], asked.names, strict=True
        )
    )
    days = (words.day(day) for day in both["publication_date"])
    gap = first.value - second.value
    said = words.count(int(abs(gap)), "grade") if gap else "no grade"
    found = Estimate(gap, said=said, label=" less ".join(asked.names))
    seen = min(asked.until, newest)
    return Comparison(
        MEASURES["rating"],
        f"On {words.day(seen)}",
        "CQC's overall rating was {}",
        first,
        second,
        found,
        "The ratings are judgements of inspectors who came at different times; they were published "
        f"on {words.listed(days)}.",
        (ratings.TABLE,),
        "better",
    )


MEASURES: Final[dict[str, str]] = {
    "four hours": "A&E attendances within four hours",
    "18 weeks": "Waits for treatment within 18 weeks",
    "agency share": "Agency and external bank staff as a share of staff costs",
    "surplus": "Surplus as a share of income",
    "rating": "CQC's overall rating",
    **{name: f"Staff who agreed that {said}" for name, said in surveys.NEWER.items()},
    **{name: f"Staff who agreed that {said}" for name, said in surveys.OLDER.items()},
}
"""What trusts can be compared on, by its name."""

_HOW: Final[dict[str, Callable[[_Asked], Comparison]]] = {
    "four hours": _four_hours,
    "18 weeks": _eighteen_weeks,
    "agency share": _agency,
    "surplus": _surplus,
    "rating": _rating,
}


def compare(
    first: str,
    second: str,
    measure: str,
    *,
    year: int | str | None = None,
    as_at: str = "",
    confidence: float = 0.95,
) -> Comparison:
    """Compare two trusts on one measure, over the same time.

    Parameters
    ----------
    first, second : str
        Their ODS codes, or parts of their names that no other trust has.
    measure : str
        One of :data:`MEASURES`: "four hours", "18 weeks", "agency share", "surplus", "rating", or a
        question of the staff survey, "q3f", "q6a", "q7h" (from 2021) or "q7a" to "q8d" (to 2018).
    year : int or str, optional
        Year of a survey, or a financial year such as "2018/19"; the newest that both have without.
    as_at : str
        Use nothing published after this day, such as "2019-03-31"; empty for everything.
    confidence : float
        Level of intervals.

    Returns
    -------
    Comparison
        Both numbers, their difference, a sentence; ``.to_frame()`` and ``.figure()``.

    Raises
    ------
    ParameterError
        A trust or a measure is unknown or could be several; near ones are suggested.
    DataError
        There are no numbers of both trusts for that time.

    Notes
    -----
    Shares of those who answered a survey: Wilson's interval for each and Newcombe's hybrid score
    interval for the difference (1998, Statistics in Medicine 17:873, method 10), both widened by
    the rounding of the published percentages. They hold the error of sampling, not that of who
    didn't answer. Two trusts and a measure named beforehand are one comparison; of many, the widest
    difference is no finding.

    Examples
    --------
    >>> compare("RL4", "RTK", "q8d", year=2018).difference
    Estimate 1.4 percentage points (95% confidence interval −1.5 to 4.3 percentage points), \
Royal Wolverhampton less Ashford and St. Peter's Hospitals
    """
    codes = code_of(first, "first"), code_of(second, "second")
    if codes[0] == codes[1]:
        raise ParameterError("second", "must be another trust than the first", value=second)
    wanted = str(measure).strip().casefold()
    if wanted not in MEASURES:
        near = words.near_units(wanted, MEASURES)
        rule = "must be what trusts can be compared on"
        raise ParameterError("measure", rule, value=measure, allowed=MEASURES, near=near)
    until = dates.parse(as_at)
    asked = _Asked(codes, codes, wanted, year, until, check_confidence(confidence))
    found = _HOW.get(wanted, _survey)(asked.named_in(REGISTERED))
    alike = kinds_of(codes, until)
    if len(set(alike.values())) == 2 and wanted not in surveys.NEWER:
        names = (found.first.label, found.second.label)
        of = (f"{name} is one of the {alike[c]}" for c, name in zip(codes, names, strict=True))
        found = replace(found, note=f"{found.note} {words.listed(of)}.")
    return found
