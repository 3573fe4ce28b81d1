"""The palette on a white page and on a dark one."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest
from test_style import contrast, luminance

from notebook_reports import packs
from notebook_reports.charts import style

CSS = Path(packs.__file__).with_name("template") / "nhsi" / "page.css"
DARK_PAPER = "#14181b"


def dark() -> dict[str, str]:
    found = re.search(r"color-scheme:dark\)\{:root\{(--c-[^}]*)\}", CSS.read_text(encoding="utf-8"))
    assert found
    pairs = (part.split(":") for part in found[1].split(";"))
    full = {name.removeprefix("--c-"): value for name, value in pairs}
    return {k: v if len(v) == 7 else "#" + "".join(c * 2 for c in v[1:]) for k, v in full.items()}


def test_a_dark_page_has_a_colour_for_each_of_a_white_one() -> None:
    assert set(dark()) == {*style.NAMED, "on"}
    assert dark()["paper"] == DARK_PAPER
    assert len({c.lower() for c in style.NAMED.values()}) == len(style.NAMED)


FILLS = ("blue", "teal", "plum", "orange", "grey", "muted", "second", "third", "fourth", "stayed")


@pytest.mark.parametrize("name", [*FILLS[:-1], *(f"ramp{n}" for n in range(1, 8))])
def test_text_on_a_fill_reads_on_either_page(name: str) -> None:
    light = style.NAMED[name]
    assert contrast(style.text_on(light), light) >= 4.5
    assert contrast(dark()["on"], dark()[name]) >= 4.5
    assert contrast("#000000", dark()[name]) >= 4.5


@pytest.mark.parametrize("name", ["ink", "soft", "tealtext", "orangetext", "blue", "plum"])
def test_text_reads_on_a_dark_page(name: str) -> None:
    assert contrast(dark()[name], DARK_PAPER) >= 4.5


@pytest.mark.parametrize("name", ["blue", "teal", "plum", "orange", "grey", "muted", "fourth"])
def test_marks_are_seen_on_a_dark_page(name: str) -> None:
    assert contrast(dark()[name], DARK_PAPER) >= 3


def test_the_focus_stands_out_from_what_is_grey_on_either_page() -> None:
    assert contrast(style.BLUE, style.GREY) >= 3
    assert contrast(dark()["blue"], dark()["grey"]) >= 1.7


@pytest.mark.parametrize("colours", [style.ORDERED, style.RAMP])
def test_steps_differ_in_lightness_where_a_page_is_printed_in_grey(
    colours: tuple[str, ...],
) -> None:
    levels = sorted(luminance(colour) for colour in colours)
    assert min((high + 0.05) / (low + 0.05) for low, high in pairwise(levels)) >= 1.15
    assert [luminance(c) for c in style.RAMP] == sorted(map(luminance, style.RAMP), reverse=True)


def test_the_ramp_of_a_dark_page_rises() -> None:
    steps = [luminance(dark()[f"ramp{n}"]) for n in range(1, 8)]
    assert steps == sorted(steps)
    assert steps[-1] / steps[0] > 3
