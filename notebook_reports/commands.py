"""The commands ``pack``, ``send``, ``notebooks``, ``compare`` and ``kernel``, for any project.

``python -m notebook_reports`` has them alone; a project's own command adds them to its others.
"""

from __future__ import annotations

import io
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, NoReturn

import typer

from notebook_reports import project
from notebook_reports.errors import PackError, ReportError, shown
from notebook_reports.packs import complete
from notebook_reports.packs.progress import Progress
from notebook_reports.packs.text import LONGEST_OWN, one_line

if TYPE_CHECKING:
    from notebook_reports.packs.manifest import Record
    from notebook_reports.packs.plan import Plan
    from notebook_reports.packs.run import Options, Result

DEFAULT_PACK = "quarterly.toml"
EXIT_USER_ERROR: Final = 2
STYLE: Final[dict[str, Any]] = {
    "no_args_is_help": True,
    "pretty_exceptions_enable": False,
    "rich_markup_mode": None,
}
"""How a command line looks: plain help, which is there in half the time and names no flag's type.
"""

kernel = typer.Typer(no_args_is_help=True, help="Warm kernels for JupyterLab and papermill.")


def main() -> None:
    """Run ``python -m notebook_reports``."""
    app = typer.Typer(add_completion=False, **STYLE)
    app.callback(help="Run packs of parameterised notebooks, and compare them.")(lambda: None)
    register(app)
    run_command(lambda: app, "notebook_reports")


