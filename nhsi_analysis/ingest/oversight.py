"""The NHS Oversight Framework, as NHS England publishes it each quarter: leagues and metrics."""

from __future__ import annotations

import re
from typing import Final

import pandas as pd

from nhsi_analysis import datasets, years
from nhsi_analysis.errors import DataError
from nhsi_analysis.ingest.kinds import Found, Job, Kind
from nhsi_analysis.ingest.reading import (
    FORMULA_NAME,
    date_in_name,
    is_formula,
    label,
    tidy,
    to_date,
    to_number,
    whole_code,
)
from nhsi_analysis.ingest.sources import Headed
from nhsi_analysis.ingest.text import place_of, under
from nhsi_analysis.schemas.vocabulary import NHS_ENGLAND_REGIONS, ORGANISATION_CODE

HEADINGS: Final = ("Trust_code", "Average_score", "Segment", "Rank")
LEAGUES: Final = {
    "acute": "Acute",
    "ambulance": "Ambulance",
    "mental": "Mental health and community",
    "community": "Mental health and community",
    "non": "Mental health and community",
}
DOMAINS: Final = {
    "access": "Access to services",
    "effectiveness": "Effectiveness and experience of care",
    "finance": "Finance and productivity",
    "safety": "Patient safety",
    "people": "People and workforce",
}
METRIC_HEADINGS: Final = ("Trust_code", "Metric_ID", "Value")
METRICS: Final = {
    "OF4000": "access_score",
    "OF4002": "safety_score",
    "OF4003": "finance_score",
    "OF4004": "people_score",
    "OF4005": "effectiveness_score",
    "OF4100": "access_segment",
    "OF4102": "safety_segment",
    "OF4103": "finance_segment",
    "OF4104": "people_segment",
    "OF4105": "effectiveness_segment",
    "OF0061": "raising_concerns_score",
    "OF0084": "engagement_score",
    "OF0079": "planned_surplus_pct",
    "OF0081": "variance_to_plan_pct",
    "OF0085": "implied_productivity_pct",
    "OF0010": "cancer_28_day_pct",
    "OF0011": "cancer_62_day_pct",
    "OF0020": "mrsa_cases",
    "OF0048": "ecoli_ratio",
    "OF0088": "cdiff_ratio",
    "OF0063": "long_stay_pct",
}
EARLIEST: Final = 2001
# Given as a count too.
RATES: Final = ("OF0048", "OF0088")
DEFICIT: Final = {"yes": True, "y": True, "true": True, "no": False, "n": False, "false": False}
OFF_SCALE: Final = "scores of domains are not from 1 to 4, or segments from 1 to 5"
RANGES: Final = {
    ("score_low", "score_high"): "Likely_range_of_average_score",
    ("rank_low", "rank_high"): "Likely_range_of_rank",
}
QUARTER: Final = re.compile(r"\bQ([1-4])\b|\bquarter ([1-4])\b", re.IGNORECASE)
YEAR: Final = re.compile(r"(20\d\d)\s*[/-]\s*(?:20)?(\d\d)\b")
RANGE: Final = re.compile(
    r"(\d+(?:\.\d+)?)\s*(?:[-\u2010-\u2015\u2212]|to)\s*(\d+(?:\.\d+)?)", re.IGNORECASE
)


def quarter_of(said: object) -> str | None:
    """Return the quarter that a cell says or dates.

    Examples
    --------
    >>> quarter_of("Q3 2025/26"), quarter_of("2025-26 Q3"), quarter_of("31/12/2025")
    ('2025/26 Q3', '2025/26 Q3', '2025/26 Q3')
    """
    written = tidy(said).replace("_", " ")
    quarter, year = QUARTER.search(written), YEAR.search(written)
    if quarter and year and years.written(int(year[1])) == f"{year[1]}/{year[2]}":
        return f"{year[1]}/{year[2]} Q{quarter[1] or quarter[2]}"
    day = to_date(said) or date_in_name(written)
    if day is None or day.year < EARLIEST:
        return None
    return f"{years.of(day)} Q{(day.month - 4) % 12 // 3 + 1}"


def last_day(quarter: str) -> pd.Timestamp:
    """Return the last day of a quarter such as "2025/26 Q3"."""
    first = pd.Timestamp(int(quarter[:4]), 4, 1)
    return first + pd.DateOffset(months=3 * int(quarter[-1])) - pd.Timedelta(days=1)


