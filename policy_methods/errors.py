"""What a method says when it can't answer rightly."""

from __future__ import annotations

import reprlib
from collections.abc import Iterable


class MethodError(Exception):
    """Root of the errors a user can act on; anything else is a bug."""


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
            message += f" (got {reprlib.repr(value)})"
        if self.allowed:
            message += "; allowed: " + ", ".join(str(a) for a in self.allowed)
        super().__init__(message)
