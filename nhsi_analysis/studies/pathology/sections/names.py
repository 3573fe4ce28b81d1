"""How this study writes its numbers and names what it rests on."""

from __future__ import annotations

import pandas as pd

from nhsi_analysis.studies.pathology.numbers.chances import ASSUMED
from nhsi_analysis.studies.pathology.numbers.curves import published_plateau
from nhsi_analysis.studies.pathology.numbers.study import Study
from notebook_reports.evidence import format_value
from notebook_reports.evidence.words import money, short_name

MODEL = "Simulation of this report on pathology_figures"
PAPER = "BMC Health Services Research 2018, 18:862, by way of pathology_figures"

CURVES = {
    "own": "This report",
    "carter": "Carter review",
    "network": "Network trusts",
    "us": "US hospitals",
    "plateau": "Published plateau",
    "word": "Every test cheaper",
}
"""Short names of what the sets suppose about unit cost."""


def slope(value: float) -> str:
    """Write an elasticity."""
    return format_value(value, "", 2)


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


def tens(millions: float) -> str:
    """Write millions of pounds to the nearest ten: what varies by tens isn't told finer."""
    return money(10.0 * round(float(millions) / 10) + 0.0)


def month(period: str) -> str:
    """Write a register's month such as "2018-09" as "September 2018"; other periods as they are."""
    dated = len(period) == 7 and period[5:].isdigit() and period[4] == "-" and period[:2] == "20"
    return f"{pd.Timestamp(period):%B %Y}" if dated and int(period[5:]) <= 12 else period


def trust(name: str) -> str:
    """Write a trust's name without its legal form."""
    return short_name(name, ["NHS Foundation Trust", "NHS Trust"])


def supposed(study: Study, curve: str) -> str:
    """Say what a set supposes about the cost of a test, and by whom."""
    s, table = study.settings, study.curves
    falls = {key: whole(fall) for key, fall in table["fall_low"].items()}
    lost = float(table["fall_low"]["us"])
    flat, middle, steep = (
        whole(1 - 2.0**e) for e in (s.elasticity_range[1], s.elasticity, s.elasticity_range[0])
    )
    return {
        "own": f"This report, an assumption: doubling volume cuts unit cost by {middle} "
        f"({ends(flat, steep)})",
        "carter": f"Carter review of 2006 to 2008: joining laboratories saves {falls['carter']} to "
        f"{whole(table['fall_high']['carter'])}",
        "network": f"NHS England and NHS Improvement, 2019: a curve through the {falls['network']} "
        "fall of unit cost in network trusts, had all work moved",
        "us": f"Chi Solutions, US hospitals: unit cost {whole(lost / (1 - lost))} higher with half "
        "the volume lost",
        "plateau": f"Keele benchmarking, 2011: flat above {sum(published_plateau()):g}m tests",
        "word": f"NHS England and NHS Improvement, 2019: the same fall of {falls['network']} for "
        "every test, without a curve",
    }[curve]


def build_up(study: Study, key: str) -> str:
    """Say how long a set lets the saving build up."""
    s = study.settings
    years = ends(*(f"{end:g}" for end in s.ramp_range))
    return f"{s.ramp_years:g} years ({years}), assumed" if key == ASSUMED else "as planned in 2017"


def input_value(name: str, value: float) -> str:
    """Write a value of an input of the simulation in its unit.

    Examples
    --------
    >>> input_value("share_moved", 0.6), input_value("elasticity", -0.12)
    ('60%', '−0.12')
    """
    if name == "plateau":
        return "none" if value > 1e6 else f"{value:.0f}m tests"
    unit, decimals = {
        "share_moved": ("share", 0),
        "transport": ("GBP", 2),
        "transition": ("GBP m", 0),
        "cost_gbp_bn": ("GBP bn", 1),
        "ramp_years": ("years", 1),
        "tests_bn": ("bn", 2),
        "services": ("", 0),
    }.get(name, ("", 2))
    return format_value(value, unit, decimals)