def _among(low: float, high: float, value: float | None) -> float | None:
    return value if value is not None and low <= value <= high else None


def _whole(high: int, value: float | None) -> float | None:
    return _among(1, high, value) if value is not None and value % 1 == 0 else None


def _of_domain(part: str, cell: object) -> float | None:
    return _among(1, 5 if part.endswith("segment") else 4, to_number(cell))


def _domains(table: Headed) -> dict[str, int]:
    """Return where scores and segments of domains stand, by the columns of the table."""
    places = {
        f"{domain}_{what}": table.optional(f"{domain}_{what}", f"{title} {what}")
        for domain, title in DOMAINS.items()
        for what in ("score", "segment")
    }
    return {name: at for name, at in places.items() if at is not None}


def _read(job: Job) -> Found:
    """Read a league table: score, segment and rank of each trust, with their likely ranges.

    What the table held of a trust and quarter beyond that, such as scores by domain, stays.
    """
    table, _ = under(job.source, HEADINGS)
    code, name = table.column("Trust_code"), table.column("Trust_name")
    kind, subtype = table.column("Trust_type"), table.optional("Trust_subtype")
    region, said = table.column("Region"), table.optional("Quarter", "Reporting_date")
    score, segment = table.column("Average_score"), table.column("Segment")
    rank, deficit = table.column("Rank"), table.optional("Trust_in_financial_deficit")
    ranges = {ends: table.optional(heading) for ends, heading in RANGES.items()}
    domains = _domains(table)
    regions = {r.casefold(): r for r in NHS_ENGLAND_REGIONS}
    rows: dict[tuple[str, str], dict[str, object]] = {}
    for number, row in job.rows(table, "reading trusts"):
        if not any(map(tidy, row)):
            continue
        org = whole_code(row[code])
        place = f"{org or 'no code'} (row {number})"
        quarter = quarter_of(row[said]) if said is not None else None
        if quarter is None and job.date is not None:
            quarter = quarter_of(job.date)
        league = LEAGUES.get(next(iter(re.findall("[a-z]+", label(row[kind]))), ""))
        found = regions.get(label(row[region]).removeprefix("nhs england").strip())
        values = {
            "average_score": _among(1, 4, to_number(row[score])),
            "segment": _whole(5, to_number(row[segment])),
            "rank": _whole(999, to_number(tidy(row[rank]).strip("="))),  # a tied place: =12
        }
        if not re.match(ORGANISATION_CODE, org):
            job.excluded.add("rows have no organisation code", place)
        elif quarter is None:
            job.excluded.add("rows have no quarter such as 'Q3 2025/26'", place)
        elif is_formula(row[name]):
            job.excluded.add(FORMULA_NAME, place)
        elif league is None or found is None:
            job.excluded.add("trusts have an unknown type or region", place)
        elif None in values.values():
            job.excluded.add("trusts have no score, segment or rank", place)
        elif (quarter, org) in rows:
            job.excluded.add("trusts appear twice", place)
        else:
            rows[quarter, org] = {
                "quarter": quarter,
                "org_code": org,
                "org_name": tidy(row[name]),
                "trust_type": league,
                "trust_subtype": tidy(row[subtype]) or None if subtype is not None else None,
                "region": found,
                **values,
                **{part: _of_domain(part, row[at]) for part, at in domains.items()},
            }
            for part, column in domains.items():
                if to_number(row[column]) is not None and rows[quarter, org][part] is None:
                    job.excluded.add(OFF_SCALE, f"{place} {part.replace('_', ' ')}")
            for ends, at in ranges.items():
                said_range = tidy(row[at]) if at is not None else ""
                likely = RANGE.fullmatch(said_range)
                low, high = map(float, likely.groups()) if likely else (1.0, 0.0)
                if low <= high:
                    rows[quarter, org] |= dict(zip(ends, (low, high), strict=True))
                elif re.search(r"\d", said_range):
                    job.excluded.add(
                        "likely ranges are not two numbers, the lower first",
                        f"{place} {said_range!r}",
                    )
            flag = label(row[deficit]) if deficit is not None else ""
            if flag in DEFICIT:
                rows[quarter, org]["in_deficit"] = DEFICIT[flag]
            elif re.search(r"\w", flag):
                job.excluded.add("deficits are neither yes nor no", f"{place} {flag!r}")
    if not rows:
        raise DataError(
            job.source.name, "no trust could be read: " + "; ".join(job.excluded.lines()[:2])
        )
    return _completed(pd.DataFrame(rows.values()))


