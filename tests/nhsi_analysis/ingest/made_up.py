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
