"""scikit-learn's clustering of grey values."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from sklearn.cluster import KMeans
from sklearn.mixture import GaussianMixture
from threadpoolctl import threadpool_limits


def fitted(
    pixels: np.ndarray, clusters: int, method: str, seed: int
) -> tuple[Callable[[np.ndarray], np.ndarray], np.ndarray]:
    """A rule (N, 1) → cluster indices (N,), and the centre of each cluster, from grey values (N,)."""
    # One thread: with more, sums come in any order and the same seed gives other last digits.
    with threadpool_limits(limits=1):
        if method == "k_means":
            means = KMeans(clusters, n_init=4, random_state=seed).fit(pixels[:, None])
            return lambda grey: means.predict(grey.astype(pixels.dtype)), means.cluster_centers_[:, 0]
        mixture = GaussianMixture(clusters, n_init=2, random_state=seed).fit(pixels[:, None])
        return lambda grey: mixture.predict(grey.astype(pixels.dtype)), mixture.means_[:, 0]
