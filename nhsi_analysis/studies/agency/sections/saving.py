"""What the controls saved, the claims on it, and how the method does where the answer is known."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from nhsi_analysis.answers.simulations import Simulated
from nhsi_analysis.studies.agency.numbers.claims import JudgedSaving
from nhsi_analysis.studies.agency.numbers.saving import NoSaving, Saving
from nhsi_analysis.studies.agency.numbers.study import Study
from nhsi_analysis.studies.agency.sections import wording
from nhsi_analysis.studies.agency.sections.answer import counted
from notebook_reports.charts.intervals import dot_panels
from notebook_reports.evidence import Figure, Section, Table, Words, words

ALL = "all of these together"
SEEN = "published figures"
WORLDS = {
    "line, no effect": "straight line, nothing saved",
    "line, fall as published": "straight line, then the fall as published",
    "line, a billion saved": "straight line, £1bn saved",
    "wandering as first fitted, no effect": "trend that wanders much, nothing saved",
    "wandering as fitted now, no effect": "trend that wanders as estimated, nothing saved",
    "flattening, no effect": "growth that had stopped, nothing saved",
}
COLUMNS = {
    "claimed": "A saving claimed",
    "covered": "The range holds the truth",
    "covered_structural": "The first row's interval alone",
    "covered_line": "A straight line's interval",
}
"""What is printed of the worlds, by column of the stored table."""


def saving(study: Study) -> Section:
    """Say what was saved against every shape of what would have come without the controls."""
    found = study.saving
    if isinstance(found, NoSaving):
        return Section(wording.SAVING, [Words(wording.why_none(found))])
    dates = [judged.until for judged in study.savings] or [counted(study)]
    table = _by_shape(found, dates)
    parts = [
        Words(_reading(study, found)),
        _chart(study, found, table),
        Words(_tried(study.worlds)),
        _table(study, table),
    ]
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
    marks = study.marks
    before = int((marks["used"] & (marks["end"] < found.since)).sum())
    months = int((study.path["month"] < found.since).sum())
    events = study.scope.controls.items()
    controls = words.listed(f"{name} from {day:%B %Y}" for day, name in events)
    return (
        f"Before {found.since:%B %Y}, {words.count(before, 'published figure')} carry all {months} "
        "months of the path: how spending was moving when the controls came is inferred, not seen. "
        "Each row of [Figure](#fig-saving_by_shape) and [Table](#tab-saving_by_shape_table) "
        "carries those months on in another way: at the level, or along the line "
        "or curve, of as many months before as its name says, or free to wander as spending did. "
        f"No row tells the controls ({controls}) from anything else that happened then."
    )


def _chart(study: Study, found: Saving, table: pd.DataFrame) -> Figure:
    shown = table[table["shape"] != ALL]
    shown = shown.assign(panel=[f"By {date:%b %Y}" for date in shown["by"]])
    scaled = shown.assign(**{c: shown[c] / 1000 for c in ("value", "low", "high")})
    claimed = {
        f"By {j.until:%b %Y}": [(j.amount / 1000, f"claim {wording.exact(j.amount)}")]
        for j in study.savings
        if study.settings.price_basis == "cash"
    }
    last = shown["by"].max()
    values = shown.loc[(shown["by"] == last) & (shown["shape"] != wording.MODEL), "value"]
    low, high = wording.rough(float(values.min())), wording.rough(float(values.max()))
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
        title=f"By {last:%B %Y} the range is {wording.gained(found.by(last))}",
        subtitle=f"Cumulative saving on {study.scope.what} since {found.since:%B %Y}, "
        f"{study.scope.prices}, by what would have come without the controls",
        source=[*wording.SOURCE, "agency_controls"],
        alt=f"Shapes give {low} to {high} by {last:%B %Y}; {wording.MODEL}, "
        f"{wording.between(one)}."
        + (f" Claimed: {words.listed(map(_amount, study.savings))}." if claimed else ""),
        data=shown.drop(columns="panel"),
        note="Lines hold the doubt about the path and months' own noise, if the shape is right; "
        f"only '{wording.MODEL}' doubts the shape too.",
    )


def _amount(judged: JudgedSaving) -> str:
    return f"{wording.exact(judged.amount)} by {judged.until:%B %Y}"


def _table(study: Study, table: pd.DataFrame) -> Table:
    cells = {
        "What would have come": list(dict.fromkeys(table["shape"])),
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
    ends = f"{wording.rough(row['low'])} to {wording.rough(row['high'])}".replace("−", "−\u2060")
    value = wording.rough(row["value"])
    return {ALL: ends, wording.MODEL: f"{value} ({ends})"}.get(row["shape"], value)


def _tried(tried: Simulated) -> str:
    """Say in a sentence how the method did where the answer is known."""
    table = _last(tried)
    table = table[table["sees"] == SEEN].sort_values("effect")
    none = table["effect"] == 0
    wrong, held, line = (
        _share(float(share))
        for share in (
            table.loc[none, "claimed"].max(),
            table["covered"].min(),
            table["covered_line"].min(),
        )
    )
    missed = [
        f"{wording.rough(effect)} in {_share(1 - claimed)}"
        for effect, claimed in table.loc[~none, ["effect", "claimed"]].itertuples(index=False)
    ]
    return (
        f"The method was tried on made-up spending, {int(table['runs'].min())} times in each of "
        f"{len(table)} worlds, seen only through figures like those published. Where nothing was "
        f"saved it claimed a saving in at most {wrong} of runs; but it failed to see a true saving "
        f"of {words.listed(missed)}. Where none is claimed, one may still have been made. The "
        f"range held the truth in at least {held}, a straight line's interval in as few as {line}."
    )


def _share(share: float) -> str:
    return words.percent(share).replace(".0%", "%")


def _last(tried: Simulated) -> pd.DataFrame:
    """Return what was found by the last date."""
    found: pd.DataFrame = tried.table[tried.table["by"] == tried.table["by"].max()]
    return found


def worlds(study: Study) -> Section:
    """Say how often the method was right in made-up worlds whose saving is known."""
    title = "Where the answer is known"
    if isinstance(study.saving, NoSaving):
        return Section(title, [])
    table = _last(study.worlds)
    data = pd.DataFrame(
        {
            "World": [WORLDS.get(name, name) for name in table["world"]],
            "Seen": table["sees"].to_numpy(),
            "Runs": table["runs"].to_numpy(),
            **{
                head: [
                    f"{_share(share)} ± {100 * error:.1f}"
                    for share, error in table[[column, f"{column}_se"]].itertuples(index=False)
                ]
                for column, head in COLUMNS.items()
            },
            "Width of the range": [wording.rough(width) for width in table["width"]],
        }
    )
    shown = Table(
        data,
        key="worlds",
        caption=f"How often the method was right by {pd.Timestamp(table['by'].iloc[0]):%B %Y}, "
        "share of runs",
        source=f"Simulated by this project, seed {study.worlds.seed}",
        note="After ±, the standard error in percentage points. 'Published figures': the truth is "
        "seen only as the registers published it, each figure rounded as theirs. Level 95%.",
    )
    return Section(title, [shown], frames={"worlds": study.worlds.table})


def claims_judged(study: Study) -> Section:
    """Say which of the regulator's claims hold, each with its reason."""
    title = "The claims, judged"
    rows = [
        *((words.capital(j.claim), str(j.verdict), f"{j.reason}.") for j in study.highlights),
        *((f"The controls had saved {_amount(j)}", str(j.verdict), _why(j)) for j in study.savings),
    ]
    if not rows:
        return Section(title, [])
    data = pd.DataFrame(rows, columns=["NHS Improvement said", "Verdict", "Why"])
    table = Table(
        data,
        key="claims",
        caption="Claims on agency spending, in cash, and what bears them out",
        source=["claims", *wording.SOURCE] if study.highlights else wording.SOURCE,
    )
    said = "[Table](#tab-claims) holds each claim against the published figures."
    if study.savings:
        said += " What was called a reduction is taken as less than would have been spent."
    return Section(title, [Words(said), table], frames={"claims": data})


def _why(judged: JudgedSaving) -> str:
    """Say where a claimed saving falls in the range, and between which shapes."""
    place, ends = judged.place, wording.between(judged.found)
    under, over = (shape and wording.SHAPES[shape] for shape in (place.under, place.over))
    where = f"even the {over} gives more" if over else f"even the {under} gives less"
    if under and over:
        where = f"the {under} gives less, the {over} more"
    if not place.inside:
        return f"Outside the whole range, {ends}; {where}."
    if (judged.found.low or 0.0) > 0:
        return f"Some saving is borne out, its size isn't: the range is {ends}; {where}."
    return f"The range, {ends}, holds both this and no saving at all; {where}."
