"""The house style of charts: palette, figure sizes, direct labels.

The rules are those of the Government Analysis Function's chart guidance: at most four series,
labelled directly; bars from zero; horizontal text; never colour alone. Titles, sources and notes
are not drawn: :func:`notebook_reports.report.figure` writes them as page text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, partial, wraps
from pathlib import Path
from typing import Any, Literal, ParamSpec

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import AutoLocator, Formatter, MaxNLocator
from numpy.typing import ArrayLike

from notebook_reports.charts import layout
from notebook_reports.charts.axes import Panel
from notebook_reports.charts.palette import NAMED as NAMED
from notebook_reports.errors import ParameterError
from notebook_reports.evidence import format_value

BLUE, TEAL, PLUM, ORANGE = (NAMED[name] for name in ("blue", "teal", "plum", "orange"))
GREY, MUTED, INK, SOFT = (NAMED[name] for name in ("grey", "muted", "ink", "soft"))
WHITE, GRID, AXIS = (NAMED[name] for name in ("paper", "grid", "axis"))
TEAL_TEXT, ORANGE_TEXT = NAMED["tealtext"], NAMED["orangetext"]

SERIES = (BLUE, ORANGE, TEAL, PLUM)
"""Colours in the order series take them: two series are blue and orange."""

ORDERED = (BLUE, NAMED["second"], NAMED["third"], NAMED["fourth"])
"""Four ordered classes from best to worst that differ in lightness as well as hue."""

RAMP = tuple(NAMED[f"ramp{n}"] for n in range(1, 8))
"""Seven steps of one hue from light to dark, which survive grey printing and colour blindness."""

GROUND: dict[str, Any] = {"facecolor": WHITE, "linewidth": 0, "pad": 0.5}
"""What parts a text from lines that run behind it."""

MARKERS = ("o", "s", "^", "D")
"""Markers in the same order, so that series differ by more than colour."""

DASHES: tuple[Any, ...] = ("-", (0, (5, 2)), (0, (1.5, 1.5)), (0, (6, 1.5, 1.5, 1.5)))
"""Line styles in the same order."""

WIDE, NARROW = 8.2, 4.0
"""Inches of a drawing for a column of text, and of one for a phone.

A phone's is 288 points, which a screen of 320 pixels shows at one pixel a point: its text is never
under 11 pixels.
"""

_STYLE_FILE = Path(__file__).with_name("house.mplstyle")
_NARROW_SIZE = 11.2
# Palette colours that are too light for text on white (4.5:1), with a darker one of the same hue.
_TEXT_COLOURS = {TEAL: TEAL_TEXT, ORANGE: ORANGE_TEXT, GREY: SOFT, MUTED: SOFT}

_narrow = ContextVar("narrow", default=False)
_ahead: dict[bool, tuple[list[tuple[Figure, list[Axes]]], dict[str, Any]]] = {}
"""By form, figures made ahead and all settings they were made under."""
_in_use: ContextVar[tuple[bool, ...]] = ContextVar("in_use", default=())
P = ParamSpec("P")


@cache
def _parameters(is_narrow: bool) -> dict[str, Any]:
    """Read the style file once for each form."""
    found = dict(mpl.rc_params_from_file(_STYLE_FILE, use_default_template=False).items())
    if is_narrow:
        for name in ("font.size", "axes.labelsize", "xtick.labelsize", "ytick.labelsize"):
            found[name] = _NARROW_SIZE
    return found


@contextmanager
def use() -> Iterator[None]:
    """Apply the house style inside a ``with`` block.

    Nothing outside is changed, so a notebook's other plots keep their own style.

    Examples
    --------
    >>> with use():
    ...     fig, ax = new_figure(height=2)
    """
    if _in_use.get() == (narrow(),):
        yield  # reading the settings again takes as long as drawing a line
        return
    token = _in_use.set((narrow(),))
    try:
        with _settings(_parameters(narrow())):
            yield
    finally:
        _in_use.reset(token)


@contextmanager
def _settings(checked: dict[str, Any]) -> Iterator[None]:
    """Set what was checked when it was read; matplotlib's own context copies every setting."""
    settings: Any = mpl.rcParams
    before = {name: settings._get(name) for name in checked}
    try:
        for name, value in checked.items():
            settings._set(name, value)
        yield
    finally:
        for name, value in before.items():
            settings._set(name, value)


