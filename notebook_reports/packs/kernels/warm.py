"""Starting a warm parent and asking it for kernels."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from notebook_reports import project
from notebook_reports.packs.scratch import Scratch

ONE_THREAD = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "NUMEXPR_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
        "BLIS_NUM_THREADS",
    ),
    "1",
)
"""Keeps numerical libraries from starting threads: a forked process must not have any, and
several reports at once use the cores better than several threads in each."""

DEFAULT_MODULES = (
    "scipy.stats",
    "statsmodels.api",
    "seaborn",
    "notebook_reports.report",
)
"""What a parent imports, with the project's own, for a kernel whose notebook isn't known yet."""

_QUIET = {
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}
"""pyarrow's allocator would start a thread on import; the debugger would write to the terminal."""

PARENT_DIED = "the warm parent died and took its kernels with it; another was started"
"""What is said of a kernel that ended for no fault of its own notebook's, as a rule."""

_BACKEND = "module://matplotlib_inline.backend_inline"


def available() -> str:
    """Return why this system can't have warm kernels, or nothing where it can."""
    if not sys.platform.startswith("linux"):
        return f"warm kernels need Linux, this is {sys.platform}"
    if not os.path.isdir("/proc/self/task"):
        return "warm kernels need /proc"
    return ""


class WarmParent:
    """A warm parent process owned by this one.

    Parameters
    ----------
    modules : sequence of str
        What it imports beyond the common stack.
    env : mapping of str to str, optional
        Environment variables beyond this process's own: they say where its tables are.
    early : int
        How many kernels may be forked before it has imported all of that.

    Notes
    -----
    ``address`` is the path of its socket; kernels can be asked for as soon as this object exists.
    """

    def __init__(
        self, modules: Sequence[str], env: Mapping[str, str] | None = None, *, early: int = 1
    ) -> None:
        self._folder = Scratch("warm-")
        self.address = str(self._folder.path / "parent")
        server = socket.socket(socket.AF_UNIX)
        try:
            server.bind(self.address)
            server.listen(128)
            whole = {**os.environ, **(env or {}), **ONE_THREAD, **_QUIET, "MPLBACKEND": _BACKEND}
            # ipykernel would watch for that process's end; our kernels end with this parent.
            whole.pop("JPY_PARENT_PID", None)
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "notebook_reports.packs.kernels.parent"),
                    *(str(server.fileno()), json.dumps([list(modules), project.told(), early])),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                env=whole,
                pass_fds=[server.fileno()],
                start_new_session=True,
            )
        except BaseException:
            self._folder.close()
            raise
        finally:
            server.close()
        atexit.register(self.close)

    def close(self) -> None:
        """End the parent and with it every kernel."""
        atexit.unregister(self.close)
        if self.process.stdin is not None:
            with contextlib.suppress(OSError):
                self.process.stdin.close()
        self.process.terminate()
        try:
            self.process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._folder.close()


class ForkedKernel:
    """A kernel process whose parent is not this process; speaks like ``subprocess.Popen``.

    Parameters
    ----------
    connection : socket
        The connection that asked for it: closing it ends the kernel.
    pid : int
        Its process id, also its process group's.

    Notes
    -----
    ``orphaned`` tells whether it ended because the warm parent did.
    """

    stdin = stdout = stderr = None

    def __init__(self, connection: socket.socket, pid: int) -> None:
        self._connection = connection
        self._said = b""
        self.pid = pid
        self.returncode: int | None = None
        self.orphaned = False

    def poll(self) -> int | None:
        """Return the exit code, or None while it runs."""
        while self.returncode is None and select.select([self._connection], [], [], 0)[0]:
            with contextlib.suppress(OSError):
                heard = self._connection.recv(4096)
                self._said += heard
                if heard and not self._said.endswith(b"\n"):
                    continue
            # The parent's silence means that it died and took the kernel with it.
            last: dict[str, Any] = json.loads(self._said) if self._said else {}
            self.orphaned = "exit" not in last
            self.returncode = int(last.get("exit", -signal.SIGKILL))
            self.close()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end; raises ``subprocess.TimeoutExpired`` when that takes too long."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if deadline is not None and time.monotonic() > deadline:
                raise subprocess.TimeoutExpired("kernel", timeout or 0)
            select.select([self._connection], [], [], 0.1)
        return code

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def close(self) -> None:
        """Let go of it: a kernel that still runs is ended by its parent."""
        if self.returncode is None:
            self.returncode = -signal.SIGKILL
        self._connection.close()

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)


async def ask(address: str, arguments: list[str], env: dict[str, str], cwd: Path) -> ForkedKernel:
    """Ask a warm parent for a kernel.

    Parameters
    ----------
    address : str
        Its socket.
    arguments : list of str
        The kernel's command line after the module's name.
    env : dict
        The kernel's whole environment.
    cwd : Path
        Its working folder.

    Returns
    -------
    ForkedKernel
        The running kernel.

    Raises
    ------
    OSError
        The parent is gone, or refuses.
    """
    loop = asyncio.get_running_loop()
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.setblocking(False)
        await loop.sock_connect(connection, address)
        request = {"arguments": arguments, "env": env, "cwd": str(cwd)}
        await loop.sock_sendall(connection, (json.dumps(request) + "\n").encode())
        said = b""
        while not said.endswith(b"\n"):
            heard = await loop.sock_recv(connection, 4096)
            if not heard:
                raise ConnectionError("the warm parent died")
            said += heard
        answer = json.loads(said.splitlines()[0])
        if "refused" in answer:
            raise OSError(answer["refused"])
    except BaseException:
        connection.close()
        raise
    return ForkedKernel(connection, int(answer["pid"]))
