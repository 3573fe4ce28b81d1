"""Made-up rows and columns in the publishers' layouts."""

from __future__ import annotations

from pathlib import Path

from bench.workbooks import Cell

PROVIDERS = [
    "Provider ID",
    "Provider ODS Code",
    "Provider Name",
    "Provider Type",
    "Provider Primary Inspection Category",
    "Provider Post Code",
    "Provider Region",
    "Service / Population Group",
    "Domain",
    "Latest Rating",
    "Publication Date",
    "Report Type",
    "Inherited Rating (Y/N)",
    "URL",
    "Brand ID",
    "Brand Name",
]
LOCATIONS = [
    "Location ID",
    "Location ODS Code",
    "Location Name",
    "Care Home?",
    "Location Type",
    "Service / Population Group",
    "Domain",
    "Latest Rating",
    "Publication Date",
    "Report Type",
    "Inherited Rating (Y/N)",
    "URL",
    "Provider ID",
    "Provider Name",
    "Brand ID",
    "Brand Name",
]
KEY_QUESTIONS = ("Safe", "Effective", "Caring", "Responsive", "Well-led", "Overall")
Rows = list[list[Cell]]


def written(folder: Path) -> list[str]:
    """List what lies in data/processed, beside checked copies of shipped tables."""
    processed = folder / "processed"
    if not processed.exists():
        return []
    return sorted(p.name for p in processed.iterdir() if p.name != "cache")


def provider(
    code: str,
    rating: str = "Good",
    *,
    question: str = "Overall",
    service: str = "Overall",
    published: Cell = "14/05/2026",
    name: str = "",
    inherited: str = "N",
) -> list[Cell]:
    """Write a row of the sheet Providers as the file of 2026 has it."""
    kind = "Social Care Org" if "-" in code else "NHS Healthcare Organisation"
    return [
        code,
        code,
        name or f"Trust {code}",
        kind,
        "Acute hospital",
        "AB1 2CD",
        "London",
        service,
        question,
        rating,
        published,
        "Provider",
        inherited,
        f"https://example.org/{code}",
        "",
        "-",
    ]


def location(code: str, provider_code: str, inherited: str = "N") -> list[Cell]:
    """Write a row of the sheet Locations."""
    return [
        code,
        code,
        f"Place {code}",
        "N",
        "NHS Healthcare Organisation",
        "Overall",
        "Overall",
        "Good",
        "01/02/2026",
        "Location",
        inherited,
        f"https://example.org/{code}",
        provider_code,
        f"Trust {provider_code}",
        "",
        "-",
    ]


DEPARTMENTS = ("1", "2", "other")
AE_KINDS = ("Type 1", "Type 2", "Other A&E Department")
AE_BOOKED = [
    "Period",
    "Org Code",
    "Parent Org",
    "Org name",
    *(f"A&E attendances {kind}" for kind in AE_KINDS),
    *(
        f"A&E attendances Booked Appointments {kind}"
        for kind in (*AE_KINDS[:2], "Other Department")
    ),
    *(f"Attendances over 4hrs {kind}" for kind in (*AE_KINDS[:2], "Other Department")),
    *(
        f"Attendances over 4hrs Booked Appointments {kind}"
        for kind in (*AE_KINDS[:2], "Other Department")
    ),
    *(f"Emergency admissions via A&E - {kind}" for kind in AE_KINDS),
    "Other emergency admissions",
]
PROVIDER_KINDS = [
    "Type 1 Departments - Major A&E",
    "Type 2 Departments - Single Specialty",
    "Type 3 Departments - Other A&E/Minor Injury Unit",
]
BY_PROVIDER = [
    "Code",
    "Region",
    "Name",
    *PROVIDER_KINDS,
    "Total attendances",
    *PROVIDER_KINDS,
    "Total Attendances < 4 hours",
    *PROVIDER_KINDS,
    "Total Attendances > 4 hours",
    "Percentage in 4 hours or less (all)",
    "Emergency Admissions via Type 1 A&E",
    "Emergency Admissions via Type 2 A&E",
    "Emergency Admissions via Type 3 and 4 A&E",
    "Total Emergency Admissions via A&E",
]
RTT = [
    "Period",
    "Provider Org Code",
    "Provider Org Name",
    "Commissioner Org Code",
    "RTT Part Type",
    "Treatment Function Code",
    *(f"Gt {week:02d} To {week + 1:02d} Weeks SUM 1" for week in range(20)),
    "Gt 104 Weeks SUM 1",
    "Total",
    "Total All",
]
OVERSIGHT = [
    "Region",
    "Trust_type",
    "Trust_subtype",
    "Trust_code",
    "Trust_name",
    "Reporting_date",
    "Average_score",
    "Likely_range_of_average_score",
    "Segment",
    "Trust_in_financial_deficit",
    "Rank",
    "Likely_range_of_rank",
]


def ae_booked(code: str, counts: tuple[int, ...], period: str = "MSitAE-APRIL-2026") -> list[Cell]:
    """Write a row of the A&E file: 12 counts of attendances and breaches, 3 of admissions."""
    return [period, code, "NHS ENGLAND", f"Trust {code}", *counts, 900]


def by_provider(
    code: str, attended: tuple[int, ...], over: tuple[int, ...], admitted: tuple[int, ...]
) -> list[Cell]:
    """Write a row of the table A&E by provider."""
    within = [a - o for a, o in zip(attended, over, strict=True)]
    share = sum(within) / max(sum(attended), 1)
    groups = [*attended, sum(attended), *within, sum(within), *over, sum(over)]
    return [code, "NHS England", f"Trust {code}", *groups, share, *admitted, sum(admitted)]


def waiting(
    code: str,
    weeks: dict[int, int],
    *,
    part: str = "Part_2",
    function: str = "C_999",
    commissioner: str = "QOP",
    period: str = "RTT-July-2025",
) -> list[Cell]:
    """Write a row of the full waiting-list file; week 104 holds the longest waits."""
    bands = [weeks.get(week, "") for week in (*range(20), 104)]
    total = sum(weeks.values())
    head: list[Cell] = [period, code, f"Trust {code}", commissioner, part, function]
    return [*head, *bands, total, total]


def overseen(
    code: str,
    score: float,
    rank: int,
    *,
    kind: str = "Acute trust",
    quarter: str = "Q4 2025/26",
    likely: tuple[str, str] = ("2.01 - 2.35", "28 - 42"),
    deficit: str = "No",
) -> list[Cell]:
    """Write a row of a league table of the Oversight Framework."""
    subtype = "Acute - Large" if kind.startswith("Acute") else ""
    head: list[Cell] = ["NHS England London", kind, subtype, code, f"Trust {code}", quarter, score]
    return [*head, likely[0], min(int(score), 4), deficit, rank, likely[1]]
