"""What a table holds, for a reader: columns, units, rules, source and caveats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from nhsi_analysis.datasets import store
from nhsi_analysis.datasets.catalogue import table, tables
from policy_methods.results import Result


@dataclass(frozen=True)
class TableDescription(Result):
    """A table in words.

    Parameters
    ----------
    name, title, description : str
        The table.
    publisher, page, licence, licence_page, date : str
        Where it is from, and under which licence; its page where one covers the whole table.
    rows : int
        Rows of data.
    key : tuple of str
        Columns that are unique together; empty where rows may repeat.
    caveats : tuple of str
        What a reader must know before using it.
    columns : DataFrame
        name, type, unit, description and rules, a column of the table a row.
    """

    name: str
    title: str
    description: str
    publisher: str
    page: str
    licence: str
    licence_page: str
    date: str
    rows: int
    key: tuple[str, ...]
    caveats: tuple[str, ...]
    columns: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """Return the columns of the table, one a row."""
        return self.columns

    def _repr_markdown_(self) -> str:
        """Return what JupyterLab shows."""
        # Patterns of codes hold the character that parts a Markdown table's cells.
        rows = [
            "| " + " | ".join(str(v).replace("|", "\\|") for v in row) + " |"
            for row in [list(self.columns), *self.columns.to_numpy().tolist()]
        ]
        table = "\n".join([rows[0], "|" + "---|" * self.columns.shape[1], *rows[1:]])
        return (
            f"**{self.title}** (`{self.name}`, {self.rows:,} rows): {self.description}\n\n"
            f"{self.publisher}, <{self.page}>, {self.date}; {self.licence}.\n\n"
            f"{table}\n\n" + "\n".join(f"- {c}" for c in self.caveats)
        )


def describe(name: str) -> TableDescription:
    """Describe a table as it is now used: columns, units, rules, source, licence and caveats.

    Parameters
    ----------
    name : str
        Name of the table.

    Returns
    -------
    TableDescription

    Raises
    ------
    ParameterError
        When there is no table of that name.

    Examples
    --------
    >>> from nhsi_analysis import datasets
    >>> datasets.describe("gdp_deflator_quarterly").key
    ('quarter_start',)
    """
    found = table(name)
    columns, said = found.shape, {**found.said, "rows": int(found.shape["rows"])}
    for _, stamp in store.ingested(name)[:1]:
        said |= {"title": _title(stamp), "date": stamp["date"], "rows": int(stamp["rows"])}
        said["caveats"] = [*said["caveats"], *stamp["remarks"]]
    fields = [
        {
            "name": f["name"],
            "type": f["type"],
            "unit": f.get("unit", ""),
            "description": f["description"],
            "rules": _rules(f.get("constraints", {})),
        }
        for f in columns["fields"]
    ]
    return TableDescription(
        name=name,
        description=str(found.descriptor["description"]),
        key=tuple(columns.get("primaryKey", ())),
        columns=pd.DataFrame(fields),
        **{**said, "caveats": tuple(said["caveats"])},
    )


def _title(stamp: Mapping[str, Any]) -> str:
    """Return the title of a table that was read in, without its files."""
    return str(stamp["title"]).partition(store.ADDED)[0]


def _rules(constraints: Mapping[str, Any]) -> str:
    words = ["required" if constraints.get("required") else "may be missing"]
    if "minimum" in constraints:
        words.append(f"at least {constraints['minimum']}")
    if "maximum" in constraints:
        words.append(f"at most {constraints['maximum']}")
    if "enum" in constraints:
        words.append("one of " + ", ".join(map(str, constraints["enum"])))
    if "pattern" in constraints:
        words.append(f"form {constraints['pattern']}")
    return "; ".join(words)


def overview() -> pd.DataFrame:
    """List the tables: what each holds, how much of it, how new, and from which file.

    One row a table by name: table, rows, date, title, publisher, used ("shipped", or the name of
    the newest file that was read in).
    """
    rows = []
    for name, found in tables().items():
        newest = store.ingested(name)
        stamp = newest[0][1] if newest else {**found.descriptor, **found.shape}
        row = {"table": name, "rows": int(stamp["rows"]), "date": str(stamp["date"])}
        row |= {"title": _title(stamp), "publisher": found.said["publisher"]}
        rows.append(row | {"used": newest[0][0].name if newest else "shipped"})
    return pd.DataFrame(rows)