def run_command(
    make: Callable[[], typer.Typer],
    program: str,
    errors: tuple[type[Exception], ...] = (ReportError,),
) -> None:
    """Run a command line; an error a user can act on ends in one line on stderr, exit code 2.

    Parameters
    ----------
    make : callable
        Makes the command.
    program : str
        Its name, which begins each message.
    errors : tuple of type
        What a user can act on.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        with complete.quietly(program), complete.told_whole(program):
            make()(prog_name=program)
    except errors as error:
        _stop(program, str(error))
    except OSError as error:
        place = error.filename2 or error.filename
        _stop(program, f"{error.strerror or error}" + (f": {place}" if place else ""))


def _stop(program: str, message: str) -> NoReturn:
    lines = [
        ("  " if line.startswith("  ") else "") + one_line(line, LONGEST_OWN)
        for line in message.splitlines()
    ]
    print(f"{program}: " + "\n".join(lines), file=sys.stderr)
    raise SystemExit(EXIT_USER_ERROR) from None


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("pack")(pack)
    app.command("send")(send)
    app.command("notebooks")(notebooks)
    app.command("compare")(compare)
    app.add_typer(kernel, name="kernel")


def pack(
    context: typer.Context,
    spec: Annotated[
        str, typer.Argument(help="The pack: a TOML file; without one, packs/quarterly.toml.")
    ] = "",
    out: Annotated[
        Path | None, typer.Option(help="Folder to write into; by default outputs/.")
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="Set a parameter; repeatable.",
            autocompletion=complete.settings,
        ),
    ] = None,
    each: Annotated[
        list[str] | None,
        typer.Option(
            "--each",
            metavar="NAME=A,B,C",
            help="Make a report for each value; repeated, for their product.",
            autocompletion=complete.settings,
        ),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(min=1, help="Reports at once; by default one or two more than cores."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Run reports that could stand.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would run, and why; run nothing.")
    ] = False,
    only: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATTERN",
            help="Run what has this number, id or words of the title; repeatable.",
            autocompletion=complete.notebooks,
        ),
    ] = None,
    quarter: Annotated[
        str | None, typer.Option(help="Use nothing published after a quarter, as 2018-19Q2.")
    ] = None,
    status: Annotated[
        str,
        typer.Option(
            metavar="STATUS",
            help="draft or published; draft unless said.",
            autocompletion=complete.statuses,
        ),
    ] = "",
    publisher: Annotated[str, typer.Option(help="Who speaks, in place of the pack's.")] = "",
    contact: Annotated[str, typer.Option(help="Where questions go, with an address.")] = "",
    next_update: Annotated[str, typer.Option(help="When the next pack comes.")] = "",
    data: Annotated[
        Path | None, typer.Option(help="Folder of the data, in place of data/.")
    ] = None,
    pdf: Annotated[bool, typer.Option("--pdf", help="Also print each report to PDF.")] = False,
    docx: Annotated[
        bool, typer.Option("--docx", help="Also write each report as a Word document.")
    ] = False,
    open_: Annotated[bool, typer.Option("--open", help="Open the index in a browser.")] = False,
    dask: Annotated[
        str, typer.Option(metavar="URL", help="Run on a Dask cluster, such as tcp://host:8786.")
    ] = "",
) -> None:
    """Run a pack of reports; exit code 0 only if all succeeded.

    1 says that a report failed, 2 that nothing was started, 129 and 130 that it was stopped.
    """
    started = time.perf_counter()
    progress = context.with_resource(Progress())
    progress.say("planning")
    if data is not None:
        os.environ["NHSI_DATA"] = str(data.resolve())  # which project is at home hangs on it
    served = project.current()
    if data is not None:
        served.check_data(data)
    from notebook_reports.packs.plan import build_plan
    from notebook_reports.packs.run import Options, default_jobs
    from notebook_reports.packs.spec import read_spec

    path = Path(spec) if spec else served.root() / "packs" / DEFAULT_PACK
    if not spec and not path.is_file():
        raise PackError(f"there is no pack {path}: name one, or a folder with packs/ in NHSI_HOME")
    sets, values = _pairs("--set", set_), _pairs("--each", each)
    progress.say("checking tables")
    served.check_inputs()
    progress.say("planning")
    said = {
        "status": status,
        "publisher": publisher,
        "contact": contact,
        "next_update": next_update,
    }
    chosen = tuple(only or ())
    plan = build_plan(
        read_spec(path, said),
        folder=path.parent,
        sets=sets,
        quarter=quarter,
        only=chosen,
        each=values,
    )
    chosen = () if values else chosen  # the plan holds no other report
    options = Options(
        jobs=jobs or default_jobs(len(plan.jobs)),
        force=force,
        only=chosen,
        pdf=pdf,
        docx=docx,
        dask=dask,
    )
    folder = out or served.root() / "outputs"
    if dry_run:
        _check_run(folder, options)
        _say_plan(plan, folder, options, progress)
        return
    program = str(context.find_root().info_name)
    result = _run(plan, folder, options, started, program, progress)
    if open_ and result.status != "interrupted" and (result.kept or _made(result)):
        _open(result.index, program)
    raise typer.Exit(result.exit_code)


def notebooks(
    folder: Annotated[
        Path | None, typer.Argument(help="Folder of notebooks; by default notebooks/.")
    ] = None,
) -> None:
    """List the notebooks and their parameters.

    Each parameter has its type, default, meaning and rule. A notebook that can't be read is named
    at the end with the reason; then the exit code is 1.
    """
    from notebook_reports.packs.notebook import list_notebooks

    found, faults = list_notebooks(folder)
    for notebook in found:
        typer.echo(one_line(f"{notebook.name}: {notebook.title}", LONGEST_OWN))
        for parameter in notebook.parameters:
            typer.echo(f"  {one_line(parameter.describe(), LONGEST_OWN)}")
        typer.echo()
    for fault in faults:
        typer.echo(f"not listed: {one_line(fault, LONGEST_OWN)}", err=True)
    if faults:
        raise typer.Exit(1)


def compare(
    old: Annotated[Path, typer.Argument(help="Folder of the earlier pack.")],
    new: Annotated[Path, typer.Argument(help="Folder of the later pack.")],
    out: Annotated[
        Path | None, typer.Option(help="Page to write; by default compare.html in NEW.")
    ] = None,
) -> None:
    """Say what changed between two packs, as a page.

    Conclusions that are others come first, then findings, then the rows of data that differ; each
    table that differs has all its rows in a CSV file beside the page.
    """
    from notebook_reports.packs import compare as comparing
    from notebook_reports.packs.files import write_atomic

    comparison = comparing.compare(old, new)
    folder = new if new.is_dir() else new.parent
    page = out or folder / "compare.html"
    reports = os.path.relpath(folder / "reports", page.parent).replace(os.sep, "/")
    try:
        write_atomic(page, comparing.compare_page(comparison, f"{reports}/", page.name))
        for data in comparison.data:
            if data.rows is not None:
                write_atomic(page.with_name(data.csv_name(page.name)), data.rows.csv())
    except OSError as error:
        raise PackError(f"can't write {page}: {error.strerror}") from None
    for line in comparison.lines():
        indent = len(line) - len(line.lstrip(" "))
        typer.echo(" " * indent + one_line(line, LONGEST_OWN))
    typer.echo(f"open {page}")


def send(
    report: Annotated[
        str,
        typer.Argument(help="Its id, number or words of its title.", autocompletion=complete.pages),
    ],
    out: Annotated[
        Path | None, typer.Option(help="File or folder to write to; by default send/ in the pack.")
    ] = None,
    from_: Annotated[
        Path | None, typer.Option("--from", help="Folder of the pack; by default outputs/.")
    ] = None,
) -> None:
    """Write one page as a file that stands alone, to be mailed."""
    from notebook_reports.packs.send import send as copy

    page = copy(report, from_ or project.current().root() / "outputs", out)
    typer.echo(f"mail {page.absolute()}")
    typer.echo(
        f"It is one file of {max(1, round(page.stat().st_size / 1000)):,} KB: figures and data are "
        "inside, and it leads to no other page."
    )


@kernel.command("install")
def install_kernel(
    user: Annotated[
        bool, typer.Option("--user", help="For this user, not only this environment.")
    ] = False,
) -> None:
    """Install the kernelspec nhsi-warm: fresh kernels that start in a fifth of a second."""
    from notebook_reports.packs.kernels.install import install

    typer.echo(
        f"installed {install(user=user)}: papermill -k nhsi-warm, or choose it in JupyterLab"
    )


def _pairs(option: str, given: list[str] | None) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in given or []:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise PackError(f"{option} takes NAME=VALUE, not {shown(text)}")
        if name.strip() in found:
            commas = ", with commas between its values" if option == "--each" else ""
            raise PackError(f"{option} {shown(name.strip())} is given twice: give it once{commas}")
        found[name.strip()] = value
    return found


def _check_run(folder: Path, options: Options) -> None:
    """Refuse what a run would refuse before it starts, and leave nothing behind."""
    from notebook_reports.packs.run import check_writers

    check_writers(options)
    if options.dask:
        from notebook_reports.packs.cluster import DaskPool

        with DaskPool(options.dask, {}, ()):
            pass
    nearest = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    if not nearest.is_dir():
        raise PackError(f"can't write into {folder}: {nearest} is not a folder")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise PackError(f"can't write into {folder}: {nearest} is not yours to write")
    if (folder / ".lock").exists():
        from notebook_reports.packs.files import locked

        with locked(folder):
            pass


def _say_plan(plan: Plan, folder: Path, options: Options, progress: Progress) -> None:
    from notebook_reports.packs.run import decide

    progress.say("seeing what has changed")
    decisions = decide(plan, folder, options)
    progress.close()
    for decision in decisions:
        if decision.runs:
            typer.echo(f"would run  {decision.job.id}: {decision.reason}")
        elif decision.selected:
            typer.echo(f"unchanged  {decision.job.id}")
    runs = sum(decision.runs for decision in decisions)
    typer.echo(f"{runs} of {len(decisions)} reports would run")


def _run(
    plan: Plan, folder: Path, options: Options, started: float, program: str, progress: Progress
) -> Result:
    from notebook_reports.packs.run import STOPS, run

    progress.say("seeing what has changed")
    result = run(plan, folder, options, progress, started)
    progress.close()
    if result.status != "interrupted":
        _say_result(result, program)
        return result
    for number in STOPS:  # the exit code tells of the first
        signal.signal(number, signal.SIG_IGN)
    try:
        _say_result(result, program)
    except OSError:  # the terminal is gone
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in (sys.stdout, sys.stderr):
            os.dup2(nowhere, stream.fileno())
    return result


def _made(result: Result) -> int:
    return sum(record["status"] == "done" for record in result.ran)


def _open(page: Path, program: str) -> None:
    import webbrowser

    if not webbrowser.open(page.absolute().as_uri()):
        typer.echo(f"{program}: there is no browser here to open the page with", err=True)


def _say_result(result: Result, program: str) -> None:
    for record in result.ran:
        typer.echo(_line(record))
    if result.kept:
        typer.echo(f"{result.kept} unchanged")
    for note in result.notes:
        typer.echo(f"{program}: {note}", err=True)
    if result.problem:
        typer.echo(f"{program}: {one_line(result.problem)}", err=True)
    failed = len(result.ran) - _made(result)
    typer.echo(
        f"{len(result.ran)} made{f', {failed} of them failed' if failed else ''} "
        f"in {result.seconds:.1f} s: open {result.index}"
    )


def _line(record: Record) -> str:
    seconds = record["seconds"].get("total", 0.0)
    if record["status"] == "done":
        return f"ok      {record['id']}  {seconds:.1f} s"
    return f"FAILED  {record['id']}  {record['failure']['message']}"