def _completed(frame: pd.DataFrame) -> Found:
    """Add what was held of the same trusts and quarters already."""
    held = datasets.load("oversight_framework").set_index(["quarter", "org_code"])
    held.attrs = {}
    keyed = frame.set_index(["quarter", "org_code"])
    both = keyed.index.intersection(held.index)
    for column in held.columns.difference(keyed.columns):
        keyed[column] = held[column].reindex(keyed.index)
    quarters = sorted(frame["quarter"].unique())
    said = [
        f"Oversight Framework of {', '.join(quarters)}",
        f"{len(frame):,} trusts: "
        + ", ".join(f"{n:,} {kind}" for kind, n in frame["trust_type"].value_counts().items()),
    ]
    if len(both):
        said.append(
            f"{len(both):,} of them were held already; what only the earlier table has of them, "
            "such as scores by domain, stays"
        )
    if "access_score" not in keyed or keyed["access_score"].isna().all():
        said.append(
            "no scores by domain: reports on the league keep to an older quarter until the file "
            "of its metrics is read"
        )
    return Found(keyed.reset_index(), last_day(quarters[-1]), tuple(said))


def _read_metrics(job: Job) -> Found:
    """Read scores and metrics of trusts whose league table of the quarter is held."""
    table, _ = under(job.source, METRIC_HEADINGS)
    code, said = table.column("Trust_code"), table.column("Quarter", "Reporting_date")
    metric, value = table.column("Metric_ID"), table.column("Value")
    units = table.optional("Units", "Unit")
    held = datasets.load("oversight_framework").set_index(["quarter", "org_code"])
    held.attrs = {}
    found: dict[str, dict[tuple[str, str], float]] = {}
    known = set(held.index)
    for number, row in job.rows(table, "reading metrics"):
        if not any(map(tidy, row)):
            continue
        which, quarter = tidy(row[metric]).upper(), quarter_of(row[said])
        key, amount = (quarter or "", whole_code(row[code])), to_number(row[value])
        place = f"{key[1]} {which} (row {number})"
        rate = units is None or label(row[units]) == "rate"
        if which not in METRICS or (which in RATES and not rate):
            job.excluded.add("rows are of metrics the table does not have", place)
        elif key not in known:
            job.excluded.add("rows are of trusts and quarters without a league table held", place)
        elif amount is None:
            job.excluded.add("values are suppressed or blank", place)
        elif re.match("OF4[01]", which) and _of_domain(METRICS[which], amount) is None:
            job.excluded.add(OFF_SCALE, place)
        elif key in found.setdefault(METRICS[which], {}):
            job.excluded.add("values appear twice", place)
        else:
            found[METRICS[which]][key] = amount
    keys = sorted({key for values in found.values() for key in values})
    if not keys:
        raise DataError(
            job.source.name,
            "no metric could be read: " + "; ".join(job.excluded.lines()[:2]),
            remedy="Read the league table of the quarter first",
        )
    frame = held.loc[keys].copy()
    for column, values in found.items():
        frame[column] = pd.Series(values).reindex(frame.index).fillna(frame[column].astype(float))
    quarters = sorted({quarter for quarter, _ in keys})
    return Found(
        frame.reset_index(),
        last_day(quarters[-1]),
        (
            f"Oversight Framework metrics of {', '.join(quarters)}",
            f"{len(found):,} scores and metrics of {len({org for _, org in keys}):,} trusts, added "
            "to their league table",
        ),
    )


METRICS_KIND: Final = Kind(
    name="oversight-metrics",
    table="oversight_framework",
    publisher="NHS England",
    looks_for="a table with the columns 'Trust_code', 'Metric_ID' and 'Value'",
    workbook=None,
    fits=lambda source: place_of(source, METRIC_HEADINGS) is not None,
    reader=_read_metrics,
    replaces=("quarter", "org_code"),
    headings=(*METRIC_HEADINGS, "Trust_name", "Units"),
)
KIND: Final = Kind(
    name="oversight-framework",
    table="oversight_framework",
    publisher="NHS England",
    looks_for="a table with the columns 'Trust_code', 'Average_score', 'Segment' and 'Rank'",
    workbook=None,
    fits=lambda source: place_of(source, HEADINGS) is not None,
    reader=_read,
    replaces=("quarter", "trust_type"),
    headings=(*HEADINGS, "Trust_name", "Reporting_date", *RANGES.values()),
)
