"""How a result shows itself where somebody works with it: one line, and the head of its table."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from html import escape
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["Result"]

_MOST = 60
"""Letters of a value at most."""
_LONGEST = 480
"""Letters after which a line names no further field."""
_ROWS = 10


class Result:
    """Base of frozen dataclasses that hold results: a ``repr`` of one line, a table in a notebook.

    The line names every field, numbers and words as they are, tables and arrays by their size.

    Examples
    --------
    >>> @dataclasses.dataclass(frozen=True)
    ... class Beds(Result):
    ...     open: float
    ...     by_ward: pd.DataFrame
    >>> Beds(2 / 3, pd.DataFrame({"ward": ["A", "B"], "beds": [3, 4]}))
    Beds(open=0.6667, by_ward=<2 rows: ward, beds>)
    """

    __slots__ = ()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        # What a class has of its own, dataclass leaves as it is.
        cls.__repr__ = cls.__repr__  # type: ignore[method-assign]

    def __repr__(self) -> str:
        fields = self._fields()
        shown: list[str] = []
        for name, value in fields:
            if sum(map(len, shown)) > _LONGEST:
                shown.append(f"and {len(fields) - len(shown)} more")
                break
            shown.append(f"{name}={_brief(value)}")
        headline = getattr(self, "headline", None)
        said = [] if headline is None else [str(headline)]
        return f"{type(self).__name__}({', '.join(said + shown)})"

    def _repr_html_(self) -> str:
        if hasattr(self, "to_frame"):
            frame = self.to_frame()
            cut = f"<p>The first {_ROWS} of {len(frame)} rows.</p>" if len(frame) > _ROWS else ""
            return f"<p>{escape(repr(self))}</p>{frame.head(_ROWS).to_html()}{cut}"
        headline = getattr(self, "headline", None)
        first = [] if headline is None else [("", str(headline))]
        rows = (
            f'<tr><th style="text-align:left">{name}</th>'
            f'<td style="text-align:left">{escape(_brief(value, 4 * _MOST))}</td></tr>'
            for name, value in [*first, *self._fields()]
        )
        return f"<p>{escape(type(self).__name__)}</p><table>{''.join(rows)}</table>"

    def _fields(self) -> list[tuple[str, Any]]:
        held: Any = self
        return [(field.name, getattr(self, field.name)) for field in dataclasses.fields(held)]


def _brief(value: Any, most: int = _MOST) -> str:
    """Say what a field holds in a few words."""
    if isinstance(value, pd.DataFrame):
        said = f"<{len(value)} rows: {', '.join(map(str, value))}"
        return f"{said[: most - 2]}…>" if len(said) >= most else f"{said}>"
    if isinstance(value, pd.Series | np.ndarray) and value.ndim:
        return f"<{' × '.join(map(str, value.shape))} values>"
    if isinstance(value, float | np.floating):
        return f"{value:.4g}"
    if isinstance(value, Mapping):
        said = f"<by {', '.join(map(str, value))}>" if value else "{}"
    elif isinstance(value, Collection) and not isinstance(value, str | bytes):
        few = len(value) <= 3 and all(isinstance(item, str | float | int) for item in value)
        said = f"({', '.join(map(_brief, value))})" if few else f"<{len(value)} items>"
    elif isinstance(value, Result):
        said = f"<{type(value).__name__}: {', '.join(name for name, _ in value._fields())}>"
    elif isinstance(value, str | int) or value is None:
        said = repr(value)
    elif callable(value):
        said = f"<{type(value).__name__}>"
    else:
        said = str(value)
    return f"{said[: most - 1]}…" if len(said) > most else said
