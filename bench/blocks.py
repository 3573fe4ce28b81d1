"""Compare two packs block by block: what the same reports say at two commits.

``python -m bench.blocks OLD NEW`` reads the executed notebooks of two output folders. A change of
the code that should not change what is said leaves every block as it was: words, findings, cells,
data, descriptions, drawings. Parts that tell of the run itself (day, commit, versions) are left
out. The exit code is 1 where anything differs.
"""

from __future__ import annotations

import argparse
import difflib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from notebook_reports.report.reading import read_blocks

_OF_THE_RUN = {"made", "commit", "package", "version", "versions"}


def command() -> int:
    """Compare, print each difference, and return the exit code."""
    parser = argparse.ArgumentParser(prog="bench.blocks", description=__doc__)
    parser.add_argument("old", type=Path, help="Output folder of one commit.")
    parser.add_argument("new", type=Path, help="Output folder of the other.")
    parser.add_argument(
        "--drawn-anew", nargs="*", default=(), metavar="KEY", help="Figures compared by their data."
    )
    given = parser.parse_args()
    folders = (given.old, given.new)
    names = [{p.name for p in (folder / "notebooks").glob("*.ipynb")} for folder in folders]
    differences = [f"{name}: only in one pack" for name in sorted(names[0] ^ names[1])]
    for name in sorted(names[0] & names[1]):
        pair = [_blocks(folder / "notebooks" / name) for folder in folders]
        differences += [f"{name}: {words}" for words in _compare(*pair, set(given.drawn_anew))]
    print(
        "\n".join([*differences, f"{len(names[0] & names[1])} reports, {len(differences)} differ"])
    )
    return 1 if differences else 0


def _blocks(path: Path) -> list[tuple[str, dict[str, Any]]]:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    return [(kind, _bare(block)) for kind, block in read_blocks(notebook)]


def _bare(block: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in block.items() if k not in _OF_THE_RUN}


def _compare(
    old: list[tuple[str, dict[str, Any]]], new: list[tuple[str, dict[str, Any]]], anew: set[str]
) -> Iterator[str]:
    labels = [
        [f"{kind} {block.get('key', '')}".strip() for kind, block in side] for side in (old, new)
    ]
    matcher = difflib.SequenceMatcher(None, *labels, autojunk=False)
    for tag, i, j, k, m in matcher.get_opcodes():
        if tag != "equal":
            yield f"blocks {labels[0][i:j] or 'none'} became {labels[1][k:m] or 'none'}"
            continue
        for (kind, before), (_, after) in zip(old[i:j], new[k:m], strict=True):
            for field in sorted(before.keys() | after.keys()):
                drawn = field == "svg" and before["key"] in anew
                if before.get(field) != after.get(field) and not drawn:
                    where = f"{kind} {before.get('key', '')}, {field}"
                    yield f"{where}: {_first(before.get(field), after.get(field))}"


def _first(before: Any, after: Any) -> str:
    """Show where two values part."""
    texts = [
        v if isinstance(v, str) else json.dumps(v, ensure_ascii=False) for v in (before, after)
    ]
    at = next((i for i, (a, b) in enumerate(zip(*texts, strict=False)) if a != b), 0)
    shown = [text[max(at - 30, 0) : at + 60] for text in texts]
    return f"...{shown[0]!r} became ...{shown[1]!r}"


if __name__ == "__main__":
    raise SystemExit(command())
