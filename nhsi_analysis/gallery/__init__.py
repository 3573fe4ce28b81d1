"""One example on real data of every chart type: importing the package registers them all."""

from nhsi_analysis.gallery import comparisons, months, pathology, ratings, survey

__all__ = ["comparisons", "months", "pathology", "ratings", "survey"]
