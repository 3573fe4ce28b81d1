"""The parameters a notebook declares: read, never guessed, and every given value checked.

A notebook's cell tagged ``parameters`` holds one assignment a line::

    confidence: float = 0.95  # Level of every interval | from 0.5 to 0.999

The annotation is the type, the literal the default, the comment says what it is and, after a
bar, which values are allowed. :func:`parse_parameters` reads that with Python's own parser.
"""

from __future__ import annotations

import ast
import datetime as dt
import io
import itertools
import os
import re
import tokenize
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from notebook_reports import project
from notebook_reports.errors import PackError, ParameterError, did_you_mean, shown
from notebook_reports.evidence import words
from notebook_reports.parameters.values import (
    SAY,
    SCALARS,
    TYPES,
    inner_type,
    other_than,
    plain,
    read_text,
    say_kind,
    split,
)

Lookup = Callable[[str, str], frozenset[str]]
"""Finds the values of a table's column, as text: ``lookup("trusts", "org_code")``."""

_LINE_MAGICS = """
    alias alias_magic autoawait autocall automagic autosave bookmark cat cd clear code_wrap colors
    conda config connect_info copy cp ddir debug dhist dir dirs doctest_mode echo ed edit env gui
    hist history killbgscripts ldir less lf lk ll load load_ext loadpy logoff logon logstart
    logstate logstop ls lsmagic lx macro magic mamba man matplotlib micromamba mkdir more mv
    notebook page pastebin pdb pdef pdoc pfile pinfo pinfo2 pip popd pprint precision prun psearch
    psource pushd pwd pycat pylab qtconsole quickref recall rehashx reload_ext ren rep rerun reset
    reset_selective rm rmdir run save sc set_env subshell sx system tb time timeit unalias
    unload_ext uv who who_ls whos xdel xmode
"""
"""What IPython runs where the only line of a cell begins with it: its line magics and aliases.

A test holds the list to IPython, which takes half a second to ask.
"""
_COMMANDS = frozenset(_LINE_MAGICS.split())

_FOR_TOOLS = re.compile(
    r"(?:^|#)\s*(?:type:\s*(?:ignore(?:\[[^\]]*\])?|[A-Za-z]+(?:\[[^#]*\])?(?:\s*\|\s*None)?)"
    r"|noqa(?::[\s\w,]*)?)\s*(?=#|$)"
)
"""The part of a comment that is for a type checker or a linter and says nothing to a reader."""


