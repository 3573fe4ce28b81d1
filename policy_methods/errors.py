"""What a method says when it can't answer rightly."""

from __future__ import annotations

import copyreg
import reprlib
from collections.abc import Iterable
from typing import Any

__all__ = [
    "MethodError",
    "ParameterError",
]


class MethodError(Exception):
    """Root of the errors a user can act on; anything else is a bug."""

    def __reduce__(self) -> tuple[Any, ...]:
        # Exception's own way calls the class with its message, which no subclass here takes.
        return copyreg.__newobj__, (type(self), *self.args), self.__dict__  # type: ignore[attr-defined]  # missing from typeshed


class ParameterError(MethodError, ValueError):
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
        The allowed values or names, listed in the message.
    """

    def __init__(
        self, name: str, rule: str, *, value: object = None, allowed: Iterable[object] = ()
    ) -> None:
        self.name, self.rule, self.value, self.allowed = name, rule, value, tuple(allowed)
        message = f"parameter {reprlib.repr(name)} {rule}"
        if value is not None:
            message += f" (got {_shown(value)})"
        if self.allowed:
            message += "; allowed: " + ", ".join(str(a) for a in self.allowed)
        super().__init__(message)


def _shown(value: object) -> str:
    try:
        return reprlib.repr(value)
    except ValueError:
        # Python itself refuses to write a number of some thousand digits.
        return "a number too long to show"
