"""The worst samples are kept, the worst first, and their pictures show what went wrong where."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from stagewright_plugins.evaluate._worst import EDGE, ERRORS, GAP, Worst, panels, visible
from stagewright_plugins.scoring.pictures import PALETTE, UNKNOWN

IMAGE = np.full((1, 8, 8), 0.5, dtype=np.float32)
LABELS = np.zeros((8, 8), dtype=np.int64)
CLASSES = ("background", "cell", "core")


def offered(scores: dict[str, float], count: int, direction: Any = "maximize") -> Worst:
    kept = Worst(count, direction)
    for name, score in scores.items():
        kept.offer(name, score, IMAGE, LABELS, LABELS)
    return kept


@pytest.mark.parametrize("count", [1, 3, 50])
def test_the_lowest_are_kept_in_order(count: int) -> None:
    scores = dict(zip(map(str, range(40)), np.random.default_rng(0).random(40).tolist(), strict=True))
    assert offered(scores, count).ids() == sorted(scores, key=lambda name: scores[name])[:count]


def test_where_less_is_better_the_highest_are_kept() -> None:
    assert offered({"a": 1.0, "b": 5.0, "c": 3.0}, 2, "minimize").ids() == ["b", "c"]


def test_of_equal_ones_the_first_is_kept() -> None:
    assert offered(dict.fromkeys("abcd", 0.5), 2).ids() == ["a", "b"]


def test_a_sample_without_a_score_is_left_out() -> None:
    assert offered({"a": np.nan, "b": 0.5}, 3).ids() == ["b"]


def test_none_are_kept_and_drawn_on_request(tmp_path: Path) -> None:
    kept = offered({"a": 0.1}, 0)
    assert kept.ids() == []
    assert kept.draw(tmp_path, CLASSES, "iou_mean", {}) == []


def test_the_gallery_names_score_and_slices(tmp_path: Path) -> None:
    kept = offered({"a": 0.25, "b": 0.125}, 2)
    (gallery,) = kept.draw(tmp_path, CLASSES, "iou_mean", {"a": {"site": "north"}, "b": {"site": "south"}})
    captions = [picture.caption for picture in gallery.pictures]
    assert captions == ["b: iou_mean 0.125, site south", "a: iou_mean 0.250, site north"]
    assert "Lowest iou_mean first" in gallery.caption
    assert "yellow: core" in gallery.caption
    for picture in gallery.pictures:
        with Image.open(tmp_path / picture.path) as drawn:
            assert drawn.mode == "RGB"


def test_panels_are_input_truth_prediction_and_errors() -> None:
    truth, given = np.zeros((2, 4), np.int64), np.zeros((2, 4), np.int64)
    truth[0], given[0] = [1, 0, 1, 2], [0, 2, 2, 2]  # missed, invented, confused, right
    truth[1] = [-1, 0, 0, 0]
    given[1] = [1, 0, 0, 0]
    input = np.full((2, 4, 3), 200, np.uint8)
    drawn = panels(input, truth, given)
    scale = EDGE // 4
    width = 4 * scale
    assert drawn.shape == (2 * scale, 4 * width + 3 * GAP, 3)
    parts = [
        drawn[::scale, start : start + width : scale] for start in range(0, 4 * (width + GAP), width + GAP)
    ]
    assert (parts[0] == 200).all()
    assert parts[1][0].tolist() == PALETTE[truth[0]].tolist()
    assert parts[1][1, 0].tolist() == list(UNKNOWN)
    assert parts[2].tolist() == PALETTE[given].tolist()
    dim = [90, 90, 90]
    errors = [list(ERRORS["missed"]), list(ERRORS["invented"]), list(ERRORS["confused"]), dim]
    assert parts[3][0].tolist() == errors
    assert parts[3][1].tolist() == [dim] * 4  # what is unknown is no error


def test_enlarging_and_thinning_out_make_no_new_colours() -> None:
    random = np.random.default_rng(0)
    allowed = {tuple(colour) for colour in [*PALETTE.tolist(), (255, 255, 255), *ERRORS.values()]}
    for shape in ((5, 9), (96, 96), (60, 500)):
        truth, given = random.integers(0, 3, (2, *shape))
        drawn = panels(np.zeros((*shape, 3), np.uint8), truth, given)
        assert drawn.shape[0] <= 2 * EDGE
        assert {tuple(colour) for colour in np.unique(drawn.reshape(-1, 3), axis=0).tolist()} <= allowed


def test_three_channels_are_colour_and_any_other_number_is_grey() -> None:
    colour = np.zeros((3, 2, 2), np.float32)
    colour[0] = 1
    assert visible(colour)[0, 0].tolist() == [255, 0, 0]
    two = np.stack([np.full((2, 2), 0.2), np.full((2, 2), 0.6)]).astype(np.float32)
    assert visible(two)[1, 1].tolist() == [102, 102, 102]
