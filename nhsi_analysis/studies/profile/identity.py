"""Who a trust is, and which trusts it is fair to set it beside."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Any

import pandas as pd

from nhsi_analysis.errors import ParameterError
from nhsi_analysis.studies.profile.rows import day, keyed, load

_MINIMUM_PEERS = 5


@dataclass(frozen=True)
class Identity:
    """A trust and its peers.

    Parameters
    ----------
    code, name : str
        ODS code and name.
    trust_type, region : str
        As known; "not stated" where the trust table has none.
    specialist : bool
        Whether it is a specialist trust.
    postcode : str
        Of its headquarters.
    opened, closed : pandas.Timestamp or None
        As known.
    peers : tuple of str
        Codes of the trusts of its kind, without its own.
    kind : str
        What it and its peers are, in the plural: "acute trusts".
    """

    code: str
    name: str
    trust_type: str
    region: str
    specialist: bool
    postcode: str
    opened: pd.Timestamp | None
    closed: pd.Timestamp | None
    peers: tuple[str, ...]
    kind: str

    @property
    def table(self) -> pd.DataFrame:
        """What is known of the trust, one fact a row."""
        kind = f"{self.trust_type}, specialist" if self.specialist else self.trust_type
        facts = {
            "ODS code": self.code,
            "Name": self.name,
            "Type": kind,
            "Region of NHS Improvement": self.region,
            "Postcode": self.postcode,
            "Opened": day(self.opened),
            "Closed": day(self.closed) if self.closed is not None else "open in September 2018",
            "Peers": f"{len(self.peers)} other {self.kind}",
        }
        return pd.DataFrame({"Fact": list(facts), "Value": list(facts.values())})


def identify(trust: str) -> Identity:
    """Look a trust up and choose its peers: trusts of its type, acute specialists apart.

    Parameters
    ----------
    trust : str
        ODS code, such as "RL4".

    Returns
    -------
    Identity

    Raises
    ------
    ParameterError
        If no trust has the code; codes and names that look like it are suggested.
    """
    table = load("trusts")
    trusts = table.set_index("org_code")
    if trust not in trusts.index:
        raise ParameterError(
            "trust", "is not the ODS code of a trust", value=trust, allowed=_near(trust, trusts)
        )
    row = keyed(table, "org_code", trust)
    typed = pd.notna(row["trust_type"])
    specialist = bool(pd.notna(row["specialist"]) and row["specialist"])
    kind, alike = "trusts of all types", pd.Series(True, index=trusts.index)
    if typed:
        kind = f"{str(row['trust_type']).lower()} trusts"
        alike = trusts["trust_type"] == row["trust_type"]
        if row["trust_type"] == "Acute":
            same = alike & (trusts["specialist"].fillna(value=False) == specialist)
            if same.sum() > _MINIMUM_PEERS:
                kind = f"{'specialist' if specialist else 'non-specialist'} {kind}"
                alike = same
    return Identity(
        code=trust,
        name=str(row["org_name"]),
        trust_type=str(row["trust_type"]) if typed else "not stated",
        region=_known(row["region"]),
        specialist=specialist,
        postcode=_known(row["postcode"]),
        opened=None if pd.isna(row["open_date"]) else row["open_date"],
        closed=None if pd.isna(row["close_date"]) else row["close_date"],
        peers=tuple(trusts.index[alike & (trusts.index != trust)]),
        kind=kind,
    )


def _near(trust: object, trusts: pd.DataFrame) -> list[str]:
    """Return codes and names that look like what was given."""
    text = str(trust).strip()
    codes = difflib.get_close_matches(text.upper(), list(trusts.index), n=3, cutoff=0.6)
    names = trusts["org_name"].str.contains(text, case=False, regex=False) if text else False
    found = [*codes, *trusts.index[names][:5]] if text else []
    chosen = list(dict.fromkeys(found)) or list(trusts.index[:5])
    words = trusts["org_name"]
    return [f"{code} ({words[code]})" for code in chosen]


def _known(value: Any) -> str:
    return "not stated" if pd.isna(value) else str(value)
