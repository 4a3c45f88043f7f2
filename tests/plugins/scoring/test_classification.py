"""Weighed metrics against scikit-learn, under weights and ties."""

from __future__ import annotations

import numpy as np
import pytest
import sklearn.metrics as sk
import torch

from stagewright_plugins.scoring.classification import (
    F1,
    Accuracy,
    Auroc,
    AveragePrecision,
    Brier,
    PrecisionAt,
    Weighable,
)


def a_split(seed: int, classes: int = 2, rows: int = 300) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Probabilities with many ties, targets that go along with them, and whole weights with zeros."""
    random = np.random.default_rng(seed)
    raw = random.integers(1, 8, size=(rows, classes)).astype(float)
    probabilities = raw / raw.sum(1, keepdims=True)
    target = np.array([random.choice(classes, p=p) for p in probabilities])
    return probabilities, target, random.integers(0, 4, size=(5, rows)).astype(float)


@pytest.mark.parametrize("seed", range(4))
def test_two_classes_equal_scikit_learn_under_every_weighting(seed: int):
    given, true, weights = a_split(seed)
    late = given[:, 1]
    wanted = {
        Auroc(2): lambda w: sk.roc_auc_score(true, late, sample_weight=w),
        AveragePrecision(2): lambda w: sk.average_precision_score(true, late, sample_weight=w),
        Brier(2): lambda w: sk.brier_score_loss(true, late, sample_weight=w),
        Accuracy(2): lambda w: sk.accuracy_score(true, given.argmax(1), sample_weight=w),
        F1(2, 0.4): lambda w: sk.f1_score(true, late >= 0.4, sample_weight=w),
    }
    for metric, other in wanted.items():
        found = metric.weighed(given, true, weights)
        assert found == pytest.approx([other(w) for w in weights], abs=1e-12), type(metric).__name__


def test_a_weight_counts_as_that_many_samples():
    given, true, weights = a_split(9)
    for metric in (Auroc(2), AveragePrecision(2), PrecisionAt(2, 0.13), Brier(2), F1(2, 0.5)):
        for row in weights:
            times = row.astype(int)
            again = metric.weighed(
                np.repeat(given, times, 0), np.repeat(true, times), np.ones((1, times.sum()))
            )
            assert metric.weighed(given, true, row[None]) == pytest.approx(again)


def test_more_than_two_classes_are_a_mean_of_one_against_the_rest():
    given, true, weights = a_split(2, classes=4)
    wanted = [sk.roc_auc_score(true, given, multi_class="ovr", sample_weight=w) for w in weights]
    assert Auroc(4).weighed(given, true, weights) == pytest.approx(wanted)
    wanted = [sk.f1_score(true, given.argmax(1), average="macro", sample_weight=w) for w in weights]
    assert F1(4, 0.5).weighed(given, true, weights) == pytest.approx(wanted)


def test_precision_at_takes_a_part_of_a_tie():
    given = np.array([[0.1, 0.9], [0.5, 0.5], [0.5, 0.5], [0.9, 0.1]])
    true = np.array([1, 1, 0, 0])
    ones = np.ones((1, 4))
    assert PrecisionAt(2, 0.25).weighed(given, true, ones) == pytest.approx([1.0])
    assert PrecisionAt(2, 0.5).weighed(given, true, ones) == pytest.approx([0.75])


def test_without_a_sample_of_a_class_there_is_no_value():
    given, true = np.array([[0.4, 0.6], [0.2, 0.8]]), np.array([1, 1])
    assert np.isnan(Auroc(2).weighed(given, true, np.ones((1, 2)))).all()
    assert np.isnan(AveragePrecision(2).weighed(given, 1 - true, np.ones((1, 2)))).all()


@pytest.mark.parametrize("metric", [Auroc(2), Brier(2), F1(2, 0.5)])
def test_as_a_torchmetrics_metric_batches_add_up(metric: Weighable):
    given, true, _ = a_split(5)
    for part in (slice(0, 100), slice(100, None)):
        metric.update(torch.from_numpy(given[part]), torch.from_numpy(true[part]))
    whole = metric.weighed(given, true, np.ones((1, len(true))))[0]
    assert float(metric.compute()) == pytest.approx(whole, abs=1e-6)
