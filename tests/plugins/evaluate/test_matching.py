"""Objects and their overlaps against a flood fill and sets of pixels; pairs against the best assignment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from stagewright_plugins.evaluate._matching import Matches, Side, match

Object = tuple[int, frozenset[tuple[int, int]]]
SEEDS = range(12)


def flooded(picture: np.ndarray, known: np.ndarray) -> list[Object]:
    """(class, known pixels) of every region that touches itself, at corners too, where any are known."""
    left = {(int(y), int(x)) for y, x in zip(*np.nonzero(picture > 0), strict=True)}
    found = []
    while left:
        todo, region = [left.pop()], set()
        index = picture[todo[0]]
        while todo:
            y, x = todo.pop()
            region.add((y, x))
            for dy, dx in product((-1, 0, 1), repeat=2):
                near = (y + dy, x + dx)
                if near in left and picture[near] == index:
                    left.remove(near)
                    todo.append(near)
        inside = frozenset(pixel for pixel in region if known[pixel])
        if inside:
            found.append((int(index), inside))
    return found


def pixels(side: Side, known: np.ndarray) -> list[Object]:
    """The same of a `Side`, in the order of its numbers."""
    return [
        (int(index), frozenset(map(tuple, np.argwhere((side.labels == number) & known).tolist())))
        for number, index in enumerate(side.classes, start=1)
    ]


def overlaps(truth: list[Object], given: list[Object]) -> Iterator[tuple[int, int, int, float, bool]]:
    for (i, (one, mine)), (j, (other, theirs)) in product(enumerate(truth), enumerate(given)):
        if shared := len(mine & theirs):
            yield i, j, shared, shared / len(mine | theirs), one == other


def matched(noise: Callable[..., tuple[np.ndarray, np.ndarray]], seed: int) -> tuple[Matches, np.ndarray]:
    truth, given = noise(seed)
    return match(truth, given, 3), truth >= 0


@pytest.mark.parametrize("seed", SEEDS)
def test_objects_are_those_of_a_flood_fill(
    noise: Callable[..., tuple[np.ndarray, np.ndarray]], seed: int
) -> None:
    truth, given = noise(seed)
    found, known = match(truth, given, 3), truth >= 0
    for side, picture in ((found.truth, truth), (found.prediction, given)):
        ours = pixels(side, known)
        assert set(ours) == set(flooded(picture, known))
        assert [len(region) for _, region in ours] == side.areas.tolist()


@pytest.mark.parametrize("seed", SEEDS)
def test_overlaps_are_those_of_sets_of_pixels(
    noise: Callable[..., tuple[np.ndarray, np.ndarray]], seed: int
) -> None:
    found, known = matched(noise, seed)
    wanted = sorted(overlaps(pixels(found.truth, known), pixels(found.prediction, known)))
    pairs = found.pairs
    columns = (pairs.truth, pairs.prediction, pairs.shared, pairs.iou, pairs.same)
    assert sorted(zip(*(column.tolist() for column in columns), strict=True)) == wanted


@pytest.mark.parametrize("threshold", [0.5, 0.75, 0.9])
@pytest.mark.parametrize("seed", SEEDS)
def test_above_a_half_no_assignment_finds_more_and_none_finds_others(
    noise: Callable[..., tuple[np.ndarray, np.ndarray]], seed: int, threshold: float
) -> None:
    found, _ = matched(noise, seed)
    above = np.zeros((len(found.truth), len(found.prediction)))
    hit = found.pairs.same & (found.pairs.iou > threshold)
    above[found.pairs.truth[hit], found.pairs.prediction[hit]] = found.pairs.iou[hit]
    rows, columns = linear_sum_assignment(-above)
    best = {(i, j) for i, j in zip(rows.tolist(), columns.tolist(), strict=True) if above[i, j]}
    assert {(i, j) for i, j, iou in found.partners() if iou > threshold} == best


@pytest.mark.parametrize("threshold", [0.05, 0.2, 0.35, 0.6])
@pytest.mark.parametrize("seed", SEEDS)
def test_one_pass_gives_the_pairs_of_any_threshold(
    noise: Callable[..., tuple[np.ndarray, np.ndarray]], seed: int, threshold: float
) -> None:
    found, known = matched(noise, seed)
    left = [
        (iou, i, j)
        for i, j, _, iou, same in overlaps(pixels(found.truth, known), pixels(found.prediction, known))
        if same and iou > threshold
    ]
    wanted = []
    while left:  # matched anew, for this threshold alone
        best = max(left, key=lambda item: item[0])
        wanted.append(best[0])
        left = [item for item in left if item[1] != best[1] and item[2] != best[2]]
    ours = [iou for _, _, iou in found.partners() if iou > threshold]
    assert ours == pytest.approx(wanted)


def test_partners_are_one_to_one_and_of_one_class(
    noise: Callable[..., tuple[np.ndarray, np.ndarray]],
) -> None:
    for seed in SEEDS:
        found, _ = matched(noise, seed)
        partners = found.partners()
        assert len({i for i, _, _ in partners}) == len({j for _, j, _ in partners}) == len(partners)
        assert all(found.truth.classes[i] == found.prediction.classes[j] for i, j, _ in partners)


def test_covered_is_the_share_of_pixels_with_the_right_class() -> None:
    rows = np.zeros((6, 6), dtype=np.int64)
    rows[:2, :3] = 1
    given = np.roll(rows, 1, axis=1)
    given[5, 5] = 1
    truth, prediction = match(rows, given, 3).covered()
    assert truth.tolist() == [4 / 6]
    assert prediction.tolist() == [4 / 6, 0]


def test_touching_at_a_corner_is_one_object_and_another_class_is_another_one() -> None:
    corner = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 2]])
    found = match(corner, corner, 3)
    assert found.truth.classes.tolist() == [1, 2]
    assert found.truth.areas.tolist() == [2, 1]
    assert found.partners() == [(0, 0, 1.0), (1, 1, 1.0)]


def test_what_is_predicted_where_the_truth_is_unknown_does_not_count() -> None:
    truth = np.zeros((4, 8), dtype=np.int64)
    truth[:, 4:] = -1
    given = np.zeros_like(truth)
    given[0, 2:6] = 1  # half of it known
    given[2, 3:8] = 2  # one pixel of five known
    given[3, 7] = 1  # nothing known
    found = match(truth, given, 3).prediction
    assert found.classes.tolist() == [1, 2]
    assert found.areas.tolist() == [2, 1]
    assert found.unknown.tolist() == [False, True]


def test_a_picture_without_objects_has_none() -> None:
    nothing = np.zeros((5, 5), dtype=np.int64)
    for truth in (nothing, nothing - 1):
        found = match(truth, nothing, 3)
        assert len(found.truth) == len(found.prediction) == len(found.partners()) == 0
