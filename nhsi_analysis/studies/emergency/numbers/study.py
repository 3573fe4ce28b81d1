"""All that is found on A&E."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from nhsi_analysis.answers.emergency import Attended, Piece, attended, pieces
from nhsi_analysis.answers.regions import regions_today
from nhsi_analysis.answers.trusts import Succession, became
from nhsi_analysis.errors import ParameterError
from nhsi_analysis.studies.emergency.numbers.places import Charted, Places, charted, places
from nhsi_analysis.studies.emergency.numbers.winters import changed, winters
from nhsi_analysis.studies.emergency.settings import Settings
from notebook_reports.evidence import Estimate
from policy_methods.changes import Changes
from policy_methods.results import Result


@dataclass(frozen=True, eq=False)
class Study(Result):
    """What was asked and what was found.

    Parameters
    ----------
    settings : Settings
    charts : tuple of Charted
        Each piece, oldest first, and major departments apart where the table tells them.
    places : Places
    winters : pandas.DataFrame
        As :func:`winters.winters` makes it.
    pair : pandas.Series or None
        Its row whose trusts are looked at.
    changed : Changes or None
        Their changes held against each other; None with fewer than 20.
    apart : pandas.Series
        Growth of attendances at trusts that aren't compared.
    region : Charted or None
        The months of the region followed.
    trust, succession : Attended, Succession or None
        The trust followed, and what became of it.
    """

    settings: Settings
    charts: tuple[Charted, ...]
    places: Places
    winters: pd.DataFrame
    pair: pd.Series | None
    changed: Changes | None
    apart: pd.Series
    region: Charted | None
    trust: Attended | None
    succession: Succession | None

    @property
    def newest(self) -> tuple[Charted, Charted]:
        """The newest piece that counts every organisation: all departments, and major ones."""
        found = [chart for chart in self.charts if chart.piece.national]
        return found[-2], found[-1]

    @property
    def compared(self) -> pd.DataFrame:
        """The winters that can be compared with the one before."""
        return self.winters.dropna(subset=["before"])

    @property
    def between(self) -> str:
        """The winters whose trusts are looked at: "winter 2023/24 to 2024/25"."""
        return "" if self.pair is None else f"winter {self.pair['before']} to {self.pair['winter']}"

    @property
    def findings(self) -> Mapping[str, Estimate]:
        """The headline numbers by key."""
        last, england = self.newest[0].months.iloc[-1], self.places.regions.iloc[0]
        told = {
            "year": (england["share"], f"within four hours, {self.places.span}"),
            "month": (last["share"], f"within four hours, {last['month']:%B %Y}"),
            "major": (england["major"], f"at major departments, {self.places.span}"),
        }
        for name, share, all_ in self.winters[["winter", "share", "national"]].tail(1).to_numpy():
            told["winter"] = (share, f"within four hours, winter {name}{', trusts' * (not all_)}")
        found = {
            f"within_four_hours_{of}": Estimate(float(value), unit="share", label=label)
            for of, (value, label) in told.items()
        }
        if self.pair is not None:
            moved, label = 100 * self.pair["difference"], f"{self.between}, same organisations"
            found["winter_change"] = Estimate(moved, unit="pp", label=label)
        if self.changed is not None:
            out, n = int(self.changed.table["side"].ne(0).sum()), len(self.changed.table)
            label = f"trusts changed beyond the spread of trusts, {self.between}"
            found["trusts_changed"] = Estimate(
                float(out), n=n, label=label, said=f"{out or 'none'} of {n}"
            )
        return found


def build(settings: Settings) -> Study:
    """Find what the data published by a day say of A&E.

    Raises
    ------
    ParameterError
        No month was published by that day, or the winter can't be compared with the one before.

    Examples
    --------
    >>> build(Settings()).places.span
    '12 months to March 2026'
    """
    until, code = settings.until, settings.trust
    held = pieces(until)
    if not held:
        raise ParameterError("as_at", "is before the first month of A&E was published")
    national = [piece for piece in held if piece.national]
    charts = [
        charted(piece, major=m) for piece in held for m in (False, True)[: 1 + piece.national]
    ]
    where, table, rows = places(national[-1]), winters(held), national[-1].rows
    pair, region, trust, gone = _pair(table, settings.winter), None, None, None
    if settings.region:
        inside = rows["org_code"].map(regions_today()).eq(settings.region)
        region = charted(Piece(national[-1].table, rows[inside]))
    if code:
        gone = became(code, until)
        trust = attended(code, [], until, None if gone is None else gone.since)
    found, apart = changed(pair, held, settings.confidence)
    return Study(settings, tuple(charts), where, table, pair, found, apart, region, trust, gone)


def _pair(table: pd.DataFrame, winter: str) -> pd.Series | None:
    """Return the winter asked for, or the newest, that can be compared with the one before."""
    compared = table.dropna(subset=["before"])
    found = compared[compared["winter"].eq(winter)] if winter else compared
    if winter and found.empty:
        rule = "must be a winter that can be compared with the one before"
        raise ParameterError("winter", rule, value=winter, allowed=[*compared["winter"]])
    return None if found.empty else found.iloc[-1]
