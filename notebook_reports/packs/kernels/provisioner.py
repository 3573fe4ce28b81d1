"""A jupyter_client kernel provisioner that forks from a warm parent.

Any Jupyter client can use it through a kernelspec whose metadata names ``nhsi-warm``
(``nhsi kernel install`` writes one). Where forking isn't possible or safe, the kernel is
started the ordinary way and :attr:`WarmProvisioner.note` says why.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, cast

import psutil
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from traitlets import List, Unicode, default

from notebook_reports import project
from notebook_reports.packs.kernels import warm

NAME = "nhsi-warm"
"""Name of the provisioner, and of the kernelspec that uses it."""

_POLL_SECONDS = 0.01


class WarmProvisioner(LocalProvisioner):
    """Starts a kernel by forking it from a warm parent.

    Parameters
    ----------
    address : str
        Socket of a warm parent; empty starts one that this process owns and shares among
        its kernels.
    modules : list of str
        What such a parent imports.
    """

    address = Unicode("", config=True, help="Socket of a warm parent")
    modules: List[str] = List(config=True, help="What an own parent imports")

    @default("modules")
    def _default_modules(self) -> list[str]:
        return list(usual_modules())

    note = ""
    _forked: warm.ForkedKernel | None = None

    @property
    def orphaned(self) -> bool:
        """Whether its kernel ended because the warm parent did."""
        return self._forked is not None and self._forked.orphaned

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Prepare the command; what nobody types in stays out of the user's history."""
        found = await super().pre_launch(**kwargs)
        if type(self.parent) is AsyncKernelManager:  # nbclient's, so papermill's and nbconvert's
            found["cmd"] = [*found["cmd"], "--HistoryManager.hist_file=:memory:"]
        return found

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Fork the kernel, or start it the ordinary way and note why.

        Parameters
        ----------
        cmd : list of str
            The kernelspec's command line; it must run this Python's ``ipykernel_launcher``.
        **kwargs : object
            As for ``LocalProvisioner``; ``env`` and ``cwd`` are used.

        Returns
        -------
        dict
            Connection information.
        """
        self.note = warm.available()
        # A kernelspec may be of another environment, whose packages are others.
        own = os.path.dirname(cmd[0]) == os.path.dirname(sys.executable)
        if not self.note and not (own and "ipykernel_launcher" in cmd):
            self.note = "warm kernels need a kernelspec that runs this Python's ipykernel_launcher"
        if not self.note:
            try:
                await self._fork(cmd[cmd.index("ipykernel_launcher") + 1 :], kwargs)
            except OSError as error:
                self.note = f"no warm kernel: {error}"
            else:
                return self.connection_info
        return await super().launch_kernel(cmd, **kwargs)

    async def wait(self) -> int | None:
        """Wait for the kernel's end, looking more often than the ordinary provisioner does."""
        while await self.poll() is None:
            await asyncio.sleep(_POLL_SECONDS)
        return await super().wait()

    async def cleanup(self, restart: bool = False) -> None:
        """Let go of the kernel; one that still runs ends."""
        if self._forked is not None:
            self._forked.close()
        await super().cleanup(restart=restart)

    async def _fork(self, arguments: list[str], kwargs: dict[str, Any]) -> None:
        address = self.address or own_parent(tuple(self.modules)).address
        env = {key: str(value) for key, value in kwargs.get("env", os.environ).items()}
        env.pop("JPY_PARENT_PID", None)
        cwd = Path(kwargs.get("cwd") or Path.cwd())
        kernel = await warm.ask(address, arguments, env, cwd)
        self._forked = kernel
        self.process = cast("subprocess.Popen[bytes]", kernel)  # it answers to the same calls
        self.pid = self.pgid = kernel.pid
        self.cwd = cwd


_PARENTS: dict[tuple[int, tuple[str, ...], int], warm.WarmParent] = {}
_STARTING = threading.Lock()


def usual_modules() -> tuple[str, ...]:
    """Return what a parent imports for kernels whose notebooks aren't known yet."""
    return (*warm.DEFAULT_MODULES, *project.current().modules)


def own_parent(modules: tuple[str, ...]) -> warm.WarmParent:
    """Return a warm parent that this process owns, starting one where none has today's code.

    A kernel that is started after a file of the project's packages was changed has the change,
    as an ordinary one would. A parent of older code ends with the last of its kernels.

    Parameters
    ----------
    modules : tuple of str
        What the parent imports.
    """
    # A fork of this process doesn't share its parents.
    key = (os.getpid(), modules, _code())
    with _STARTING:
        for other, parent in list(_PARENTS.items()):
            if other != key and other[:2] == key[:2] and not _kernels(parent):
                _PARENTS.pop(other).close()
        if key not in _PARENTS or _PARENTS[key].process.poll() is not None:
            _PARENTS[key] = warm.WarmParent(modules)
        return _PARENTS[key]


def _code() -> int:
    """Return a number that is another once a file of the project's packages has changed."""
    folders = project.folders(project.current().packages)
    files = sorted(path for folder in folders for path in folder.rglob("*.py"))
    return hash(tuple((str(path), path.stat().st_mtime_ns) for path in files))


def _kernels(parent: warm.WarmParent) -> int:
    """Count the kernels that a parent runs."""
    try:
        return len(psutil.Process(parent.process.pid).children())
    except psutil.NoSuchProcess:
        return 0


def stop_own_parents() -> None:
    """End this process's warm parents and with them their kernels."""
    with _STARTING:
        for parent in _PARENTS.values():
            parent.close()
        _PARENTS.clear()
