"""One example on real data of every chart type: the figure of a study that is drawn by it.

Importing the module registers them all; a study is built when its first figure is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from importlib import import_module
from typing import Any, Final

from notebook_reports.charts import (
    bars,
    columns,
    distributions,
    funnel,
    gallery,
    heatmap,
    intervals,
    lines,
    maps,
    paths,
    ranks,
    tally,
    transitions,
    xmr,
)
from notebook_reports.evidence import Figure, Section, words

_SETTINGS: Final[dict[str, dict[str, Any]]] = {
    "agency": {"draws": 200},
    "league": {"draws": 1000},
    "pathology": {"draws": 1000},
    # Names fit beside a map of classes only where the trusts are few.
    "ratings of few": {"trust_type": "Ambulance"},
}
"""Parameters that aren't the notebook's own, so that the page is made in seconds."""

_SHOWN: Final[dict[gallery.Draw, tuple[str, str, str]]] = {
    bars.bars: ("agency", "trust_by_trust", "trust_changes"),
    bars.stacked_shares: ("league", "types", "categories_by_type"),
    columns.columns: ("agency", "record_by_year", "record"),
    funnel.funnel_chart: ("league", "fairer", "funnel"),
    heatmap.class_map: ("ratings of few", "key_questions", "key_question_ratings"),
    heatmap.heatmap: ("league", "inspectors", "league_and_ratings"),
    intervals.dot_interval: ("ratings", "groups", "group_differences"),
    intervals.dot_panels: ("agency", "saving", "saving_by_shape"),
    lines.lines: ("profile", "survey", "survey_trend"),
    maps.point_map: ("pathology", "hubs", "hub_map"),
    paths.path_chart: ("agency", "monthly_path", "path"),
    ranks.category_chances: ("league", "categories", "category_chances"),
    ranks.rank_sets: ("league", "ranks", "rank_sets"),
    tally.tally: ("claims", "by_topic", "evidence_by_topic"),
    transitions.age_strips: ("ratings", "age_of_the_ratings", "rating_ages"),
    transitions.alluvial: ("ratings", "who_moved", "rating_flows"),
    transitions.class_strips: ("ratings", "key_questions", "key_question_ratings"),
    xmr.xmr_chart: ("profile", "emergency", "ae_four_hours"),
}
"""Of each chart type the study, its section and the figure's key."""


@lru_cache
def _built(name: str) -> tuple[Any, Any]:
    """Return a study and what it found."""
    study = import_module(f"nhsi_analysis.studies.{name.partition(' ')[0]}")
    return study, study.build(study.Settings(**_SETTINGS.get(name, {})))


def _shown(name: str, section: str, key: str) -> Figure:
    study, found = _built(name)
    show: Callable[[Any], Section] = getattr(study.sections, section)
    figures = {part.key: part for part in show(found).parts if isinstance(part, Figure)}
    return figures[key]


for _chart, _place in _SHOWN.items():
    gallery.example(_chart)(partial(_shown, *_place))


@gallery.example(distributions.simulated)
def _simulated() -> Figure:
    """Return the simulated saving of pathology networks once all are in place."""
    _, found = _built("pathology")
    saving, settings = found.case.simulation.outputs["net_saving"], found.settings
    reached = words.percent((saving >= settings.target_gbp_m).mean())
    return Figure(
        distributions.simulated(
            saving,
            target=(settings.target_gbp_m, "target"),
            unit="GBP m",
            x_label="Saving a year",
        ),
        key="simulated_saving",
        title=f"{reached} of draws reach the saving wanted",
        subtitle="Saving a year of pathology networks once all are in place, England, GBP m",
        source="pathology_figures",
        alt=f"One hump around £{saving.median():.0f}m, parted at the target.",
        data=saving.to_frame(),
    )
