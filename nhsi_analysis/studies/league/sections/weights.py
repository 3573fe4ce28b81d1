"""What the arbitrary choices do, in words and pictures, and sliders for other weights."""

from __future__ import annotations

import base64
import html
import os
from io import BytesIO
from typing import TYPE_CHECKING

import pandas as pd

from nhsi_analysis.errors import ParameterError
from nhsi_analysis.studies.league.numbers.choices import DRAWS, LEVEL, SOBOL, Choices, View
from nhsi_analysis.studies.league.numbers.study import Study
from nhsi_analysis.studies.league.numbers.table import League
from notebook_reports.charts import intervals, ranks
from notebook_reports.evidence import Figure, Section, Table, Words, findings, format_value, words

if TYPE_CHECKING:
    import ipywidgets


def choices(study: Study) -> Section:
    """Say which ranks other reasonable choices give, and which choice matters most."""
    title, league, found = "What the arbitrary choices do", study.table, study.choices
    if found is None:
        said = (
            "This table has a single indicator, so there is no weighting, scale or mean to vary: "
            "its ranks carry sampling error only."
        )
        return Section(title, [Words(said)])
    moved, top = found.changed_category, found.sobol.iloc[0]
    worst = found.left_out.sort_values("mean_shift").iloc[-1]
    said = (
        f"Re-drawing {', '.join(found.names)} with another scale, mean, set of weights, one "
        f"indicator less and fresh sampling error moves a rank by {found.mean_shift.value:.1f} "
        f"places on average, and {moved.text} of {league.noun} into another category ({LEVEL:.0%} "
        f"of draws: {moved.low:.0%} to {moved.high:.0%}). {found.crossing} of {league.count} have "
        f"a {LEVEL:.0%} range that crosses {league.line}. The choice that matters most is "
        f"{top['label'][:1].lower()}{top['label'][1:]}; it takes part in "
        f"{format_value(float(top['total']), 'share', 0)} of the variance of the shift. Leaving "
        f"out {worst['left_out']} alone moves ranks by {worst['mean_shift']:.1f} places on average "
        f"(at most {worst['max_shift']})."
    )
    table = Table(
        found.left_out.rename(
            columns={
                "left_out": "Indicator left out",
                "mean_shift": "Mean shift (places)",
                "max_shift": "Largest shift (places)",
                "spearman": "Rank correlation",
            }
        ),
        key="leave_one_out",
        caption="What each indicator does to the ranking",
        source=league.source,
        formats={"Mean shift (places)": lambda v: f"{v:.1f}"},
    )
    numbers = {"choices_mean_shift": found.mean_shift, "choices_changed_category": moved}
    return Section(
        title,
        [
            _ranges(league, found),
            _shares(league, found.sobol),
            Words(said),
            table,
            *findings(numbers, cards=False),
        ],
        {"choices": found.table, "sobol": found.sobol},
    )


def _ranges(league: League, found: Choices) -> Figure:
    return Figure(
        ranks.rank_sets(
            found.table,
            cut=league.cut,
            sides=league.sides,
            order_label="Order by the nominal choices",
            rank_label="Ranks other choices give",
        ),
        key="choice_ranges",
        title=(
            f"Other reasonable choices put {found.crossing} of {len(found.table)} on either side "
            "of the line"
        ),
        subtitle=(
            f"{LEVEL:.0%} range of ranks over {DRAWS:,} draws of every choice; indicators "
            f"{', '.join(found.names)}; {league.period or league.name}"
        ),
        source=league.source,
        alt=(
            f"One vertical line a unit in nominal order; {found.crossing} grey lines cross the cut "
            f"at {league.cut}, the others are blue."
        ),
        data=found.table,
        note="Scale, mean, weights, indicator set and sampling error are drawn together.",
    )


