"""What the controls saved, the claims on it, and how the method does where the answer is known."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from nhsi_analysis.studies.agency.numbers.claims import JudgedSaving
from nhsi_analysis.studies.agency.numbers.saving import NoSaving, Place, Saving
from nhsi_analysis.studies.agency.numbers.study import Study
from nhsi_analysis.studies.agency.sections import wording
from notebook_reports.charts.intervals import dot_panels
from notebook_reports.evidence import Figure, Section, Table, Words, words

ALL = "all of these together"


def saving(study: Study) -> Section:
    """Say what was saved against every shape of what would have come without the controls."""
    found = study.saving
    if isinstance(found, NoSaving):
        return Section(wording.SAVING, [Words(wording.why_none(found))])
    dates = [judged.claim.until for judged in study.savings] or [found.dates[-1]]
    table = _by_shape(found, dates)
    parts = [Words(_reading(study, found)), _chart(study, found, table), _table(study, table)]
    frames = {"saving": found.monthly, "shapes": found.shapes}
    return Section(wording.SAVING, parts, frames=frames)


def _by_shape(found: Saving, dates: list[pd.Timestamp]) -> pd.DataFrame:
    """Return shape (in words), by, value, low, high, and the whole range, at some dates."""
    rows = found.shapes[found.shapes["by"].isin(dates)]
    rows = rows.assign(shape=rows["shape"].map(wording.SHAPES))
    own = [
        (name, date, one.value, one.low, one.high)
        for date in dates
        for name, one in ((wording.MODEL, found.structural[date]), (ALL, found.by(date)))
    ]
    own_rows = pd.DataFrame(own, columns=rows.columns)
    last = own_rows["shape"] == ALL
    return pd.concat([own_rows[~last], rows, own_rows[last]], ignore_index=True)


def _reading(study: Study, found: Saving) -> str:
    before = study.cash.counterfactual
    assert before is not None
    controls = words.listed(study.scope.controls.values())
    return (
        f"Before {found.since:%B %Y}, {words.count(before.levels_before, 'published level')} "
        f"{'carries' if before.levels_before == 1 else 'carry'} all {before.since} months of the "
        "path: how spending was moving when the controls came is inferred, not seen. Each row "
        "below carries those months on in another way. No row tells the controls "
        f"({controls}) from anything else that happened then."
    )


def _chart(study: Study, found: Saving, table: pd.DataFrame) -> Figure:
    shown = table[table["shape"] != ALL]
    shown = shown.assign(panel=[f"By {date:%b %Y}" for date in shown["by"]])
    scaled = shown.assign(**{c: shown[c] / 1000 for c in ("value", "low", "high")})
    claimed = {
        f"By {j.claim.until:%b %Y}": [
            (j.claim.amount.value / 1000, f"claim {wording.money(j.claim.amount.value, 0)}")
        ]
        for j in study.savings
        if study.settings.price_basis == "cash"
    }
    last = shown["by"].max()
    values = shown.loc[(shown["by"] == last) & (shown["shape"] != wording.MODEL), "value"]
    low, high = wording.money(float(values.min())), wording.money(float(values.max()))
    one = found.structural[last]
    return Figure(
        dot_panels(
            scaled,
            group="shape",
            panel="panel",
            emphasise=[wording.MODEL],
            references=claimed,
            x_label=f"£bn saved since {found.since:%B %Y}",
        ),
        key="saving_by_shape",
        title=f"Named shapes put the saving by {last:%B %Y} between {low} and {high}",
        subtitle=f"Cumulative saving on {study.scope.what} since {found.since:%B %Y}, "
        f"{study.scope.prices}, by what would have come without the controls",
        source=[*wording.SOURCE, "agency_controls"],
        alt=f"Shapes give {low} to {high} by {last:%B %Y}; the {wording.MODEL}, "
        f"{wording.between(one)}."
        + (f" Claimed: {words.listed(map(_amount, study.savings))}." if claimed else ""),
        data=shown.drop(columns="panel"),
        note="Lines hold the doubt about the path and months' own noise, if the shape is right; "
        f"only the {wording.MODEL}, doubts the shape too.",
    )


def _amount(judged: JudgedSaving) -> str:
    claim = judged.claim
    return f"{wording.money(claim.amount.value, 0)} by {claim.until:%B %Y}"


def _table(study: Study, table: pd.DataFrame) -> Table:
    cells = {
        "Had spending gone on as": list(dict.fromkeys(table["shape"])),
        **{
            f"By {date:%B %Y}": [_cell(row) for row in here.to_dict("records")]
            for date, here in table.groupby("by")
        },
    }
    return Table(
        pd.DataFrame(cells),
        key="saving_by_shape_table",
        caption=f"Saving since {study.scope.breaks[0]:%B %Y}, {study.scope.prices}",
        source=wording.SOURCE,
        note="The last row runs from the lowest to the highest of the shapes' values and the "
        "first row's interval: the range that this report quotes.",
    )


def _cell(row: Mapping[Hashable, Any]) -> str:
    """Write a saving: with its range where that doubts the shape, the range alone for all."""
    ends = f"{wording.money(row['low'])} to {wording.money(row['high'])}".replace("−", "−\u2060")
    value = wording.money(row["value"])
    return {ALL: ends, wording.MODEL: f"{value} ({ends})"}.get(row["shape"], value)


def claims_judged(study: Study) -> Section:
    """Say which of the regulator's claims hold, each with its reason."""
    title = "The claims, judged"
    rows = [
        (words.capital(j.claim), j.claimed.text, str(j.verdict), f"{j.reason}.")
        for j in study.highlights
    ]
    rows += [
        (
            f"The controls had saved {wording.money(j.claim.amount.value, 0)} by "
            f"{j.claim.until:%B %Y}",
            j.claim.amount.text,
            str(j.verdict),
            _reason(j),
        )
        for j in study.savings
    ]
    if not rows:
        return Section(title, [])
    data = pd.DataFrame(rows, columns=["NHS Improvement said", "Number", "Verdict", "Why"])
    table = Table(
        data.drop(columns="Number"),
        key="claims",
        caption="NHS Improvement's claims on agency spending, in cash, and what bears them out",
        source=["claims", *wording.SOURCE] if study.highlights else wording.SOURCE,
    )
    return Section(title, [table], frames={"claims": data})


def _reason(judged: JudgedSaving) -> str:
    found, place = judged.found, judged.place
    where = _neighbours(place)
    ends = wording.between(found)
    if not place.inside:
        return f"Outside the whole range, {ends}; {where}."
    if (found.low or 0.0) > 0:
        return f"Some saving is borne out, its size isn't: the range is {ends}; {where}."
    return f"The range, {ends}, holds it and no saving too; {where}."


def _neighbours(place: Place) -> str:
    """Say between which shapes an amount lies."""
    under, over = (shape and wording.SHAPES[shape] for shape in (place.under, place.over))
    if under and over:
        return f"the {under} gives less, the {over} more"
    return f"even the {over} gives more" if over else f"even the {under} gives less"
