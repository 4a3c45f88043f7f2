"""AdamW: the first step by hand, and the settings that reach it."""

from __future__ import annotations

import pytest
import torch

from stagewright_plugins.train.optimizer.adamw import adamw


def test_the_first_step_goes_by_the_rate_and_decays_apart() -> None:
    weight = torch.nn.Parameter(torch.tensor([2.0, -1.0]))
    optimizer = adamw([weight], lr=0.1, weight_decay=0.5)
    weight.grad = torch.tensor([3.0, -0.01])
    optimizer.step()
    # Corrected for its start, the first gradient is divided by its own size.
    assert weight.tolist() == pytest.approx([2 * (1 - 0.1 * 0.5) - 0.1, -1 * (1 - 0.1 * 0.5) + 0.1], abs=1e-5)


def test_betas_are_the_recipe_s() -> None:
    optimizer = adamw([torch.nn.Parameter(torch.zeros(1))], betas=(0.8, 0.95))
    assert optimizer.param_groups[0]["betas"] == (0.8, 0.95)
