"""The first screen."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from nhsi_analysis.answers.verdicts import Verdict
from nhsi_analysis.studies.agency.numbers.saving import NoSaving, Saving
from nhsi_analysis.studies.agency.numbers.study import Study
from nhsi_analysis.studies.agency.numbers.trusts import LABEL
from nhsi_analysis.studies.agency.sections import wording
from notebook_reports.evidence import Answer, Estimate, Section, findings, words

LEADS_TO = {
    "fall": wording.RECORD,
    "rise": wording.RECORD,
    "savings_untold": wording.SAVING,
    "year_end": wording.YEAR_END,
    "trust_share": wording.TRUSTS,
}
"""The cards, and the sections that hold their evidence; other findings are kept as data."""


def answer(study: Study) -> Section:
    """Say how far spending fell and what can be said of a saving, how surely and as at when."""
    said = Answer(
        lede=f"{_fall(study)} {_saving(study)}",
        sure=_sure(study),
        as_at=_as_at(study),
        follows=_follows(study),
        changes=_changes(study),
        ranges=f"Ranges in brackets are {words.level(study.settings.confidence)} intervals unless "
        "they are named otherwise.",
    )
    cards = findings(headlines(study), cards=list(LEADS_TO), leads_to=LEADS_TO)
    return Section("The answer", [said, *cards])


def headlines(study: Study) -> dict[str, Estimate]:
    """Return the headline numbers by their stable keys."""
    found: dict[str, Estimate] = {}
    if study.fall is not None:
        found.update(_change(study.fall.share))
    if isinstance(study.saving, Saving):
        found["saving"] = study.saving.by(counted(study))
    if study.savings:
        untold = sum(judged.verdict is Verdict.UNTOLD for judged in study.savings)
        found["savings_untold"] = Estimate(
            untold,
            unit=f"of {len(study.savings)}",
            n=len(study.savings),
            label="savings claimed by NHS Improvement can be neither borne out nor ruled out",
        )
    if study.outlook is not None:
        found["year_end"] = wording.in_billions(study.outlook.total)
        if study.outlook.chance is not None:
            found["chance_above_ceiling"] = study.outlook.chance
    if study.trusts is not None:
        totals = study.trusts.totals().iloc[-1]
        found["trust_share"] = Estimate(
            float(totals["share"]),
            unit="share",
            n=int(totals["trusts"]),
            label=f"{LABEL} staff as a share of trusts' staff costs, "
            f"{study.settings.region or 'England'}, {totals['financial_year']}",
        )
    return found


def _change(share: Estimate) -> dict[str, Estimate]:
    """Return a fall by its key, or the rise that a negative one is."""
    if share.value >= 0 or share.low is None or share.high is None:
        return {"fall": share}
    label = share.label.replace("fall", "rise", 1)
    return {
        "rise": replace(share, value=-share.value, low=-share.high, high=-share.low, label=label)
    }


def counted(study: Study) -> pd.Timestamp:
    """Return the month by which the headline saving counts: the last claimed, else the path's end.

    The further from the controls, the less any guess says.
    """
    if study.savings:
        return study.savings[-1].until
    assert isinstance(study.saving, Saving)
    return study.saving.dates[-2:][0]


def _fall(study: Study) -> str:
    scope, fall = study.scope, study.fall
    if fall is None:
        known = study.settings.as_at
        by = f"By {words.day(pd.Timestamp(known))}" if known else f"From {wording.span(scope)}"
        return f"{by}, {scope.what} was published for too few whole years to state a fall."
    low, high = sorted((fall.share.low or 0.0, fall.share.high or 0.0))
    prices = "" if study.settings.price_basis == "cash" else ", in real terms"
    years = f"from {fall.first} to {fall.last}{prices}"
    if low < 0 < high:
        size = f"changed by {words.percent(-high, 0)} to {words.percent(-low, 0)}"
    else:
        ends = sorted(words.percent(abs(end), 0) for end in (low, high))
        size = f"{'fell' if high > 0 else 'rose'} by **{' to '.join(dict.fromkeys(ends))}**"
    return f"{words.capital(scope.what)} {size} {years}."


def _saving(study: Study) -> str:
    found = study.saving
    if isinstance(found, NoSaving):
        return wording.why_none(found)
    until = counted(study)
    said = ""
    if study.savings:
        claimed = study.savings[-1]
        where = "inside" if claimed.place.inside else "outside"
        said = f" NHS Improvement claimed {wording.exact(claimed.amount)}, {where} that range."
    told = "" if found.claimed(until) else ", so whether the controls saved anything can't be told"
    return (
        "What would have come without the controls is a guess: fair guesses run, by "
        f"{until:%B %Y}, from **{wording.gained(found.by(until))}**{told}.{said}"
    )


def _sure(study: Study) -> str:
    fall = "The fall is sure but for the rounding of published totals and where they differ"
    fall = fall if study.fall is not None else ""
    if study.fall is not None and study.fall.share.value < 0:
        fall = fall.replace("fall", "rise")
    if isinstance(study.saving, NoSaving):
        return f"{fall or 'The figures are as published'}; nothing here measures a saving."
    doubt = "what was saved isn't: it hangs on how spending would have gone on"
    doubt = doubt if fall else doubt.replace("isn't", "isn't sure")
    return f"{fall}; {doubt}." if fall else f"{words.capital(doubt)}."


def _as_at(study: Study) -> str:
    end = study.scope.end + pd.offsets.MonthEnd(0)
    said = f"{words.day(end)}, the last day covered by a figure on {study.scope.what}"
    if study.trusts is not None:
        said += f"; trusts' accounts to {study.trusts.years[-1]}"
    return said + "."


def _follows(study: Study) -> str:
    if isinstance(study.saving, NoSaving):
        return "Quote the yearly figures as published; credit or blame no control for them."
    if study.saving.claimed(counted(study)):
        return (
            "Quote the fall as published, and the saving as a range; a plan should rest on its "
            "lower end. Whether the controls or something else made it, no figure here tells."
        )
    return (
        "Quote the fall as published, but no single saving: these figures neither bear one out "
        f"nor rule one out. A case for such controls needs other evidence.{_banks(study)}"
    )


def _banks(study: Study) -> str:
    """Warn that bank staff cost more as agency staff cost less, where both are published."""
    moved = study.bank[["agency", "bank"]].diff().iloc[1:2]
    if not ((moved["agency"] < 0) & (moved["bank"] > 0)).any():
        return ""
    return " Count bank staff too: they cost more as agency staff cost less."


def _changes(study: Study) -> str:
    if isinstance(study.saving, NoSaving):
        return "Figures on the years around the controls would allow an estimate."
    return (
        f"Monthly figures from before {study.saving.since:%B %Y}, or on comparable providers "
        "without the controls, would narrow the saving."
    )
