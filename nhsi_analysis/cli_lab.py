"""``nhsi lab``: JupyterLab over the whole project, opened at the start page."""

from __future__ import annotations

from typing import Final

import typer

_ANY: Final = {"allow_extra_args": True, "ignore_unknown_options": True}


def lab(context: typer.Context) -> None:
    """Open JupyterLab at the start page; options of its own, as --no-browser, are passed on.

    Kernels start at once where the system can fork them, and git sees notebooks without outputs.
    """
    from notebook_reports import checkout, project
    from notebook_reports.packs.kernels import provisioner, warm

    checkout.keep_bare()
    if not warm.available():
        # It imports what kernels need while JupyterLab starts.
        provisioner.own_parent(provisioner.usual_modules())
    from jupyterlab.labapp import LabApp

    served = project.current()
    start = served.notebooks() / "index.ipynb"
    LabApp.launch_instance(
        [
            f"--ServerApp.root_dir={served.root()}",
            f"--KernelProvisionerFactory.default_provisioner_name={provisioner.NAME}",
            f"--FileContentsManager.post_save_hook={checkout.saved.__module__}.saved",
            *context.args,
            *([str(start)] if start.is_file() else []),
        ]
    )


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(context_settings=dict(_ANY))(lab)
