"""Wrong pixels, planted one kind at a time: each is of one type, and none is lost."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix

from stagewright_plugins.evaluate._matching import match
from stagewright_plugins.evaluate._pixels import TYPES, Pixels

CLASSES = ("background", "cell", "core")
Picture = Callable[..., np.ndarray]
CELL, CORE = (1, 4, 4, 12, 12), (2, 24, 24, 12, 12)


def counted(truth: np.ndarray, given: np.ndarray, boundary: float = 2.0) -> Pixels:
    found = Pixels(CLASSES, boundary, 8)
    found.add(truth, given, match(truth, given, 3))
    return found


def types(truth: np.ndarray, given: np.ndarray, boundary: float = 2.0) -> dict[str, dict[str, int]]:
    """Only what occurs."""
    found = counted(truth, given, boundary).summary()["types"]
    return {
        name: {kind: n for kind, n in kinds.items() if n}
        for name, kinds in found.items()
        if any(kinds.values())
    }


@pytest.fixture
def truth(picture: Picture) -> np.ndarray:
    return picture(CELL, CORE)


def test_a_perfect_prediction_has_no_wrong_pixels(truth: np.ndarray) -> None:
    assert types(truth, truth) == {}
    assert counted(truth, truth).summary()["wrong"] == 0


def test_a_dropped_object_is_missed(truth: np.ndarray, picture: Picture) -> None:
    assert types(truth, picture(CELL)) == {"core": {"missed": 144}}


def test_an_invented_object_is_invented(truth: np.ndarray, picture: Picture) -> None:
    assert types(truth, picture(CELL, CORE, (1, 30, 4, 5, 5))) == {"cell": {"invented": 25}}


def test_a_shrunk_and_a_grown_outline_are_boundary_errors(truth: np.ndarray, picture: Picture) -> None:
    assert types(truth, picture((1, 6, 6, 8, 8), CORE)) == {"cell": {"boundary": 144 - 64}}
    assert types(truth, picture((1, 3, 3, 14, 14), CORE)) == {"cell": {"boundary": 196 - 144}}


def test_what_lies_deeper_than_the_reach_is_no_boundary_error(truth: np.ndarray, picture: Picture) -> None:
    grown = picture((1, 0, 0, 20, 20), CORE)  # four pixels too far at each side
    near = 4 * (2 * 12 + 1)  # two rows along each side, and at each corner the one pixel within 2
    assert types(truth, grown) == {"cell": {"boundary": near, "other": 400 - 144 - near}}
    shrunk = picture((1, 7, 7, 6, 6), CORE)
    assert types(truth, shrunk, boundary=1.0)["cell"] == {"boundary": 44, "other": 144 - 36 - 44}


def test_a_swapped_class_is_confusion_and_counts_for_the_true_class(truth: np.ndarray) -> None:
    assert types(truth, np.where(truth == 2, 1, truth)) == {"core": {"confusion": 144}}


def test_a_speck_is_a_speck(truth: np.ndarray, picture: Picture) -> None:
    speck = (2, 36, 2, 2, 2)
    assert types(truth, picture(CELL, CORE, speck)) == {"core": {"specks": 4}}
    assert types(picture(CELL, CORE, speck), truth) == {"core": {"specks": 4}}


def test_the_edge_of_the_picture_is_no_outline(picture: Picture) -> None:
    truth = picture((1, 0, 0, 12, 40))
    given = truth.copy()
    given[0, 5] = 0  # far from the only outline, below
    assert types(truth, given) == {"cell": {"other": 1}}


def test_unknown_pixels_are_never_wrong(truth: np.ndarray) -> None:
    unknown = truth.copy()
    unknown[:, 20:] = -1
    given = np.where(truth == 2, 1, truth)
    assert types(unknown, given) == {}
    assert counted(unknown, given).summary()["pixels"] == 40 * 20


@pytest.mark.parametrize("seed", range(8))
def test_every_wrong_pixel_is_of_one_type(
    noise: Callable[[int], tuple[np.ndarray, np.ndarray]], seed: int
) -> None:
    truth, given = noise(seed)
    found, known = counted(truth, given), truth >= 0
    wrong = known & (truth != given)
    summary = found.summary()
    assert summary["wrong"] == wrong.sum() == sum(sum(kinds.values()) for kinds in summary["types"].values())
    for index, name in ((1, "cell"), (2, "core")):
        own = wrong & ((truth == index) | ((truth == 0) & (given == index)))
        assert sum(summary["types"][name].values()) == own.sum()
        assert set(summary["types"][name]) == set(TYPES)
    reference = confusion_matrix(truth[known], given[known], labels=[0, 1, 2])
    assert found.confusion_summary() == {"classes": list(CLASSES), "counts": reference.tolist()}


def test_pictures_add_up(noise: Callable[[int], tuple[np.ndarray, np.ndarray]]) -> None:
    together = Pixels(CLASSES, 2.0, 8)
    for seed in range(3):
        truth, given = noise(seed)
        together.add(truth, given, match(truth, given, 3))
    alone = [counted(*noise(seed)) for seed in range(3)]
    assert (together.counts == sum(one.counts for one in alone)).all()
    assert (together.confusion == sum(one.confusion for one in alone)).all()
