"""Rules rebuilt from what was written of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.mixture import GaussianMixture

from stagewright.errors import StagewrightError
from stagewright_plugins.scoring import rules

GREY = np.random.default_rng(3).uniform(0, 1, (4, 1, 16, 16)).astype(np.float32)


def test_a_rule_is_the_same_after_writing_and_reading(tmp_path: Path) -> None:
    spec = {"rule": "multi_otsu", "bins": 32, "classes": [2, 0, 1]}
    rules.write(tmp_path, spec)
    assert rules.read(tmp_path) == spec
    assert (rules.rebuilt(rules.read(tmp_path))(GREY) == rules.rebuilt(spec)(GREY)).all()


def test_ranges_follow_the_image_not_the_train_split() -> None:
    label = rules.rebuilt({"rule": "multi_otsu", "bins": 64, "classes": [0, 1]})
    steps = np.where(np.arange(16) < 8, 0.2, 0.5).astype(np.float32) * np.ones((1, 1, 16, 1), np.float32)
    assert (label(steps) == (steps[:, 0] > 0.3)).all()
    assert (label(steps + 0.4) == (steps[:, 0] > 0.3)).all()


def test_the_nearest_centre_is_that_of_k_means() -> None:
    means = KMeans(3, n_init=1, random_state=0).fit(GREY.reshape(-1, 1))
    centres = means.cluster_centers_[:, 0]
    label = rules.rebuilt({"rule": "nearest_centre", "centres": centres.tolist(), "classes": [0, 1, 2]})
    assert (label(GREY).ravel() == means.predict(GREY.reshape(-1, 1))).all()


def test_the_likeliest_component_is_that_of_the_mixture() -> None:
    mixture = GaussianMixture(3, random_state=0).fit(GREY.reshape(-1, 1))
    spec = {
        "rule": "gaussian_mixture",
        "means": mixture.means_[:, 0].tolist(),
        "variances": mixture.covariances_[:, 0, 0].tolist(),
        "weights": mixture.weights_.tolist(),
        "classes": [0, 1, 2],
    }
    assert (rules.rebuilt(spec)(GREY).ravel() == mixture.predict(GREY.reshape(-1, 1))).all()


def test_one_class_everywhere() -> None:
    assert (rules.rebuilt({"rule": "one_class", "class": 2})(GREY) == 2).all()


def test_an_unknown_rule_is_said() -> None:
    with pytest.raises(StagewrightError, match="did you mean 'one_class'"):
        rules.rebuilt({"rule": "oneclass"})
