"""Checked tables with their provenance: ``load`` is the one call everything else builds on.

The shipped tables lie in ``data/raw`` with a Frictionless descriptor and are never written by a
program. A table is checked against its model in :mod:`nhsi_analysis.schemas` and kept as Parquet
in ``data/processed``, which can be deleted at any time: the copy is used only while the raw file,
its descriptor and the reading code are what they were. A table read in from a publisher's newer
file (``nhsi data ingest``) is used instead of the shipped one.

Examples
--------
>>> from nhsi_analysis import datasets
>>> trusts = datasets.load("trusts", source="shipped")
>>> len(trusts), trusts.attrs["provenance"]["licence"]
(235, 'Open Government Licence v3.0')
"""

from nhsi_analysis.datasets.checks import KeyCheck, TableCheck, check
from nhsi_analysis.datasets.describing import TableDescription, describe, overview
from nhsi_analysis.datasets.loading import clear_reads, from_copies, load, names, reads, recall
from nhsi_analysis.datasets.memo import remembered
from nhsi_analysis.datasets.successions import Matched, match_trusts

__all__ = [
    "KeyCheck",
    "Matched",
    "TableCheck",
    "TableDescription",
    "check",
    "clear_reads",
    "describe",
    "from_copies",
    "load",
    "match_trusts",
    "names",
    "overview",
    "reads",
    "recall",
    "remembered",
]
