"""The league by other weights: a panel of sliders in JupyterLab, a static figure elsewhere."""

from __future__ import annotations

import base64
import html
import os
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
import pandas as pd

from nhsi_analysis.errors import ParameterError
from nhsi_analysis.studies.league.choices import candidates
from nhsi_analysis.studies.league.table import League, ordinal
from notebook_reports.charts import ranks
from policy_methods.ranking import boundary_doubt, rank_confidence_sets


@dataclass(frozen=True)
class View:
    """The league by one set of weights.

    Attributes
    ----------
    table : pandas.DataFrame
        Indexed by code, in order: ``org_name``, ``score``, ``se``, ``position``, ``lower``,
        ``upper``.
    reading : str
        What it shows.
    figure : dict
        Arguments of ``report.figure``.
    """

    table: pd.DataFrame
    reading: str
    figure: dict[str, Any]


class Explorer:
    """Weights to slide and a unit to follow.

    Parameters
    ----------
    league : League
        The table; its indicators, or the block of questions that its one was chosen from.
    """

    def __init__(self, league: League) -> None:
        self.league = league
        self.data, self.errors, self.names = candidates(league)
        self.scaled = league.unit == "share"
        self.weights = {n: league.weights.get(n, 0.0) for n in self.names}

    def view(self, weights: Mapping[str, float] | None = None, follow: str = "") -> View:
        """Rank by other weights.

        Parameters
        ----------
        weights : mapping, optional
            Weight of each indicator; the league's own without.
        follow : str
            Code to follow; the league's own when empty.

        Returns
        -------
        View
            Table, reading and figure.

        Raises
        ------
        ParameterError
            For weights that are all zero or name no indicator, or an unknown code.
        """
        given = dict(self.weights if weights is None else weights)
        code = follow or self.league.follow
        share = np.array([given.get(n, 0.0) for n in self.names])
        if set(given) - set(self.names) or np.any(share < 0) or share.sum() <= 0:
            raise ParameterError(
                "weights", "must be zero or more, not all zero", value=given, allowed=self.names
            )
        if code not in self.data.index:
            raise ParameterError("follow", "isn't in this league table", value=code)
        table = self._table(share / share.sum())
        league = self.league
        cut = min(league.cut, len(table) - 1)
        sets = rank_confidence_sets(
            table["score"],
            table["se"].to_numpy(),
            confidence=league.confidence,
            higher_is_better=league.higher_is_better,
        )
        table = table.assign(lower=sets.lower, upper=sets.upper)
        doubtful = boundary_doubt(sets, cut).counts["doubtful"]
        row = table[table.index == code].iloc[0]
        place = ordinal(int(row["position"]))
        used = ", ".join(
            f"{n} {w:.0%}" for n, w in zip(self.names, share / share.sum(), strict=True) if w > 0
        )
        reading = (
            f"By {used}: {doubtful} of {len(table)} can't be told from {league.line};"
            f" {league.label(code)} ranks {place}, and the data allow {row['lower']} to"
            f" {row['upper']}."
        )
        figure = {
            "fig": ranks.rank_sets(
                table,
                cut=cut,
                sides=league.sides,
                follow=int(row["position"]),
                follow_label=f"{place}: anywhere from {row['lower']} to {row['upper']}",
            ),
            "key": "explore_weights",
            "title": f"With these weights {doubtful} of {len(table)} can't be told from the line",
            "subtitle": f"{league.level} confidence set for each rank by {used};"
            f" {league.name} {league.period}".rstrip(),
            "source": league.source,
            "alt": reading,
            "data": table,
            "note": "In JupyterLab the weights are sliders and the league is drawn again.",
        }
        return View(table, reading, figure)

    def _table(self, share: np.ndarray) -> pd.DataFrame:
        data, errors = self.data, self.errors
        if not self.scaled and len(self.names) > 1:
            spread = data.std(ddof=1).replace(0, np.inf)
            data, errors = (data - data.mean()) / spread, errors / spread
        there = data.notna().to_numpy() * share
        total = there.sum(axis=1)
        if np.any(total == 0):
            raise ParameterError("weights", "leave a unit whose only values have no weight")
        part = there / total[:, None]
        # The same people answer every question: adding errors is an upper bound.
        table = pd.DataFrame(
            {
                "org_name": self.league.units["org_name"].reindex(data.index),
                "score": np.nansum(data.to_numpy() * part, axis=1),
                "se": np.nansum(errors.to_numpy() * part, axis=1),
            },
            index=data.index,
        )
        sign = -1 if self.league.higher_is_better else 1
        table = table.iloc[np.lexsort((table.index.to_numpy(), sign * table["score"].to_numpy()))]
        return table.assign(position=np.arange(1, len(table) + 1))

    def panel(self) -> Any:
        """Return the sliders, the menu and the drawing as one ipywidgets box."""
        import ipywidgets as widgets  # only a live front end needs it

        sliders = {
            name: widgets.FloatSlider(
                value=self.weights[name], min=0, max=1, step=0.05, description=name,
                continuous_update=False,
            )
            for name in self.names
        }  # fmt: skip
        labels = [(f"{self.league.label(str(c))} ({c})", str(c)) for c in self.data.index]
        menu = widgets.Dropdown(
            options=sorted(labels), value=self.league.follow, description="Follow"
        )
        drawing = widgets.HTML()

        def redraw(_: object = None) -> None:
            try:
                shown = self.view({n: s.value for n, s in sliders.items()}, menu.value)
            except ParameterError as problem:
                drawing.value = f"<p role='alert'>{html.escape(str(problem))}</p>"
            else:
                drawing.value = as_html(shown)

        for control in (*sliders.values(), menu):
            control.observe(redraw, names="value")
        redraw()
        return widgets.VBox([*sliders.values(), menu, drawing])

    def show(self) -> None:
        """Show the panel in a live front end; do nothing in a batch run."""
        if live():
            from IPython.display import display  # only a live front end needs it

            display(self.panel())  # type: ignore[no-untyped-call]  # IPython has no annotations


def as_html(view: View) -> str:
    """Draw a view as an image with its description, quickly enough for sliders."""
    picture = BytesIO()
    fig = view.figure["fig"]
    # Solving the layout and squeezing the file would take most of the time of a redraw.
    fig.set_layout_engine("none")
    fig.axes[0].set_position((0.055, 0.12, 0.8, 0.79))
    fig.savefig(picture, format="png", dpi=100, pil_kwargs={"compress_level": 1})
    data = base64.b64encode(picture.getvalue()).decode("ascii")
    words = html.escape(view.reading)
    return f"<p>{words}</p><img alt='{words}' src='data:image/png;base64,{data}'>"


def live() -> bool:
    """Tell whether a person's front end runs this cell, and not a batch run.

    JupyterLab and its relatives send the cell's identifier with every request to execute;
    papermill and nbclient do not. ``NHSI_LIVE`` set to 1 or 0 decides otherwise.
    """
    asked = os.environ.get("NHSI_LIVE")
    if asked is not None:
        return asked == "1"
    try:
        from IPython.core.getipython import get_ipython  # absent outside notebooks
    except ImportError:
        return False
    kernel = getattr(get_ipython(), "kernel", None)
    if kernel is None:
        return False
    parent = kernel.get_parent("shell") or {}
    return bool(parent.get("metadata", {}).get("cellId"))
