"""Kernel managers for reports: warm where possible, private sockets, one folder per report."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager

from nhsi_analysis.packs.kernels.provisioner import NAME, WarmProvisioner

_LONGEST_SOCKET = 90
"""Unix socket paths are limited to 107 bytes; jupyter_client adds a few to ours."""


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
    manager = AsyncKernelManager(connection_file=str(folder / "kernel.json"))
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
