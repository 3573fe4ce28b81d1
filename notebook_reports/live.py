"""Who runs this code: a person at a front end, or a batch run."""

from __future__ import annotations

import os


def live() -> bool:
    """Tell whether a person's front end runs this cell, and not a batch run.

    JupyterLab and its relatives send the cell's identifier with every request to execute;
    papermill and nbclient do not. ``NHSI_LIVE`` set to 1 or 0 decides otherwise.
    """
    asked = os.environ.get("NHSI_LIVE")
    if asked is not None:
        return asked == "1"
    try:
        from IPython.core.getipython import get_ipython  # absent outside notebooks
    except ImportError:
        return False
    kernel = getattr(get_ipython(), "kernel", None)
    if kernel is None:
        return False
    parent = kernel.get_parent("shell") or {}
    return bool(parent.get("metadata", {}).get("cellId"))
