"""Axes that draw all their ticks with one, which takes a fraction of the time of one for each."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis, Tick, XAxis, YAxis
from matplotlib.ticker import FixedLocator, NullLocator


class _OneTick(Axis):
    """An axis whose first tick is drawn at each place in turn.

    Matplotlib makes a tick of five artists for each place, and measures their labels in search of a
    place for a title that has one here, or for an offset that house charts don't write. Where
    anything asks for the ticks themselves, or has a title placed, it draws as ever.
    """

    _autolabelpos: bool

    def draw(self, renderer: Any) -> None:
        """Draw grid lines, labels and title."""
        places: Any = self.get_majorticklocs()
        formatter = self.get_major_formatter()
        words = formatter.format_ticks(places)  # the offset follows from these
        one = len(self.majorTicks) == 1 and isinstance(self.get_minor_locator(), NullLocator)
        placed = not self.label.get_text() or not self._autolabelpos
        if not (one and placed and self.get_visible()) or formatter.get_offset():
            super().draw(renderer)
            return
        renderer.open_group("matplotlib.axis", gid=self.get_gid())
        transform, tick = self.get_transform(), self.majorTicks[0]
        low, high = np.sort(transform.transform(self.get_view_interval()))
        slack = 1e-10 * (high - low)
        for place, word in zip(places, words, strict=True):
            if low - slack <= transform.transform(place) <= high + slack:
                tick.update_position(place)
                tick.label1.set_text(word)
                tick.label2.set_text(word)
                tick.draw(renderer)
        self.label.draw(renderer)
        renderer.close_group("matplotlib.axis")
        self.stale = False

    def set_ticks(self, ticks: Any, labels: Any = None, **options: Any) -> Any:
        """Set places, as matplotlib does, without making ticks for those that have no names."""
        if labels is not None or options or not len(ticks):
            return super().set_ticks(ticks, labels, **options)
        places = self.convert_units(ticks)  # type: ignore[no-untyped-call]
        self.set_view_interval(min(places), max(places))
        self.set_major_locator(FixedLocator(places))
        return []

    def get_major_ticks(self, numticks: int | None = None) -> list[Tick]:
        """Return a number of ticks; all of them in their places, which drawing left alone."""
        if numticks is None:
            self._update_ticks()  # type: ignore[attr-defined]  # not in the stubs
        return super().get_major_ticks(numticks)

    def set_tick_params(self, which: Any = "major", reset: bool = False, **look: Any) -> None:
        """Set the look of ticks; none are made for it, as each takes it when it is made."""
        unmade = {"majorTicks", "minorTicks"} - vars(self).keys()
        vars(self).update(dict.fromkeys(unmade, ()))
        super().set_tick_params(which, reset, **look)
        for made in unmade:
            vars(self).pop(made, None)

    def set_clip_path(self, path: Any, transform: Any = None) -> None:
        """Clip grid lines; ticks aren't made for it, but clipped when they are."""
        Artist.set_clip_path(self, path, transform)
        for made in ("majorTicks", "minorTicks"):
            for tick in vars(self).get(made, ()):
                tick.set_clip_path(path, transform)

    def _get_tick(self, major: bool) -> Any:
        tick = super()._get_tick(major)  # type: ignore[misc]  # not in the stubs
        for artist in (tick, tick.gridline):
            artist.set_clip_box(self.get_clip_box())
            artist.set_clip_path(self.get_clip_path())
        return tick


class _XAxis(_OneTick, XAxis):
    """A horizontal axis."""


class _YAxis(_OneTick, YAxis):
    """A vertical axis."""


class Panel(Axes):
    """Axes of a house chart."""

    def _init_axis(self) -> None:
        self.xaxis = _XAxis(self, clear=False)
        self.yaxis = _YAxis(self, clear=False)
        for side in ("bottom", "top"):
            self.spines[side].register_axis(self.xaxis)
        for side in ("left", "right"):
            self.spines[side].register_axis(self.yaxis)
