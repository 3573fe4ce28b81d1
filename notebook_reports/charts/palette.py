"""The colours of charts, by name, without anything that draws."""

from __future__ import annotations

BLUE = "#12436D"
TEAL = "#28A197"
PLUM = "#801650"
ORANGE = "#F46A25"
GREY = "#BFBFBF"
MUTED = "#8A9297"
INK = "#1B1F23"
SOFT = "#505A5F"
WHITE = "#FFFFFF"

GRID, AXIS = "#D9D9D9", "#6B7378"
TEAL_TEXT, ORANGE_TEXT = "#1A6E67", "#B3430C"

SERIES = (BLUE, ORANGE, TEAL, PLUM)
"""Colours in the order series take them: two series are blue and orange."""

ORDERED = (BLUE, "#7FA3C4", "#F6C5A5", "#A3330A")
"""Four ordered classes from best to worst that differ in lightness as well as hue."""

RAMP = ("#EAF0F5", "#CBD9E6", "#ADC3D7", "#8EADC8", "#5F86AD", "#396592", "#13446E")
"""Seven steps of one hue from light to dark, which survive grey printing and colour blindness."""

NAMED = {
    "blue": BLUE,
    "teal": TEAL,
    "plum": PLUM,
    "orange": ORANGE,
    "grey": GREY,
    "muted": MUTED,
    "ink": INK,
    "soft": SOFT,
    "paper": WHITE,
    "grid": GRID,
    "axis": AXIS,
    "tealtext": TEAL_TEXT,
    "orangetext": ORANGE_TEXT,
    "second": ORDERED[1],
    "third": ORDERED[2],
    "fourth": ORDERED[3],
    "wash": "#EEF1F3",
    "stayed": "#D5DBE0",
} | {f"ramp{n}": colour for n, colour in enumerate(RAMP, 1)}
"""Every colour that a chart may use, by the name that a page recolours it by.

Text on a fill is black or white, whichever reads better on the house colours.
"""
