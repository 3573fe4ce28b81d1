"""What runs inside a report's kernel before its first and after its last cell."""

from __future__ import annotations

import contextlib
import importlib
import json
import random
import sys
import time
from typing import Any

from IPython.core.getipython import get_ipython

from notebook_reports import project
from notebook_reports.packs.watch import WATCH

ANSWER = "answer"
"""Under what name a kernel's reply bears an answer."""


class Said:
    """An answer that goes with the kernel's reply.

    IPython looks for all ways to show any other object, which takes as long as a paragraph.

    Parameters
    ----------
    answer : dict
        What JSON can hold.
    """

    def __init__(self, answer: dict[str, Any]) -> None:
        shell: Any = get_ipython()
        shell.payload_manager.write_payload({"source": __name__, ANSWER: answer}, single=False)

    def _ipython_display_(self) -> None:
        """Show nothing."""


def begin(seed: int | None, modules: list[str], known: dict[str, Any] | None = None) -> Said:
    """Import what the notebook imports, seed the random streams, watch what is read.

    Parameters
    ----------
    seed : int, optional
        Seed of this report's global random streams; None takes fresh entropy.
    modules : list of str
        Modules to import; a name that is no module is left to the notebook.
    known : dict, optional
        What is told of the project (:func:`notebook_reports.project.told`).

    Notes
    -----
    Answers with the seconds that the ``imports`` took, next to none in a warm kernel.
    """
    if known is not None:
        project.tell(known)
    WATCH.start(modules)
    started = time.perf_counter()
    for name in modules:
        # A module that fails to import fails again in the notebook's own cell, where it shows.
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    seconds = time.perf_counter() - started
    seed_streams(seed)
    _in_order(get_ipython())
    return Said({"imports": seconds})


def seed_streams(seed: int | None) -> None:
    """Seed the global random streams of Python and NumPy; None takes fresh entropy."""
    random.seed(seed)
    if seed is not None or "numpy" in sys.modules:
        import numpy as np

        np.random.seed(seed)  # noqa: NPY002 - the legacy global stream is what leaks between reports


def end() -> Said:
    """Answer with what was read.

    ``tables``, the provenance of every table loaded; ``read``, digests by path; ``unseen``, what
    was used whose reading can't be watched.
    """
    WATCH.finish()
    said = {"tables": project.loaded().reads(), "read": WATCH.read, "unseen": sorted(WATCH.unseen)}
    return Said(json.loads(json.dumps(said, default=str)))


def _in_order(shell: Any) -> None:
    """Have ``exit()`` end the notebook at its cell, as ``sys.exit()`` does, and any text sent.

    Of itself ``exit()`` ends the kernel, sooner or later than the cells that follow; and in the
    place of text that is no Unicode the kernel writes its own traceback.
    """
    pack = shell.kernel.session.pack

    def leave() -> None:
        raise SystemExit(0)

    def pack_any(message: Any) -> bytes:
        try:
            packed: bytes = pack(message)
        except UnicodeEncodeError:
            packed = json.dumps(message, default=str).encode()
        return packed

    shell.ask_exit = leave
    shell.kernel.session.pack = pack_any
