"""What runs inside a report's kernel before its first and after its last cell."""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import json
import os
import random
import site
import sys
import time
from pathlib import Path
from typing import Any

from nhsi_analysis import paths

_NOT_DATA = (".py", ".pyc", ".pyi", ".so", ".pth", ".ttf", ".otf", ".afm")


class _Session:
    """Files the kernel opened since :func:`begin`."""

    def __init__(self) -> None:
        self.read: set[str] = set()
        self.written: set[str] = set()
        self.watching = False

    def on_event(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Note a file that Python opens (an audit hook: it must be quick and never raise)."""
        if event != "open" or not self.watching or not isinstance(arguments[0], str):
            return
        flags = arguments[2] if isinstance(arguments[2], int) else 0
        mode = arguments[1] or ""
        writes = flags & (os.O_WRONLY | os.O_RDWR) or any(letter in mode for letter in "wax+")
        (self.written if writes else self.read).add(os.path.abspath(arguments[0]))


_SESSION = _Session()


def begin(seed: int, modules: list[str]) -> str:
    """Import what the notebook imports, seed the random streams, watch what is opened.

    Parameters
    ----------
    seed : int
        Seed of this report's global random streams.
    modules : list of str
        Modules to import; a name that is no module is left to the notebook.

    Returns
    -------
    str
        JSON: seconds the imports took (next to none in a warm kernel).
    """
    started = time.perf_counter()
    for name in modules:
        # A module that fails to import fails again in the notebook's own cell, where it shows.
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    seconds = time.perf_counter() - started
    seed_streams(seed)
    sys.addaudithook(_SESSION.on_event)
    _SESSION.watching = True
    _send_any_text()
    return json.dumps({"imports": seconds})


def _send_any_text() -> None:
    """Let the kernel send text that is no Unicode: it would write its own traceback instead."""
    from IPython import get_ipython

    session = get_ipython().kernel.session
    pack = session.pack

    def pack_any(message: Any) -> bytes:
        try:
            packed: bytes = pack(message)
        except UnicodeEncodeError:
            packed = json.dumps(message, default=str).encode()
        return packed

    session.pack = pack_any


def seed_streams(seed: int | None) -> None:
    """Seed the global random streams of Python and NumPy; None takes fresh entropy."""
    random.seed(seed)
    if seed is not None or "numpy" in sys.modules:
        import numpy as np

        np.random.seed(seed)  # noqa: NPY002 - the legacy global stream is what leaks between reports


def end() -> str:
    """Say what was read.

    Returns
    -------
    str
        JSON: ``tables``, the provenance of every table loaded, and ``files``, path and sha256
        of every other file read.
    """
    _SESSION.watching = False
    datasets = sys.modules.get("nhsi_analysis.datasets")
    tables = list(datasets.reads()) if datasets is not None else []
    known = {_full_path(table["path"]) for table in tables}
    files = [
        {"path": path, "sha256": hashlib.sha256(Path(path).read_bytes()).hexdigest()}
        for path in sorted(_SESSION.read - _SESSION.written)
        if _is_data(path) and path not in known
    ]
    return json.dumps({"tables": tables, "files": files}, default=str)


def _full_path(path: str) -> str:
    """Return where a table is: its provenance writes "data/raw/x.csv" from the data folder."""
    inside = path.removeprefix("data/")
    return str(paths.data_dir() / inside) if inside != path else os.path.abspath(path)


def _is_data(path: str) -> bool:
    """Return whether an opened file is an input of the report, not of Python or its libraries."""
    if path.endswith(_NOT_DATA) or not os.path.isfile(path):
        return False
    return not any(path.startswith(folder + os.sep) for folder in _machinery())


def _machinery() -> list[str]:
    """Folders whose files belong to the interpreter, libraries, or this kernel."""
    home = os.path.expanduser("~")
    dot = [os.path.join(home, name) for name in (".cache", ".config", ".ipython", ".jupyter")]
    package = str(Path(__file__).resolve().parents[1])
    return [
        os.path.abspath(folder)
        for folder in (
            *(sys.prefix, sys.base_prefix, package, os.getcwd(), site.getuserbase()),
            str(paths.processed_dir() / "cache"),  # stands for raw files the provenance names
            *("/proc", "/sys", "/dev", "/etc", "/usr", "/run"),
            *dot,
            *filter(None, (os.environ.get("IPYTHONDIR"), os.environ.get("MPLCONFIGDIR"))),
            *filter(None, (os.environ.get("JUPYTER_RUNTIME_DIR"),)),
        )
    ]
