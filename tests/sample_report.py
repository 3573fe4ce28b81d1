"""A small made-up notebook that makes every report call and every plain kind of output."""

from __future__ import annotations

import json
from functools import cache

import nbformat
from nbclient import NotebookClient

NAME = "Mental <script>alert(1)</script> & 'Co'"

_SETUP = f"""
import pandas as pd
from nhsi_analysis import report
from notebook_reports.charts import bars, heatmap, intervals, lines
from notebook_reports.evidence import Estimate
names = ["Acute", {NAME!r}, "Community", "=HYPERLINK()"]
table = pd.DataFrame({{"Trust type": names, "Share": [.4, .45, .5, None],
                      "low": [.35, .4, .4, None], "high": [.45, .5, .6, None],
                      "Trusts": [1300, 50, 20, 10],
                      "As at": pd.to_datetime(["2018-09-03"] * 4)}})
long = pd.DataFrame({{"Row": [f"Row {{i}}" for i in range(30)], "Number": range(1000, 1030)}})
"""

_FIGURE = """
report.figure({draw}, key="{key}", title="Community trusts do best: {key}",
              subtitle="Share rated good, England, 2018", source=["cqc_trust_ratings", "Own sums"],
              alt="Community trusts reach 50%; the intervals of all types overlap.", data={data},
              note="Lines are 95% intervals.")
"""


def _cells() -> list[nbformat.NotebookNode]:
    markdown, code = nbformat.v4.new_markdown_cell, nbformat.v4.new_code_cell
    parameters = code('trust: str = "RX1"  # Trust to follow')
    parameters.metadata["tags"] = ["parameters"]
    known = 'table.dropna(subset=["Share"])'
    dots = f'intervals.dot_interval({known}, group="Trust type", value="Share", x_label="Share")'
    bar = f'bars.bars({known}, group="Trust type", value="Share", unit="share")'
    return [
        markdown("# Do types of trust differ?"),
        parameters,
        code(_SETUP),
        code(
            'report.lede("Of **226 trusts** 44.8% were good, <b>not</b> clearly more.")\n'
            'report.finding("good_share", Estimate(.448, .385, .513, "share", 226,'
            ' "trusts rated good", .95))\n'
            'report.finding("n_trusts", Estimate(226, unit="trusts", label="compared"))\n'
            'report.finding("quiet", Estimate(3.0, label="kept as data"), card=False)'
        ),
        markdown("## Shares by type\n\n#### A heading that skips a level\n\nEach dot is one type."),
        code(_FIGURE.format(draw=dots, key="shares", data="table")),
        code(f'report.text("Computed: {NAME} has 45.0%.")'),
        code(_FIGURE.format(draw=bar, key="share_bars", data="table")),
        markdown("## Tables"),
        code(
            'report.table(table, key="types", caption="Trusts by type", source="Own sums",\n'
            '    formats={"Share": "share", "low": "share", "high": "share"}, note="Made up.")'
        ),
        code('report.table(long, key="long_table", caption="Many rows", source="Own sums")'),
        markdown("## Plain outputs\n\n| a | b |\n|---|---|\n| 1 | 2 |"),
        code('print("1 < 2")\nlong.head(2)'),
        markdown("## Method and caveats\n\n- made up\n\n```python\nx = 1\n```"),
        markdown("## Where the numbers come from"),
        code('report.provenance({"trust": trust})'),
    ]


@cache
def _executed() -> str:
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    nb = nbformat.v4.new_notebook(cells=_cells(), metadata=metadata)
    NotebookClient(nb, timeout=300).execute()
    return nbformat.writes(nb)


def executed_sample() -> nbformat.NotebookNode:
    """Return a fresh copy of the executed notebook; it is executed once a session."""
    return nbformat.reads(_executed(), 4)


def notebook_of(*outputs: dict[str, object], markdown: str = "# A title") -> nbformat.NotebookNode:
    """Return a notebook of a Markdown cell and one code cell that shows the given bundles."""
    cell = nbformat.v4.new_code_cell("show()")
    cell.outputs = [
        nbformat.v4.new_output("display_data", data=json.loads(json.dumps(bundle)))
        for bundle in outputs
    ]
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(markdown), cell])
