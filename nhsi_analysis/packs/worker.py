"""A worker process: takes reports one at a time and hands back what became of them."""

from __future__ import annotations

import gc
import os
import signal
import sys
from multiprocessing.connection import Connection

from nhsi_analysis.packs.kernels.parent import die_with


def main() -> None:
    """Work until the owner closes the connection; the argument is its file descriptor."""
    die_with(int(sys.argv[2]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    connection = Connection(int(sys.argv[1]))
    os.set_inheritable(connection.fileno(), False)
    # jsonschema would compile a grammar of web addresses, which takes most of a second; without
    # that optional package it does what notebooks need of it just the same.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # None blocks it
    from nhsi_analysis.packs.execute import execute

    while True:
        try:
            job, source, env, warm = connection.recv()
        except EOFError:
            return
        connection.send(execute(job, source, env, warm))
        gc.collect()  # kernel clients hold cycles: without this, memory grows with the reports


if __name__ == "__main__":
    main()
