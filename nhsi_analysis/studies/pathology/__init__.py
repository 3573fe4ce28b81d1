"""Pathology networks: can they save what was asked, and where would hubs go."""

from nhsi_analysis.studies.pathology.analysis import Pathology, analyse
from nhsi_analysis.studies.pathology.settings import names

__all__ = ["Pathology", "analyse", "names"]
