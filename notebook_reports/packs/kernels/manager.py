"""Kernel managers for reports: warm where possible, private sockets, one folder per report."""

from __future__ import annotations

import contextlib
import sys
import time
from pathlib import Path
from queue import Empty
from typing import Any

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager

from notebook_reports.packs.kernels.provisioner import NAME, WarmProvisioner

_LONGEST_SOCKET = 90
"""Unix socket paths are limited to 107 bytes; jupyter_client adds a few to ours."""


class ReportClient(AsyncKernelClient):
    """A client that is ready as soon as the kernel has answered on every channel it needs.

    The ordinary client then waits until the output channel has been silent for a fifth of a
    second, which over a pack takes as long as many reports. What the kernel said of its language
    is kept in ``language_info``: asking again takes another exchange.
    """

    language_info: dict[str, Any]

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait for the kernel's first answer.

        Parameters
        ----------
        timeout : float, optional
            Seconds after which to give up.

        Raises
        ------
        RuntimeError
            The kernel died, or doesn't answer in time.
        """
        deadline = time.monotonic() + (timeout or float("inf"))
        while True:
            self.kernel_info()
            with contextlib.suppress(Empty):
                reply = await self.shell_channel.get_msg(timeout=1)
                if reply["msg_type"] == "kernel_info_reply":
                    # Something on the output channel shows that it is connected too.
                    await self.iopub_channel.get_msg(timeout=0.2)
                    self._handle_kernel_info_reply(reply)
                    self.language_info = reply["content"]["language_info"]
                    return
            if not await self.is_alive():
                raise RuntimeError("the kernel died while it started")
            if time.monotonic() > deadline:
                raise RuntimeError(f"the kernel did not answer in {timeout:g} seconds")


async def end(manager: Any) -> None:
    """End a kernel at once; the ordinary way asks it first and looks ten times a second.

    Parameters
    ----------
    manager : AsyncKernelManager
        A manager of :func:`new_manager`; nothing happens when its kernel has ended.
    """
    if manager.provisioner is not None and manager.has_kernel:
        await manager.provisioner.kill()
        await manager.provisioner.wait()


def new_manager(warm: str | None, folder: Path) -> Any:
    """Return a manager for one report's kernel.

    Parameters
    ----------
    warm : str, optional
        Socket of the warm parent; None starts an ordinary kernel.
    folder : Path
        Private folder for its connection file and sockets.

    Returns
    -------
    AsyncKernelManager
        Not started yet.
    """
    provisioner: dict[str, Any] = {"provisioner_name": "local-provisioner"}
    if warm is not None:
        provisioner = {"provisioner_name": NAME, "config": {"address": warm}}
    manager = AsyncKernelManager(
        connection_file=str(folder / "kernel.json"),
        client_factory=ReportClient,
    )
    # Set directly rather than by name: a report's kernel needs no installed kernelspec.
    manager._kernel_spec = KernelSpec(
        argv=[
            *(sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"),
            "--HistoryManager.enabled=False",
        ],
        display_name="Python 3 (pack)",
        language="python",
        metadata={"kernel_provisioner": provisioner},
    )
    if len(str(folder)) < _LONGEST_SOCKET and sys.platform != "win32":
        # Sockets in a private folder: no port is shared, taken twice or open to the network.
        manager.transport = "ipc"
        manager.ip = str(folder / "k")
    return manager


def kind_and_note(manager: Any) -> tuple[str, str]:
    """Return whether a started kernel is "warm" or "ordinary", and why not warm."""
    provisioner = manager.provisioner
    if isinstance(provisioner, WarmProvisioner):
        return ("ordinary", provisioner.note) if provisioner.note else ("warm", "")
    return "ordinary", ""
