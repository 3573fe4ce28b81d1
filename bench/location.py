"""Time hub location: random p-median graphs and the real acute hospital sites."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from scipy.sparse.csgraph import floyd_warshall

from nhsi_analysis.studies.pathology.numbers import geography, registers
from nhsi_analysis.studies.pathology.settings import Settings
from policy_methods.location import p_median


def graph(nodes: int, edges: int, seed: int) -> np.ndarray:
    """Return shortest paths of a random connected graph with edges of 1 to 100."""
    rng = np.random.default_rng(seed)
    length = np.zeros((nodes, nodes))
    for k in range(nodes - 1):
        length[k, k + 1] = length[k + 1, k] = rng.integers(1, 101)
    for _ in range(edges - nodes + 1):
        i, j = rng.choice(nodes, 2, replace=False)
        length[i, j] = length[j, i] = rng.integers(1, 101)
    return np.asarray(floyd_warshall(length))


def main() -> list[dict[str, Any]]:
    """Return one row a case: case, seconds, gap, budget in seconds."""
    rows = []
    for nodes, p, budget in ((100, 5, 10.0), (100, 33, 10.0), (400, 29, 60.0)):
        cost = graph(nodes, 2 * nodes, 1)
        started = time.perf_counter()
        found = p_median(cost, p)
        rows.append(
            {
                "case": f"p-median, {nodes} nodes, p = {p}",
                "seconds": time.perf_counter() - started,
                "gap": found.gap,
                "budget": budget,
            }
        )
    settings = Settings(hub_sites="all")
    started = time.perf_counter()
    where = geography.examine(settings, registers.targets(settings).table)
    rows.append(
        {
            "case": "29 hubs among all acute sites, with limits and comparisons",
            "seconds": time.perf_counter() - started,
            "gap": where.best.gap,
            "budget": 60.0,
        }
    )
    return rows


if __name__ == "__main__":
    for row in main():
        print(
            f"{row['seconds']:8.2f} s of {row['budget']:.0f}  gap {row['gap']:.1%}  {row['case']}"
        )
