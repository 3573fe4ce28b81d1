"""What the tables promise: a vocabulary, and a pandera model per table, readable as documentation.

:mod:`~nhsi_analysis.schemas.vocabulary` holds the words tables share,
:mod:`~nhsi_analysis.schemas.models` the model of each table by its name.
"""
