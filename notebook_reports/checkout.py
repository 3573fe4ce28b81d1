"""The git checkout that a project lies in, where it lies in one."""

from __future__ import annotations

import contextlib
import shlex
import subprocess
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from notebook_reports import bare, project

FILTER: Final = "notebook-bare"
"""What ``.gitattributes`` calls the filter that keeps outputs out of commits."""


@cache
def commit() -> tuple[str, bool]:
    """Return the checkout's commit, and whether files differ from it; empty outside git.

    A notebook that differs in its outputs alone doesn't, whether the filter is set up or not.
    """
    try:
        top, head = _git("rev-parse", "--show-toplevel", "HEAD").decode().splitlines()
        # `git status` goes by sizes and doesn't ask the filter.
        diff = ("-c", f"filter.{FILTER}.clean={_command(top)}", "diff", "--name-only", "HEAD")
        return head, bool(_git(*diff))
    except (OSError, subprocess.SubprocessError):
        return "", False


def mark(commit: str, changed: bool) -> str:
    """Write a commit in ten characters, with "+" when files differ from it."""
    return commit[:10] + "+" * changed


def committed(paths: Iterable[Path]) -> dict[Path, bytes]:
    """Return files as the commit holds them; those that it doesn't hold are left out.

    Parameters
    ----------
    paths : iterable of Path
        All are asked for in one call of git.
    """
    root = project.loaded().root()
    inside = [path for path in paths if path.is_relative_to(root)]
    names = [f"HEAD:./{path.relative_to(root).as_posix()}" for path in inside]
    try:
        said = _git("cat-file", "--batch", given="\n".join(names).encode())
    except (OSError, subprocess.SubprocessError):
        return {}
    found = {}
    for path in inside:
        head, _, said = said.partition(b"\n")
        if not head.endswith(b" missing"):
            size = int(head.rpartition(b" ")[2])
            found[path], said = said[:size], said[size + 1 :]
    return found


def keep_bare() -> None:
    """Have git see notebooks without outputs, in this clone; do nothing outside git.

    ``.gitattributes`` names the filter; what it runs is a setting of each clone.
    """
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        top = _git("rev-parse", "--show-toplevel").decode().strip()
        _git("config", f"filter.{FILTER}.clean", _command(top))


def saved(os_path: str, model: Mapping[str, Any], **_: Any) -> None:
    """Have ``git status`` see that a notebook saved with other outputs is what it was.

    Parameters
    ----------
    os_path, model
        As Jupyter's ``post_save_hook`` gets them.
    """
    if model["type"] == "notebook":
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            _git("diff", "--quiet", "--", os_path)
            _git("add", "--update", "--", os_path)


def _command(top: str) -> str:
    """Return the filter's command; where this Python is gone, notebooks pass as they are."""
    # Git runs it at the top of the checkout; worktrees share settings, each has its own .venv.
    python = Path(sys.executable)
    if python.is_relative_to(top):
        python = python.relative_to(top)
    return f"{{ {shlex.quote(python.as_posix())} -m {bare.__name__} || cat; }} 2>/dev/null"


def _git(*arguments: str, given: bytes | None = None) -> bytes:
    root = str(project.loaded().root())
    return subprocess.run(
        ["git", "-C", root, *arguments], capture_output=True, input=given, check=True, timeout=30
    ).stdout
