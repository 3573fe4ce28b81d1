"""What is said and shown, as frozen data: numbers with their doubt, words, pictures, tables.

A study returns a :class:`Section`; ``report.show`` puts it on the page. :mod:`.words` writes
levels, dates, money, lists and the like in the one way that every page has them.
"""

from notebook_reports.evidence.estimates import Estimate
from notebook_reports.evidence.numbers import format_published, format_value, shared_decimals
from notebook_reports.evidence.parts import (
    Answer,
    Figure,
    Finding,
    Format,
    Part,
    Section,
    Table,
    Words,
    findings,
)
from notebook_reports.evidence.units import Units

__all__ = [
    "Answer",
    "Estimate",
    "Figure",
    "Finding",
    "Format",
    "Part",
    "Section",
    "Table",
    "Units",
    "Words",
    "findings",
    "format_published",
    "format_value",
    "shared_decimals",
]
