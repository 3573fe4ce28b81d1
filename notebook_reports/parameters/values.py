"""Values of the types a parameter may have: told apart, named in words, read from text."""

from __future__ import annotations

import datetime as dt
import json
import re
import sys
from collections import Counter
from collections.abc import Sequence
from typing import Any

from notebook_reports.errors import shown

SCALARS: dict[str, type] = {"str": str, "int": int, "float": float, "bool": bool}
_CONTAINERS = {"list[str]", "list[int]", "list[float]", "dict[str, float]"}
TYPES = (*SCALARS, *sorted(_CONTAINERS))
"""The types a parameter may have; each may be followed by ``| None``."""

SAY = {
    "str": "text",
    "int": "a whole number",
    "float": "a finite number",
    "bool": "true or false",
    "list[str]": "a list of texts",
    "list[int]": "a list of whole numbers",
    "list[float]": "a list of finite numbers",
    "dict[str, float]": "a table of finite numbers by name",
}
"""Each type in a reader's words."""

_ITEM = re.compile(r'\s*(?:"((?:[^"]|"")*)"\s*|([^",\s][^,]*|))(?:,|\Z)')
"""An item of a list in text, as in a CSV file. The csv module drops the quotes, and with them
the difference between an empty text and nothing, and between outer spaces that are meant or not.
"""


def inner_type(type_: str) -> str:
    """Return the type of what a container holds, or a scalar type itself."""
    return type_.removesuffix("]").partition("[")[2].rpartition(" ")[2] or type_


def other_than(type_: str, value: Any) -> str:
    """Say what a value is where it isn't of a scalar type; nothing where it is."""
    if type_ == "str" and isinstance(value, str | dt.date):
        return "" if _is_utf8(str(value)) else "text that is not UTF-8"
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or type_ in ("str", "bool"):
        return "" if type_ == "bool" and isinstance(value, bool) else say_kind(value)
    if value != value:
        return "NaN"
    if abs(value) > sys.float_info.max:
        return "infinite" if isinstance(value, float) else "a number of over 308 digits"
    return "a decimal number" if type_ == "int" and isinstance(value, float) else ""


def plain(type_: str, value: Any) -> Any:
    """Return a value that was found to be of a scalar type as just that type."""
    if isinstance(value, dt.date):
        return value.isoformat()
    return SCALARS[type_](value)  # numpy has kinds of text and of number that pass for Python's


def _is_utf8(text: str) -> bool:
    # What isn't UTF-8 on a command line arrives as surrogates, which no file can hold.
    return not any("\ud800" <= character <= "\udfff" for character in text)


def read_text(type_: str, text: str) -> Any:
    """Read a value of a type from text.

    Raises
    ------
    ValueError
        The text is none of that type.
    KeyError
        It gives the name that the error holds twice.
    """
    if type_ == "str":
        return text
    if type_ == "bool":
        words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
        if text.lower() not in words:
            raise ValueError(text)
        return words[text.lower()]
    if type_ == "int":
        return int(text)
    if type_ == "float":
        return float(text)
    is_list = type_.startswith("list")
    if text.startswith("[" if is_list else "{"):
        return json.loads(text, object_pairs_hook=_table)
    if is_list:
        return [read_text(inner_type(type_), part) for part in split(text)]
    pairs = (part.rpartition("=") for part in split(text))
    return _table([(name.strip(), float(value)) for name, _, value in pairs])


def split(text: str) -> list[str]:
    """Split a list at its commas, as a line of a CSV file; blank items are left out."""
    items: list[str] = []
    place = 0
    while place < len(text):
        match = _ITEM.match(text, place)
        if match is None:
            raise ValueError(f"a quotation mark is missing in {shown(text)}")
        quoted, bare = match.groups()
        if quoted is not None:
            items.append(quoted.replace('""', '"'))
        elif bare:
            items.append(bare.rstrip())
        place = match.end()
    return items


def _table(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Return a dict, where no name is given twice."""
    for name, times in Counter(name for name, _ in pairs).items():
        if times > 1:
            raise KeyError(name)
    return dict(pairs)


def say_kind(value: Any) -> str:
    """Say what kind of thing a value is, in a reader's words."""
    kinds: dict[type, str] = {
        str: "text",
        bool: "true or false",
        int: "a whole number",
        float: "a decimal number",
        list: "a list",
        tuple: "a list",
        dict: "a table of names and values",
        dt.date: "a date",
        dt.datetime: "a date with a time",
        dt.time: "a time",
        type(None): "empty",
    }
    return kinds.get(type(value), f"of the type {type(value).__name__}")
