"""What a pack is made of: a TOML file, checked by shape here and against the notebooks in plan.

A pack names notebooks, their parameters and matrices::

    title = "Quarterly pack"

    quarter = "Quarter 4 of 2018/19"

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

Who speaks on its pages (:class:`Spoken`) may be said in the pack, once for all packs of a
project's folder in ``publisher.toml`` at its root, or on the command line; the last one wins.
"""

from __future__ import annotations

import datetime as dt
import re
import string
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    model_validator,
)

from notebook_reports import project
from notebook_reports.errors import PackError, did_you_mean, shown
from notebook_reports.evidence import words
from notebook_reports.packs.imprint import Imprint, in_words, reachable
from notebook_reports.packs.text import one_line

SAFE_ID = re.compile(
    r"(?!(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$))[a-z0-9][a-z0-9._-]{0,119}(?<!\.)",
    re.IGNORECASE | re.ASCII,
)
"""A report id: it becomes a file name, so it has no separator, starts with a letter or digit, and
is none of the names and endings that Windows keeps for itself.
"""

PUBLISHER: Final = "publisher.toml"
"""File at a project's root that says who speaks in all its packs."""

_DEEPEST = 8
_MOST_PROBLEMS = 20
_LONGEST_LINE = 200


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


def _line(value: Any) -> Any:
    """Require a text to be one line that a page's head has room for."""
    if isinstance(value, dt.date):
        value = value.isoformat()
    if not isinstance(value, str):
        raise ValueError("must be text in quotes")
    text = value.strip()
    if not text or len(text) > _LONGEST_LINE or not text.isprintable():
        raise ValueError(
            f"must be one line of 1 to {_LONGEST_LINE} characters, or be left out, "
            f"not {shown(value)}"
        )
    return text


def _day_or_words(text: str) -> str:
    """Require what looks like a date to be one."""
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        try:
            dt.date.fromisoformat(text)
        except ValueError:
            raise ValueError(f"must be a day of the calendar, or words, not {text!r}") from None
    return text


Line = Annotated[str, BeforeValidator(_line)]
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


class Spoken(_Strict):
    """Who speaks on the pages of a pack; all of it may be left out.

    ``quarter`` is what readers are told. Written as 2018-19Q2 it is told in words, and no report
    that declares ``as_at`` uses what was published after it. ``next_update`` is a date or words.
    """

    publisher: Line | None = None
    standing: Line | None = None
    contact: Line | None = None
    status: Literal["draft", "published"] | None = None
    quarter: Line | None = None
    next_update: Annotated[Line, AfterValidator(_day_or_words)] | None = None

    @model_validator(mode="after")
    def _has_a_quarter(self) -> Self:
        if self.ends is not None:
            try:
                quarter_end(self.ends)
            except PackError as error:
                raise ValueError(f"{error}; or name it in words, such as Q2 of 2018/19") from None
        return self

    @property
    def ends(self) -> str | None:
        """The financial quarter that sets ``as_at``; none where it is named in words."""
        coded = self.quarter is not None and re.match(r"\d{4}", self.quarter)
        return self.quarter if coded else None

    def imprint(self, quarter: str | None = None) -> Imprint:
        """Return who speaks; ``quarter`` is one given on the command line."""
        code, said = quarter or self.ends, self.quarter or ""
        return Imprint(
            publisher=self.publisher or "",
            standing=self.standing or "",
            contact=self.contact or "",
            status=self.status or "draft",
            quarter=quarter_words(code) if code else said,
            next_update=in_words(self.next_update or ""),
        )


class PackSpec(Limits, Spoken):
    """A whole pack."""

    title: str = Field(min_length=1)
    description: str = ""
    retries: int = Field(default=1, ge=0, le=5)
    parameters: Values = {}
    reports: list[ReportSpec] = []
    sections: list[Section] = []
    _file: str = PrivateAttr("pack")

    @model_validator(mode="after")
    def _has_reports(self) -> PackSpec:
        if not self.reports and not self.sections:
            raise ValueError("names no report: add [[reports]] or [[sections]]")
        return self

    @model_validator(mode="after")
    def _can_be_asked(self) -> PackSpec:
        if self.status == "published":
            if not self.publisher:
                raise ValueError('status "published" needs a publisher: say who speaks')
            if not reachable(self.contact or ""):
                raise ValueError(
                    'status "published" needs a contact that holds an e-mail or web address '
                    "(https://…) or a telephone number, so that readers can ask"
                )
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


def read_spec(path: Path, said: Mapping[str, str] | None = None) -> PackSpec:
    """Read a pack's specification.

    Parameters
    ----------
    path : Path
        A TOML file.
    said : mapping of str to str, optional
        Who speaks, by the command line: fields of :class:`Spoken`.

    Returns
    -------
    PackSpec
        The specification; its notebooks and parameters are checked when it is planned.

    Raises
    ------
    PackError
        The file is missing, is not TOML, or breaks the shape; the message says where.
    """
    content = _toml(path)
    given = {name: value for name, value in (said or {}).items() if value}
    _checked(Spoken, given, "the command line", "used")
    return parse_spec({**_team(path), **content, **given}, path.name)


def team_imprint() -> Imprint:
    """Return who speaks on pages that are no pack's, by the project's ``publisher.toml``."""
    return Spoken(**_team(project.current().root())).imprint()


def _team(place: Path) -> dict[str, Any]:
    """Return what the project says of its publisher, for a pack that lies in its folder."""
    root = project.current().root()
    path = root / PUBLISHER
    if not place.resolve().is_relative_to(root) or not path.is_file():
        return {}
    content = _toml(path)
    _checked(Spoken, content, PUBLISHER, "used")
    return content


def _toml(path: Path) -> dict[str, Any]:
    """Read a file of TOML."""
    try:
        # Windows' own editors put a mark before UTF-8.
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        near = words.near(path.name, [pack.name for pack in path.parent.glob("*.toml")])
        raise PackError(f"there is no pack {path}" + did_you_mean(near)) from None
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
    spec = _checked(PackSpec, content, name, "run")
    spec._file = name
    return spec


_Shape = TypeVar("_Shape", bound=_Strict)


def _checked(shape: type[_Shape], content: dict[str, Any], name: str, use: str) -> _Shape:
    """Check content by its shape, and list every problem with its place."""
    try:
        return shape.model_validate(content)
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
        raise PackError(f"{name} can't be {use}:\n" + "\n".join(listed)) from None


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


def quarter_words(quarter: str) -> str:
    """Write a financial quarter for a reader.

    Examples
    --------
    >>> quarter_words("2018-19Q3")
    'Quarter 3 of 2018/19'
    """
    return f"Quarter {quarter[-1]} of {quarter[:4]}/{quarter[5:7]}"