def _shares(league: League, share: pd.DataFrame) -> Figure:
    rows = pd.concat(
        [
            share.assign(
                series=word,
                value=share[column].clip(lower=0),
                low=(share[column] - share[width]).clip(lower=0),
                high=share[column] + share[width],
            )
            for word, column, width in (
                ("with others", "total", "total_error"),
                ("alone", "first_order", "first_error"),
            )
        ]
    )[["label", "input", "series", "value", "low", "high"]]
    each = "; ".join(
        f"{label}: {alone:.0%} alone, {total:.0%} with others"
        for label, alone, total in zip(
            share["label"],
            share["first_order"].clip(lower=0),
            share["total"].clip(lower=0),
            strict=True,
        )
    )
    return Figure(
        intervals.dot_interval(
            rows,
            group="label",
            series="series",
            unit="share",
            x_label="Share of the variance of the mean shift in rank",
        ),
        key="choice_shares",
        title=f"{share['label'].iloc[0]} matters most",
        subtitle=(
            "Sobol' indices of the mean shift in rank by choice; "
            f"{league.name} {league.period}".rstrip()
        ),
        source=league.source,
        alt=f"Share of variance by choice, alone and with others: {each}.",
        data=rows,
        note=(
            f"Lines are 95% bootstrap intervals, {SOBOL} base points. Totals can add to more than "
            "100% because choices act together."
        ),
    )


def other_weights(study: Study) -> Section:
    """Say how the league stands by its own weights, where the sliders stand."""
    view = study.explorer.view()
    return Section("Try other weights", [weighted(study.table, view)], {"units": view.table})


def weighted(league: League, view: View) -> Figure:
    """Draw a league by other weights.

    Parameters
    ----------
    league : League
        The league.
    view : View
        The same by other weights.

    Returns
    -------
    Figure
        Its alternative text says what it shows.
    """
    row = view.table.loc[[view.follow]].iloc[0]
    place = words.ordinal(int(row["position"]))
    used = ", ".join(f"{name} {share:.0%}" for name, share in view.shares.items())
    return Figure(
        ranks.rank_sets(
            view.table,
            cut=view.cut,
            sides=league.sides,
            follow=int(row["position"]),
            follow_label=f"{place}: anywhere from {row['lower']} to {row['upper']}",
        ),
        key="explore_weights",
        title=(
            f"With these weights {view.doubtful} of {len(view.table)} can't be told from the line"
        ),
        subtitle=(
            f"{league.level} confidence set for each rank by {used}; "
            f"{league.name} {league.period}".rstrip()
        ),
        source=league.source,
        alt=(
            f"By {used}: {view.doubtful} of {len(view.table)} can't be told from {league.line}; "
            f"{league.label(view.follow)} ranks {place}, and the data allow {row['lower']} to "
            f"{row['upper']}."
        ),
        data=view.table,
        note="In JupyterLab the weights are sliders and the league is drawn again.",
    )


def sliders(study: Study) -> None:
    """Show sliders for the weights in a live front end; do nothing in a batch run."""
    if live():
        from IPython.display import display  # only a live front end needs it

        display(panel(study))  # type: ignore[no-untyped-call]  # IPython has no annotations


def panel(study: Study) -> ipywidgets.VBox:
    """Return the sliders, the menu and the drawing as one box."""
    import ipywidgets as widgets  # only a live front end needs it

    league, explorer = study.table, study.explorer
    bars = {
        name: widgets.FloatSlider(
            value=explorer.weights[name],
            min=0,
            max=1,
            step=0.05,
            description=name,
            continuous_update=False,
        )
        for name in explorer.names
    }
    labels = [(f"{league.label(str(c))} ({c})", str(c)) for c in explorer.data.index]
    menu = widgets.Dropdown(options=sorted(labels), value=league.follow, description="Follow")
    drawing = widgets.HTML()

    def redraw(_: object = None) -> None:
        try:
            view = explorer.view({n: bar.value for n, bar in bars.items()}, menu.value)
        except ParameterError as problem:
            drawing.value = f"<p role='alert'>{html.escape(str(problem))}</p>"
        else:
            drawing.value = as_html(weighted(league, view))

    for control in (*bars.values(), menu):
        control.observe(redraw, names="value")
    redraw()
    return widgets.VBox([*bars.values(), menu, drawing])


def as_html(shown: Figure) -> str:
    """Draw a figure as an image with its description, quickly enough for sliders."""
    picture = BytesIO()
    # Solving the layout and squeezing the file would take most of the time of a redraw.
    shown.picture.set_layout_engine("none")
    shown.picture.axes[0].set_position((0.055, 0.12, 0.8, 0.79))
    shown.picture.savefig(picture, format="png", dpi=100, pil_kwargs={"compress_level": 1})
    data = base64.b64encode(picture.getvalue()).decode("ascii")
    said = html.escape(shown.alt)
    return f"<p>{said}</p><img alt='{said}' src='data:image/png;base64,{data}'>"


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
