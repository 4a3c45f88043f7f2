"""Errors planted into perfect predictions are named as what they are; counts against torchmetrics."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.ndimage import binary_erosion, label
from torchmetrics.functional.detection import panoptic_quality

from stagewright_plugins.evaluate._outcomes import WHY_INVENTED, WHY_MISSED, Outcomes, counted

CLASSES = ("background", "cell", "core")
Picture = Callable[..., np.ndarray]
CELLS = [(1, 2, 2, 10, 10), (1, 2, 20, 10, 12), (1, 20, 2, 12, 10)]
CORE = (2, 22, 22, 10, 10)


def outcomes(truth: np.ndarray, given: np.ndarray, threshold: float = 0.5, tiny: int = 8) -> dict[str, Any]:
    """Counts by class."""
    found = Outcomes(CLASSES, tiny)
    found.add("a", truth, given)
    return {item["class"]: item for item in found.summary(found.objects(), [threshold])}


def reasons(item: dict[str, Any]) -> dict[str, dict[str, int]]:
    """Only those that occur."""
    return {
        side: {name: count for name, count in item[f"why_{side}"].items() if count}
        for side in ("missed", "invented")
        if item[side]
    }


@pytest.fixture
def truth(picture: Picture) -> np.ndarray:
    return picture(*CELLS, CORE)


def test_a_perfect_prediction_has_no_errors(truth: np.ndarray) -> None:
    found = outcomes(truth, truth)
    assert found["cell"]["objects"] == found["cell"]["matched"] == 3
    assert found["core"]["objects"] == found["core"]["matched"] == 1
    for item in found.values():
        assert item["missed"] == item["invented"] == item["splits"] == item["merges"] == 0
        assert item["precision"] == item["recall"] == item["mean_iou"] == item["pq"] == 1


def test_a_dropped_object_is_missed_and_not_found(truth: np.ndarray, picture: Picture) -> None:
    found = outcomes(truth, picture(*CELLS[1:], CORE))
    assert reasons(found["cell"]) == {"missed": {"not found": 1}}
    assert found["cell"]["recall"] == pytest.approx(2 / 3)
    assert reasons(found["core"]) == {}


def test_an_invented_object_is_one_where_nothing_is(truth: np.ndarray, picture: Picture) -> None:
    found = outcomes(truth, picture(*CELLS, CORE, (2, 36, 2, 3, 6)))
    assert reasons(found["core"]) == {"invented": {"nothing there": 1}}
    assert found["core"]["precision"] == 0.5
    assert reasons(found["cell"]) == {}


@pytest.mark.parametrize(("pixels", "iou"), [(1, 0.64), (2, 0.36)])
def test_an_eroded_outline_is_poor_from_the_threshold_that_it_misses(
    truth: np.ndarray, pixels: int, iou: float
) -> None:
    given = np.where(binary_erosion(truth == 2, np.ones((3, 3)), pixels) | (truth == 1), truth, 0)
    for threshold in (0.3, 0.5, 0.75):
        core = outcomes(truth, given, threshold)["core"]
        if iou > threshold:
            assert core["matched"] == 1
            assert core["mean_iou"] == pytest.approx(iou)
        else:
            assert reasons(core) == {"missed": {"poor outline": 1}, "invented": {"poor outline": 1}}


def test_swapped_classes_are_wrong_classes_on_both_sides(truth: np.ndarray) -> None:
    given = np.where(truth == 2, 1, truth)
    found = outcomes(truth, given)
    assert reasons(found["core"]) == {"missed": {"wrong class": 1}}
    assert reasons(found["cell"]) == {"invented": {"wrong class": 1}}


def test_two_objects_covered_by_one_are_merged(truth: np.ndarray, picture: Picture) -> None:
    given = picture((1, 2, 2, 10, 30), CELLS[2], CORE)
    cell = outcomes(truth, given)["cell"]
    assert cell["merges"] == 1
    assert reasons(cell) == {"missed": {"merged": 2}, "invented": {"merged": 1}}


def test_one_object_in_two_parts_is_split(truth: np.ndarray, picture: Picture) -> None:
    given = picture(*CELLS, CORE)
    given[26:28, 22:32] = 0
    core = outcomes(truth, given)["core"]
    assert core["splits"] == 1
    assert reasons(core) == {"missed": {"split": 1}, "invented": {"split": 2}}


def test_an_object_whose_partner_fits_another_one_better_is_poorly_outlined(picture: Picture) -> None:
    """One prediction reaches over two objects: the second is found, though badly."""
    truth = picture((1, 0, 0, 10, 10), (1, 0, 11, 10, 10))
    given = picture((1, 0, 0, 10, 15))
    cell = outcomes(truth, given)["cell"]
    assert cell["matched"] == 1
    assert reasons(cell) == {"missed": {"poor outline": 1}}


def test_specks_are_counted_apart(truth: np.ndarray, picture: Picture) -> None:
    speck, other = (1, 36, 36, 2, 2), (1, 36, 30, 2, 2)
    cell = outcomes(picture(*CELLS, CORE, speck), picture(*CELLS, CORE, speck, other))["cell"]
    assert (cell["objects"], cell["invented"]) == (3, 0)
    assert cell["specks"] == {"matched": 1, "missed": 0, "invented": 1}
    cell = outcomes(picture(*CELLS, CORE, speck), truth)["cell"]
    assert (cell["objects"], cell["missed"]) == (3, 0)
    assert cell["specks"] == {"matched": 0, "missed": 1, "invented": 0}


def test_a_speck_that_finds_an_object_is_no_speck(picture: Picture) -> None:
    truth, given = picture((1, 2, 2, 3, 3)), picture((1, 2, 2, 3, 2))
    cell = outcomes(truth, given)["cell"]
    assert (cell["objects"], cell["matched"]) == (1, 1)
    assert cell["specks"] == {"matched": 0, "missed": 0, "invented": 0}


def test_a_speck_beside_an_object_does_not_split_it(truth: np.ndarray) -> None:
    given = truth.copy()
    given[22, 22:25], given[23, 22:26] = 0, 0
    given[22, 22] = 2
    assert outcomes(truth, given)["core"]["splits"] == 0


def test_what_is_predicted_mostly_where_the_truth_is_unknown_can_match_but_is_not_invented(
    truth: np.ndarray,
) -> None:
    unknown = truth.copy()
    unknown[:, 30:] = -1
    given = unknown.clip(0)
    given[22:32, 22:40] = 2  # most of it beyond, and all that is known of the core
    assert outcomes(unknown, given)["core"]["matched"] == 1
    given[22:32, 22:28] = 0
    core = outcomes(unknown, given)["core"]
    assert (core["matched"], core["missed"], core["invented"]) == (0, 1, 0)


@pytest.mark.parametrize("seed", range(20))
def test_quality_is_that_of_torchmetrics(
    noise: Callable[[int], tuple[np.ndarray, np.ndarray]], seed: int
) -> None:
    truth, given = noise(seed)
    found = outcomes(truth, given, tiny=1)
    reference = panoptic_quality(
        panoptic(given),
        panoptic(truth),
        things={1, 2},
        stuffs={0},
        allow_unknown_preds_category=True,
        return_sq_and_rq=True,
        return_per_class=True,
    )
    assert reference.shape == (3, 3)  # things before stuff; PQ, IoU, F1
    for row, name in enumerate(("cell", "core")):
        ours = [found[name][key] for key in ("pq", "mean_iou", "recognition")]
        assert [value or 0.0 for value in ours] == pytest.approx(reference[row].tolist(), abs=1e-6)


def panoptic(picture: np.ndarray) -> torch.Tensor:
    """(1, H, W, 2): category and instance, as torchmetrics takes it; unknown is a category it does not know."""
    instances = np.zeros_like(picture)
    for index in (1, 2):
        regions, _ = label(picture == index, np.ones((3, 3)))
        instances += regions
    category = np.where(picture < 0, 9, picture)
    return torch.from_numpy(np.stack([category, instances], axis=-1))[None]


def test_any_threshold_follows_from_the_table_of_objects(
    noise: Callable[[int], tuple[np.ndarray, np.ndarray]],
) -> None:
    together = Outcomes(CLASSES, 8)
    for seed in range(6):
        together.add(str(seed), *noise(seed))
    objects = together.objects()
    before = None
    for threshold in (0, 0.1, 0.3, 0.5, 0.55, 0.8, 0.95):
        found = {name: counted(objects[objects["class"] == name], threshold) for name in CLASSES[1:]}
        alone = [outcomes(*noise(seed), threshold) for seed in range(6)]
        for name, item in found.items():
            for key in ("objects", "matched", "missed", "invented", "splits", "merges"):
                assert item[key] == sum(one[name][key] for one in alone), (threshold, name, key)
            assert sum(item["why_missed"].values()) == item["missed"]
            assert sum(item["why_invented"].values()) == item["invented"]
            assert item["matched"] + item["missed"] == item["objects"]
        matched = sum(item["matched"] + item["specks"]["matched"] for item in found.values())
        assert before is None or matched <= before
        before = matched


def test_the_table_names_partners_and_the_overlaps_repeat_their_iou(
    noise: Callable[[int], tuple[np.ndarray, np.ndarray]],
) -> None:
    found = Outcomes(CLASSES, 8)
    found.add("a", *noise(1))
    objects, overlaps = found.objects(), found.overlaps()
    truth = objects[(objects["side"] == "truth") & (objects["partner"] > 0)]
    both = truth.merge(
        overlaps, left_on=["object", "partner"], right_on=["truth", "prediction"], suffixes=("", "_pair")
    )
    assert len(both) == len(truth) > 5
    assert both["iou"].tolist() == both["iou_pair"].tolist()
    assert (both["shared"] / (both["truth_area"] + both["prediction_area"] - both["shared"])).tolist() == (
        pytest.approx(both["iou"].tolist())
    )
    back = objects[objects["side"] == "prediction"].set_index("object")["partner"]
    assert (back.loc[truth["partner"]].to_numpy() == truth["object"].to_numpy()).all()


def test_the_best_overlap_counts_whether_paired_or_not(
    noise: Callable[[int], tuple[np.ndarray, np.ndarray]],
) -> None:
    found = Outcomes(CLASSES, 8)
    found.add("a", *noise(2))
    objects, overlaps = found.objects(), found.overlaps()
    for row in objects.itertuples():
        other = overlaps[overlaps[row.side] == row.object]
        same = other["truth_class"] == other["prediction_class"]
        assert row.best_iou == pytest.approx(other[same]["iou"].max() if same.any() else 0)
        assert row.other_iou == pytest.approx(other[~same]["iou"].max() if (~same).any() else 0)


def test_pictures_without_objects_give_empty_tables_and_no_ratios() -> None:
    found = Outcomes(CLASSES, 8)
    found.add("a", np.zeros((6, 6), dtype=np.int64), np.zeros((6, 6), dtype=np.int64))
    objects = found.objects()
    assert isinstance(objects, pd.DataFrame)
    assert len(objects) == len(found.overlaps()) == 0
    (cell, _) = found.summary(objects, [0.5])
    assert cell["objects"] == 0
    assert cell["precision"] is cell["recall"] is cell["pq"] is cell["mean_iou"] is None
    assert set(cell["why_missed"]) == set(WHY_MISSED)
    assert set(cell["why_invented"]) == set(WHY_INVENTED)
