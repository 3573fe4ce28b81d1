"""One square a thing: small counts by group and kind, where shares would mislead."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from notebook_reports.charts import layout, style, texts
from notebook_reports.charts.frames import require
from notebook_reports.errors import ParameterError

_PITCH = 0.36
_LEAST = 15.5
"""Height of a row in inches, and points of width that a square needs for its sign."""

_FILLS = (style.BLUE, style.TEAL, style.ORANGE, style.GREY)


@style.chart
def tally(
    table: pd.DataFrame,
    *,
    group: str,
    parts: Sequence[str],
    signs: Sequence[str],
    labels: Sequence[str] | None = None,
) -> Figure:
    """Draw a row of squares a group, one a thing, coloured and signed by kind.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a group; the columns ``parts`` hold counts.
    group : str
        Column of the groups' names.
    parts : sequence of str
        Columns of counts, at most four; the last is drawn in grey.
    signs : sequence of str
        One character a kind, written into its squares, so that colour isn't needed.
    labels : sequence of str, optional
        Names of the kinds written above; by default the columns' names.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ParameterError
        If a column is missing, the table is empty, there are more than four kinds or not one sign
        a kind.
    """
    require(table, (group, *parts))
    if not 1 <= len(parts) <= len(_FILLS):
        raise ParameterError("parts", "must be one to four", value=len(parts))
    if len(signs) != len(parts):
        raise ParameterError("signs", f"must be {len(parts)}, one a part", value=len(signs))
    fills = [*_FILLS[: len(parts) - 1], _FILLS[-1]]
    totals = table[list(parts)].sum(axis=1).to_numpy(dtype=int)
    rows = texts.Rows([str(name) for name in table[group]], _PITCH)
    size, whole = mpl.rcParams["font.size"], style.NARROW if style.narrow() else style.WIDE
    beside = 0.0 if rows.above else max(layout.text_width(name, size) for name in rows.names)
    across = min(max(int(totals.max()), 1), int((72 * whole - beside - 40) / _LEAST))
    more = np.maximum(-(-totals // across), 1) - 1
    rows.places = rows.places + np.cumsum(more) - more
    fig, ax = style.new_figure(height=0.9 + rows.height + _PITCH * int(more.sum()))
    rows.write(ax, margin=0)
    ax.set_ylim(bottom=rows.places[-1] + more[-1] + 0.5)
    ax.grid(visible=False)
    for spine in ax.spines.values():
        spine.set_visible(False)
    for top, counts in zip(rows.places, table[list(parts)].to_numpy(dtype=int), strict=True):
        x, y = 0, top
        kinds = np.repeat(np.arange(len(parts)), counts).tolist()
        for i, kind in enumerate(kinds):
            x, y, fill = i % across, top + i // across, fills[kind]
            ax.add_patch(Rectangle((x + 0.06, y - 0.42), 0.88, 0.84, color=fill, linewidth=0))
            colour = style.text_on(fill)
            ax.text(x + 0.5, y, signs[kind], ha="center", va="center", color=colour)
        texts.label_end(ax, x + bool(kinds), y, str(len(kinds)))
    ax.set_xlim(0, across)
    ax.set_xticks([])
    ax.tick_params(axis="y", length=0)
    names = labels or parts
    key = [(f"{s} {n}", f) for s, n, f in zip(signs, names, fills, strict=True)]
    texts.label_row(ax, key, filled=True)
    return fig
