"""Four questions about NHS Improvement (England), answered with their uncertainty."""

__version__ = "0.2.0"
