"""Checkers of claims on A&E, pathology and the agency's own organisation."""

from __future__ import annotations

import re
from typing import Literal

import pandas as pd

from nhsi_analysis.studies.claims.lookups import Checker, Register, Which
from nhsi_analysis.studies.claims.model import Claim, Evidence, Found, number, rounding
from nhsi_analysis.studies.claims.tables import Tables
from notebook_reports.evidence import format_value

_END = pd.Timestamp("2018-02-01")
_FOUR_HOURS = "within four hours"


def admitted_through_ae(claim: Claim, tables: Tables, claims: Register) -> Found:
    """Say what the table's admissions leave out."""
    months = _england(tables).reindex(pd.date_range(end=_END, periods=11, freq="MS"))
    share = months["admissions"].sum() / months["attendances"].sum()
    if not share > 0:
        return Found()
    return Found(
        remarks=(
            f"The table counts admissions through A&E ({share:.0%} of attendances), not patients "
            "admitted straight to a ward: the claim may be on all emergency admissions.",
        )
    )


def admissions_in_year(claim: Claim, tables: Tables, claims: Register) -> float:
    """Return an end: admissions through A&E in 2017/18; no bound where months are missing."""
    year = pd.date_range("2017-04-01", periods=12, freq="MS")
    months = _england(tables)["admissions"].reindex(year)
    return float("inf") if months.isna().any() else float(months.sum())


def clinical_staff(claim: Claim, tables: Tables, claims: Register) -> float:
    """Return an end: clinical staff of the NHS in England; no bound where not published yet."""
    rows = tables.rows("nhsi_context", {"measure": "^FTE clinical staff$"})
    return float("inf") if rows.empty else float(rows["number"].iloc[0])


def _england(tables: Tables) -> pd.DataFrame:
    """Return England's monthly totals of all department types."""
    columns = ["attendances", "breaches", "admissions"]
    months: pd.DataFrame = tables["ae_monthly"].groupby("month")[columns].sum()
    return months


def growth(column: Literal["attendances", "admissions"]) -> Checker:
    """Compute growth over 12 months to February 2018 from the months that the table holds.

    The table starts in April 2016, so one month of the year before, March 2016, is missing. The
    months that both years have give one figure; what March may have been, judged by the growth of
    the other months, gives the range.
    """

    def check(claim: Claim, tables: Tables, claims: Register) -> Found:
        months = _england(tables)[column]
        year = pd.date_range(end=_END, periods=12, freq="MS")
        now, before = months.reindex(year), months.reindex(year - pd.DateOffset(years=1))
        if now.isna().any():
            return Found(remarks=("The months to February 2018 are not all in the table.",))
        pair = pd.DataFrame({"now": now.to_numpy(), "before": before.to_numpy()}, index=now.index)
        both = pair.dropna()
        missing = pair[pair["before"].isna()]
        value = 100 * float(both["now"].sum() / both["before"].sum() - 1)
        words = f"{column} grew by {value:.2f}% over {len(both)} months that both years have"
        if missing.empty:
            return Found((Evidence(value, value, value, words, ("ae_monthly",), exact=True),))
        ratios = both["now"] / both["before"]
        ends = [
            100 * float(now.sum() / (both["before"].sum() + (missing["now"] / r).sum()) - 1)
            for r in (ratios.min(), ratios.max())
        ]
        needed = float(now.sum() / (1 + claim.value / 100) - both["before"].sum())
        implied = 100 * (float(missing["now"].sum()) / needed - 1)
        names = ", ".join(f"{m - pd.DateOffset(years=1):%B %Y}" for m in missing.index)
        least, most = (format_value(float(r) - 1, "share") for r in (ratios.min(), ratios.max()))
        words += (
            f"; {names} is missing: with growth as in the other months ({least} to {most}) the "
            f"year grew by {ends[0]:.2f}% to {ends[1]:.2f}%, and {claim.value:g}% needs a growth "
            f"of {format_value(implied, 'per cent')} in it"
        )
        evidence = Evidence(
            value, min(ends), max(ends), words, ("ae_monthly",), exact=True, complete=False
        )
        return Found((evidence,))

    return check


