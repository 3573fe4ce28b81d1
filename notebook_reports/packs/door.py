"""What papermill's entry point leads to: the engine, loaded when it is first used.

papermill loads every engine while it is imported itself, so the engine's own import of papermill
would come round to the engine half made.
"""

from __future__ import annotations

from typing import Any


class Door:
    """Stands for :class:`notebook_reports.packs.engine.WarmEngine`."""

    def __getattr__(self, name: str) -> Any:
        from notebook_reports.packs.engine import WarmEngine

        return getattr(WarmEngine, name)


ENGINE = Door()
"""The engine by papermill's name for it, ``warm``."""
