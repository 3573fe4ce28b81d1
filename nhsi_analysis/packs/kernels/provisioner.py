"""A jupyter_client kernel provisioner that forks from a warm parent.

Any Jupyter client can use it through a kernelspec whose metadata names ``nhsi-warm``
(``nhsi kernel install`` writes one). Where forking isn't possible or safe, the kernel is
started the ordinary way and :attr:`WarmProvisioner.note` says why.
"""

from __future__ import annotations

import asyncio
import os
from functools import lru_cache
from pathlib import Path
from typing import Any

from jupyter_client.provisioning import LocalProvisioner
from traitlets import List, Unicode

from nhsi_analysis.packs.kernels import warm

NAME = "nhsi-warm"
"""Name of the provisioner, and of the kernelspec that uses it."""

_POLL_SECONDS = 0.01


class WarmProvisioner(LocalProvisioner):  # type: ignore[misc]  # jupyter_client is untyped here
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
    modules = List(list(warm.DEFAULT_MODULES), config=True, help="What an own parent imports")

    note = ""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Fork the kernel, or start it the ordinary way and note why.

        Parameters
        ----------
        cmd : list of str
            The kernelspec's command line; it must run ``ipykernel_launcher``.
        **kwargs : object
            As for ``LocalProvisioner``; ``env`` and ``cwd`` are used.

        Returns
        -------
        dict
            Connection information.
        """
        self.note = warm.available()
        if not self.note and "ipykernel_launcher" not in cmd:
            self.note = "warm kernels need a kernelspec that runs ipykernel_launcher"
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
        return await super().wait()  # type: ignore[no-any-return]  # jupyter_client is untyped here

    async def _fork(self, arguments: list[str], kwargs: dict[str, Any]) -> None:
        address = self.address or _own_parent(os.getpid(), tuple(self.modules)).address
        env = {key: str(value) for key, value in kwargs.get("env", os.environ).items()}
        env.pop("JPY_PARENT_PID", None)
        cwd = Path(kwargs.get("cwd") or Path.cwd())
        self.process = await warm.ask(address, arguments, env, cwd)
        self.pid = self.pgid = self.process.pid
        self.cwd = cwd


@lru_cache(maxsize=4)
def _own_parent(_pid: int, modules: tuple[str, ...]) -> warm.WarmParent:
    """Start this process's own parent once (the process id keeps a fork from sharing it)."""
    return warm.WarmParent(modules)
