from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

from notebook_reports.charts import layout, style
from notebook_reports.report import raster, svg


def pixels(picture: bytes) -> NDArray[np.int_]:
    return np.asarray(Image.open(io.BytesIO(picture)).convert("RGB")).astype(int)


class Reference(RendererAgg):
    """Matplotlib's letters where the layout has room for them."""

    def get_text_width_height_descent(self, s: str, prop: Any, ismath: Any) -> tuple[float, ...]:
        if ismath or prop.get_family() == ["DejaVu Serif"] or "ש" in s:
            return super().get_text_width_height_descent(s, prop, ismath)
        return tuple(part * raster.DPI / 72 for part in layout.line_size(s, prop))


def as_matplotlib_draws(fig: Figure) -> NDArray[np.int_]:
    fig.set_layout_engine("none")
    fig.dpi = raster.DPI
    renderer = Reference(*map(round, fig.bbox.size), raster.DPI)
    with style.use(), mpl.rc_context({"text.hinting": "none"}):
        fig.draw(renderer)
    return np.asarray(renderer.buffer_rgba())[..., :3].astype(int)


def box(image: NDArray[np.int_]) -> NDArray[np.int_]:
    """Return the first and last row and column that hold ink."""
    dark = image.min(axis=2) < 128
    rows, columns = np.flatnonzero(dark.any(axis=1)), np.flatnonzero(dark.any(axis=0))
    return np.array([rows[0], rows[-1], columns[0], columns[-1]])


def test_a_picture_is_the_chart_that_matplotlib_draws(chart: Figure) -> None:
    svg.draw(chart, "fig-a")
    picture = pixels(raster.draw(chart))
    other = as_matplotlib_draws(chart)
    assert picture.shape == other.shape
    # Letters stand a part of a pixel beside matplotlib's, and colours come from a palette.
    assert np.abs(picture - other).mean() < 3
    assert np.abs(box(picture) - box(other)).max() <= 2


@pytest.mark.parametrize("ha", ["left", "center", "right"])
@pytest.mark.parametrize("va", ["top", "center", "baseline", "bottom"])
def test_words_stand_where_matplotlib_puts_them(ha: str, va: str) -> None:
    fig = Figure(figsize=(3, 1))
    fig.text(0.5, 0.5, "Ágjy 12,345\nRequires", ha=ha, va=va)
    assert np.abs(box(pixels(raster.draw(fig))) - box(as_matplotlib_draws(fig))).max() <= 2


@pytest.mark.parametrize(
    ("write", "what"),
    [
        (lambda fig: fig.text(0.2, 0.2, "$x^2$", math_fontfamily="dejavusans"), "a formula"),
        (lambda fig: fig.text(0.5, 0.5, "turned", rotation=90), "turned words"),
        (lambda fig: fig.text(0.5, 0.5, "bold", weight="bold"), "bold words"),
        (lambda fig: fig.text(0.1, 0.5, "Wiiide serif", family="DejaVu Serif"), "another font"),
        (lambda fig: fig.text(0.1, 0.5, "שלום לכולם"), "words from right to left"),
    ],
)
def test_other_words_are_drawn_too(write: Callable[[Figure], object], what: str) -> None:
    fig = Figure(figsize=(3, 1))
    write(fig)
    assert np.abs(box(pixels(raster.draw(fig))) - box(as_matplotlib_draws(fig))).max() <= 2, what


def test_a_letter_that_no_font_has_stops_nothing_and_warns_of_nothing(
    recwarn: pytest.WarningsRecorder,
) -> None:
    fig = Figure(figsize=(3, 1))
    fig.text(0.1, 0.5, "🏥 漢\t\ue000")
    assert "🏥" in svg.draw(fig, "fig-a").svg
    assert (pixels(raster.draw(fig)) < 128).any()
    assert not recwarn.list


def test_a_figure_without_ground_stands_on_white() -> None:
    fig = Figure(figsize=(2, 1), facecolor="none")
    fig.text(0.1, 0.1, "half", color="black", alpha=0.5, size=30)
    assert pixels(raster.draw(fig)).min() > 100


def test_the_figure_of_another_style_keeps_its_formulas() -> None:
    ax = Figure().subplots()
    ax.loglog([1, 1e5], [1, 1e5])
    fig = ax.get_figure(root=True)
    assert fig is not None
    assert "}$</text>" not in svg.draw(fig, "fig-a").svg


def test_words_keep_their_colour_and_opacity() -> None:
    fig = Figure(figsize=(2, 1))
    fig.text(0.1, 0.1, "■", color="#12436D", size=40)
    fig.text(0.6, 0.1, "■", color="#000000", size=40, alpha=0.5)
    found = {tuple(colour) for colour in pixels(raster.draw(fig)).reshape(-1, 3).tolist()}
    assert any(np.abs(np.subtract(c, (0x12, 0x43, 0x6D))).max() <= 2 for c in found)
    assert any(np.abs(np.subtract(c, (127, 127, 127))).max() <= 3 for c in found)
    assert min(map(sum, found)) > 0, "half of black is no black"


def test_white_is_white_and_words_without_ink_draw_nothing() -> None:
    fig = Figure(figsize=(1, 1))
    fig.text(0.5, 0.5, " ")
    assert (pixels(raster.draw(fig)) == 255).all()


def test_drawing_leaves_the_figure_as_it_was(chart: Figure) -> None:
    svg.draw(chart, "fig-a")

    def state() -> tuple[object, ...]:
        return (
            chart.get_layout_engine(),
            chart.dpi,
            chart.canvas,
            [ax.get_position().bounds for ax in chart.axes],
        )

    before = state()
    assert raster.draw(chart) == raster.draw(chart)
    assert state() == before


def test_the_width_for_a_page_is_the_figures_own() -> None:
    assert raster.css_width(raster.draw(Figure(figsize=(8.2, 2)))) == 787
