"""An installed kernelspec, so that JupyterLab and plain papermill can use warm kernels too."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from jupyter_client.kernelspec import KernelSpecManager

from notebook_reports.packs.kernels.provisioner import NAME


def install(*, user: bool = False) -> Path:
    """Install the kernelspec ``nhsi-warm``.

    Parameters
    ----------
    user : bool
        For every environment of this user; otherwise into this environment.

    Returns
    -------
    Path
        The kernelspec's folder. Use it with ``papermill -k nhsi-warm``, or choose it in JupyterLab.
    """
    spec = {
        "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": "Python 3 (warm)",
        "language": "python",
        "metadata": {"debugger": True, "kernel_provisioner": {"provisioner_name": NAME}},
    }
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "kernel.json").write_text(json.dumps(spec, indent=1), encoding="utf-8")
        prefix = None if user else sys.prefix
        place = KernelSpecManager().install_kernel_spec(folder, NAME, user=user, prefix=prefix)
    return Path(place)
