"""``nhsi data``: list, describe and check the tables, and read in publishers' newer files."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from notebook_reports.packs import complete

if TYPE_CHECKING:
    from nhsi_analysis.ingest.reading import Progress

data = typer.Typer(no_args_is_help=True, help="List, describe, check and read in tables.")


def register(app: typer.Typer) -> None:
    """Add ``nhsi data`` to the command."""
    app.add_typer(data, name="data")


@data.command("list")
def list_tables() -> None:
    """List the tables: name, rows, date and title, and which of them were read in."""
    from rich.console import Console
    from rich.table import Table

    from nhsi_analysis import datasets

    shown = Table("table", "rows", "date", "title", "used", box=None, pad_edge=False)
    shown.columns[1].justify = "right"
    for row in datasets.overview().to_dict("records"):
        shown.add_row(row["table"], f"{row['rows']:,}", row["date"], row["title"], row["used"])
    # Piped into a file, the list must not be cut to a terminal's width.
    console = Console()
    Console(width=None if console.is_terminal else 220).print(shown)


@data.command("describe")
def describe_table(
    name: Annotated[
        str,
        typer.Argument(
            help="Name of the table, as 'nhsi data list' has it.", autocompletion=complete.tables
        ),
    ],
) -> None:
    """Describe a table: columns, units, rules, source, licence, caveats."""
    from nhsi_analysis import datasets

    found = datasets.describe(name)
    typer.echo(f"{found.title} ({name}, {found.rows:,} rows)")
    typer.echo(found.description)
    typer.echo(f"Publisher: {found.publisher}, {found.page}")
    typer.echo(f"Date: {found.date}. Licence: {found.licence}")
    if found.key:
        typer.echo(f"Unique together: {', '.join(found.key)}")
    typer.echo("Columns:")
    for name, kind, unit, description, rules in found.columns.itertuples(index=False):
        measured = f", {unit}" if unit else ""
        typer.echo(f"  {name} ({kind}{measured}): {description}; {rules}")
    typer.echo("Caveats:")
    for caveat in found.caveats:
        typer.echo(f"  - {caveat}")


@data.command("check")
def check_tables() -> None:
    """Check every table: rules, checksums, and keys that must join.

    Every table is checked whatever the others show; the exit code is 1 if any is broken.
    """
    from nhsi_analysis import datasets

    tables, keys = datasets.check()
    for table in tables:
        found = f"{table.rows:,} rows" if table.ok else table.problem
        # Tables read in are told from the shipped ones by their file.
        named = f"{table.name} ({table.file})" if table.file.endswith(".parquet") else table.name
        typer.echo(f"{'ok    ' if table.ok else 'BROKEN'} {named}: {found}")
    for key in keys:
        found = f"{key.matched:,} codes"
        if key.excepted:
            found += f"; known exceptions: {', '.join(key.excepted)}"
        if not key.ok:
            found = key.problem
        label = f"{key.table}.{key.column} in {key.reference}"
        typer.echo(f"{'ok    ' if key.ok else 'BROKEN'} {label}: {found}")
    broken = sum(not t.ok for t in tables) + sum(not k.ok for k in keys)
    typer.echo(
        f"{len(tables)} tables and {len(keys)} keys checked: "
        + (f"{broken} broken" if broken else "all in order")
    )
    if broken:
        raise typer.Exit(1)


@data.command("kinds")
def list_kinds() -> None:
    """List the kinds of publishers' files that can be read in, and the table each feeds."""
    from nhsi_analysis import ingest

    for kind in ingest.KINDS.values():
        typer.echo(f"{kind.name}, for {kind.table}, {kind.publisher}: {kind.looks_for}")


@data.command("ingest")
def ingest_file(
    file: Annotated[Path, typer.Argument(help="The publisher's file, or a folder of CQC files.")],
    kind: Annotated[
        str | None,
        typer.Option("--as", help="Kind of file, of 'nhsi data kinds'; by content if not given."),
    ] = None,
    to: Annotated[
        Path | None, typer.Option("--to", help="Folder to write to; data/processed if not given.")
    ] = None,
    date: Annotated[
        str | None,
        typer.Option("--date", help="Date of the data, YYYY-MM-DD, where the file does not say."),
    ] = None,
) -> None:
    """Read a publisher's newer file into the table it feeds, and use it from now on."""
    from nhsi_analysis import ingest
    from nhsi_analysis.paths import processed_dir

    with _progress() as progress:
        done = ingest.ingest(file, kind=kind, to=to, date=date, progress=progress)
    for line in done.summary():
        typer.echo(line)
    if to is None or to.resolve() == processed_dir().resolve():
        typer.echo(f"Reports use it from now on; delete {done.path.name} to go back.")


@contextmanager
def _progress() -> Iterator[Progress]:
    """Show on stderr which step is being done and how far it is."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    shown = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        disable=not sys.stderr.isatty(),
    )
    with shown:
        task = shown.add_task("opening the file", total=None)

        def tell(step: str, done: int, total: int) -> None:
            shown.update(task, description=step, completed=done, total=total or None)

        yield tell
