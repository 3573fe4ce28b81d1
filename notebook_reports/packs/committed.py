"""Where the notebooks of a pack say something else than the commit that its pages name."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from notebook_reports import bare, checkout
from notebook_reports.errors import ReportError
from notebook_reports.parameters.declared import parse_parameters

_Cells = list[tuple[str, str, list[str]]]
"""Kind, source and tags of each cell."""


def differences(notebooks: Iterable[Path]) -> dict[Path, str]:
    """Say of each notebook how it differs from the commit; nothing of those that don't.

    Whoever saves a notebook changes what a pack runs, which a commit with a mark alone wouldn't
    tell. Outputs are no difference, and a notebook that isn't in the commit has none.

    Parameters
    ----------
    notebooks : iterable of Path
        The notebooks that will run.

    Returns
    -------
    dict
        Words by notebook: 'default trust_type is "Ambulance" here, "All" in commit 0a1b2c3d4e'.
    """
    commit, changed = checkout.commit()
    if not changed:
        return {}
    said = {
        path: _difference(_cells(path.read_bytes()), _cells(held), path.stem, commit[:10])
        for path, held in checkout.committed(notebooks).items()
    }
    return {path: words for path, words in said.items() if words}


def _cells(content: bytes) -> _Cells:
    try:
        cells = json.loads(bare.bare(content))["cells"]
        return [
            (c["cell_type"], "".join(c["source"]), c["metadata"].get("tags", [])) for c in cells
        ]
    except (ValueError, KeyError, TypeError, AttributeError):
        return []


def _difference(here: _Cells, there: _Cells, name: str, commit: str) -> str:
    if here == there:
        return ""
    now, then = _defaults(here, name), _defaults(there, name)
    said = [
        f"default {key} is {_shown(value)} here, {_shown(then[key])} in commit {commit}"
        for key, value in now.items()
        if key in then and value != then[key]
    ]
    if not said:
        return f"differs from commit {commit}"
    others = [[cell for cell in cells if "parameters" not in cell[2]] for cells in (here, there)]
    return "; ".join([*said, *(["other cells differ too"] if others[0] != others[1] else [])])


def _defaults(cells: _Cells, name: str) -> dict[str, Any]:
    tagged = [source for _, source, tags in cells if "parameters" in tags]
    try:
        return parse_parameters(tagged[0], name).defaults if tagged else {}
    except ReportError:
        return {}


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
