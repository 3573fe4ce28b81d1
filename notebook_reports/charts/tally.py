"""One square a thing: small counts by group and kind, where shares would mislead."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from notebook_reports.charts import style
from notebook_reports.charts.frames import require
from notebook_reports.errors import ParameterError

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
    longest = int(table[list(parts)].sum(axis=1).max())
    fig, ax = style.new_figure(height=0.9 + 0.36 * len(table))
    ax.grid(visible=False)
    for spine in ax.spines.values():
        spine.set_visible(False)
    for y, counts in enumerate(table[list(parts)].itertuples(index=False)):
        x = 0
        for count, fill, sign in zip(counts, fills, signs, strict=True):
            for _ in range(int(count)):
                ax.add_patch(Rectangle((x + 0.06, y - 0.42), 0.88, 0.84, color=fill, linewidth=0))
                ax.text(
                    x + 0.5, y, sign, ha="center", va="center", color=style.text_on(fill), size=10
                )
                x += 1
        style.label_end(ax, x, y, str(x))
    ax.set_xlim(0, longest + 1)
    ax.set_ylim(len(table) - 0.5, -0.5)
    ax.set_yticks(range(len(table)), [str(name) for name in table[group]])
    ax.set_xticks([])
    ax.tick_params(axis="y", length=0)
    names = labels or parts
    style.label_row(ax, [(f"{s} {n}", f) for s, n, f in zip(signs, names, fills, strict=True)])
    return fig
