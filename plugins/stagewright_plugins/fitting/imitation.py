"""Training that follows another network's answers beside the labels: knowledge distillation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from .module import Fit


@dataclass(frozen=True)
class Teacher:
    """The network that is followed.

    Attributes:
        network: in evaluation mode; its weights do not move.
        share: of the loss that follows it, 0 to 1; the rest follows the labels.
        temperature: above 1, answers are softened, so that second-best classes are learned too.
    """

    network: nn.Module
    share: float
    temperature: float


class Imitation(Fit):
    """`share * T^2 * KL(teacher || student)`, both softened by T, plus the task's loss for the rest.

    Hinton et al., 2015, arXiv:1503.02531; per pixel as in Liu et al., 2019, arXiv:1903.04197. The teacher sees
    what the student sees, augmentation included.
    """

    def __init__(self, *given: Any, teacher: Teacher) -> None:
        super().__init__(*given)
        # In a tuple, so that the teacher is no part of this module: neither trained nor in its checkpoints.
        self._taught_by = (teacher,)

    def on_fit_start(self) -> None:
        """The teacher works where the student does."""
        self._taught_by[0].network.eval().to(self.device)

    def learned(self, inputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Both losses of a batch, a scalar."""
        (teacher,) = self._taught_by
        given = inputs.contiguous(memory_format=torch.channels_last) if inputs.ndim == 4 else inputs
        with torch.no_grad():
            answers = teacher.network(given).float()
        logits = self(inputs).float()
        followed = divergence(logits, answers, teacher.temperature)
        return teacher.share * followed + (1 - teacher.share) * self.loss(logits, targets)


def divergence(logits: torch.Tensor, answers: torch.Tensor, temperature: float) -> torch.Tensor:
    """`T^2 * KL(answers || logits)` softened by T, (N, K, ...) each → scalar, the mean over samples and pixels."""
    student = functional.log_softmax(logits / temperature, 1)
    teacher = functional.log_softmax(answers / temperature, 1)
    each = functional.kl_div(student, teacher, reduction="none", log_target=True).sum(1)
    return each.mean() * temperature**2
