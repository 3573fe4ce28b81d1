"""What moved between two snapshots of CQC ratings, for whom, and what chance would do alone."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from nhsi_analysis import datasets
from nhsi_analysis.answers.shares import share
from nhsi_analysis.errors import ParameterError
from nhsi_analysis.studies.ratings.scope import (
    ALL,
    KEY_QUESTIONS,
    RATINGS,
    REGIONS,
    TRUST_TYPES,
    UNKNOWN,
    Positions,
    Scope,
    check_scope,
    day,
    plural,
    positions,
    within,
)
from notebook_reports.evidence import Estimate
from policy_methods.transitions import HomogeneityTest, PairedOrdinal, paired_ordinal

GOOD = ("Good", "Outstanding")


@dataclass(frozen=True, eq=False)
class RatingShift:
    """Ratings of the same trusts at two moments.

    Parameters
    ----------
    scope : Scope
        Checked parameters.
    positions : Positions
        Ratings of every trust in England on every key question, and what was left out.
    table : DataFrame
        The trusts compared, one row each, on the key question asked for; `reinspected` tells
        whether a new rating was published between the two moments.
    grid : DataFrame
        The same trusts on every key question.
    pair : PairedOrdinal
        Moves of all trusts compared.
    reinspected : PairedOrdinal
        Moves of the re-inspected ones.
    """

    scope: Scope
    positions: Positions
    table: pd.DataFrame
    grid: pd.DataFrame
    pair: PairedOrdinal
    reinspected: PairedOrdinal

    @property
    def net(self) -> Estimate:
        """Share that moved up less share that moved down, in percentage points."""
        return _net(self.pair, self.scope, "net share of trusts that moved up")

    @property
    def tests(self) -> dict[str, HomogeneityTest]:
        """Every test of marginal homogeneity, by name."""
        found = [
            self.pair.sign(),
            self.pair.exact_homogeneity(),
            self.pair.mcnemar("Good"),
            self.pair.ordinal_homogeneity(),
            self.pair.stuart_maxwell(),
            self.pair.bhapkar(),
            self.pair.bowker(),
        ]
        return {test.name: test for test in found}

    @property
    def findings(self) -> dict[str, Estimate]:
        """Headline numbers by stable key."""
        scope, pair = self.scope, self.pair
        n, moved = pair.n, self.reinspected.n
        good_before = int(self.table["rating_before"].isin(GOOD).sum())
        good_after = int(self.table["rating_after"].isin(GOOD).sum())
        on = f"on {day(scope.after_date)}"
        return {
            "trusts_compared": _count(n, n, f"with {scope.a_rating} at both dates, {scope.group}"),
            "reinspected": share(
                moved, n, confidence=scope.confidence, label="re-inspected between the two dates"
            ),
            "moved_up": _count(pair.up, n, "moved up"),
            "moved_down": _count(pair.down, n, "moved down"),
            "net_moved_up": self.net,
            "good_or_better_before": share(
                good_before,
                n,
                confidence=scope.confidence,
                label=f"rated good or outstanding on {day(scope.before_date)}",
            ),
            "good_or_better_after": share(
                good_after, n, confidence=scope.confidence, label=f"rated good or outstanding {on}"
            ),
        }

    @property
    def cards(self) -> set[str]:
        """Keys of the findings shown as cards."""
        return {"reinspected", "moved_up", "moved_down", "good_or_better_after"}

    @property
    def lede(self) -> str:
        """The finding, with its uncertainty, in two or three sentences."""
        scope, pair, n = self.scope, self.pair, self.pair.n
        if scope.days == 0:
            return (
                f"Nothing published after {day(scope.after_date)} is used, so the two positions of "
                f"{scope.trusts(n)} are one and the same: **no shift can be seen**."
            )
        dates = f"Between {day(scope.before_date)} and {day(scope.after_date)}"
        first = (
            f"{dates}, **{pair.up} of {scope.trusts(n)} moved up and {pair.down} moved down** in "
            f"the {scope.rating_name}; only the {self.reinspected.n:,} inspected again could move. "
        )
        if pair.up + pair.down == 0:
            return first + "With no move there is no shift to explain."
        return first + self.verdict

    @property
    def verdict(self) -> str:
        """Whether chance alone would do as much, in a sentence."""
        pvalue = self.pair.sign().pvalue
        often = 1.0 if pvalue is None else pvalue
        rate = Estimate(often, unit="probability").text
        odds = f"a split at least as uneven as {self.pair.up} to {self.pair.down} would come up "
        odds += "every time" if often >= 1 else f"{rate} of the time"
        if often < 0.01:
            end = "so chance is a poor explanation"
        elif often < 0.05:
            end = "so chance alone would seldom do this"
        elif often < 0.10:
            end = "so the shift is on the border of what chance does"
        else:
            end = "so the shift can't be told from chance"
        return f"If every move had been as likely to go the other way, {odds}, {end}."

    @property
    def coverage(self) -> str:
        """What is compared and what is missing, counted and named."""
        scope, found = self.scope, self.positions
        n = self.pair.n
        have = "has" if n == 1 else "have"
        words = [f"{scope.trusts(n)} {have} {scope.a_rating} at both dates."]
        for codes, what in (
            (found.only_before, "rated at the earlier date only"),
            (found.only_after, "rated at the later date only"),
            (found.hidden, "rated at both but whose rating on the day asked for is not known"),
        ):
            if codes:
                words.append(f"Left out: {plural(len(codes))} {what}: {', '.join(codes)}.")
        if found.followed_on:
            merged = ", ".join(found.followed_on)
            words.append(f"{plural(len(found.followed_on))} followed to a successor: {merged}.")
        unplaced = found.table.query("key_question == @scope.key_question")
        unplaced = unplaced[unplaced["region"] == UNKNOWN]
        if scope.trust_type != ALL:
            unplaced = unplaced[unplaced["trust_type"] == scope.trust_type]
        if scope.region != ALL and len(unplaced):
            names = ", ".join(unplaced["org_code"])
            words.append(f"{plural(len(unplaced))} without a recorded region left out: {names}.")
        if not (found.only_before or found.only_after or found.hidden):
            words.append("No trust is rated at one date only.")
        if self.pair.n < 10:
            words.append(
                "**With so few trusts every interval is wide and a single inspection moves every "
                "share by many points.**"
            )
        return " ".join(words)


def compare(
    before: str = "",
    after: str = "",
    key_question: str = "Overall",
    trust_type: str = ALL,
    region: str = ALL,
    confidence: float = 0.95,
    as_at: str = "",
    trust: str = "",
    *,
    source: str | None = None,
) -> RatingShift:
    """Compare the CQC ratings of the same trusts at two snapshots.

    Parameters
    ----------
    before, after : str
        ISO dates of two snapshots of the table; an empty `after` is the newest, an empty `before`
        the one just before `after`.
    key_question : str
        Overall, Safe, Effective, Caring, Responsive or Well-led.
    trust_type, region : str
        One of them, or "All".
    confidence : float
        Level of every interval, above 0 and below 1.
    as_at : str
        ISO date: nothing published later is used; empty for everything.
    trust : str
        ODS code of a trust to follow; empty for none.
    source : str, optional
        Which ratings table, as in :func:`nhsi_analysis.datasets.load`.

    Returns
    -------
    RatingShift
        Moves, tests, headline numbers and sentences.

    Raises
    ------
    ParameterError
        If a parameter breaks its rule, or no trust at all is left.

    Examples
    --------
    >>> shift = compare("2018-09-03", "2019-03-01", trust_type="Mental health")
    >>> shift.pair.n, shift.pair.up, shift.pair.down
    (52, 2, 2)
    """
    ratings = datasets.load("cqc_trust_ratings", source=source or None)
    trusts = datasets.load("trusts")
    scope = check_scope(
        ratings,
        trusts,
        before=before,
        after=after,
        key_question=key_question,
        trust_type=trust_type,
        region=region,
        confidence=confidence,
        as_at=as_at,
        trust=trust,
    )
    found = positions(ratings, trusts, scope)
    grid = within(found.table, scope)
    grid = grid.assign(reinspected=grid["published_after"] > grid["published_before"])
    table = grid[grid["key_question"] == scope.key_question].reset_index(drop=True)
    if table.empty:
        rule = f"leaves no trust: there is no {scope.rating_name} of {scope.group} at both dates"
        raise ParameterError("as_at" if as_at else "trust_type", rule, value=as_at or trust_type)
    return RatingShift(
        scope=scope,
        positions=found,
        table=table,
        grid=grid.reset_index(drop=True),
        pair=pairs(table),
        reinspected=pairs(table[table["reinspected"]]),
    )


def pairs(table: pd.DataFrame) -> PairedOrdinal:
    """Return the moves of the trusts in a table of positions."""
    return paired_ordinal(
        table["rating_before"].tolist(), table["rating_after"].tolist(), list(RATINGS)
    )


def by_group(shift: RatingShift) -> pd.DataFrame:
    """Return the ratings at both dates by key question, trust type and region.

    Parameters
    ----------
    shift : RatingShift
        A comparison.

    Returns
    -------
    DataFrame
        One row a group and date: kind, group, date, trusts, the four ratings' counts, and
        `good_or_better` as an Estimate. Key questions cover the trusts compared; types and regions
        split them, unless one was chosen. Groups without a trust have no row.
    """
    frames = []
    keep = shift.table
    kinds: list[tuple[str, str, tuple[str, ...], pd.DataFrame]]
    kinds = [("Key question", "key_question", KEY_QUESTIONS, shift.grid)]
    kinds += [("Trust type", "trust_type", (*TRUST_TYPES, UNKNOWN), keep)]
    kinds += [("Region", "region", (*REGIONS, UNKNOWN), keep)]
    kinds = [kind for kind in kinds if kind[0] in ("Key question", *splits(shift))]
    scope = shift.scope
    for kind, column, groups, table in kinds:
        for group in groups:
            rows = table[table[column] == group]
            for moment, date in (("before", scope.before_date), ("after", scope.after_date)):
                if rows.empty or (moment == "after" and scope.days == 0):
                    continue
                counts = rows[f"rating_{moment}"].value_counts().reindex(RATINGS, fill_value=0)
                good = int(counts[list(GOOD)].sum())
                estimate = share(good, len(rows), confidence=scope.confidence)
                row = {"kind": kind, "group": group, "date": day(date), "trusts": len(rows)}
                row |= {r: int(counts[r]) for r in reversed(RATINGS)}
                frames.append(row | {"good_or_better": estimate})
    return pd.DataFrame(frames)


def splits(shift: RatingShift) -> list[str]:
    """Return what the trusts compared can be split by: trust type and region, unless chosen."""
    chosen = {"Trust type": shift.scope.trust_type, "Region": shift.scope.region}
    return [kind for kind, value in chosen.items() if value == ALL]


def trusts_that_moved(shift: RatingShift) -> pd.DataFrame:
    """Return the trusts whose rating changed: largest rise first, then by name."""
    table = shift.table
    rank = {rating: level for level, rating in enumerate(RATINGS)}
    step = table["rating_after"].map(rank) - table["rating_before"].map(rank)
    moved = table.assign(step=step)[step != 0]
    moved = moved.sort_values(["step", "org_name"], ascending=[False, True])
    return pd.DataFrame(
        {
            "Trust": moved["org_name"] + " (" + moved["org_code"] + ")",
            "Before": moved["rating_before"],
            "After": moved["rating_after"],
            "New rating published": moved["published_after"].map(day),
        }
    ).reset_index(drop=True)


def followed_trust(shift: RatingShift) -> tuple[str, pd.DataFrame]:
    """Return a sentence on the trust to follow and its ratings on every key question.

    Returns
    -------
    tuple of str and DataFrame
        The table is empty if no trust is followed or it has no rating at both dates.
    """
    scope, columns = shift.scope, ["Key question", "Before", "After", "Published"]
    if not scope.trust:
        words = "No trust is followed; set `trust` to an ODS code to see one trust's ratings here."
        return words, pd.DataFrame(columns=columns)
    everywhere = shift.positions.table
    rows = everywhere[everywhere["org_code"] == scope.trust]
    if rows.empty:
        words = f"{scope.trust} has no rating of the whole trust at both dates."
        return words, pd.DataFrame(columns=columns)
    rows = rows.set_index("key_question").reindex(KEY_QUESTIONS).dropna(subset=["rating_after"])
    name = f"{rows['org_name'].iloc[0]} ({scope.trust})"
    outside = "" if scope.trust in set(shift.table["org_code"]) else ", which is outside the group,"
    table = pd.DataFrame(
        {
            "Key question": rows.index,
            "Before": rows["rating_before"].to_numpy(),
            "After": rows["rating_after"].to_numpy(),
            "Published": rows["published_after"].map(day).to_numpy(),
        }
    )
    changed = int((rows["rating_before"] != rows["rating_after"]).sum())
    again = bool((rows["published_after"] > rows["published_before"]).any())
    visit = "was inspected again" if again else "was not inspected again"
    words = f"{name}{outside} {visit}; {changed} of its {len(rows)} ratings changed."
    return words, table


def _net(pair: PairedOrdinal, scope: Scope, label: str) -> Estimate:
    effect = pair.effect_size(scope.confidence)
    return Estimate(
        100 * effect.value,
        100 * effect.low,
        100 * effect.high,
        unit="pp",
        n=pair.n,
        label=label,
        confidence=scope.confidence,
    )


def _count(value: int, n: int, label: str) -> Estimate:
    return Estimate(value, unit="trust" if value == 1 else "trusts", n=n, label=label)
