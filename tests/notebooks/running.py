"""A notebook of the suite run whole by plain papermill from another folder."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
BLOCK = "application/vnd.nhsi."


def papermill(name: str, folder: Path, *parameters: str) -> subprocess.CompletedProcess[str]:
    """Run a notebook into ``out.ipynb`` of a folder, with papermill's own options."""
    (source,) = NOTEBOOKS.glob(f"{name}.ipynb")
    command = [sys.executable, "-m", "papermill", str(source), "out.ipynb", *parameters]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600)


def executed(name: str, folder: Path, *parameters: str) -> dict[str, list[dict[str, Any]]]:
    """Run a notebook to its end and return its blocks."""
    run = papermill(name, folder, *parameters)
    assert run.returncode == 0, run.stderr[-2000:]
    return blocks(folder / "out.ipynb")


def blocks(path: Path) -> dict[str, list[dict[str, Any]]]:
    """Return the report's blocks by kind."""
    found: dict[str, list[dict[str, Any]]] = {}
    for cell in nbformat.read(path, as_version=4).cells:
        for output in cell.get("outputs", []):
            for mime, block in output.get("data", {}).items():
                if mime.startswith(BLOCK):
                    kind = mime.removeprefix(BLOCK).removesuffix("+json")
                    found.setdefault(kind, []).append(block)
    return found


def values(found: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """Return the values of the headline numbers by key."""
    return {finding["key"]: finding["value"] for finding in found["finding"]}
