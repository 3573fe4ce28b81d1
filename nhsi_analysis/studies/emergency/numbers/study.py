"""All that is found on A&E."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from nhsi_analysis.answers.emergency import MAJOR, Attended, Piece, attended, pieces, shares
from nhsi_analysis.answers.emergency_claims import CLAIMS
from nhsi_analysis.answers.judged import Judged
from nhsi_analysis.answers.regions import regions_today
from nhsi_analysis.answers.trusts import Succession, became
from nhsi_analysis.errors import ParameterError
from nhsi_analysis.studies.emergency.numbers import winters
from nhsi_analysis.studies.emergency.numbers.changed import Changed, changed
from nhsi_analysis.studies.emergency.numbers.months import Charted, charted
from nhsi_analysis.studies.emergency.numbers.places import Places, places
from nhsi_analysis.studies.emergency.settings import Settings
from notebook_reports.evidence import Estimate


@dataclass(frozen=True, eq=False)
class Study:
    """What was asked and what was found.

    Parameters
    ----------
    settings : Settings
    pieces : tuple of Piece
        Oldest first.
    charts : tuple of Charted
        Each piece, and major departments apart where the table tells them.
    places : Places
        Regions and trusts.
    winters, compared : pandas.DataFrame
        As :func:`winters.every_winter` and :func:`winters.compared` make them.
    pair : pandas.Series or None
        The row of ``compared`` whose trusts are looked at.
    changed : Changed or None
        What became of them; None with fewer than 20 trusts.
    region : Charted or None
        The months of the region followed.
    trust : Attended or None
        The trust followed.
    succession : Succession or None
        What became of it.
    claims : tuple of Judged
    """

    settings: Settings
    pieces: tuple[Piece, ...]
    charts: tuple[Charted, ...]
    places: Places
    winters: pd.DataFrame
    compared: pd.DataFrame
    pair: pd.Series | None
    changed: Changed | None
    region: Charted | None
    trust: Attended | None
    succession: Succession | None
    claims: tuple[Judged, ...]

    @property
    def newest(self) -> tuple[Charted, Charted]:
        """The newest piece that counts every organisation: all departments, and major ones."""
        found = [chart for chart in self.charts if chart.piece.national]
        return found[-2], found[-1]

    @property
    def findings(self) -> Mapping[str, Estimate]:
        """The headline numbers by key."""
        whole, _ = self.newest
        last, england, span = whole.months.iloc[-1], self.places.england, self.places.span
        shares = {
            "within_four_hours_year": (england["share"], f"within four hours, {span}"),
            "within_four_hours_month": (last["share"], f"within four hours, {last['month']:%B %Y}"),
            "within_four_hours_major": (england["major"], f"at major departments, {span}"),
        }
        if len(self.winters):
            winter, share = self.winters[["winter", "share"]].iloc[-1]
            shares["within_four_hours_winter"] = (share, f"within four hours, winter {winter}")
        found = {
            key: Estimate(float(value), unit="share", label=label)
            for key, (value, label) in shares.items()
        }
        if self.pair is not None:
            pair = f"winter {self.pair['before']} to {self.pair['winter']}"
            moved, label = 100 * self.pair["difference"], f"{pair}, same organisations"
            found["winter_change"] = Estimate(moved, unit="pp", label=label)
            if self.changed is not None:
                told, n = self.changed.table["side"].ne("").sum(), len(self.changed.table)
                label = f"trusts changed beyond the spread of trusts, {pair}"
                said = f"{told or 'none'} of {n}"
                found["trusts_changed"] = Estimate(float(told), n=n, label=label, said=said)
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
    until = settings.until
    held = pieces(until)
    if not held:
        raise ParameterError("as_at", "is before the first month of A&E was published")
    national = [piece for piece in held if piece.national]
    charts = [
        charted(piece, major=m) for piece in held for m in (False, True)[: 1 + piece.national]
    ]
    table = winters.compared(held)
    found = _pair(table, settings.winter)
    region, trust, gone = None, None, None
    where = places(national[-1])
    if settings.region:
        rows = national[-1].rows
        inside = rows["org_code"].map(regions_today()).eq(settings.region)
        region = charted(Piece(national[-1].table, rows[inside]))
    if settings.trust:
        gone = became(settings.trust, until)
        alike = list(where.trusts.index) if settings.trust in where.trusts.index else []
        trust = attended(settings.trust, alike, until, None if gone is None else gone.since)
    return Study(
        settings,
        held,
        tuple(charts),
        where,
        winters.every_winter(held),
        table,
        found,
        None if found is None else _changed(found, held, settings.confidence),
        region,
        trust,
        gone,
        tuple(judge(until) for judge in CLAIMS.values()),
    )


def _pair(compared: pd.DataFrame, winter: str) -> pd.Series | None:
    if winter and (compared.empty or winter not in set(compared["winter"])):
        known = [] if compared.empty else compared["winter"].tolist()
        rule = "must be a winter that can be compared with the one before"
        raise ParameterError("winter", rule, value=winter, allowed=known)
    if compared.empty:
        return None
    return compared[compared["winter"].eq(winter)].iloc[0] if winter else compared.iloc[-1]


def _changed(pair: pd.Series, held: tuple[Piece, ...], confidence: float) -> Changed | None:
    """Look at the trusts of a pair of winters that have a major department."""
    majors = {
        code
        for piece in held
        if piece.national
        for code in piece.joined().of_departments(MAJOR).rows.query("attendances > 0")["org_code"]
    }
    trusts = pair["trusts"]
    trusts = trusts[trusts.index.isin(majors)]
    piece = next(p for p in held if pair["winter"] in winters.months_of(p))
    months = shares(piece.joined().rows, ["org_code", "month"])
    return changed(trusts, months, len(pair["months"]), confidence)
