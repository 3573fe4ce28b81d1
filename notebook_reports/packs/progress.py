"""What a pack is at, in one line of the terminal from its first moment; nothing where piped."""

from __future__ import annotations

import contextlib
import shutil
import sys
import threading
import time
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from notebook_reports.packs.manifest import Record


class Progress:
    """One line on standard error, renewed each second: what is done, and for how long."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._words, self._ids, self._at_once = "", list[str](), 0
        self._failed, self._finished = 0, set[str]()
        self._ended = threading.Event()
        self._ticker = threading.Thread(target=self._tick, daemon=True)
        self._shown = sys.stderr.isatty()

    def __enter__(self) -> Progress:
        if self._shown:
            self._ticker.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Clear the line for good."""
        if self._shown and not self._ended.is_set():
            self._ended.set()
            self._ticker.join()
            self._put("")

    def say(self, words: str) -> None:
        """Say what is being done from now on."""
        self._words = words
        self._put(words)

    def begin(self, ids: Sequence[str], at_once: int) -> None:
        """Note which reports are being made, in order, and how many of them at once."""
        self._ids, self._at_once = list(ids), at_once
        self._tell()

    def finish(self, record: Record) -> None:
        """Note one finished report."""
        self._finished.add(record["id"])
        self._failed += record["status"] == "failed"
        self._tell()

    def _tell(self) -> None:
        given = self._ids[: len(self._finished) + self._at_once]
        now = ", ".join(id_ for id_ in given if id_ not in self._finished)
        failed = f", {self._failed} failed" if self._failed else ""
        made = f"{len(self._finished)} of {len(self._ids)} made{failed}"
        self.say(f"{made}: {now}" if now else made)

    def _tick(self) -> None:
        while not self._ended.wait(1):
            self._put(self._words)

    def _put(self, words: str) -> None:
        if not self._shown:
            return
        wide = shutil.get_terminal_size().columns - 1
        line = f"{time.monotonic() - self._began:3.0f} s  {words}" if words else ""
        with contextlib.suppress(OSError, ValueError):  # the terminal can be gone
            sys.stderr.write("\r" + line[:wide].ljust(wide) + ("" if words else "\r"))
            sys.stderr.flush()
