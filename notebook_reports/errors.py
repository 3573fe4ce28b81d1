"""One root for every error the package raises on purpose, one class per cause.

Each message says what is wrong, where, by which rule, and what to do about it.
"""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from notebook_reports.live import live

E = TypeVar("E", bound=BaseException)


class _Shortened(reprlib.Repr):
    def __init__(self) -> None:
        super().__init__()
        self.maxstring = self.maxother = 80
        self.maxlist = self.maxtuple = self.maxdict = 12

    def repr_int(self, x: int, level: int) -> str:
        # Python itself refuses to write a number of some thousand digits.
        return super().repr_int(x, level) if abs(x) < 10**40 else "a number of over 40 digits"


def shown(value: object) -> str:
    """Write a value for a message: as Python would, with the middle of a long one left out."""
    return _SHORTENED.repr(value)


_SHORTENED = _Shortened()


_LISTED = 12


def did_you_mean(near: Sequence[str], otherwise: str = "") -> str:
    """Return the end of a message that suggests what may have been meant.

    Examples
    --------
    >>> "there is no such table" + did_you_mean(["beds", "wards"])
    'there is no such table: did you mean beds or wards?'
    """
    return f": did you mean {' or '.join(near)}?" if near else otherwise


def told_in_one_line(error: type[E]) -> type[E]:
    """Have a class of errors say itself in a line where a person runs a cell; ``%tb`` says where.

    In a batch run, whose notebook is read afterwards, the whole traceback stays.
    """

    def render(self: BaseException) -> Callable[[], list[str]]:
        def lines() -> list[str]:
            self.__dict__["_told"] = True
            return [f"{type(self).__name__}: {self}", "(%tb shows where it arose)"]

        if self.__dict__.get("_told") or not live():
            raise AttributeError  # IPython then shows its own
        return lines

    error._render_traceback_ = property(render)  # type: ignore[attr-defined]  # IPython's hook
    return error


@told_in_one_line
class ReportError(Exception):
    """Root of the errors a user can act on; anything else is a bug."""


class ParameterError(ReportError, ValueError):
    """A parameter is unknown, of the wrong type or out of range.

    Parameters
    ----------
    name : str
        The parameter.
    rule : str
        The rule, in words: "must be from 0.5 to 0.999".
    value : object, optional
        What was given.
    allowed : iterable of str, optional
        The allowed values or names, listed in the message; more than a dozen of them only where
        nothing is near.
    near : sequence of str, optional
        Those that may have been meant.
    """

    def __init__(
        self,
        name: str,
        rule: str,
        *,
        value: object = None,
        allowed: Iterable[object] = (),
        near: Sequence[str] = (),
    ) -> None:
        self.name, self.rule, self.value, self.allowed = name, rule, value, tuple(allowed)
        message = f"parameter {shown(name)} {rule}"
        if value is not None:
            message += f" (got {shown(value)})"
        if self.allowed and not (near and len(self.allowed) > _LISTED):
            message += "; allowed: " + ", ".join(str(a) for a in self.allowed)
        super().__init__(message + did_you_mean(near))


class ExportError(ReportError):
    """A notebook can't become a page that everybody can read.

    Parameters
    ----------
    title : str
        Title of the report.
    faults : sequence of str
        Every fault found, each with its place.
    """

    def __init__(self, title: str, faults: Sequence[str]) -> None:
        self.title, self.faults = title, tuple(faults)
        super().__init__(f"{title!r} can't be exported: " + "; ".join(self.faults))


class PackError(ReportError):
    """A pack can't be run as asked: its specification, a notebook or an option is wrong.

    The message names the file or option, what is wrong and what would be right.
    """
