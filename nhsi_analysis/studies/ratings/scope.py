"""Which trusts, ratings and dates an analysis of CQC ratings covers, checked before computing."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

import pandas as pd

from nhsi_analysis import as_at as as_at_dates
from nhsi_analysis import datasets
from nhsi_analysis.errors import ParameterError
from nhsi_analysis.schemas import vocabulary
from policy_methods.checks import check_confidence

RATINGS = vocabulary.RATINGS
KEY_QUESTIONS = ("Overall", "Safe", "Effective", "Caring", "Responsive", "Well-led")
TRUST_TYPES = tuple(sorted(vocabulary.TRUST_TYPES))
REGIONS = tuple(sorted(vocabulary.REGIONS))
ALL = "All"
UNKNOWN = "not recorded"
SERVICE = "Overall"

_KEYS = ["snapshot", "org_code", "service", "key_question"]


@dataclass(frozen=True)
class Scope:
    """Checked parameters of a comparison.

    Parameters
    ----------
    before, after : Timestamp
        The two snapshots.
    key_question, trust_type, region : str
        What is compared; "All" for every type or region.
    confidence : float
        Level of every interval.
    as_at : Timestamp or None
        Nothing published later is used.
    trust : str
        ODS code of a trust to follow; empty for none.
    """

    before: pd.Timestamp
    after: pd.Timestamp
    key_question: str
    trust_type: str
    region: str
    confidence: float
    as_at: pd.Timestamp | None
    trust: str

    @property
    def before_date(self) -> pd.Timestamp:
        """Day of the earlier position: the snapshot, or `as_at` if that is earlier."""
        return self.before if self.as_at is None else min(self.before, self.as_at)

    @property
    def after_date(self) -> pd.Timestamp:
        """Day of the later position: the snapshot, or `as_at` if that is earlier."""
        return self.after if self.as_at is None else min(self.after, self.as_at)

    @property
    def days(self) -> int:
        """Days between the two positions."""
        return (self.after_date - self.before_date).days

    @property
    def years(self) -> float:
        """Years between the two positions."""
        return self.days / 365.25

    @property
    def group(self) -> str:
        """Name the trusts covered: "mental health trusts in London"."""
        return self.trusts(2).removeprefix("2 ")

    def trusts(self, count: int) -> str:
        """Count the trusts covered: "1 ambulance trust in London"."""
        kind = "" if self.trust_type == ALL else f"{self.trust_type.lower()} "
        place = "England" if self.region == ALL else self.region
        article = "the " if self.region not in (ALL, "London") else ""
        return f"{plural(count, f'{kind}trust')} in {article}{place}"

    @property
    def rating_name(self) -> str:
        """Name the rating compared: "overall rating", "rating for safe"."""
        if self.key_question == "Overall":
            return "overall rating"
        return f"rating for {self.key_question.lower()}"

    @property
    def a_rating(self) -> str:
        """Name the rating with its article: "an overall rating", "a rating for safe"."""
        return f"{'an' if self.key_question == 'Overall' else 'a'} {self.rating_name}"


def day(date: pd.Timestamp) -> str:
    """Write a date in words: 3 September 2018."""
    return f"{date.day} {date:%B %Y}"


def plural(count: int, noun: str = "trust", many: str = "") -> str:
    """Write a count and its noun: 1 trust, 2 trusts."""
    return f"{count:,} {noun if count == 1 else many or noun + 's'}"


def check_scope(
    ratings: pd.DataFrame,
    trusts: pd.DataFrame,
    *,
    before: str,
    after: str,
    key_question: str,
    trust_type: str,
    region: str,
    confidence: float,
    as_at: str,
    trust: str,
) -> Scope:
    """Check every parameter against the tables and return them with their types.

    Raises
    ------
    ParameterError
        Naming the first parameter that breaks its rule, with what is allowed.
    """
    for name, value, allowed in (
        ("key_question", key_question, KEY_QUESTIONS),
        ("trust_type", trust_type, (ALL, *TRUST_TYPES)),
        ("region", region, (ALL, *REGIONS)),
    ):
        if value not in allowed:
            raise ParameterError(name, "is not known", value=value, allowed=allowed)
    snapshots = sorted(ratings["snapshot"].unique())
    later = _snapshot("after", after, snapshots) if after else snapshots[-1]
    if not before and later == snapshots[0]:
        raise ParameterError("after", f"has no snapshot before it ({day(later)})")
    earlier = (
        _snapshot("before", before, snapshots) if before else max(s for s in snapshots if s < later)
    )
    if earlier >= later:
        rule = f"must be earlier than the later snapshot, {later:%Y-%m-%d}"
        raise ParameterError("before", rule, value=f"{earlier:%Y-%m-%d}")
    cutoff = as_at_dates.parse(as_at) if as_at else None
    known = {*trusts["org_code"], *ratings["org_code"]}
    if trust and trust not in known:
        near = difflib.get_close_matches(trust.upper(), sorted(known), n=5, cutoff=0.3)
        raise ParameterError("trust", "is not the ODS code of a trust", value=trust, allowed=near)
    return Scope(
        before=pd.Timestamp(earlier),
        after=pd.Timestamp(later),
        key_question=key_question,
        trust_type=trust_type,
        region=region,
        confidence=check_confidence(confidence),
        as_at=cutoff,
        trust=trust,
    )


def _snapshot(name: str, value: str, snapshots: list[pd.Timestamp]) -> pd.Timestamp:
    wanted = as_at_dates.parse(value, name)
    if wanted not in snapshots:
        allowed = [f"{s:%Y-%m-%d}" for s in snapshots]
        raise ParameterError(name, "must be a snapshot of the table", value=value, allowed=allowed)
    return wanted


@dataclass(frozen=True, eq=False)
class Positions:
    """The ratings of trusts at two moments, and what had to be left out.

    Parameters
    ----------
    table : DataFrame
        One row a trust and key question rated at both moments: org_code, org_name, trust_type,
        region, key_question, rating_before, published_before, rating_after, published_after.
    repeated : int
        Rows set aside because the same service and key question carries another rating.
    only_before, only_after : tuple of str
        Codes of trusts of the type and region asked for in one snapshot only, after following
        successions.
    followed_on : tuple of str
        "old code → new code" of trusts matched to their successor.
    hidden : tuple of str
        Codes of trusts of the type and region asked for whose rating on `as_at` was replaced
        later and can't be known.
    """

    table: pd.DataFrame
    repeated: int
    only_before: tuple[str, ...]
    only_after: tuple[str, ...]
    followed_on: tuple[str, ...]
    hidden: tuple[str, ...]


def one_rating_each(ratings: pd.DataFrame) -> pd.DataFrame:
    """Keep one rating for each snapshot, trust, service and key question.

    The most recently published counts; of two published on one day, the lower one.
    """
    rank = ratings["rating"].map(RATINGS.index)
    ordered = ratings.assign(rank=rank).sort_values(
        [*_KEYS, "publication_date", "rank"], ascending=[True] * 5 + [False]
    )
    return ordered.drop_duplicates(_KEYS, keep="last").drop(columns="rank").sort_index()


def positions(ratings: pd.DataFrame, trusts: pd.DataFrame, scope: Scope) -> Positions:
    """Return what was known of each trust at the two moments, for every trust in England.

    With `as_at`, a later rating is replaced by the one it followed if an earlier snapshot shows it.
    """
    single = one_rating_each(ratings)
    whole = single[single["service"] == SERVICE].drop(columns="service")
    earlier = whole[whole["snapshot"] == scope.before].drop(columns="snapshot")
    later = whole[whole["snapshot"] == scope.after].drop(columns="snapshot")
    codes_before, codes_after = set(earlier["org_code"]), set(later["org_code"])
    if scope.as_at is not None:
        rewound = whole[
            (whole["snapshot"] <= scope.after) & whole["org_code"].isin(codes_after)
        ].drop(columns="snapshot")
        later = _latest(rewound[rewound["publication_date"] <= scope.as_at])
        earlier = earlier[earlier["publication_date"] <= scope.as_at]
    steps = datasets.load("trust_successions")
    matched = datasets.match_trusts(codes_before, codes_after, steps, as_at=scope.after_date)
    moved = matched.pairs[matched.pairs["how"] == "successor"]
    successor = dict(zip(moved["before"], moved["after"], strict=True))
    keys = ["org_code", "key_question"]
    # A trust that was rated all along keeps its own rating; a new one takes over the lowest of
    # those it was made from, since it took on every service behind them.
    absorbed = [old for old, new in successor.items() if new in codes_before]
    earlier = earlier[~earlier["org_code"].isin(absorbed)]
    earlier = earlier.assign(
        org_code=earlier["org_code"].replace(successor), rank=earlier["rating"].map(RATINGS.index)
    )
    earlier = earlier.sort_values("rank").drop_duplicates(keys).drop(columns="rank")
    both = earlier.merge(later, on=keys, suffixes=("_before", "_after"), validate="1:1")
    both = both.rename(
        columns={
            "publication_date_before": "published_before",
            "publication_date_after": "published_after",
        }
    )
    about = trusts[["org_code", "org_name", "trust_type", "region"]]
    table = both.merge(about, on="org_code", how="left", validate="m:1")
    table["org_name"] = table["org_name"].fillna(table["org_code"])
    table[["trust_type", "region"]] = table[["trust_type", "region"]].fillna(UNKNOWN)
    inside = set(within(about.fillna(UNKNOWN), scope)["org_code"])
    if scope.trust_type == scope.region == ALL:
        inside |= codes_before | codes_after
    compared = set(table.loc[table["key_question"] == scope.key_question, "org_code"])
    hidden = (codes_before & codes_after) - compared if scope.as_at is not None else set()
    return Positions(
        table=table.sort_values(["org_code", "key_question"], ignore_index=True),
        repeated=len(ratings) - len(single),
        only_before=tuple(c for c in matched.unmatched_before if c in inside),
        only_after=tuple(c for c in matched.unmatched_after if c in inside),
        followed_on=tuple(f"{old} → {new}" for old, new in sorted(successor.items())),
        hidden=tuple(sorted(hidden & inside)),
    )


def _latest(ratings: pd.DataFrame) -> pd.DataFrame:
    ordered = ratings.sort_values(["publication_date"], kind="stable")
    return ordered.drop_duplicates(["org_code", "key_question"], keep="last")


def within(table: pd.DataFrame, scope: Scope) -> pd.DataFrame:
    """Return the rows of the trust type and region asked for, every key question."""
    chosen = pd.Series(True, index=table.index)
    if scope.trust_type != ALL:
        chosen &= table["trust_type"] == scope.trust_type
    if scope.region != ALL:
        chosen &= table["region"] == scope.region
    return table[chosen]
