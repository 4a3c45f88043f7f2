"""Training as part of a compression step: the train stage's machinery, with the step's own settings."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from stagewright.contract import Component
from stagewright.errors import StepError
from stagewright.stages import train
from stagewright.stages.compress import Inputs

if TYPE_CHECKING:
    from collections.abc import Callable

    from stagewright_plugins.fitting.fit import Plan


def tuning(inputs: Inputs, loss: Component[Any, Any] | None, **settings: Any) -> Callable[..., Plan]:
    """A plan of training that still lacks its model; raises StepError where there is no loss to train with."""
    from stagewright_plugins.fitting.fit import Plan

    task = inputs.framing.task
    if loss is None and not task.default_loss:
        raise StepError(f"the task {task.type!r} has no default loss: name one at `loss`")
    chosen = loss or inputs.context.resolve("train.loss", {"type": task.default_loss})
    fixed = {"patience": None, "min_delta": 0.0, "gradient_clip": None, "accumulate": 1}
    return partial(Plan, loss=chosen, **fixed, **settings)


def train_inputs(inputs: Inputs) -> train.Inputs:
    """What training looks at: train and validation splits, in the step's own folder."""
    return train.Inputs(inputs.framing, inputs.data, inputs.metrics, inputs.context)
