"""What several studies ask, and an analyst by hand: one function a question.

Examples
--------
>>> from nhsi_analysis import answers
>>> print(answers.compare("Royal Wolverhampton", "RTK", "q8d", year=2018).difference)
1.4 percentage points (−1.5 to 4.3 percentage points)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nhsi_analysis.answers.comparing import MEASURES, compare
    from nhsi_analysis.answers.differences import Rank, Score, Share, difference
    from nhsi_analysis.answers.finances import accounts, outturns
    from nhsi_analysis.answers.oversight import place
    from nhsi_analysis.answers.regions import regions_today
    from nhsi_analysis.answers.shares import share
    from nhsi_analysis.answers.surveys import agreeing
    from nhsi_analysis.answers.trusts import became, trusts_like
else:  # for a type checker, a function of this name would make every misspelt name an Any

    def __getattr__(name: str) -> Any:
        """Import an answer, and with it pandas, when it is first asked for."""
        from importlib import import_module

        if name not in _ROOMS:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_ROOMS[name]}"), name)


_ROOMS = {
    "MEASURES": "comparing",
    "Rank": "differences",
    "Score": "differences",
    "Share": "differences",
    "accounts": "finances",
    "agreeing": "surveys",
    "became": "trusts",
    "compare": "comparing",
    "difference": "differences",
    "outturns": "finances",
    "place": "oversight",
    "regions_today": "regions",
    "share": "shares",
    "trusts_like": "trusts",
}
__all__ = [
    "MEASURES",
    "Rank",
    "Score",
    "Share",
    "accounts",
    "agreeing",
    "became",
    "compare",
    "difference",
    "outturns",
    "place",
    "regions_today",
    "share",
    "trusts_like",
]


def __dir__() -> list[str]:
    return __all__
