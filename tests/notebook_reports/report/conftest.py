from __future__ import annotations

from collections.abc import Iterator

import nbformat
import pandas as pd
import pytest
from matplotlib.figure import Figure
from sample_report import executed_sample

from notebook_reports.charts import bars
from notebook_reports.report import calls
from notebook_reports.report.numbering import Numbers


@pytest.fixture
def sample() -> nbformat.NotebookNode:
    """Return the executed notebook that makes every report call."""
    return executed_sample()


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, object]]]:
    """Collect the mime bundles that report calls show."""
    bundles: list[dict[str, object]] = []
    monkeypatch.setattr(calls, "display", lambda bundle, raw: bundles.append(bundle))
    monkeypatch.setattr(calls, "_numbers", Numbers())
    return bundles


@pytest.fixture
def table() -> pd.DataFrame:
    return pd.DataFrame({"type": ["Acute", "Other"], "share": [0.4, 0.5]})


@pytest.fixture
def chart(table: pd.DataFrame) -> Figure:
    return bars.bars(table, group="type", value="share", unit="share")
