"""How sure is a rank: exact and simulated confidence sets, expected ranks, doubt about a cut."""

from policy_methods.ranking.coverage import RankCoverage, rank_set_coverage
from policy_methods.ranking.posterior import PosteriorRanks, posterior_ranks
from policy_methods.ranking.quotas import scale_quotas, tied_places
from policy_methods.ranking.region import (
    BoundaryDoubt,
    RankRegion,
    boundary_doubt,
    joint_rank_region,
)
from policy_methods.ranking.sets import RankSets, rank_confidence_sets
from policy_methods.ranking.shrink import (
    CategoryProbabilities,
    ExpectedRanks,
    category_probabilities,
    expected_ranks,
)

__all__ = [
    "BoundaryDoubt",
    "CategoryProbabilities",
    "ExpectedRanks",
    "PosteriorRanks",
    "RankCoverage",
    "RankRegion",
    "RankSets",
    "boundary_doubt",
    "category_probabilities",
    "expected_ranks",
    "joint_rank_region",
    "posterior_ranks",
    "rank_confidence_sets",
    "rank_set_coverage",
    "scale_quotas",
    "tied_places",
]
