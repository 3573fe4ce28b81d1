"""Where a report's numbers come from: the tables read, the parameters, the code."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from typing import Any

from notebook_reports import checkout, project
from notebook_reports.errors import ParameterError
from notebook_reports.report.blocks import Block
from notebook_reports.report.building import plain

_kept: dict[str, Any] = {}

_PACKAGES = ("numpy", "pandas", "scipy", "statsmodels", "matplotlib")


def commit() -> str:
    """Return the commit of the checkout, with "+" when files differ from it; empty outside git.

    A pack asks once and hands the answer to its kernels in ``NHSI_COMMIT``.
    """
    given = os.environ.get("NHSI_COMMIT")
    return checkout.mark(*checkout.commit()) if given is None else given


@cache
def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that compute the numbers."""
    return {"Python": platform.python_version(), **{name: version(name) for name in _PACKAGES}}


def begin() -> None:
    """Forget what an earlier notebook of this session, or an earlier run of this one, read."""
    if _kept:
        project.loaded().forget_reads()
    _kept.clear()


def keep(parameters: Mapping[str, Any]) -> None:
    """Remember the parameters that a notebook has read."""
    _kept.update(parameters)


def kept() -> dict[str, Any]:
    """Return the parameters that were read last."""
    return dict(_kept)


def build(parameters: Mapping[str, Any]) -> Block:
    """Build the provenance block. See :func:`notebook_reports.report.provenance`."""
    if not isinstance(parameters, Mapping):
        raise ParameterError(
            "parameters", "must map names to values", value=type(parameters).__name__
        )
    served = project.loaded()
    return {
        "parameters": plain(parameters),
        "tables": [plain(read) for read in served.reads()],
        "made": datetime.now(UTC).date().isoformat(),
        "package": served.name,
        "version": served.version,
        "commit": commit(),
        **({"differs": differs} if (differs := os.environ.get("NHSI_DIFFERS")) else {}),
        "versions": dict(versions()),
    }


def resolve(source: str) -> str | Block:
    """Turn a table's name into its provenance; any other text stays as it is."""
    served = project.loaded()
    loaded = [read for read in served.reads() if read["name"] == source]
    found = loaded[0] if loaded else served.describe(source) if source.isidentifier() else None
    return source if found is None else {k: plain(found.get(k)) for k in _SOURCE_FIELDS}


_SOURCE_FIELDS = ("name", "title", "publisher", "date", "modified", "licence", "licence_page")
