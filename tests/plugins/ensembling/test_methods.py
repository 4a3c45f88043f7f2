"""Combining answers: shares, greedy selection with replacement, stacking; against cases worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from stagewright_plugins.ensembling.combination import Combination, Floats
from stagewright_plugins.ensembling.methods import METHODS, Given, greedy, stacking, weighted


def answers_of(*right: float, seed: int = 0, samples: int = 400) -> tuple[Floats, np.ndarray]:
    """Members that are right with these probabilities, independently: (M, N, 2) and targets (N,)."""
    random = np.random.default_rng(seed)
    targets = random.integers(0, 2, samples)
    members = []
    for share in right:
        hit = random.random(samples) < share
        said = np.where(hit, targets, 1 - targets)
        members.append(np.stack([np.where(said == 0, 0.8, 0.2), np.where(said == 1, 0.8, 0.2)], 1))
    return np.array(members, np.float32), targets


def given(answers: Floats, targets: np.ndarray) -> Given:
    def accuracy(found: Floats, rows: np.ndarray) -> float:
        return float((found.argmax(1) == targets[rows]).mean())

    rows = np.arange(len(targets))
    return Given(answers, targets, rows, tuple(accuracy(one, rows) for one in answers), accuracy)


@pytest.mark.parametrize("method", METHODS)
def test_three_independent_members_beat_each_of_them(method: str) -> None:
    learned = given(*answers_of(0.75, 0.75, 0.75))
    unseen = given(*answers_of(0.75, 0.75, 0.75, seed=1, samples=4000))
    found = METHODS[method](learned)(unseen.answers)
    assert unseen.score(found, unseen.rows) > max(unseen.worth) + 0.03


@pytest.mark.parametrize("method", METHODS)
def test_answers_stay_probabilities(method: str) -> None:
    learned = given(*answers_of(0.9, 0.6))
    found = METHODS[method](learned)(learned.answers)
    np.testing.assert_allclose(found.sum(1), 1, atol=1e-5)
    assert (found >= 0).all()


def test_greedy_starts_from_the_best_and_leaves_out_who_does_not_help() -> None:
    learned = given(*answers_of(0.5, 0.95, 0.5))
    assert greedy(learned).weights == (0.0, 1.0, 0.0)


def test_greedy_adds_with_replacement() -> None:
    # The second member is right where the first one is unsure: two parts of the first and one of the second win.
    answers = np.array([[[0.4, 0.6], [0.3, 0.7]], [[0.9, 0.1], [0.6, 0.4]]], np.float32)
    targets = np.array([0, 1])
    shares = greedy(given(answers, targets), rounds=10).weights
    found = Combination(shares)(answers)
    assert (found.argmax(1) == targets).all()
    assert min(shares) > 0


def test_shares_by_worth_are_in_proportion() -> None:
    answers, targets = answers_of(0.9, 0.6)
    assert weighted(
        Given(answers, targets, np.arange(400), (0.9, 0.6), lambda *_: 0.0)
    ).weights == pytest.approx((0.6, 0.4))
    # An error of 0.1 counts three times as much as one of 0.3.
    assert weighted(
        Given(answers, targets, np.arange(400), (-0.1, -0.3), lambda *_: 0.0)
    ).weights == pytest.approx((0.75, 0.25))


def test_stacking_trusts_whoever_is_right() -> None:
    scale = np.array(stacking(given(*answers_of(0.95, 0.5))).scale)
    assert scale[0].mean() > 5 * abs(scale[1].mean())


def test_stacking_leaves_out_what_no_target_means() -> None:
    answers, targets = answers_of(0.9, 0.6)
    spoiled = np.where(np.arange(400) % 2, targets, 7)
    told = Given(answers, spoiled, np.arange(400), (0.9, 0.6), lambda *_: 0.0, ignore=7)
    assert np.isfinite(np.array(stacking(told).scale)).all()
