"""What a pack is made of: a TOML file, checked by shape here and against the notebooks in plan.

A pack names notebooks, their parameters and matrices::

    title = "Quarterly pack"

    [parameters]                 # for every report that declares them
    confidence = 0.95

    [[sections]]
    title = "By region"

    [[sections.reports]]
    notebook = "04_cqc_rating_shifts"
    label = "{region}"           # what lists call the report
    group = "{trust_type} trusts"  # reports of a group stand in one table of the index
    for_each.table = "trusts"
    for_each.columns = { region = "region" }
    for_each.where = { trust_type = ["Acute", "Ambulance"] }
"""

from __future__ import annotations

import datetime as dt
import re
import string
import sys
import tomllib
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    model_validator,
)

from notebook_reports.errors import PackError, shown
from notebook_reports.packs.text import one_line

SAFE_ID = re.compile(
    r"(?!(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$))[a-z0-9][a-z0-9._-]{0,119}(?<!\.)",
    re.IGNORECASE | re.ASCII,
)
"""A report id: it becomes a file name, so it has no separator, starts with a letter or digit, and
is none of the names and endings that Windows keeps for itself.
"""

_DEEPEST = 8
_MOST_PROBLEMS = 20


def _dates_to_text(value: Any, depth: int = 0) -> Any:
    """Turn TOML dates into ISO text: a notebook's dates are text. Refuse what no notebook takes."""
    if depth > _DEEPEST:
        raise ValueError("holds lists or tables too deep in one another")
    if isinstance(value, int) and abs(value) > sys.float_info.max:
        raise ValueError("holds a number of over 308 digits")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: _dates_to_text(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [_dates_to_text(item, depth + 1) for item in value]
    return value


def _as_texts(value: Any) -> Any:
    """Let a filter be one value or a list; cells of a table are compared as text."""
    values = value if isinstance(value, list) else [value]
    return [_dates_to_text(item) for item in values]


def label_names(label: str) -> list[str]:
    """Return the names a label stands for: "region" of ``"Ratings in {region}"``.

    Raises
    ------
    ValueError
        A brace is not part of a plain name in braces.
    """
    try:
        parts = [part for part in string.Formatter().parse(label) if part[1] is not None]
    except ValueError:
        parts = [("", "", "", "")]
    if not all(str(name).isidentifier() and not (form or how) for _, name, form, how in parts):
        raise ValueError("takes plain names in braces, such as {region}, and no other brace")
    return [str(name) for _, name, _, _ in parts]


Values = Annotated[dict[str, Any], BeforeValidator(lambda value: _dates_to_text(value))]
Texts = Annotated[list[str], BeforeValidator(_as_texts)]
Seconds = Annotated[float, Field(gt=0, le=1e9, allow_inf_nan=False)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Limits(_Strict):
    """Seconds a cell and a report may take."""

    cell_seconds: Seconds | None = None
    report_seconds: Seconds | None = None


class ForEach(_Strict):
    """A matrix: one report for each row of a table, for each value listed, or their product.

    ``columns`` maps a parameter to the table's column it comes from; ``where`` keeps rows whose
    column has one of the values; ``where_in`` keeps rows whose value is in another table's
    column ("cqc_trust_ratings.org_code"); ``values`` lists values of a parameter; ``facets``
    names columns the index can be filtered by.
    """

    table: str = ""
    columns: dict[str, str] = {}
    where: dict[str, Texts] = {}
    where_in: dict[str, str] = {}
    facets: dict[str, str] = {}
    values: dict[
        str, Annotated[list[Any], BeforeValidator(lambda value: _dates_to_text(value))]
    ] = {}

    @model_validator(mode="after")
    def _has_a_source(self) -> ForEach:
        if not self.columns and not self.values:
            raise ValueError("needs columns (with a table) or values")
        if self.columns and not self.table:
            raise ValueError("has columns and needs the table they are in")
        if self.table and not self.columns:
            raise ValueError("has a table and needs columns, such as { trust = 'org_code' }")
        both = sorted(set(self.columns) & set(self.values))
        if both:
            raise ValueError(f"gives {', '.join(both)} both from a column and as values")
        for place in self.where_in.values():
            if place.count(".") != 1:
                raise ValueError(f"where_in takes 'table.column', not {place!r}")
        return self


class ReportSpec(Limits):
    """One notebook with its parameters, alone or over a matrix."""

    notebook: str = Field(min_length=1)
    id: str | None = None
    label: str = ""
    group: str = ""
    parameters: Values = {}
    for_each: ForEach | None = None

    @model_validator(mode="after")
    def _has_a_safe_id_and_label(self) -> ReportSpec:
        if self.id is not None and not SAFE_ID.fullmatch(self.id):
            raise ValueError(
                f"id {shown(self.id)} would not be a safe file name: use letters, digits, '-', '_' "
                "and '.', starting with a letter or digit and not ending in '.', and no name that "
                "Windows reserves, such as CON"
            )
        for name in ("label", "group"):
            try:
                label_names(getattr(self, name))
            except ValueError as error:
                raise ValueError(f"{name} {shown(getattr(self, name))}: {error}") from None
        return self


class Section(Limits):
    """Reports under one heading, sharing parameters."""

    title: str = ""
    parameters: Values = {}
    reports: list[ReportSpec] = Field(min_length=1)


class PackSpec(Limits):
    """A whole pack."""

    title: str = Field(min_length=1)
    description: str = ""
    quarter: str | None = None
    retries: int = Field(default=1, ge=0, le=5)
    parameters: Values = {}
    reports: list[ReportSpec] = []
    sections: list[Section] = []
    _file: str = PrivateAttr("pack")

    @model_validator(mode="after")
    def _has_reports(self) -> PackSpec:
        if not self.reports and not self.sections:
            raise ValueError("names no report: add [[reports]] or [[sections]]")
        if self.quarter is not None:
            try:
                quarter_end(self.quarter)
            except PackError as error:
                raise ValueError(str(error)) from None
        return self

    @property
    def file(self) -> str:
        """What messages call the specification: its file's name."""
        return self._file

    @property
    def all_sections(self) -> list[Section]:
        """Every section; reports of the pack itself come first, under its own title."""
        loose = [Section(title="", reports=self.reports)] if self.reports else []
        return [*loose, *self.sections]


def read_spec(path: Path) -> PackSpec:
    """Read a pack's specification.

    Parameters
    ----------
    path : Path
        A TOML file.

    Returns
    -------
    PackSpec
        The specification; its notebooks and parameters are checked when it is planned.

    Raises
    ------
    PackError
        The file is missing, is not TOML, or breaks the shape; the message says where.
    """
    try:
        # Windows' own editors put a mark before UTF-8.
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise PackError(f"there is no pack {path}") from None
    except OSError as error:
        raise PackError(f"can't read the pack {path}: {error.strerror}") from None
    except RecursionError:
        raise PackError(f"{path.name} holds lists or tables too deep in one another") from None
    except UnicodeDecodeError:
        raise PackError(f"{path.name} is not text in UTF-8: save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise PackError(f"{path.name} is not valid TOML: {error}") from None
    except ValueError:
        raise PackError(f"{path.name} holds a number of some thousand digits") from None
    return parse_spec(content, path.name)


def parse_spec(content: dict[str, Any], name: str = "pack") -> PackSpec:
    """Check the content of a pack.

    Parameters
    ----------
    content : dict
        As read from TOML.
    name : str
        What messages call it.

    Raises
    ------
    PackError
        It breaks the shape; every problem is listed with its place.
    """
    try:
        spec = PackSpec.model_validate(content)
    except ValidationError as error:
        problems = []
        for item in error.errors(include_url=False):
            place = ".".join(str(part) for part in item["loc"]) or "the pack"
            words = item["msg"].removeprefix("Value error, ")
            if item["type"] == "extra_forbidden":
                words = "is not a setting of a pack"
            problems.append(f"  {one_line(place, 100)}: {words}")
        more = len(problems) - _MOST_PROBLEMS
        listed = [*problems[:_MOST_PROBLEMS], *([f"  and {more} more"] if more > 0 else [])]
        raise PackError(f"{name} can't be run:\n" + "\n".join(listed)) from None
    spec._file = name
    return spec


def quarter_end(quarter: str) -> str:
    """Return the last day of a financial quarter as ISO text.

    Parameters
    ----------
    quarter : str
        Financial year and quarter, "2018-19Q2": July to September 2018.

    Raises
    ------
    PackError
        It is not written so.

    Examples
    --------
    >>> quarter_end("2018-19Q4")
    '2019-03-31'
    """
    match = re.fullmatch(r"(\d{4})[-/](\d{2})\s?Q([1-4])", quarter)
    if not match or (int(match[1]) + 1) % 100 != int(match[2]):
        raise PackError(
            f"quarter {shown(quarter)} is not a financial quarter: write it like 2018-19Q2 "
            "(July to September 2018)"
        )
    year = int(match[1])
    return {
        "1": f"{year}-06-30",
        "2": f"{year}-09-30",
        "3": f"{year}-12-31",
        "4": f"{year + 1}-03-31",
    }[match[3]]
