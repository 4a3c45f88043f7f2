"""Cross entropy equals torch's, and is defined where every pixel is ignored."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from stagewright.errors import StagewrightError
from stagewright.stages.framing import Task
from stagewright_plugins.train.loss.cross_entropy import cross_entropy

LOGITS = torch.randn(3, 2, 5, 6, generator=torch.Generator().manual_seed(0))
TARGET = (torch.arange(90).view(3, 5, 6) % 7 < 3).long()


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("weights", [None, (0.2, 3.0)])
@pytest.mark.parametrize("ignore", [None, 255])
def test_it_is_torch_s(
    make_task: Callable[..., Task], ignore: int | None, weights: tuple[float, ...] | None, smoothing: float
) -> None:
    target = TARGET.clone()
    if ignore:
        target[:, :2] = ignore
    loss = cross_entropy(make_task(ignore_index=ignore), class_weights=weights, label_smoothing=smoothing)
    expected = torch.nn.CrossEntropyLoss(
        torch.tensor(weights) if weights else None, ignore_index=ignore or -100, label_smoothing=smoothing
    )
    assert loss(LOGITS, target).item() == pytest.approx(expected(LOGITS, target).item(), rel=1e-5)


def test_a_batch_of_ignored_pixels_costs_nothing_and_teaches_nothing(make_task: Callable[..., Task]) -> None:
    logits = LOGITS.clone().requires_grad_()
    loss = cross_entropy(make_task(ignore_index=255))(logits, torch.full_like(TARGET, 255))
    loss.backward()
    assert loss.item() == 0
    assert logits.grad is not None
    assert not logits.grad.any()


def test_weights_must_be_one_per_class(make_task: Callable[..., Task]) -> None:
    with pytest.raises(StagewrightError, match="3 values for 2 classes"):
        cross_entropy(make_task(), class_weights=(1.0, 1.0, 1.0))


def test_weights_go_where_the_model_goes(make_task: Callable[..., Task]) -> None:
    loss = cross_entropy(make_task(), class_weights=(1.0, 2.0)).to(torch.float64)
    assert loss(LOGITS.double(), TARGET).dtype == torch.float64
