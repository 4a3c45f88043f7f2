"""The student's training."""

from __future__ import annotations

from functools import partial

from stagewright.stages.compress import Inputs
from stagewright.stages.train import Model
from stagewright_plugins.exporting.network import network
from stagewright_plugins.fitting.fit import Plan, fit
from stagewright_plugins.fitting.imitation import Imitation, Teacher

from ._tuning import train_inputs


def distilled(inputs: Inputs, plan: Plan, share: float, temperature: float) -> Model:
    """Train a new network under the eyes of the given one; see `distill`."""
    teacher = network(inputs.model, inputs.framing.task, inputs.context)
    module = partial(Imitation, teacher=Teacher(teacher, share, temperature))
    return fit(train_inputs(inputs), plan, module=module)
