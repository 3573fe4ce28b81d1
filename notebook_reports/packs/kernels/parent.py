"""The warm parent: imports the analysis stack once, then forks a kernel for each request.

It is started by :class:`~notebook_reports.packs.kernels.warm.WarmParent` and talks over a Unix
socket, one connection a kernel: a line of JSON asks for a kernel, a line answers with its
process id or a refusal, a last line tells its exit. What keeps forking safe:

- the parent runs no threads (and refuses to fork while it has any) and starts no event loop;
- it refuses to fork while a file is open that a kernel would share;
- each kernel leads its own session, closes the parent's sockets, reseeds its random streams;
- a kernel ends when the connection that asked for it closes, when the parent's owner ends
  (its standard input closes), and when the parent is killed (the kernel asks Linux for that);
- what a kernel started ends after it, in sessions of its own too (see ``orphans``).
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import time
from typing import Any, NoReturn

from notebook_reports import project
from notebook_reports.packs import watch
from notebook_reports.packs.kernels import orphans, rehearsal

KERNEL_MODULES = (
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "ipykernel.zmqshell",
    "notebook_reports.packs.session",
)
"""What every kernel needs to start."""

LAZY_MODULES = (
    "ipykernel.debugger",
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
    "tornado.platform.asyncio",
    "psutil",
)
"""What a kernel imports while it starts: half of its start-up time."""

STACK = ("numpy", "pandas", "matplotlib.figure", "matplotlib.backends.backend_svg")
"""What nearly every report needs; the rest of the imports come from the notebooks."""

_FIRST_REQUEST_SECONDS = 1.0

_OBJECTS_TO_COLLECT = 200_000
"""New objects of a kernel after which rubbish is looked for: Python's 700 write to pages of memory
that would stay shared, some forty times a report."""


class Parent:
    """Serves requests for kernels until its owner is gone.

    Parameters
    ----------
    server : socket
        Listening socket.
    """

    def __init__(self, server: socket.socket) -> None:
        self.server = server
        self.kernels: dict[int, socket.socket | None] = {}
        self.forked = 0
        self.rehearsed = False
        wake_in, wake_out = socket.socketpair()
        wake_in.setblocking(False)
        wake_out.setblocking(False)
        self.wake_in, self.wake_out = wake_in, wake_out
        signal.set_wakeup_fd(wake_out.fileno())
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, lambda *_: self.stop())  # heard in the middle of an import

    def serve(self, *, until: float | None = None, at_most: int | None = None) -> None:
        """Answer requests.

        Parameters
        ----------
        until : float, optional
            Time on the monotonic clock to return at; None serves until the owner is gone.
        at_most : int, optional
            Kernels forked so far at which further requests are left waiting.
        """
        while True:
            full = at_most is not None and self.forked >= at_most
            if full or (until is not None and time.monotonic() > until):
                return
            wait = None if until is None else max(0.0, until - time.monotonic())
            connections = [c for c in self.kernels.values() if c is not None]
            sources: list[Any] = [0, self.wake_in, self.server, *connections]
            ready, _, _ = select.select(sources, [], [], wait)
            if 0 in ready and not os.read(0, 4096):
                self.stop()
            if self.wake_in in ready:
                self._reap()
                if self.rehearsed:
                    with contextlib.suppress(Exception):  # kernels do without
                        rehearsal.catch_up()
            for pid, connection in list(self.kernels.items()):
                if connection in ready:
                    self._hang_up(pid)
            if self.server in ready:
                self._accept()
            elif until is not None and not ready:
                return

    def stop(self) -> NoReturn:
        """Kill every kernel with all it started, and end."""
        orphans.end_children()
        os._exit(0)

    def _accept(self) -> None:
        connection, _ = self.server.accept()
        try:
            connection.settimeout(10)
            with connection.makefile("r", encoding="utf-8") as reader:
                request = json.loads(reader.readline())
            refusal = self._unsafe()
            if refusal:
                _say(connection, refused=refusal)
                connection.close()
                return
            parent = os.getpid()
            # What is sent to the new process before it answers for itself waits until it does.
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
            pid = os.fork()
            if pid == 0:
                self._become_kernel(connection, request, parent)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
            self.forked += 1
            self.kernels[pid] = connection
            _say(connection, pid=pid)
        except (OSError, ValueError) as error:
            with contextlib.suppress(OSError):
                _say(connection, refused=f"{type(error).__name__}: {error}")
            connection.close()

    def _unsafe(self) -> str:
        """Return why a fork would not be safe now, or nothing."""
        deadline = time.monotonic() + 2
        while len(os.listdir("/proc/self/task")) > 1:
            if time.monotonic() > deadline:
                return "a library imported by the warm parent started a thread"
            time.sleep(0.01)
        known = {0, 1, 2, self.server.fileno(), self.wake_in.fileno(), self.wake_out.fileno()}
        known |= {c.fileno() for c in self.kernels.values() if c is not None}
        shared = []
        for name in os.listdir("/proc/self/fd"):
            if int(name) not in known:
                with contextlib.suppress(OSError):
                    target = os.readlink(f"/proc/self/fd/{name}")
                    if os.path.isfile(target):
                        shared.append(target)
        return f"the warm parent holds open {', '.join(shared)}" if shared else ""

    def _become_kernel(
        self, connection: socket.socket, request: dict[str, Any], parent: int
    ) -> NoReturn:
        """Turn this forked process into the kernel that was asked for."""
        code = 1
        try:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
            orphans.die_with(parent)
            orphans.adopt()
            os.setsid()
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            for held in (self.server, self.wake_in, self.wake_out, connection):
                held.close()
            for other in self.kernels.values():
                if other is not None:
                    other.close()
            null = os.open(os.devnull, os.O_RDONLY)
            os.dup2(null, 0)
            os.close(null)
            os.environ.clear()
            os.environ.update(request["env"])
            os.chdir(request["cwd"])
            gc.enable()
            gc.set_threshold(_OBJECTS_TO_COLLECT)
            sys.argv = ["ipykernel_launcher", *request["arguments"]]
            from notebook_reports.packs.session import seed_streams

            seed_streams(None)
            from ipykernel.kernelapp import IPKernelApp

            IPKernelApp.launch_instance(argv=request["arguments"])
            code = 0
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else 1
        except BaseException:
            sys.excepthook(*sys.exc_info())
        finally:
            import atexit

            with contextlib.suppress(BaseException):
                atexit._run_exitfuncs()
            with contextlib.suppress(BaseException):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(code)

    def _reap(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self.wake_in.recv(4096)
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            connection = self.kernels.pop(pid, None)
            orphans.kill(pid)  # what the notebook left running in its group; then in others
            for left in orphans.children() - self.kernels.keys():
                orphans.kill(left)
            if connection is not None:
                with contextlib.suppress(OSError):
                    _say(connection, exit=os.waitstatus_to_exitcode(status))
                connection.close()

    def _hang_up(self, pid: int) -> None:
        """Kill a kernel whose client is gone (a client sends nothing after its request)."""
        connection = self.kernels[pid]
        assert connection is not None
        try:
            gone = not connection.recv(4096)
        except OSError:
            gone = True
        if gone:
            orphans.kill(pid)
            connection.close()
            self.kernels[pid] = None


def warm_up(parent: Parent, modules: list[str], *, early: int) -> None:
    """Import the stack and rehearse, letting the first requests through before that is done.

    Such a kernel imports for itself on one core while the parent goes on importing on another,
    and more than that kernel needs. Where all reports need the same, nothing is gained by it.

    Parameters
    ----------
    parent : Parent
        The parent.
    modules : list of str
        What it imports beyond the common stack.
    early : int
        How many requests are let through before the stack is imported; with 0, none is before
        all is rehearsed.
    """
    _import(KERNEL_MODULES)
    parent.serve(until=time.monotonic(), at_most=early)
    for module in STACK:
        _import([module])
        parent.serve(until=time.monotonic(), at_most=early)
    parent.serve(until=time.monotonic() + _FIRST_REQUEST_SECONDS, at_most=early)
    # A module of the user's own is left to the kernels: what it is made of, and reads, is noted.
    _import([*filter(watch.of_the_environment, modules), *LAZY_MODULES])
    gc.freeze()  # what stays for good needn't be looked through below
    for step in rehearsal.steps():
        parent.serve(until=time.monotonic(), at_most=None if early else 0)
        with contextlib.suppress(Exception):
            step()
    parent.rehearsed = True
    gc.collect()
    gc.freeze()


def _import(modules: Any) -> None:
    for name in modules:
        # A module that fails here fails again in the notebook's own cell, where it shows.
        with contextlib.suppress(Exception):
            importlib.import_module(name)


def _say(connection: socket.socket, **content: Any) -> None:
    connection.sendall((json.dumps(content) + "\n").encode())


def main() -> None:
    """Serve: the arguments are the listening socket's descriptor and, as JSON, what to import.

    With it goes what is told of the project, and how many kernels needn't wait for it.
    """
    # The terminal's Ctrl-C is the owner's to answer; its end closes our standard input.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.path and sys.path[0] in {"", os.getcwd()}:
        sys.path.pop(0)
    gc.disable()
    orphans.adopt()
    server = socket.socket(fileno=int(sys.argv[1]))
    server.set_inheritable(False)
    parent = Parent(server)
    modules, known, early = json.loads(sys.argv[2])
    project.tell(known)
    warm_up(parent, modules, early=early)
    gc.enable()
    parent.serve()


if __name__ == "__main__":
    main()
