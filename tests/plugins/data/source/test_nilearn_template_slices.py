"""Slices of the template that nilearn carries."""

import socket
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from stagewright.errors import StagewrightError
from stagewright.stages.data import Source, SourceInputs
from stagewright.testing import context
from stagewright_plugins.data.source.nilearn_template_slices import nilearn_template_slices

CLASSES = ("background", "grey", "white")


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the source must not use the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def source(tmp_path: Path, seed: int = 7, classes: tuple[str, ...] = CLASSES, **settings: Any) -> Source:
    task = SimpleNamespace(input=SimpleNamespace(shape=(1, 48, 48)), classes=classes)
    return nilearn_template_slices(SourceInputs(task, context(tmp_path, seed)), **settings)  # type: ignore[arg-type]


def test_every_scanner_gives_its_slices(tmp_path: Path) -> None:
    made = source(tmp_path, scanners=3, slices_per_scanner=4)
    assert len(made.ids) == len(set(made.ids)) == 12
    assert made.group == "scanner"
    samples = [made.read(id) for id in made.ids]
    assert {sample.group for sample in samples} == {"scanner_00", "scanner_01", "scanner_02"}
    for sample in samples:
        assert sample.input.shape == sample.target.shape == (48, 48)
        assert sample.input.dtype == np.uint8
        assert set(np.unique(sample.target)) <= {0, 1, 2}
        assert (sample.target == 1).mean() > 0.02
        assert set(sample.tags) == {"scanner", "level", "height_mm", "tissue_order", "strength"}
    assert {sample.tags["level"] for sample in samples} == {"low", "middle", "high"}


def test_a_slice_does_not_depend_on_what_was_read_before(tmp_path: Path) -> None:
    first, second = (source(tmp_path, scanners=2, slices_per_scanner=2) for _ in range(2))
    forward = {id: first.read(id) for id in first.ids}
    backward = {id: second.read(id) for id in reversed(second.ids)}
    for id, sample in forward.items():
        assert np.array_equal(sample.input, backward[id].input)
        assert np.array_equal(sample.target, backward[id].target)


def test_more_scanners_leave_the_first_ones_as_they_were(tmp_path: Path) -> None:
    few, many = (source(tmp_path, scanners=n, slices_per_scanner=2) for n in (1, 5))
    assert list(few.ids) == list(many.ids[:2])
    assert np.array_equal(few.read(few.ids[0]).input, many.read(few.ids[0]).input)


def test_another_seed_gives_other_scanners(tmp_path: Path) -> None:
    first, second = (source(tmp_path, seed=seed, scanners=1, slices_per_scanner=1) for seed in (1, 2))
    assert not np.array_equal(first.read(first.ids[0]).input, second.read(second.ids[0]).input)


def test_scanners_show_every_contrast(tmp_path: Path) -> None:
    made = source(tmp_path, scanners=6, slices_per_scanner=1)
    assert len({made.read(id).tags["tissue_order"] for id in made.ids}) == 6


def test_the_plain_template_is_grouped_by_slabs_that_do_not_touch(tmp_path: Path) -> None:
    made = source(tmp_path, scanners=0, slices_per_scanner=8)
    assert made.group == "slab"
    samples = [made.read(id) for id in made.ids]
    assert len({sample.group for sample in samples}) == 12
    assert len({sample.input.tobytes() for sample in samples}) == len(samples)
    ordered = sorted(samples, key=lambda sample: float(sample.tags["height_mm"]))
    between = [
        float(b.tags["height_mm"]) - float(a.tags["height_mm"])
        for a, b in pairwise(ordered)
        if a.group != b.group
    ]
    assert len(between) == 11
    assert min(between) >= 3


def test_a_task_with_other_classes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StagewrightError, match="three classes"):
        source(tmp_path, classes=("background", "brain"))


def test_the_card_says_what_this_is(tmp_path: Path) -> None:
    card = source(tmp_path).card
    assert "Copyright" in card.licence
    assert "synthetic" in card.description
    assert card.personal_data == "none"
