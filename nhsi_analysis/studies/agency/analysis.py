"""The agency report as one result: everything a notebook shows, and the sentences it says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from nhsi_analysis.studies.agency import claims, effects, figures, record, trusts
from nhsi_analysis.studies.agency.claims import Claim
from nhsi_analysis.studies.agency.effects import ControlChart, Effect, Outlook
from nhsi_analysis.studies.agency.settings import Settings, check
from nhsi_analysis.studies.agency.trusts import Trusts
from notebook_reports.evidence import Estimate, format_value
from policy_methods.reconstruct import Reconstruction

HEADLINE = pd.Timestamp(2017, 2, 1)
"""Month by which the headline saving is counted: NHS Improvement's last claim, of one billion."""


@dataclass(frozen=True, slots=True)
class Agency:
    """Everything the report shows.

    Parameters
    ----------
    settings : Settings
    years : DataFrame
        The record by year; see :func:`record.by_year`.
    cash : Reconstruction
        The path in cash.
    path : DataFrame
        The path in the chosen prices.
    marks : DataFrame
        Every figure that carries it.
    chart : ControlChart
    effect : Effect or None
        None where no control falls inside the series.
    outlook : Outlook or None
        None where the path has fewer than 24 months.
    claims : tuple of Claim
        Those known at the day, with verdicts.
    conflicts : DataFrame
        Conflicts found by the path, then those the registers note.
    groups, bank : DataFrame
        Staff groups; bank beside agency.
    trusts : Trusts or None
        None where no trust-level figures were known.
    """

    settings: Settings
    years: pd.DataFrame
    cash: Reconstruction
    path: pd.DataFrame
    marks: pd.DataFrame
    chart: ControlChart
    effect: Effect | None
    outlook: Outlook | None
    claims: tuple[Claim, ...]
    conflicts: pd.DataFrame
    groups: pd.DataFrame
    bank: pd.DataFrame
    trusts: Trusts | None

    @property
    def fall(self) -> Estimate | None:
        """The fall since 2015/16 (or the first year), as a share.

        To the last full year; without one, over the months known since, against the same months
        a year before.
        """
        years = self._full_years()
        if len(years) > 1:
            base = "2015/16" if "2015/16" in years[:-1] else years[0]
            first, last = figures.year_bounds(base), figures.year_bounds(years[-1])
            span = f"from {base} to {years[-1]}"
        else:
            extra = len(self.cash.months) - 12
            if extra < 3:
                return None
            ends = self.cash.months[-1]
            last = (ends - pd.DateOffset(months=min(extra, 12) - 1), ends)
            first = (last[0] - pd.DateOffset(years=1), last[1] - pd.DateOffset(years=1))
            span = f"from {first[0]:%B %Y}–{first[1]:%B %Y} to the same months a year later"
        draws = self.cash.draws * self.settings.deflator.to_numpy()
        share = pd.Series(
            1 - draws[:, self.cash.between(*last)].sum(axis=1)
            / draws[:, self.cash.between(*first)].sum(axis=1)
        )  # fmt: skip
        confidence = self.settings.confidence
        low, high = share.quantile([(1 - confidence) / 2, (1 + confidence) / 2])
        return Estimate(
            float(share.mean()), float(low), float(high), "share", len(self.settings.constraints),
            f"fall in {self._what} {span}, {self.settings.prices}",
            confidence, "credible interval",
        )  # fmt: skip

    def _full_years(self) -> list[str]:
        """Financial years inside the path whose own level is published."""
        table = self.settings.constraints
        years = sorted({figures.financial_year(m) for m in self.cash.months})
        spans = {year: figures.year_bounds(year) for year in years}
        return [
            year
            for year, (first, last) in spans.items()
            if (table["start"].eq(first) & table["end"].eq(last)).any()
        ]

    @property
    def _what(self) -> str:
        return self.settings.definition.words

    def findings(self) -> dict[str, Estimate]:
        """Return the headline numbers by their stable keys."""
        found: dict[str, Estimate] = {}
        if self.fall is not None:
            found["fall"] = self.fall
        if self.effect is not None:
            found["saving"] = self.effect.saving
        if self.outlook is not None:
            if self.outlook.chance is not None:
                found["chance_above_ceiling"] = self.outlook.chance
            found["year_end"] = self.outlook.total
        if self.trusts is not None:
            totals = self.trusts.totals().iloc[-1]
            found["trust_share"] = Estimate(
                float(totals["share"]), unit="share", n=int(totals["trusts"]),
                label=f"{trusts.LABEL} as a share of staff costs, {totals['financial_year']}",
            )  # fmt: skip
        return found

    def lede(self) -> str:
        """Return the first screen's sentences: fall, effect and its trust, the claims."""
        parts = []
        fall = self.fall
        if fall is not None:
            word = "fell" if fall.value >= 0 else "rose"
            low, high = sorted((abs(fall.low or 0), abs(fall.high or 0)))
            size = Estimate(
                abs(fall.value), low, high, "share", confidence=fall.confidence, kind=fall.kind
            )
            subject, _, span = fall.label.removeprefix("fall in ").partition(" from ")
            said = f"{_capital(subject)} **{word} by {size}** from {span}"
            third = next((c for c in self.claims if c.key == "down_a_third"), None)
            if third is not None and self.settings.prices == "in cash terms":
                wide = third.widest.interval_text.removeprefix("range ")
                said += f" ({wide} over every published pair of figures)"
            parts.append(said + ".")
        else:
            parts.append(
                f"What is published on {self._what} covers too few months here to state a fall."
            )
        parts.append(self.effect_sentence())
        return "\n\n".join(
            [" ".join(parts), self.trust_sentence(), self.claims_sentence()]
        ).replace("\n\n\n\n", "\n\n")

    def effect_sentence(self) -> str:
        """Say what the controls are estimated to have done, against both counterfactuals."""
        found = self.effect
        if found is None:
            return (
                "No control in the register falls inside the months published on, so their effect "
                "can't be estimated from this series."
            )
        saving = found.saving
        by = f"{found.until:%B %Y}"
        frozen = found.frozen_by(found.until)
        level = f"{frozen} had it stayed at its level before"
        if saving.low is not None and saving.low > 0:
            return (
                f"By {by} spending since the controls was **{saving}** lower than had its earlier "
                f"trend gone on, {level}."
            )
        told = "can't be told from none" if (saving.high or 0) >= 0 else "was negative"
        return (
            f"The saving since the controls by {by}, had the earlier trend gone on, {told}: "
            f"**{saving}**; {level}."
        )

    def trust_sentence(self) -> str:
        """Say in computed words how far the estimate can be trusted."""
        found = self.effect
        if found is None:
            return ""
        grid = found.grid["value"]
        if found.placebo is None:
            tested = "too few months precede the controls for a placebo test"
        else:
            n = len(found.placebo.dates)
            hits = int(found.placebo.dates["rejected"].sum())
            tested = f"{hits or 'none'} of {n} placebo dates before the controls show a change"
        shown = round(found.agreeing * len(grid))
        low, high = (format_value(float(v), "GBP m") for v in (grid.min(), grid.max()))
        return (
            f"How far to trust that: {shown} of {len(grid)} ways to estimate it show a saving "
            f"({low} to {high}), and {tested}; but one series without a control can't tell the "
            "controls from anything else that happened then."
        )

    def claims_sentence(self) -> str:
        """Give each known claim its verdict."""
        if not self.claims:
            when = f" known on {self.settings.as_at}" if self.settings.as_at else ""
            return f"No published claim{when} can be judged from the months shown."
        by: dict[str, list[str]] = {}
        for claim in self.claims:
            by.setdefault(claim.verdict, []).append(_short(claim))
        heads = {
            "holds": "hold",
            "partly holds": "partly hold",
            "doesn't hold": "don't hold",
            "can't be told": "can't be told",
        }
        said = [
            f"{_joined(names)} **{verdict if len(names) == 1 else heads[verdict]}**"
            for verdict in claims.VERDICTS
            if (names := by.get(verdict))
        ]
        return "Of the published claims, " + "; ".join(said) + "."


