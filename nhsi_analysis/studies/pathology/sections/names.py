"""How this study writes its numbers and names what it rests on."""

from __future__ import annotations

import re

import pandas as pd

from nhsi_analysis.studies.pathology.numbers.chances import ASSUMED
from nhsi_analysis.studies.pathology.numbers.study import Study
from nhsi_analysis.studies.pathology.settings import spread
from notebook_reports.evidence import format_value
from notebook_reports.evidence.words import money

MODEL = ("Simulation of this report", "pathology_figures")
PAPER = ("BMC Health Services Research 2018, 18:862", "pathology_figures")

_EVEN = 0.5
CURVES = {
    "own": "this report",
    "carter": "the Carter review",
    "network": "network trusts",
    "us": "three US hospitals",
    "plateau": "the published plateau",
    "word": "every test cheaper",
}
"""Short names of what the sets suppose about unit cost."""

_WRITTEN = {
    "share": ("share", 0),
    "transport": ("GBP", 2),
    "transition": ("GBP m", 0),
    "cost_gbp_bn": ("GBP bn", 1),
    "ramp": ("years", 1),
    "tests_bn": ("bn", 2),
    "services": ("", 0),
}


def whole(share: float) -> str:
    """Write a share as a whole percentage."""
    return format_value(share, "share", 0)


def chance(value: float) -> str:
    """Write a simulated chance: no number of draws shows that something is impossible."""
    return format_value(min(max(value, 1e-9), 1 - 1e-9), "probability")


def ends(low: str, high: str) -> str:
    """Write a range; one value where both ends read alike."""
    return low if low == high else f"{low} to {high}"


def chances(values: pd.Series) -> str:
    """Write the range of several chances."""
    return ends(chance(float(values.min())), chance(float(values.max())))


def cheaper(study: Study) -> pd.DataFrame:
    """Return the sets that make every test cheaper, where they give more than cost curves do."""
    found = study.chances
    word = found.table[found.table["curve"] == "word"]
    above, curves = float(word["chance"].max()), float(found.curves["chance"].max())
    return word if above > curves and up_to(above) != up_to(curves) else word.iloc[:0]


def highest(study: Study) -> tuple[str, str]:
    """Name the cost curve that gives the highest chance, and write the highest of the others."""
    most = study.chances.curves.groupby("curve")["chance"].max()
    return CURVES[str(most.idxmax())], up_to(float(most.drop(most.idxmax()).max()))


def bound(values: pd.Series) -> str:
    """Write the lowest of several chances where all are better than even, else the highest."""
    said = chance(float(values.min()))
    if values.min() < _EVEN:
        return up_to(float(values.max()))
    alone = said == chance(float(values.max()))
    return said if alone else f"{said} or more"


def up_to(value: float) -> str:
    """Write the highest of several chances."""
    said = chance(value).replace("more than 99%", "near certainty")
    return said if said.startswith("less") else f"up to {said}"


def best(hubs: int) -> str:
    """Name the best hubs."""
    return "best hub" if hubs == 1 else f"best {hubs} hubs"


def tens(millions: float) -> str:
    """Write millions of pounds to the nearest ten: what varies by tens isn't told finer."""
    return money(10.0 * round(float(millions) / 10) + 0.0)


def month(period: str) -> str:
    """Write a register's "2018-09" as "September 2018", "2022 summer" as "summer 2022"."""
    dated = re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", period)
    season = r"(20\d\d) (\w+)", r"\2 \1"
    return f"{pd.Timestamp(period):%B %Y}" if dated else re.sub(*season, period)


def supposed(study: Study, curve: str) -> str:
    """Say what a set supposes about the cost of a test, and by whom."""
    s, known = study.settings, study.published
    said = {key: ends(whole(a), whole(b)) for key, (a, b) in known.falls.items()}
    rise = whole(1 / (1 - known.falls["us"][0]) - 1)
    words = {
        "own": "This report: assumed",
        "carter": f"Carter review: {said['carter']} saved",
        "network": f"NHS England, 2019: {said['network']} lower in networks",
        "us": f"Chi Solutions, US: {rise} higher at half the volume",
        "plateau": f"Keele, 2011: flat above {sum(known.plateau):g}m tests",
        "word": f"NHS England, 2019: {said['network']} lower for every test",
    }
    own = spread(s.elasticity, s.elasticity_range)
    slopes = {"own": (own[0], own[2]), **known.slopes}.get(curve)
    if slopes is None:
        return words[curve]
    return f"{words[curve]} ({ends(*(format_value(e, '', 2) for e in slopes))})"


def build_up(study: Study, key: str) -> str:
    """Say in how many years the saving of a set builds up."""
    s = study.settings
    if key == ASSUMED:
        low, middle, high = (f"{end:g}" for end in spread(s.ramp_years, s.ramp_range))
        return f"{middle} years ({ends(low, high)})"
    return f"{study.published.years:g} years, planned"


def input_value(name: str, value: float) -> str:
    """Write a value of an input of the simulation in its unit.

    Examples
    --------
    >>> input_value("share", 0.6), input_value("elasticity", -0.12)
    ('60%', '−0.12')
    """
    if name == "plateau":
        return "none" if value > 1e6 else f"{value:.0f}m tests"
    return format_value(value, *_WRITTEN.get(name, ("", 2)))