_FEW = 12
"""Values of a column that a message lists; of more it names only those that are near."""
_LOOKED_UP = ("value of", "file")
"""Rules whose values are looked up; an empty default stands for none."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One condition on a parameter's value.

    Parameters
    ----------
    text : str
        The rule as written in the notebook: "from 0.5 to 0.999".
    kind : str
        "one of", "range", "date", "file" or "value of".
    allowed : tuple
        Allowed values of "one of".
    low, high : float, optional
        Ends of a range.
    open_low : bool
        Whether the lower end itself is excluded.
    table, column : str
        Where the values of "value of" are.
    """

    text: str
    kind: str
    allowed: tuple[Any, ...] = ()
    low: float | None = None
    high: float | None = None
    open_low: bool = False
    table: str = ""
    column: str = ""

    def holds(self, value: Any, lookup: Lookup) -> bool:
        """Return whether one (scalar) value meets the rule."""
        if self.kind == "one of":
            return value in self.allowed
        if self.kind == "range":
            above = self.low is None or (value > self.low if self.open_low else value >= self.low)
            return above and (self.high is None or value <= self.high)
        if self.kind == "date":
            return is_date(value)
        if self.kind == "file":
            return os.path.isfile(value)
        return str(value) in lookup(self.table, self.column)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A declared parameter of a notebook.

    Parameters
    ----------
    name : str
        Its name.
    type : str
        One of :data:`TYPES`.
    default : object
        The literal in the notebook.
    comment : str
        What it is, in words.
    rules : tuple of Rule
        Conditions on its value.
    optional : bool
        Whether None is a value.
    """

    name: str
    type: str
    default: Any
    comment: str
    rules: tuple[Rule, ...] = ()
    optional: bool = False

    @property
    def annotation(self) -> str:
        """The type as written: ``"str | None"``."""
        return f"{self.type} | None" if self.optional else self.type

    @property
    def rule_text(self) -> str:
        """The rules as written, joined with "; "."""
        return "; ".join(rule.text for rule in self.rules)

    def check(self, value: Any, lookup: Lookup) -> Any:
        """Return the value in the declared type, or say which rule it breaks.

        Parameters
        ----------
        value : object
            A value from a specification; dates and numbers of TOML are accepted where meant.
        lookup : callable
            Finds the values of a table's column for the rule "value of".

        Returns
        -------
        object
            A plain Python value of the declared type.

        Raises
        ------
        ParameterError
            The value has another type or breaks a rule.
        """
        if value is None:
            if self.optional:
                return None
            raise ParameterError(self.name, f"must be {SAY[self.type]}, not empty")
        typed = self._typed(value)
        for item in _scalars(typed):
            for rule in self.rules:
                # An empty default of a code from a table, or of a file, stands for none.
                none = rule.kind in _LOOKED_UP and item == self.default == ""
                if not none and not rule.holds(item, lookup):
                    raise self._refusal(rule, item, lookup)
        if typed and any(rule.kind == "file" for rule in self.rules):
            return os.path.abspath(typed)  # a report runs in another folder
        return typed

    def from_text(self, text: str) -> Any:
        """Read a value typed on a command line as the declared type.

        Text stays as it is: ``5E1`` and ``007`` are codes, not numbers. Lists are separated by
        commas, an item that holds one in double quotes, or written as JSON; dicts are written as
        JSON or ``name=1.5,other=2``.

        Raises
        ------
        ParameterError
            The text can't be read as that type, or names an entry of a dict twice.
        """
        text = text.strip() if self.type != "str" else text
        if self.optional and text.lower() in {"", "none"}:
            return None
        try:
            return read_text(self.type, text)
        except KeyError as error:
            raise ParameterError(self.name, f"names {shown(error.args[0])} twice") from None
        except (ValueError, RecursionError):
            raise ParameterError(self.name, f"must be {SAY[self.type]}", value=text) from None

    def describe(self) -> str:
        """Return one line: name, type, default, comment and rule."""
        rule = f" ({self.rule_text})" if self.rules else ""
        return f"{self.name}: {self.annotation} = {self.default!r}  # {self.comment}{rule}"

    def _refusal(self, rule: Rule, value: Any, lookup: Lookup) -> ParameterError:
        """Say which rule a value breaks, and what may have been meant."""
        known = [str(allowed) for allowed in rule.allowed]
        if rule.table:
            known = sorted(lookup(rule.table, rule.column))
        units = project.current().units() if rule.table else {}
        names = {code: units[code][-1] for code in known if code in units}
        near = words.near_units(value, names) if names else words.near(value, known)
        allowed = known if len(known) <= _FEW or rule.allowed else ()
        return ParameterError(self.name, _must(rule), value=value, allowed=allowed, near=near)

    def _typed(self, value: Any) -> Any:
        must = f"must be {SAY[self.type]}"
        if self.type in SCALARS:
            wrong = other_than(self.type, value)
            if wrong:
                quoted = self.type == "str" and isinstance(value, int | float)
                quotes = " (put the value in quotes)" if quoted else ""
                raise ParameterError(self.name, f"{must}, not {wrong}{quotes}", value=value)
            return plain(self.type, value)
        inner = inner_type(self.type)
        items: Iterable[tuple[str, Any]]
        if self.type.startswith("list"):
            if not isinstance(value, list | tuple):
                raise ParameterError(self.name, f"{must}, not {say_kind(value)}", value=value)
            items = ((f"item {number}", item) for number, item in enumerate(value, start=1))
        else:
            if not isinstance(value, dict):
                raise ParameterError(self.name, f"{must}, not {say_kind(value)}", value=value)
            for key in value:
                wrong = "an empty name" if key == "" else other_than("str", key)
                if wrong:
                    raise ParameterError(self.name, f"{must}, but has {wrong} for a name")
            items = ((shown(key), item) for key, item in value.items())
        for place, item in items:
            wrong = other_than(inner, item)
            if wrong:
                raise ParameterError(self.name, f"{must}, but {place} is {wrong}", value=item)
        if isinstance(value, dict):
            return {key: plain(inner, item) for key, item in value.items()}
        return [plain(inner, item) for item in value]


@dataclass(frozen=True, slots=True)
class ParameterList:
    """The parameters of one notebook, in order.

    Parameters
    ----------
    notebook : str
        Name the notebook is called by in messages.
    items : tuple of Parameter
        The parameters.
    """

    notebook: str
    items: tuple[Parameter, ...] = field(default=())

    def __iter__(self) -> Any:
        return iter(self.items)

    def __contains__(self, name: str) -> bool:
        return any(item.name == name for item in self.items)

    @property
    def names(self) -> tuple[str, ...]:
        """Names in order."""
        return tuple(item.name for item in self.items)

    @property
    def defaults(self) -> dict[str, Any]:
        """Default of each."""
        return {item.name: item.default for item in self.items}

    def get(self, name: str) -> Parameter:
        """Return one by name.

        Raises
        ------
        PackError
            There is none of that name; the message suggests the nearest and lists them all.
        """
        for item in self.items:
            if item.name == name:
                return item
        raise PackError(unknown_parameter(name, [self]))

    def listing(self) -> str:
        """Return the list shown with an error: one line a parameter."""
        if not self.items:
            return f"{self.notebook} takes no parameters"
        lines = "\n".join(f"  {item.describe()}" for item in self.items)
        return f"{self.notebook} takes these parameters:\n{lines}"


def unknown_parameter(name: str, notebooks: Sequence[ParameterList]) -> str:
    """Return the message for a parameter no notebook declares.

    Parameters
    ----------
    name : str
        The name that was given.
    notebooks : sequence of ParameterList
        Where it was looked for; only those with a similar name are listed, or else all.

    Returns
    -------
    str
        The message, with a suggestion and the lists.
    """
    near = [words.near(name, p.names, most=1) for p in notebooks]
    similar = sorted({match[0] for match in near if match})
    listed = [p for p, match in zip(notebooks, near, strict=True) if match] or list(notebooks)
    head = f"unknown parameter {shown(name)}{did_you_mean(similar)}"
    return "\n\n".join([head, *(p.listing() for p in listed)])


def parse_parameters(source: str, notebook: str) -> ParameterList:
    """Read a parameters cell.

    Parameters
    ----------
    source : str
        The cell's source.
    notebook : str
        Name of the notebook for messages.

    Returns
    -------
    ParameterList
        What it declares.

    Raises
    ------
    PackError
        The cell breaks the grammar; the message names notebook, line and remedy.

    Examples
    --------
    >>> parse_parameters("year: int = 2016  # Survey year | at least 2012", "demo").names
    ('year',)
    """
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        raise _bad(notebook, error.lineno or 1, f"is not Python: {error.msg}") from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise _bad(notebook, 1, f"is not Python: {error or 'it is nested too deeply'}") from None
    comments = {
        token.start[0]: _FOR_TOOLS.sub("", token.string.lstrip("# ")).strip(" \t#")
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.COMMENT
    }
    items: list[Parameter] = []
    for node in tree.body:
        item = _parse_assignment(node, _comment_of(node, comments, notebook), notebook)
        if any(item.name == other.name for other in items):
            raise _bad(notebook, node.lineno, f"declares {item.name} twice")
        items.append(item)
    if items and items[0].name in _COMMANDS and len(source.strip().splitlines()) == 1:
        name = items[0].name
        raise PackError(
            f"{notebook}: parameters cell: IPython takes its only line for the command %{name}: "
            f"give the parameter another name, such as {name}_value"
        )
    return ParameterList(notebook, tuple(items))


def is_date(value: object) -> bool:
    """Return whether a value is an ISO date as text, or empty."""
    if value == "":
        return True
    try:
        return isinstance(value, str) and dt.date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _bad(notebook: str, line: int, what: str) -> PackError:
    return PackError(
        f"{notebook}: parameters cell, line {line} {what}. "
        "Write: name: type = literal  # What it is | rule"
    )


def _comment_of(node: ast.stmt, comments: dict[int, str], notebook: str) -> str:
    """Return the comment about a whole assignment; those on its items are not meant."""
    last = node.end_lineno or node.lineno
    found = [comments[line] for line in range(node.lineno, last + 1) if comments.get(line)]
    for line in (last, node.lineno):
        if comments.get(line):
            return comments[line]
    # A formatter may have put a long value in brackets on a line of its own, the comment with it.
    if len(found) > 1:
        raise _bad(notebook, node.lineno, "has several comments: keep one, after the last bracket")
    return found[0] if found else ""


def _parse_assignment(node: ast.stmt, comment: str, notebook: str) -> Parameter:
    line = node.lineno
    if not (
        isinstance(node, ast.AnnAssign)
        and isinstance(node.target, ast.Name)
        and node.value is not None
    ):
        raise _bad(notebook, line, "is not an assignment with a type")
    name = node.target.id
    try:
        default = ast.literal_eval(node.value)
    except (ValueError, TypeError, RecursionError, MemoryError):
        raise _bad(notebook, line, f"gives {name} a default that is not a literal") from None
    meaning, bar, rule_text = comment.rpartition(" | ")
    if not bar:
        meaning, rule_text = comment, ""
    try:
        return declare(name, ast.unparse(node.annotation), default, meaning.strip(), rule_text)
    except ValueError as error:
        raise _bad(notebook, line, str(error)) from None


def declare(name: str, type_: str, default: Any, meaning: str, rule: str = "") -> Parameter:
    """Declare a parameter.

    Parameters
    ----------
    name : str
        Its name.
    type_ : str
        One of :data:`TYPES`, or one followed by ``| None``.
    default : object
        Its default.
    meaning : str
        What it is, in words.
    rule : str
        Rules on its value, separated by semicolons.

    Raises
    ------
    ValueError
        There is no such type or rule, no meaning, or the default breaks a rule.
    """
    bare, optional = _parse_type(type_)
    if not bare:
        raise ValueError(f"gives {name} a type other than {', '.join(TYPES)} (each may be | None)")
    if not meaning:
        raise ValueError(f"leaves {name} without a comment saying what it is")
    try:
        parts = (part.strip() for part in rule.split(";"))
        rules = tuple(_parse_rule(part, bare) for part in parts if part)
        default = Parameter(name, bare, default, meaning, optional=optional).check(
            default, _no_lookup
        )
    except (ValueError, ParameterError) as error:
        raise ValueError(f"is inconsistent: {error}") from None
    for part, item in itertools.product(rules, _scalars(default)):
        # Codes of a table and files are looked up when a pack is planned.
        if part.kind not in _LOOKED_UP and item is not None and not part.holds(item, _no_lookup):
            raise ValueError(f"gives {name} a default that breaks {part.text!r}")
    return Parameter(name, bare, default, meaning, rules, optional)


def _parse_type(text: str) -> tuple[str, bool]:
    optional = text.endswith(" | None")
    base = text.removesuffix(" | None")
    return (base if base in TYPES else ""), optional


def _parse_rule(text: str, type_: str) -> Rule:
    numeric = any(word in type_ for word in ("int", "float"))
    if text.startswith("one of:"):
        allowed = tuple(read_text(inner_type(type_), part) for part in split(text[7:]))
        return Rule(text, "one of", allowed=allowed)
    if text == "date":
        if "str" not in type_:
            raise ValueError("the rule 'date' is for text")
        return Rule(text, "date")
    if text == "file":
        if type_ != "str":
            raise ValueError("the rule 'file' is for one text")
        return Rule(text, "file")
    if text.startswith("value of:"):
        table, _, column = text[9:].strip().partition(".")
        if not (table and column):
            raise ValueError(f"the rule {text!r} should read 'value of: table.column'")
        return Rule(text, "value of", table=table, column=column)
    said = text.split()
    if numeric and len(said) == 4 and said[0] == "from" and said[2] == "to":
        return Rule(text, "range", low=float(said[1]), high=float(said[3]))
    if numeric and len(said) == 3 and said[:2] == ["at", "least"]:
        return Rule(text, "range", low=float(said[2]))
    if numeric and len(said) == 3 and said[:2] == ["at", "most"]:
        return Rule(text, "range", high=float(said[2]))
    if numeric and len(said) == 2 and said[0] == "above":
        return Rule(text, "range", low=float(said[1]), open_low=True)
    raise ValueError(
        f"{text!r} is not a rule for {type_} (rules: one of: a, b · from 0 to 1 · at least 1 · "
        "at most 5 · above 0 · date · file · value of: table.column)"
    )


def _scalars(value: Any) -> Iterable[Any]:
    """Return what the rules are about: a value itself, or each one it holds."""
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else [value]


def _no_lookup(table: str, column: str) -> frozenset[str]:
    return frozenset()


def _must(rule: Rule) -> str:
    """Say a rule in a sentence."""
    return {
        "date": "must be a date such as 2018-09-03",
        "file": f"must name an existing file (looked for from {os.getcwd()})",
        "one of": "must be one of its allowed values",
        "value of": f"must be a value of column {rule.column} of table {rule.table}",
    }.get(rule.kind, f"must be {rule.text}")
