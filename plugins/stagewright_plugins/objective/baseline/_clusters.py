"""scikit-learn's clustering of grey values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.cluster import KMeans
from sklearn.mixture import GaussianMixture
from threadpoolctl import threadpool_limits


@dataclass(frozen=True)
class Clusters:
    """What was found: a rule for `scoring.rules` that still lacks the class of each cluster.

    Attributes:
        centres: (clusters,) grey value in the middle of each.
    """

    rule: dict[str, Any]
    centres: np.ndarray


def fitted(pixels: np.ndarray, clusters: int, method: str, seed: int) -> Clusters:
    """Clusters of grey values (N,)."""
    # One thread: with more, sums come in any order and the same seed gives other last digits.
    with threadpool_limits(limits=1):
        if method == "k_means":
            means = KMeans(clusters, n_init=4, random_state=seed).fit(pixels[:, None])
            centres = means.cluster_centers_[:, 0]
            return Clusters({"rule": "nearest_centre", "centres": centres.tolist()}, centres)
        mixture = GaussianMixture(clusters, n_init=2, random_state=seed).fit(pixels[:, None])
    spread, weights = mixture.covariances_[:, 0, 0], mixture.weights_
    means = mixture.means_[:, 0]
    found = {"means": means.tolist(), "variances": spread.tolist(), "weights": weights.tolist()}
    return Clusters({"rule": "gaussian_mixture", **found}, means)
