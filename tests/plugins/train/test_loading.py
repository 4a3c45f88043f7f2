"""Batches from memory: every sample once, in an order and with changes that follow from seed and epoch alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from stagewright.errors import StepError
from stagewright.stages.data import Dataset
from stagewright_plugins.fitting import loading
from stagewright_plugins.fitting.loading import Loader, in_memory

PAIR = (
    torch.arange(7, dtype=torch.uint8).view(7, 1, 1, 1).repeat(1, 1, 2, 3) * 20,
    torch.arange(7, dtype=torch.uint8).view(7, 1, 1).repeat(1, 2, 3),
)


def jitter(one: torch.Tensor, true: torch.Tensor, generator: torch.Generator) -> Any:
    return one + torch.rand(1, generator=generator), true


def rows(loader: Loader, epoch: int = 0) -> list[int]:
    loader.start(epoch)
    return [int(target[0, 0]) for _, targets in loader for target in targets]


def drawn(loader: Loader, epoch: int = 0) -> dict[int, float]:
    """What `jitter` added, by sample."""
    loader.start(epoch)
    pairs = [pair for batch in loader for pair in zip(*batch, strict=True)]
    return {int(true[0, 0]): float(one[0, 0, 0]) - int(true[0, 0]) * 20 / 255 for one, true in pairs}


def test_batches_have_types_and_range_of_the_contract() -> None:
    batches = list(Loader(PAIR, 3))
    assert [len(inputs) for inputs, _ in batches] == [3, 3, 1]
    assert len(Loader(PAIR, 3)) == 3
    inputs, targets = batches[1]
    assert inputs.dtype == torch.float32
    assert targets.dtype == torch.int64
    assert inputs[0, 0, 0, 0].item() == pytest.approx(60 / 255)
    assert targets[0, 0, 0] == 3


def test_unshuffled_is_in_order() -> None:
    assert rows(Loader(PAIR, 2), epoch=3) == list(range(7))


def test_every_epoch_has_every_sample_in_an_order_of_its_own() -> None:
    loader = Loader(PAIR, 2, seed=5, shuffle=True)
    orders = [rows(loader, epoch) for epoch in range(4)]
    assert all(sorted(order) == list(range(7)) for order in orders)
    assert len({tuple(order) for order in orders}) == 4
    assert rows(Loader(PAIR, 2, seed=5, shuffle=True), epoch=2) == orders[2]  # without the ones before
    assert rows(Loader(PAIR, 2, seed=6, shuffle=True), epoch=2) != orders[2]


def test_changes_follow_from_seed_epoch_and_sample_not_from_batches() -> None:
    small = drawn(Loader(PAIR, 2, seed=5, augment=[jitter], shuffle=True), epoch=1)
    large = drawn(Loader(PAIR, 7, seed=5, augment=[jitter]), epoch=1)
    assert small == large
    assert len(set(small.values())) == 7
    assert drawn(Loader(PAIR, 2, seed=5, augment=[jitter]), epoch=2) != small
    assert drawn(Loader(PAIR, 2, seed=6, augment=[jitter]), epoch=1) != small


def test_changes_come_one_after_the_other() -> None:
    double = lambda one, true, generator: (2 * one, true)  # noqa: E731
    loader = Loader(PAIR, 7, augment=[jitter, double])
    once, twice = next(iter(Loader(PAIR, 7, augment=[jitter])))[0], next(iter(loader))[0]
    assert torch.equal(twice, 2 * once)


def test_layers_draw_what_belongs_to_the_epoch() -> None:
    loader = Loader(PAIR, 2, seed=5)
    loader.start(3)
    expected = torch.rand(2)
    torch.rand(100)
    loader.start(3)
    assert torch.equal(torch.rand(2), expected)


def test_a_split_is_read_whole(make_dataset: Callable[..., Dataset], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "ROWS", 3)
    dataset = make_dataset({"train": 10}, channels=3)
    inputs, targets = in_memory(dataset, "train")
    assert (inputs.shape, inputs.dtype) == ((10, 3, 17, 20), torch.uint8)
    assert (targets.shape, targets.dtype) == ((10, 17, 20), torch.uint8)
    assert set(targets.unique().tolist()) == {0, 1}
    inside = inputs.float()[targets[:, None].expand_as(inputs) == 1].mean()
    assert inside == pytest.approx(160, abs=5)


def test_an_empty_split_is_an_error_that_says_what_to_do(make_dataset: Callable[..., Dataset]) -> None:
    dataset = make_dataset({"train": 2, "validation": 0})
    with pytest.raises(StepError, match=r"the validation split is empty: widen data\.split"):
        in_memory(dataset, "validation")
