"""An executed notebook of everything that outputs and authors do to a page."""

from __future__ import annotations

from typing import Any

import nbformat
import pandas as pd
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, new_raw_cell

_TEXTS = [
    "# What odd notebooks say\n\nSee [caveats](#Method-and-caveats), [there](#MyAnchor).",
    "One[^1].\n\n[^1]: Note about agency.",
    "Two[^1].\n\n[^1]: Note about beds.",
    '## Method and caveats\n\n<a id="MyAnchor"></a>Here, for $1,600 and $5, is $x_{ij}$:\n\n'
    r"$$\hat{\theta}_i = \frac{\sum_j w_j x_{ij}}{\sqrt{1 + \max_j w_j}}, \quad i = 1, \dots, n,"
    r" \quad w_1 + w_2 + w_3 + w_4 + w_5 + w_6 + w_7 + w_8 + w_9 + w_{10} = 1$$",
    "\\begin{align}\na &= \\text{A & B} \\\\\n&< \\mathbb{E}[x]\n\\end{align}",
    "| a | b |\n|---|---|\n| 1 |\n| 1 | 2 | 3 |\n| `a|b` | $x$ |",
    "- [ ] open\n- [x] closed",
    "<center>old <font color=red>ways</font></center><!-- note --><a href='javascript:x()'>x</a>",
]


def _frame() -> pd.DataFrame:
    rows = [("A", "x"), ("A", "y"), ("B", "x"), ("C", "x"), ("C", "y")]
    index = pd.MultiIndex.from_tuples(rows, names=["group", "unit"])
    columns = pd.MultiIndex.from_product([["Beds", "Cost"], ["low", "high"]])
    return pd.DataFrame([[1, 2, 3, 4]] * 5, index=index, columns=columns)


def _outputs() -> list[list[nbformat.NotebookNode]]:
    bar = [new_output("stream", name="stderr", text=f"\r{i}%") for i in range(101)]
    lines = [new_output("stream", text=f"line {i}\n") for i in range(40)]
    odd = "\x1b]0;title\x07a\x00b\x08c\x9f \x1b[31mred\x1b[0m\n"
    bundles: list[dict[str, Any]] = [
        {"text/html": _frame().to_html()},
        {"text/html": _frame().reset_index(drop=True).style.to_html()},
        {"application/vnd.plotly.v1+json": {"data": []}},
        {"text/html": '<div id="g"></div><script>draw("g")</script>'},
        {"text/html": "<p>See</p><iframe src='https://e.org'></iframe>"},
        {"text/html": '<td halign="left" onclick="x()">loose</td><audio controls></audio>'},
        {
            "text/html": '<svg viewBox="0 0 9 9" width="40" height="40" role="img" aria-label="A '
            'square"><clipPath id="C"><path d="M0 0h5v5z"/></clipPath>'
            '<rect width="9" height="9" clip-path="url(#C)"/></svg>'
        },
        {"text/latex": r"$\displaystyle \frac12$"},
        {"application/json": {"beds": [1, 2]}},
    ]
    shown = [[new_output("display_data", data=bundle)] for bundle in bundles]
    return [bar + lines, [new_output("stream", text=odd)], *shown]


def odd_notebook() -> nbformat.NotebookNode:
    """Return the notebook; no part of it was run."""
    code = [new_code_cell("show('\x07')", outputs=outputs) for outputs in _outputs()]
    code[0].metadata["tags"] = ["hide-output"]
    raw = new_raw_cell("<h5>Raw</h5><p>kept<p>twice", metadata={"raw_mimetype": "text/html"})
    return new_notebook(cells=[*(new_markdown_cell(text) for text in _TEXTS), raw, *code])
