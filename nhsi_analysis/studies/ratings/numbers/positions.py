"""The two dates that are compared, and what every trust was rated at both."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from nhsi_analysis import datasets
from nhsi_analysis.errors import ParameterError
from nhsi_analysis.schemas import vocabulary
from nhsi_analysis.studies.ratings.settings import ALL, Settings
from policy_methods.results import Result

RATINGS = vocabulary.RATINGS
KEY_QUESTIONS = ("Overall", "Safe", "Effective", "Caring", "Responsive", "Well-led")
TRUST_TYPES = tuple(sorted(vocabulary.TRUST_TYPES))
REGIONS = tuple(sorted(vocabulary.REGIONS))
UNKNOWN = "not recorded"
SERVICE = "Overall"

_KEYS = ["snapshot", "org_code", "service", "key_question"]


@dataclass(frozen=True)
class Dates(Result):
    """The two moments compared.

    Parameters
    ----------
    earlier, later, newest : Timestamp
        The two snapshots, and the newest of the table.
    as_at : Timestamp or None
        Nothing published later is used.
    before, after : Timestamp
        Days of the two positions: the snapshot's, or `as_at` if that is earlier.
    """

    earlier: pd.Timestamp
    later: pd.Timestamp
    newest: pd.Timestamp
    as_at: pd.Timestamp | None
    before: pd.Timestamp
    after: pd.Timestamp

    @property
    def days(self) -> int:
        """Days between the two positions."""
        return (self.after - self.before).days


def find_dates(ratings: pd.DataFrame, settings: Settings) -> Dates:
    """Find the two snapshots in the ratings table.

    Raises
    ------
    ParameterError
        If the table has no such snapshot, none before it, or they are in the wrong order.
    """
    snapshots = [pd.Timestamp(day) for day in sorted(ratings["snapshot"].unique())]
    later = _snapshot("after", settings.after, snapshots) if settings.after else snapshots[-1]
    if not settings.before and later == snapshots[0]:
        raise ParameterError("after", f"has no snapshot before it ({later:%Y-%m-%d})")
    earlier = max((s for s in snapshots if s < later), default=later)
    if settings.before:
        earlier = _snapshot("before", settings.before, snapshots)
    if earlier >= later:
        rule = f"must be earlier than the later snapshot, {later:%Y-%m-%d}"
        raise ParameterError("before", rule, value=f"{earlier:%Y-%m-%d}")
    as_at = pd.Timestamp(settings.as_at) if settings.as_at else None
    before, after = (s if as_at is None else min(s, as_at) for s in (earlier, later))
    return Dates(earlier, later, snapshots[-1], as_at, before, after)


def _snapshot(name: str, value: str, snapshots: list[pd.Timestamp]) -> pd.Timestamp:
    wanted = pd.Timestamp(value)
    if wanted not in snapshots:
        allowed = [f"{s:%Y-%m-%d}" for s in snapshots]
        raise ParameterError(name, "must be a snapshot of the table", value=value, allowed=allowed)
    return wanted


@dataclass(frozen=True, eq=False)
class Positions(Result):
    """The ratings of trusts at two moments, and what had to be left out.

    Parameters
    ----------
    table : DataFrame
        One row a trust and key question rated at both moments: org_code, org_name, trust_type,
        region, key_question, rating_before, published_before, rating_after, published_after.
    only_before, only_after, hidden : tuple of str
        Codes of trusts asked for that are in one snapshot only, after following successions, or
        whose rating on `as_at` was replaced later and can't be known.
    followed_on : tuple of str
        "old code → new code" of trusts matched to their successor.
    """

    table: pd.DataFrame
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


def positions(
    ratings: pd.DataFrame, trusts: pd.DataFrame, dates: Dates, settings: Settings
) -> Positions:
    """Return what was known of each trust at the two moments, for every trust in England.

    With `as_at`, a later rating is replaced by the one it followed if an earlier snapshot shows it.
    """
    whole = one_rating_each(ratings).query("service == @SERVICE").drop(columns="service")
    whole = whole.rename(columns={"publication_date": "published"})
    keys = ["org_code", "key_question"]
    earlier = whole[whole["snapshot"] == dates.earlier].drop(columns="snapshot")
    later = whole[whole["snapshot"] == dates.later].drop(columns="snapshot")
    codes_before, codes_after = set(earlier["org_code"]), set(later["org_code"])
    if dates.as_at is not None:
        rewound = whole[
            (whole["snapshot"] <= dates.later) & whole["org_code"].isin(codes_after)
        ].drop(columns="snapshot")
        rewound = rewound[rewound["published"] <= dates.as_at]
        later = rewound.sort_values("published", kind="stable").drop_duplicates(keys, keep="last")
        earlier = earlier[earlier["published"] <= dates.as_at]
    steps = datasets.load("trust_successions")
    matched = datasets.match_trusts(codes_before, codes_after, steps, as_at=dates.after)
    moved = matched.pairs[matched.pairs["how"] == "successor"]
    successor = dict(zip(moved["before"], moved["after"], strict=True))
    # A trust that was rated all along keeps its own rating; a new one takes over the lowest of
    # those it was made from, since it took on every service behind them.
    absorbed = [old for old, new in successor.items() if new in codes_before]
    earlier = earlier[~earlier["org_code"].isin(absorbed)]
    earlier = earlier.assign(
        org_code=earlier["org_code"].replace(successor), rank=earlier["rating"].map(RATINGS.index)
    )
    earlier = earlier.sort_values("rank").drop_duplicates(keys).drop(columns="rank")
    both = earlier.merge(later, on=keys, suffixes=("_before", "_after"), validate="1:1")
    about = trusts[["org_code", "org_name", "trust_type", "region"]]
    table = both.merge(about, on="org_code", how="left", validate="m:1")
    table["org_name"] = table["org_name"].fillna(table["org_code"])
    table[["trust_type", "region"]] = table[["trust_type", "region"]].fillna(UNKNOWN)
    inside = set(within(about.fillna(UNKNOWN), settings)["org_code"])
    if settings.trust_type == settings.region == ALL:
        inside |= codes_before | codes_after
    compared = set(table.loc[table["key_question"] == settings.key_question, "org_code"])
    hidden = (codes_before & codes_after) - compared if dates.as_at is not None else set()
    return Positions(
        table=table.sort_values(["org_code", "key_question"], ignore_index=True),
        only_before=tuple(c for c in matched.unmatched_before if c in inside),
        only_after=tuple(c for c in matched.unmatched_after if c in inside),
        followed_on=tuple(f"{old} → {new}" for old, new in sorted(successor.items())),
        hidden=tuple(sorted(hidden & inside)),
    )


def within(table: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Return the rows of the trust type and region asked for, every key question."""
    chosen = pd.Series(True, index=table.index)
    if settings.trust_type != ALL:
        chosen &= table["trust_type"] == settings.trust_type
    if settings.region != ALL:
        chosen &= table["region"] == settings.region
    return table[chosen]
