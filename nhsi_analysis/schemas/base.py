"""The vocabulary every table model is written in.

A field says what it holds, in which unit and by which rule; the same words go into
``datapackage.json`` and into the error a broken file stops with.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pandera.pandas as pa

from nhsi_analysis.schemas.vocabulary import ORGANISATION_CODE


class Model(pa.DataFrameModel):
    """What every table promises: these columns and no others, in any order.

    ``class Trusts(Model, key=("org_code",))`` promises one row a trust as well.
    """

    class Config:
        """Refuse unknown columns, so a renamed one is noticed."""

        strict = True

    def __init_subclass__(cls, key: tuple[str, ...] = (), **kwargs: Any) -> None:
        """Take the columns that are unique together from the head of the class."""
        if key:
            config = {"name": cls.__name__, "unique": [*key]}
            cls.Config = type("Config", (cls.Config,), config)  # type: ignore[misc, assignment]  # pandera's way
        super().__init_subclass__(**kwargs)  # type: ignore[no-untyped-call]  # pandera's is bare


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
    """Declare a column of numbers with its unit, in words, and inclusive bounds."""
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
    """Declare a date between two ISO dates, both included."""
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
