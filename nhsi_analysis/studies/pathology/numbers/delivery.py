"""What the programme was reported to have saved, in the two ways it can be read."""

from __future__ import annotations

from dataclasses import dataclass

from nhsi_analysis import years
from nhsi_analysis.studies.pathology.numbers.registers import published_numbers, row
from nhsi_analysis.studies.pathology.settings import FIRST_YEAR, Settings

APART, ADDED = "apart", "added"


@dataclass(frozen=True, slots=True)
class Delivery:
    """The savings reported, and what they say about one financial year.

    Parameters
    ----------
    delivered, further : float
        Delivered when reported and predicted on top, GBP m.
    year, index : str, int
        Financial year of the prediction, and the same as a year of the programme.
    needed : float
        Where a straight build-up to the target would have stood in that year, GBP m.
    error : float
        Standard error given to each reported saving, GBP m; the sources state none.
    """

    delivered: float
    further: float
    year: str
    index: int
    needed: float
    error: float

    @property
    def readings(self) -> dict[str, tuple[float, ...]]:
        """Measurements of the year's saving, GBP m: one saving told twice, or two that add up."""
        return {
            APART: (self.delivered, self.further),
            ADDED: (self.delivered + self.further,),
        }


def examine(settings: Settings) -> Delivery:
    """Read the savings reported.

    Parameters
    ----------
    settings : Settings
        Target, its year, and the error given to a reported saving.

    Returns
    -------
    Delivery

    Raises
    ------
    DataError
        The register lacks one of the two figures.
    """
    table = published_numbers()
    further = row(table, "further saving predicted for the year")
    year = str(further["period"])
    index = years.first_year(year) - FIRST_YEAR
    return Delivery(
        delivered=float(row(table, "saving delivered by networks so far")["number"]),
        further=float(further["number"]),
        year=year,
        index=index,
        needed=settings.target_gbp_m * min(index / settings.target_index, 1.0),
        error=settings.delivery_error_gbp_m,
    )