def major_departments(column: Literal["attendances", "admissions"]) -> Checker:
    """Tell the growth of major departments (type 1) alone, over the months that both years have."""

    def check(claim: Claim, tables: Tables, claims: Register) -> Found:
        table = tables["ae_monthly"]
        months = table[table["department_type"] == "1"].groupby("month")[column].sum()
        year = pd.date_range(end=_END, periods=11, freq="MS")
        now, before = months.reindex(year), months.reindex(year - pd.DateOffset(years=1))
        if now.isna().any() or before.isna().any():
            return Found()
        value = 100 * float(now.sum() / before.sum() - 1)
        words = f"{column} of major departments (type 1) grew by {value:.2f}% over 11 months"
        return Found(others=(Evidence(value, value, value, words, ("ae_monthly",), exact=True),))

    return check


def more_within_four_hours(winter: tuple[int, ...]) -> Checker:
    """Compute how many more patients were treated within four hours in one winter than before.

    Parameters
    ----------
    winter : tuple of int
        Months that count as winter, from autumn to spring, such as (12, 1, 2).
    """

    def check(claim: Claim, tables: Tables, claims: Register) -> Found:
        months = _england(tables)
        within: pd.Series = months["attendances"] - months["breaches"]
        more = _more(within, winter)
        if more is None:
            return Found(remarks=("The months of both winters are not all in the table.",))
        words = (
            f"{number(more)} more {_FOUR_HOURS} in {_span(winter)} 2017/18 than a year before, "
            "all department types"
        )
        order = (10, 11, 12, 1, 2, 3)
        windows: list[tuple[int, ...]] = [order[i:j] for i in range(6) for j in range(i + 2, 7)]
        each = {w: m for w in windows if (m := _more(within, w)) is not None}
        table = tables["ae_monthly"]
        major = table[table["department_type"] == "1"]
        in_time: pd.Series = (
            (major["attendances"] - major["breaches"]).groupby(major["month"]).sum()
        )
        major_more = _more(in_time, winter)
        remarks = []
        if each:
            nearest = min(each, key=lambda w: abs(each[w] - claim.value))
            remarks.append(
                f"Other choices of winter give {number(min(each.values()))} to "
                f"{number(max(each.values()))}; nearest to the claim is {_span(nearest)} with "
                f"{number(each[nearest])}."
            )
        if major_more is not None:
            remarks.append(f"In major departments (type 1) alone it was {number(major_more)}.")
        evidence = Evidence(more, more, more, words, ("ae_monthly",), exact=True)
        return Found((evidence,), remarks=tuple(remarks))

    return check


def _more(within: pd.Series, winter: tuple[int, ...]) -> float | None:
    """Return the change on a year before over the months of winter 2017/18."""
    now = pd.DatetimeIndex([f"{2017 if m > 6 else 2018}-{m:02d}-01" for m in winter])
    then, before = within.reindex(now), within.reindex(now - pd.DateOffset(years=1))
    if then.isna().any() or before.isna().any():
        return None
    return float(then.sum() - before.sum())


def _span(winter: tuple[int, ...]) -> str:
    names = [pd.Timestamp(2018, m, 1).strftime("%B") for m in winter]
    return names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"


def network_codes(claim: Claim, tables: Tables, claims: Register) -> Found:
    """Count the network codes of the map of September 2018."""
    rows = tables["pathology_networks"]
    codes = rows.loc[rows["as_of"] == "2018-09", "network_id"].dropna()
    n = float(codes[codes.str.len() > 0].nunique())
    if not n:
        return Found()
    words = f"{number(n)} network codes on the map of September 2018"
    return Found((Evidence(n, n, n, words, ("pathology_networks",), exact=True),))


def per_test(claim: Claim, tables: Tables, claims: Register) -> Found:
    """Tell the cost of a test and the saving as a share of cost that the claims imply."""
    tests, cost, saving = claims["C012"].value, claims["C013"].value, claims["C011"].value
    rows = tables.rows("pathology_figures", {"measure": "^tests per year$", "scope": "^England$"})
    other = [cost / t for t in rows["number"] if abs(t - tests) > 1e-9]
    words = (
        f"£{cost:g}bn for {tests:g}bn tests is £{cost / tests:.2f} a test"
        + (f" (£{other[0]:.2f} with the rival number of tests)" if other else "")
        + f"; £{number(saving)}m is {saving / cost / 10:.1f}% of it."
    )
    return Found(remarks=(words,))


