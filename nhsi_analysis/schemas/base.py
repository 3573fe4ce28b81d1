"""The vocabulary every table model is written in.

A field says what it holds, in which unit and by which rule; the same words go into
``datapackage.json`` and into the error a broken file stops with.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pandas as pd
import pandera.pandas as pa

ORGANISATION_CODE: Final = r"^[A-Z0-9]{3,6}$"
TRUST_TYPES: Final = ("Acute", "Mental health", "Community", "Ambulance")
REGIONS: Final = ("North", "Midlands and East", "London", "South")
KEY_QUESTIONS: Final = ("Safe", "Effective", "Caring", "Responsive", "Well-led", "Overall")
RATINGS: Final = ("Inadequate", "Requires improvement", "Good", "Outstanding")

POSTCODE: Final = r"^[A-Z]{1,2}[0-9][A-Z0-9]? [0-9][A-Z]{2}$"
FINANCIAL_YEAR: Final = r"^20[0-9]{2}/[0-9]{2}$"
WEB_ADDRESS: Final = r"^https?://\S+$"


class Table(pa.DataFrameModel):
    """What every table promises: these columns and no others, in any order."""

    class Config:
        """Refuse unknown columns, so a renamed one is noticed."""

        strict = True


def text(
    description: str,
    *,
    pattern: str | None = None,
    among: tuple[str, ...] | None = None,
    missing: bool = False,
) -> Any:
    """Declare a column of text.

    Parameters
    ----------
    description : str
        What the column holds.
    pattern : str, optional
        Regular expression every value matches from its start.
    among : tuple of str, optional
        The allowed values.
    missing : bool
        Whether a value may be absent.

    Returns
    -------
    pandera field
    """
    rules: dict[str, Any] = {} if missing or pattern or among else {"str_length": {"min_value": 1}}
    if pattern is not None:
        rules["str_matches"] = pattern
    if among is not None:
        rules["isin"] = list(among)
    return pa.Field(description=description, nullable=missing, **rules)


def number(
    description: str,
    unit: str,
    *,
    at_least: float | None = None,
    at_most: float | None = None,
    missing: bool = False,
) -> Any:
    """Declare a column of numbers with its unit and bounds.

    Parameters
    ----------
    description : str
        What the column holds.
    unit : str
        The unit, in words.
    at_least, at_most : float, optional
        Inclusive bounds.
    missing : bool
        Whether a value may be absent.

    Returns
    -------
    pandera field
    """
    return pa.Field(
        description=description,
        nullable=missing,
        ge=at_least,
        le=at_most,
        metadata={"unit": unit},
    )


def share(description: str, *, missing: bool = False) -> Any:
    """Declare a percentage from 0 to 100."""
    return number(description, "per cent", at_least=0, at_most=100, missing=missing)


def date(
    description: str,
    *,
    earliest: str = "1900-01-01",
    latest: str = "2100-01-01",
    missing: bool = False,
) -> Any:
    """Declare a date between two dates, both included.

    Parameters
    ----------
    description : str
        What the column holds.
    earliest, latest : str
        ISO dates.
    missing : bool
        Whether a value may be absent.

    Returns
    -------
    pandera field
    """
    return pa.Field(
        description=description,
        nullable=missing,
        ge=pd.Timestamp(earliest),
        le=pd.Timestamp(latest),
    )


def organisation() -> Any:
    """Declare the ODS code of an organisation; text, for 5E1 is not 50.0."""
    return text("ODS code of the organisation", pattern=ORGANISATION_CODE)


def row_rule(column: str, rule: str) -> Callable[[Callable[..., Any]], Any]:
    """Mark a method as a rule across the columns of each row.

    Parameters
    ----------
    column : str
        The column an error names.
    rule : str
        The rule, in words that follow the column's name.

    Returns
    -------
    callable
        Decorator for a class method that takes the DataFrame and gives one truth value a row.
    """
    decorator: Callable[[Callable[..., Any]], Any] = pa.dataframe_check(
        name=f"{column}: {rule}", error=f"{column}: {rule}", ignore_na=False
    )
    return decorator


def consecutive_years(years: pd.Series) -> pd.Series:
    """Say which of '2016/17' name two years that follow each other."""
    first = pd.to_numeric(years.str[:4], errors="coerce")
    second = pd.to_numeric(years.str[5:7], errors="coerce")
    follows: pd.Series = (first + 1) % 100 == second
    return follows
