"""Agency spending of NHS providers: what the controls did, from published figures only."""

from nhsi_analysis.studies.agency.analysis import Agency, analyse, fragility_sentence

__all__ = ["Agency", "analyse", "fragility_sentence"]
