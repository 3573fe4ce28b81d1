"""Models of the tables about the country as a whole: prices and outlines."""

from __future__ import annotations

import pandas as pd

from nhsi_analysis.schemas.base import Model, date, number, row_rule, text


class GdpDeflatorQuarterly(Model, key=("quarter_start",)):
    """A quarter a row: the price level of the whole economy."""

    quarter_start: pd.Timestamp = date("First day of the quarter", earliest="1955-01-01")
    gdp_deflator_2022_100: float = number(
        "GDP deflator at market prices", "index, 2022 = 100", at_least=0.1, at_most=1000
    )

    @row_rule("quarter_start", "must be the first day of January, April, July or October")
    @classmethod
    def starts_a_quarter(cls, table: pd.DataFrame) -> pd.Series:
        """Require quarters to be written as their first day."""
        day = table["quarter_start"].dt
        first: pd.Series = (day.day == 1) & (day.month % 3 == 1)
        return first


class Outline(Model):
    """A corner of an outline a row, in drawing order along its ring.

    In the GeoJSON file an area is a feature, made of polygons (parts), made of rings: the first
    is the outer edge, any further ones are holes.
    """

    name: str = text("Area")
    part: int = number("Polygon of the area, from 0", "count", at_least=0)
    ring: int = number("Ring of the polygon: 0 the outer edge, then holes", "count", at_least=0)
    longitude: float = number("Longitude, WGS 84", "degrees east", at_least=-6.5, at_most=1.9)
    latitude: float = number("Latitude, WGS 84", "degrees north", at_least=49.8, at_most=55.9)
