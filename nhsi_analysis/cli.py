"""The command ``nhsi``: parse, call, print.

Each room's commands live in a module of their own, imported only when one of them is asked for,
so that ``nhsi --help`` answers at once.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated, Final

import typer

import nhsi_analysis
from nhsi_analysis.errors import ReportError
from notebook_reports.commands import STYLE, run_command
from policy_methods.errors import MethodError

# Which module registers which command; `register(app)` adds all of a module's commands.
COMMANDS: Final = {
    "pack": "notebook_reports.commands",
    "send": "notebook_reports.commands",
    "notebooks": "notebook_reports.commands",
    "compare": "notebook_reports.commands",
    "kernel": "notebook_reports.commands",
    "gallery": "nhsi_analysis.cli_gallery",
    "data": "nhsi_analysis.cli_data",
    "lab": "nhsi_analysis.cli_lab",
    "new": "nhsi_analysis.cli_new",
}


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"nhsi {nhsi_analysis.__version__}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Run the reports on NHS Improvement, and look after the data they are made from."""


def application(arguments: Sequence[str]) -> typer.Typer:
    """Build the command with what its arguments ask for.

    Parameters
    ----------
    arguments : sequence of str
        The command line after ``nhsi``.

    Returns
    -------
    typer.Typer
        With the one command named, or all of them where none is.
    """
    app = typer.Typer(name="nhsi", **STYLE)
    app.callback()(_root)
    asked = next((a for a in arguments if not a.startswith("-")), None)
    wanted = [COMMANDS[asked]] if asked in COMMANDS else list(dict.fromkeys(COMMANDS.values()))
    for module in wanted:
        import_module(module).register(app)
    return app


def main() -> None:
    """Run ``nhsi``; an error a user can act on ends in one line on stderr and exit code 2."""
    run_command(lambda: application(sys.argv[1:]), "nhsi", (ReportError, MethodError))
