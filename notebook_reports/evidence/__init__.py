"""What is said and shown, as frozen data: numbers with their doubt, and the words for them."""

from notebook_reports.evidence.estimates import Estimate, format_published, format_value

__all__ = ["Estimate", "format_published", "format_value"]