@contextmanager
def drawing(fig: Figure) -> Iterator[None]:
    """Apply the style that a figure is drawn in: the house style, or to any other none but its own.

    Ticks are made while a figure is drawn, so that a style changes them then.

    Parameters
    ----------
    fig : matplotlib.figure.Figure
        A figure of :func:`new_figure`, or anybody's.
    """
    kept = {name: _parameters(False)[name] for name in ("svg.fonttype", "svg.hashsalt")}
    with use() if isinstance(fig, Drawing) else _settings(kept):
        yield


def narrow() -> bool:
    """Tell whether a chart is being drawn for a phone."""
    return _narrow.get()


@dataclass(frozen=True, slots=True)
class Place:
    """Where units stand in a panel, in its data's coordinates.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        The panel.
    codes : tuple of str
        The units.
    ends : numpy.ndarray, shape (n, 2) or (n, 4)
        A point, or the two ends of what stands for the unit.
    """

    ax: Axes
    codes: tuple[str, ...]
    ends: np.ndarray


class Drawing(Figure):
    """A figure that can be drawn for a phone too and knows where its units stand."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.again: Callable[[], Figure] | None = None
        self.places: list[Place] = []


def chart(function: Callable[P, Figure]) -> Callable[P, Figure]:
    """Make a function draw in the house style, and again in its narrow form where that is asked.

    The function draws for the form that :func:`narrow` tells; nothing may be added to its figure
    afterwards, or the narrow form lacks it.

    Parameters
    ----------
    function : callable
        It returns a figure made by :func:`new_figure` or :func:`new_panels`.
    """

    @wraps(function)
    def draw(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with use():
            fig = function(*args, **kwargs)
        if isinstance(fig, Drawing) and not narrow():
            fig.again = partial(_again, draw, *args, **kwargs)
        return fig

    return draw


def _again(draw: Callable[..., Figure], *args: Any, **kwargs: Any) -> Figure:
    token = _narrow.set(True)
    try:
        return draw(*args, **kwargs)
    finally:
        _narrow.reset(token)


def place(
    ax: Axes,
    codes: Iterable[Any],
    x: ArrayLike,
    y: ArrayLike,
    x2: ArrayLike | None = None,
    y2: ArrayLike | None = None,
) -> None:
    """Record where units stand, so that a reader can have their own marked.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Axes of a figure in house style.
    codes : iterable of str, n of them
        The units; empty ones and missing ones are left out.
    x, y : array-like, shape (n,) or one value for all
        Where each stands, in data coordinates.
    x2, y2 : array-like, optional
        The other end of a line, or the opposite corner of a row or cell.
    """
    fig = ax.get_figure(root=True)
    if not isinstance(fig, Drawing):
        raise ParameterError("ax", "must belong to a figure in house style")
    names = ["" if code is None or code != code else str(code) for code in codes]
    columns = [(x, ax.xaxis), (y, ax.yaxis)]
    if x2 is not None or y2 is not None:
        columns += [(x if x2 is None else x2, ax.xaxis), (y if y2 is None else y2, ax.yaxis)]
    values = [np.asarray(axis.convert_units(v), dtype=np.float64) for v, axis in columns]
    ends = np.column_stack([np.broadcast_to(v, (len(names),)) for v in values])
    known = np.array([bool(name) for name in names], dtype=bool) & np.isfinite(ends).all(axis=1)
    kept = tuple(name for name, there in zip(names, known, strict=True) if there)
    fig.places.append(Place(ax, kept, ends[known]))


def new_figure(height: float = 4.6) -> tuple[Figure, Axes]:
    """Return an empty figure and its axes in the house style.

    Parameters
    ----------
    height : float
        Height in inches.

    Returns
    -------
    tuple of matplotlib.figure.Figure and matplotlib.axes.Axes
        As wide as the form asks. Made without pyplot, so nothing is registered anywhere and
        nothing has to be closed.
    """
    ready, made_under = _ahead.get(narrow(), ([], {}))
    with use():
        if ready and height > 0 and dict.__eq__(mpl.rcParams, made_under):
            fig, axes = ready.pop()
            fig.set_size_inches(fig.get_figwidth(), height)
        else:
            fig, axes = new_panels(1, height=height)
    return fig, axes[0]


def make_ahead(count: int) -> None:
    """Make empty figures for :func:`new_figure` to hand out while no setting is changed.

    To make a figure's axes takes as long as to draw a line chart on them; kernels forked from a
    process have the figures that it made ahead.

    Parameters
    ----------
    count : int
        How many of each form.
    """
    settings: Any = mpl.rcParams
    _ahead.clear()
    for form in (False, True):
        token = _narrow.set(form)
        try:
            with use():
                _ahead[form] = [new_panels(1) for _ in range(count)], dict(settings)
        finally:
            _narrow.reset(token)


def new_panels(
    columns: int,
    *,
    rows: int = 1,
    height: float = 4.6,
    share_x: bool = False,
    share_y: bool = False,
    height_ratios: Sequence[float] | None = None,
) -> tuple[Figure, list[Axes]]:
    """Return a figure of several panels, row by row.

    Parameters
    ----------
    columns, rows : int
        Number of panels across and down.
    height : float
        Height of the whole figure in inches.
    share_x, share_y : bool
        Give all panels the same axis, which comparisons between panels need.
    height_ratios : sequence of float, optional
        Heights of the rows in proportion.
    """
    if height <= 0:
        raise ParameterError("height", "must be inches above 0", value=height)
    with use():
        size = (NARROW if narrow() else WIDE, height)
        fig = Drawing(figsize=size, layout=layout.KnownSizes())
        FigureCanvasAgg(fig)  # one renderer, or texts are measured anew each time one is asked for
        axes = fig.subplots(
            rows,
            columns,
            sharex=share_x,
            sharey=share_y,
            squeeze=False,
            height_ratios=height_ratios,
            subplot_kw={"axes_class": Panel},
        )
        for ax in fig.axes:  # in this form's style, which they aren't drawn in
            ax.xaxis.get_major_ticks(1)
            ax.yaxis.get_major_ticks(1)
        return fig, list(axes.ravel())


def text_colour(colour: str) -> str:
    """Return a colour of the same hue that has contrast 4.5:1 or more as text on white."""
    return _TEXT_COLOURS.get(colour.upper(), colour)


def text_on(colour: Any) -> str:
    """Return black or white, whichever reads better on a fill."""
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in mpl.colors.to_rgb(colour)
    ]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    # Pure black: with the softer ink, fills of middle lightness would stay below 4.5:1 either way.
    return WHITE if 1.05 / (luminance + 0.05) > (luminance + 0.05) / 0.05 else "#000000"


def unit_axis(ax: Axes, axis: Literal["x", "y"], unit: str, decimals: int | None = None) -> None:
    """Write the ticks of an axis in house style.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Axes to change.
    axis : {"x", "y"}
        Which axis.
    unit : str
        As in :func:`notebook_reports.evidence.format_value`; "share" writes 0.4 as 40%.
    decimals : int, optional
        Fewest decimal places; by default none. Ticks that need more to be true get more.
    """
    ticks = ax.xaxis if axis == "x" else ax.yaxis
    if isinstance(ticks.get_major_locator(), AutoLocator):
        # Steps of 2.5 would take a decimal for every other tick.
        ticks.set_major_locator(MaxNLocator("auto", steps=[1, 2, 5, 10]))
    ticks.set_major_formatter(_UnitTicks(unit, decimals or 0))


class _UnitTicks(Formatter):
    """Tick labels in house style, with as many decimals as the ticks' own values have."""

    def __init__(self, unit: str, decimals: int) -> None:
        self.unit, self.fewest, self.places = unit, decimals, decimals
        self._written: tuple[list[float], list[str]] = ([], [])

    def format_ticks(self, values: list[float]) -> list[str]:
        """Return the labels of ticks, which a layout and a drawing ask for again and again."""
        if list(values) != self._written[0]:
            self._written = list(values), super().format_ticks(values)
        return self._written[1]

    def set_locs(self, locs: Any) -> None:
        """Choose the decimals that all ticks need."""
        scale = 100 if self.unit in {"share", "probability"} else 1
        values = np.asarray(locs, dtype=float) * scale
        step = np.diff(np.sort(values)).min() if len(values) > 1 else 1.0
        self.places = next(
            (
                places
                for places in range(self.fewest, 5)
                if np.allclose(values, np.round(values, places), rtol=0, atol=step / 100)
            ),
            max(self.fewest, 4),
        )

    def __call__(self, x: float, pos: int | None = None) -> str:
        """Return the label of a tick."""
        return format_value(x, self.unit, self.places)
