"""What a notebook calls to speak to a reader, for ``from nhsi_analysis import report``.

It is :mod:`notebook_reports.report`; a module of its own, so that a warm parent can import it.
"""

from notebook_reports.report import (
    figure,
    finding,
    lede,
    parameters,
    provenance,
    show,
    table,
    text,
)

__all__ = ["figure", "finding", "lede", "parameters", "provenance", "show", "table", "text"]