def share_of_cost(claim: Claim, tables: Tables, claims: Register) -> Found:
    """Compute the saving from the published share of the published cost, as another figure."""
    share = tables.rows("pathology_figures", {"measure": "^target saving as share of spend$"})
    cost = tables.rows("pathology_figures", {"measure": "^pathology spend$"})
    if share.empty or cost.empty:
        return Found()
    s, c = float(share["number"].iloc[0]), float(cost["number"].iloc[0])
    (low_s, high_s), (low_c, high_c) = rounding(s, "per cent"), rounding(c, "bn")
    words = f"{s:g}% of £{c:g}bn is £{s * c * 10:.0f}m"
    other = Evidence(s * c * 10, low_s * low_c * 10, high_s * high_c * 10, words, _PATHOLOGY)
    return Found(others=(other,))


_PATHOLOGY = ("pathology_figures",)


def hub_targets(claim: Claim, tables: Tables, claims: Register) -> Found:
    """Tell how much of the saving has a published target by hub."""
    rows = tables["pathology_networks"]
    targets = rows.loc[rows["as_of"].str.startswith("2017-09"), "savings_target_gbp_m"].dropna()
    if targets.empty:
        return Found()
    return Found(
        remarks=(
            f"{len(targets)} hubs have published targets, together £{targets.sum():.1f}m: "
            f"£{claim.value - targets.sum():.0f}m has no published allocation.",
        )
    )


def per_network(claim: Claim, tables: Tables, claims: Register) -> Found:
    """Tell how many services make a network."""
    services, networks = claim.value, claim.comparator_value
    return Found(
        remarks=(
            f"{number(services)} services to {number(networks)} networks is "
            f"{services / networks:.1f} a network.",
        )
    )


def regions(claim: Claim, tables: Tables, claims: Register) -> Found:
    """Count the regions of NHS Improvement that trusts are registered under."""
    n = float(tables["trusts"]["region"].nunique())
    words = f"trusts are registered under {number(n)} regions in September 2018"
    return Found((Evidence(n, n, n, words, ("trusts",), exact=True),))


def mergers(claim: Claim, tables: Tables, claims: Register) -> Found:
    """Count the trusts that came out of mergers taking effect in 2017/18."""
    rows = tables["trust_successions"]
    inside = rows["effective_date"].between("2017-04-01", "2018-03-31")
    whole = rows[inside & (rows["share"] == "whole")]
    if whole.empty:
        return Found(remarks=("No merger of 2017/18 is recorded by that date.",))
    n = float(whole["successor_code"].nunique())
    names = ", ".join(sorted(whole["successor_name"].unique()))
    words = f"{number(n)} trusts came out of mergers in 2017/18: {names}"
    return Found(
        (Evidence(n, n, n, words, ("trust_successions",), exact=True),),
        remarks=("A merger supported or cleared in a year may take effect in the next.",),
    )


def segments(claim: Claim, tables: Tables, claims: Register) -> Found:
    """Count the segments that the published definition of the framework names."""
    facts = tables["sof_special_measures_facts"]
    text = " ".join(facts.loc[facts["measure"].str.startswith("segments:"), "measure"])
    named = sorted({int(n) for n in re.findall(r"\b([1-9]) [a-z]", text)})
    if not named:
        return Found()
    n = float(len(named))
    words = f"the published definition names segments {named[0]} to {named[-1]}"
    return Found((Evidence(n, n, n, words, ("sof_special_measures_facts",), exact=True),))


def implied_replies(replies: str, which: Which = "value") -> Checker:
    """Tell which numbers of replies a whole percentage stands for."""

    def check(claim: Claim, tables: Tables, claims: Register) -> Found:
        total = claims[replies].figure(which)
        low, high = (end / 100 * total for end in claim.range("value"))
        return Found(
            remarks=(
                f"Of {number(total)} replies that is {number(float(-(-low // 1)))} to "
                f"{number(float(high // 1))}.",
            )
        )

    return check


def response_rate(claim: Claim, tables: Tables, claims: Register) -> Found:
    """Tell the response rate that the numbers of replies and of staff imply."""
    replies, staff = claims["C070"].value, claims["C069"].value
    return Found(
        remarks=(
            f"{number(replies)} replies of {number(staff)} staff is a response rate of "
            f"{replies / staff:.1%}.",
        )
    )


def own_share(claim: Claim, tables: Tables, claims: Register) -> Found:
    """Tell the share that the claim's figure is of the one it is compared with."""
    part, whole = claim.value, claim.comparator_value
    if not whole > 0:
        return Found()
    return Found(remarks=(f"{number(part)} of {number(whole)} is {part / whole:.1%}.",))
