"""Six questions about NHS Improvement (England) and the NHS after it, with their uncertainty."""

from nhsi_analysis.project import PROJECT as PROJECT
from notebook_reports import __version__ as __version__
from notebook_reports import report as _report  # noqa: F401  # sections draw themselves by it
from notebook_reports.project import register as _register

_register(PROJECT)
