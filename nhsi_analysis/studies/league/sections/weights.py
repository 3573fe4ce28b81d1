"""Sliders for other weights, where a person can move them."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Final

from nhsi_analysis.errors import ParameterError
from nhsi_analysis.studies.league.numbers.certainty import certainty
from nhsi_analysis.studies.league.numbers.study import Study
from nhsi_analysis.studies.league.numbers.survey import QUESTIONS
from nhsi_analysis.studies.league.numbers.table import reweighted
from nhsi_analysis.studies.league.sections.answer import likely_ranks
from notebook_reports.evidence import Figure, Section, words
from notebook_reports.live import live
from notebook_reports.report.live import image

if TYPE_CHECKING:
    import ipywidgets

_NODES = 32
ALL_NOUGHT: Final = "Every weight is nought, so nothing counts: move one slider to the right."


def other_weights(study: Study) -> Section:
    """Say nothing on a page, which has no sliders: see :func:`sliders`."""
    return Section("Try other weights", [])


def weighted(study: Study, weights: dict[str, float], trust: str = "") -> Figure:
    """Draw the league by other weights, refused as :func:`reweighted` refuses them."""
    league = reweighted(study.table, weights, trust)
    return likely_ranks(league, certainty(league, _NODES))


def sliders(study: Study) -> None:
    """Show sliders for the weights in a live front end; do nothing in a batch run."""
    if study.today is None and live() and len(study.table.weights) > 1:
        from IPython.display import display  # only a live front end needs it

        display(panel(study))  # type: ignore[no-untyped-call]  # IPython has no annotations


def panel(study: Study) -> ipywidgets.VBox:
    """Return the sliders, the menu and the drawing as one box."""
    import ipywidgets as widgets  # only a live front end needs it

    league = study.table
    bars = {
        name: widgets.FloatSlider(
            value=weight,
            min=0,
            max=1,
            step=0.05,
            description=words.capital(QUESTIONS.get(name, name) if league.stand_in else name),
            continuous_update=False,
            style={"description_width": "34em"},
            layout={"width": "100%", "max_width": "56em"},
        )
        for name, weight in league.weights.items()
    }
    labels = [(f"{league.label(str(c))} ({c})", str(c)) for c in league.units.index]
    first = study.certainty.followed.codes[0]
    menu = widgets.Dropdown(options=sorted(labels), value=first, description="Follow")
    drawing = widgets.HTML()

    def redraw(_: object = None) -> None:
        weights = {name: bar.value for name, bar in bars.items()}
        if not any(weights.values()):
            drawing.value = f"<p role='alert'>{ALL_NOUGHT}</p>"
            return
        try:
            figure = weighted(study, weights, menu.value)
        except ParameterError as problem:
            drawing.value = f"<p role='alert'>{html.escape(str(problem))}</p>"
        else:
            drawing.value = image(figure)

    for control in (*bars.values(), menu):
        control.observe(redraw, names="value")
    redraw()
    return widgets.VBox([*bars.values(), menu, drawing])
