"""What the finances report calls its trusts, amounts and sources."""

from __future__ import annotations

from typing import Any

import pandas as pd

from nhsi_analysis import years
from nhsi_analysis.answers.trusts import short_trust
from nhsi_analysis.studies.finances.numbers.study import Study
from nhsi_analysis.studies.finances.settings import ALL
from notebook_reports.charts.lines import lines
from notebook_reports.evidence import Figure, words

ACCOUNTS, FIGURES = "trust_finance", "nhsi_context"
DEFICIT, MARGINS, TODAY = "The deficit by year", "Margins by year", "Today's plans"
TURNED = "Did trusts turn round?"


def group(study: Study) -> str:
    """Name the trusts covered: "ambulance trusts in England"."""
    kind = study.settings.trust_type
    return f"{'' if kind == ALL else f'{kind.lower()} '}trusts in England"


def span(study: Study) -> str:
    """Write the years held: "2010/11 to 2018/19"."""
    return " to ".join(dict.fromkeys([study.years[0], study.newest]))


def result(millions: float) -> str:
    """Write a result in words: "a deficit of £858m"."""
    return f"a {'deficit' if millions < 0 else 'surplus'} of {words.money(abs(millions))}"


def size(margin: float) -> str:
    """Write a margin in words: "a deficit of 1.2%"."""
    return f"a {'deficit' if margin < 0 else 'surplus'} of {words.percent(abs(margin))}"


def name(study: Study, code: str) -> str:
    """Name a trust in short, by its code where the register has no name."""
    return short_trust(str(study.names.get(code, code)))


def over_years(found: pd.DataFrame, drawn: dict[str, Any], y_label: str, **said: Any) -> Figure:
    """Show numbers by the calendar years that financial years end in."""
    ending = found["financial_year"].map(lambda year: years.last_day(year).year)
    return Figure(
        lines(
            found.assign(ending=ending),
            x="ending",
            markers=True,
            x_label="financial year ending",
            y_label=y_label,
            reference=(0.0, ""),
            **drawn,
        ),
        data=found,
        **said,
    )
