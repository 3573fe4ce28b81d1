"""The errors of the project: its own, and those of the reports it is made of, in one place.

Each message says what is wrong, where, by which rule, and what to do about it.
"""

from __future__ import annotations

from notebook_reports.errors import (
    ExportError,
    PackError,
    ParameterError,
    ReportError,
    shown,
    told_in_one_line,
)
from policy_methods.errors import MethodError

__all__ = ["DataError", "ExportError", "PackError", "ParameterError", "ReportError", "shown"]

told_in_one_line(MethodError)


class DataError(ReportError):
    """A table breaks a rule.

    Parameters
    ----------
    file : str
        File (or table) that breaks the rule.
    rule : str
        The rule, in words.
    row : int or str, optional
        Row as a reader of the file counts it: the header is row 1.
    column : str, optional
        Column name.
    value : object, optional
        The offending value.
    remedy : str, optional
        What to do.
    """

    def __init__(
        self,
        file: str,
        rule: str,
        *,
        row: int | str | None = None,
        column: str | None = None,
        value: object = None,
        remedy: str = "",
    ) -> None:
        self.file, self.rule, self.row = file, rule, row
        self.column, self.value, self.remedy = column, value, remedy
        place = [file]
        if row is not None:
            place.append(f"row {row}")
        if column is not None:
            place.append(f"column {column!r}")
        message = ", ".join(place) + f": {rule}"
        if value is not None:
            message += f" (found {shown(value)})"
        if remedy:
            message += f". {remedy}"
        super().__init__(message)
