"""How this study writes its numbers and names what it rests on."""

from __future__ import annotations

from notebook_reports.evidence import format_value

MODEL = "Simulation of this report on pathology_figures"
PAPER = "BMC Health Services Research 2018, 18:862, by way of pathology_figures"


def slope(value: float) -> str:
    """Write an elasticity."""
    return format_value(value, "", 2)


def input_value(name: str, value: float) -> str:
    """Write a value of an input of the simulation in its unit.

    Examples
    --------
    >>> input_value("share_moved", 0.6), input_value("elasticity", -0.12)
    ('60%', '−0.12')
    """
    if name in {"share_moved", "essential_premium"}:
        return format_value(value, "share", 0)
    if name == "plateau":
        return "none" if value > 1e6 else f"{value:.0f}m tests"
    if name == "transport":
        return format_value(value, "GBP", 2)
    if name == "transition":
        return format_value(value, "GBP m")
    if name == "cost_gbp_bn":
        return format_value(value, "GBP bn")
    if name == "ramp_years":
        return f"{value:.1f} years"
    if name == "tests_bn":
        return f"{value:.2f}bn"
    return format_value(value, "", 0 if name == "services" else 2)
