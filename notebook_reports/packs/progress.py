"""A progress display while a pack runs: a bar on a terminal, nothing where output is piped."""

from __future__ import annotations

import contextlib
import sys
from types import TracebackType
from typing import Any

from notebook_reports.packs.manifest import Record


class Progress:
    """Shows how many reports are finished, and which failed, while they are made."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._task: Any = None
        self._failed = 0

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            with contextlib.suppress(OSError):  # the terminal can be gone
                self._bar.stop()

    def watch(self, record: Record, finished: int, total: int) -> None:
        """Note one finished report."""
        if not sys.stderr.isatty():
            return
        if self._bar is None:
            self._start(total)
        self._failed += record["status"] == "failed"
        words = f"{self._failed} failed" if self._failed else record["id"]
        self._bar.update(self._task, completed=finished, words=words)

    def _start(self, total: int) -> None:
        from rich import progress
        from rich.console import Console

        self._bar = progress.Progress(
            progress.BarColumn(),
            progress.MofNCompleteColumn(),
            progress.TimeRemainingColumn(),
            progress.TextColumn("{task.fields[words]}"),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._bar.add_task("", total=total, words="")
        self._bar.start()
