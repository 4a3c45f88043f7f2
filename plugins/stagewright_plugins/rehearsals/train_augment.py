"""train.augment: a picture and its mask changed together, by nothing but the generator it is handed."""

from __future__ import annotations

from typing import Any

from stagewright.contract import Component
from stagewright.stages.train import AugmentInputs
from stagewright.testing import Bench
from stagewright_plugins.rehearsals._plain import plain
from stagewright_plugins.rehearsals._small import a_task, discs


def rehearse(plugin: Component[Any, Any], bench: Bench) -> object:
    """Shapes, types and classes stay; what it was handed is not changed in place."""
    import torch

    task = a_task(bench)
    augment = plugin(AugmentInputs(task))
    pictures, masks = discs(4, bench.seed)
    generator, found = torch.Generator().manual_seed(bench.seed), []
    for picture, mask in zip(pictures, masks, strict=True):
        given, target = torch.from_numpy(picture).float() / 255, torch.from_numpy(mask).long()
        before = given.clone(), target.clone()
        changed, moved = augment(given, target, generator)
        assert torch.equal(given, before[0]) and torch.equal(target, before[1]), (
            "it changes its input in place"
        )
        assert changed.shape == given.shape and changed.dtype == torch.float32, (
            "the picture's shape or type changed"
        )
        assert moved.shape == target.shape and moved.dtype == torch.int64, "the mask's shape or type changed"
        assert int(moved.max()) < len(task.classes), "the mask has a class that does not exist"
        found.append(plain((changed, moved)))
    return found
