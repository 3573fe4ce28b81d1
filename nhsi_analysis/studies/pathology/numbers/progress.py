"""What was published on the programme's progress, for and against."""

from __future__ import annotations

import pandas as pd

from nhsi_analysis.studies.pathology.numbers.curves import NETWORK_FALL
from nhsi_analysis.studies.pathology.numbers.registers import published_numbers, reading, row

ON_TRACK = "share on track for 2020/21"

_AGREED, _SIGNED = "networks with formally agreed model", "trusts formally agreed"
_ENGAGED = "share of organisations engaged in networking"
_MODEL = "share of organisations with agreed local partnership model"
_FIGURES = (
    ("2018-03", "networks where trusts fully agreed", "networks whose trusts all agreed", False),
    ("2018-05", "share of trusts agreed to NHSI networking model", "of trusts had agreed", True),
    ("2018-09", _AGREED, "networks with an agreed model", False),
    ("2018-09", _SIGNED, "trusts formally agreed", False),
    ("2019-09", _AGREED, "networks with an agreed model", False),
    ("2019-09", _SIGNED, "trusts formally agreed", False),
    ("2019-11", NETWORK_FALL, "lower cost per test in network trusts", True),
    ("2019-11", ON_TRACK, "of organisations on track for 2020/21", True),
    ("2019-11", _ENGAGED, "of organisations engaged in networking", True),
    ("2019-11", _MODEL, "of organisations with an agreed local model", True),
    (
        "2025-26",
        "share of 2017 networks still largely trust-level",
        "of networks still by trust",
        False,
    ),
)
"""Period, measure, what it counts, and whether it speaks for the saving's being on course."""


def progress() -> pd.DataFrame:
    """Collect the published figures on progress, oldest first.

    Returns
    -------
    DataFrame
        Columns period, number, whole (of how many; missing for per cent), what, publisher,
        favours (bool).

    Raises
    ------
    DataError
        The register lacks one of them.
    """
    table = published_numbers()
    wholes = {"networks": "proposed networks", "trusts": "trusts in scheme"}
    rows = []
    for period, measure, what, favours in _FIGURES:
        found = row(table, measure, period=period)
        whole = wholes.get(str(found["unit"]))
        of = reading(table, whole) if whole else float("nan")
        rows.append((period, float(found["number"]), of, what, found["publisher"], favours))
    return pd.DataFrame(rows, columns=["period", "number", "whole", "what", "publisher", "favours"])
