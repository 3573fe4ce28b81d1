"""``python -m notebook_reports``: the commands for packs of anyone's notebooks."""

from __future__ import annotations

from notebook_reports.commands import main

main()