def _short(claim: Claim) -> str:
    value = claim.claimed.text
    if claim.key == "down_a_third":
        return "'down a third'"
    if claim.key == "below_year_before":
        return f"'{value} less'"
    if claim.key == "below_plan":
        return f"'{value} under plan'"
    return f"'{value} saved' by {claim.words.rpartition(' by ')[2]}"


def _joined(names: list[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def analyse(
    first_year: str = "2013/14",
    last_year: str = "2018/19",
    series: str = "agency",
    breaks: Sequence[str] = (),
    staff_group: str = "all",
    price_basis: str = "cash",
    confidence: float = 0.95,
    horizon: int = 12,
    draws: int = 800,
    seed: int = 1,
    as_at: str = "",
    tac_csv: str = "",
    trust: str = "",
) -> Agency:
    """Compute the whole agency report.

    Parameters
    ----------
    first_year, last_year : str
        Financial years such as "2015/16".
    series : {"agency", "agency and contract"}
        Definition of spending; they are never spliced.
    breaks : sequence of str
        ISO dates of the controls to estimate; empty for the main ones of the register that fall
        inside the series.
    staff_group : {"all", "nursing"}
        Groups with enough published figures to follow.
    price_basis : {"cash", "real"}
        Real terms by the GDP deflator, in the last year's prices. Claims, ceilings and the
        forecast stay in cash, as they were made.
    confidence : float
    horizon : int
        Months forecast.
    draws, seed : int
        Draws of the path, and their seed.
    as_at : str
        ISO date: nothing dated or published later is used. Empty for everything.
    tac_csv : str
        An analyst's own trust-level figures; empty for the shipped table.
    trust : str
        ODS code of a trust to follow.

    Returns
    -------
    Agency

    Raises
    ------
    ParameterError
        If a parameter breaks a rule, before anything is computed.
    DataError
        If a table, or `tac_csv`, breaks a rule.
    """
    settings = check(
        first_year=first_year, last_year=last_year, series=series, breaks=breaks,
        staff_group=staff_group, price_basis=price_basis, confidence=confidence, horizon=horizon,
        draws=draws, seed=seed, as_at=as_at,
    )  # fmt: skip
    by_trust = trusts.read(tac_csv, trust, as_at)
    cash = effects.rebuild(settings)
    path, in_prices = effects.in_prices(cash, settings.deflator)
    found = effects.effect(path, in_prices, settings, HEADLINE)
    register = settings.register
    first, last = figures.year_bounds(first_year)[0], figures.year_bounds(last_year)[1]
    judged: list[Claim] = []
    if series == "agency" and staff_group == "all":
        judged = claims.highlights(register, cash, as_at)
        # NHS Improvement's savings are in cash: hold them against cash whatever is shown
        in_cash = found
        if price_basis == "real":
            table, drawn = effects.in_prices(cash, settings.deflator * 0 + 1)
            in_cash = effects.effect(table, drawn, settings, HEADLINE)
        judged += claims.saving_claims(register, in_cash)
    return Agency(
        settings,
        record.by_year(register, first, last),
        cash,
        path,
        effects.marks(settings, cash),
        effects.control_chart(path, in_prices, settings),
        found,
        effects.outlook(cash, settings),
        tuple(judged),
        _conflicts(cash, register),
        record.staff_groups(register),
        record.bank_shift(register),
        by_trust,
    )


def _conflicts(cash: Reconstruction, register: pd.DataFrame) -> pd.DataFrame:
    """List conflicts: figure, conflicts_with, how (found by the path, or noted in the register)."""
    found = cash.conflicts.assign(
        how=[f"set aside: {gap:,.0f}m apart at least" for gap in cash.conflicts["gap"]]
    ).drop(columns="gap")
    noted = record.noted_conflicts(register)
    listed = pd.DataFrame(
        {
            "figure": noted["period"] + ": " + noted["measure"] + ", " + noted["figure"]
            + " (" + noted["source"] + ")",
            "conflicts_with": noted["note"],
            "how": "noted in the register",
        }
    )  # fmt: skip
    return pd.concat([found, listed], ignore_index=True)


def fragility_sentence(agency: Agency) -> str:
    """Say how fragile the estimate is: the grid, the placebo dates, what could be shown at all."""
    found = agency.effect
    if found is None:
        return agency.effect_sentence()
    return (
        f"{agency.trust_sentence()} A saving below "
        f"{format_value(found.detectable, 'GBP m')} by {found.until:%B %Y} would usually not be "
        "shown by a series like this (80% power). "
        f"{format_value(found.fit.from_draws, 'share', 0)} of the variance of the whole effect "
        "comes from not knowing the monthly path, the rest from its movement about the regression."
    )
