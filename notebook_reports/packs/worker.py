"""A worker process: takes reports one at a time and hands back what became of them.

Jobs come in by standard input and outcomes go out by standard output, pickled.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import pickle
import queue
import signal
import sys
import threading
from typing import Any

from notebook_reports.packs.kernels import orphans

_NOT_NEEDED = ("isoduration", "pyarrow", "rfc3986_validator", "rfc3987_syntax")
"""Optional to papermill and jsonschema, which would import them: most of a second in all."""


def main(over: int | None = None, turn: int | None = None) -> None:
    """Work until the owner closes standard input, which its death does too.

    Parameters
    ----------
    over : int, optional
        A descriptor to close when all is imported.
    turn : int, optional
        A descriptor whose end of file is waited for before that.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    orphans.adopt()
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as answers:
        # Whatever prints must not get between the answers.
        sys.stdout = sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - for good
        os.dup2(sys.stdout.fileno(), 1)
        for name in _NOT_NEEDED:
            sys.modules.setdefault(name, None)  # type: ignore[arg-type]  # None blocks it
        jobs: queue.SimpleQueue[Any] = queue.SimpleQueue()
        threading.Thread(target=_listen, args=(jobs,), daemon=True).start()
        if turn is not None:
            os.read(turn, 1)
        from notebook_reports.packs.execute import execute

        _do_once()
        # The first kernel takes its time to come: what makes pages is imported meanwhile.
        threading.Thread(target=_import_rest, args=(over,), daemon=True).start()
        while True:
            pickle.dump(execute(*jobs.get()), answers)
            answers.flush()
            orphans.end_children()  # what an ordinary kernel's notebook left running
            gc.collect()  # kernel clients hold cycles: without this, memory grows with the reports
            if not gc.get_freeze_count():
                gc.freeze()  # what is imported by now stays, and needn't be looked through again


def _import_rest(over: int | None) -> None:
    with contextlib.suppress(Exception):  # who needs it imports it, and fails where it is seen
        importlib.import_module("notebook_reports.packs.leaves")
    if over is not None:
        os.close(over)


def _do_once() -> None:
    """Have papermill leave to :mod:`~notebook_reports.packs.execute` what that does in any case.

    Outputs are held against the notebook's format together, when all have come, and the executed
    notebook is written when it is tidy. When a message was sent is nobody's to ask.
    """
    from nbformat.v4 import nbbase
    from papermill import execute as papermill

    session: Any = importlib.import_module("jupyter_client.session")
    session.extract_dates = lambda message: message
    nbbase.validate = lambda node, ref=None: None
    papermill.write_ipynb = lambda nb, path: None


def _listen(jobs: queue.SimpleQueue[Any]) -> None:
    """Take in jobs; at the end of input, end this process whatever it is at, and its kernel."""
    with contextlib.suppress(EOFError, OSError, pickle.UnpicklingError):
        while True:
            jobs.put(pickle.load(sys.stdin.buffer))
    orphans.end_children()
    os._exit(0)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
