"""A network from text to text, its loss and its metrics, as Lightning wants them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from stagewright_plugins.texts.torch_stepper import TorchStepper
from stagewright_plugins.texts.translator import BATCH, Settings, Translator

from .module import Fit
from .pairs import PairLoader
from .surroundings import cpu_threads

Pair = tuple[torch.Tensor, torch.Tensor]


class SequenceFit(Fit):
    """Trains on ((source, before), after) batches; after each epoch the validation split is translated, greedily."""

    def __init__(
        self, *given: Any, translate: Callable[[TorchStepper], Translator], held: PairLoader
    ) -> None:
        super().__init__(*given)
        self._translate, self._held = translate, held

    def forward(self, inputs: Pair) -> torch.Tensor:  # type: ignore[override]  # a pair of inputs
        """Source (N, S) and what is said before (N, T) → logits (N, V, T)."""
        logits: torch.Tensor = self.network(*inputs)
        return logits

    def training_step(self, batch: tuple[Pair, torch.Tensor], _index: int) -> torch.Tensor:  # type: ignore[override]
        """Loss of a batch; raises StepError where it is not a number."""
        inputs, targets = batch
        loss: torch.Tensor = self.loss(self(inputs).float(), targets)
        self.trained.add(self._finite(loss.detach(), "training"), len(targets))
        return loss

    def validation_step(self, batch: tuple[Pair, torch.Tensor], _index: int) -> None:  # type: ignore[override]
        """The loss of a batch."""
        inputs, targets = batch
        self.validated.add(self._finite(self.loss(self(inputs).float(), targets), "validation"), len(targets))

    def on_validation_epoch_end(self) -> None:
        """Translate the split and hold it against the metrics."""
        translate = self._translate(TorchStepper(self.network))
        with cpu_threads(1):  # a step's matrices are too small to be shared
            said = [one.text for one in translate(self._held.pairs.texts)]
        for metric in self.counted.values():
            metric.update(said, self._held.pairs.targets)  # type: ignore[operator]
        super().on_validation_epoch_end()


def greedy(data: Any, least: float | None, longest: int) -> Callable[[TorchStepper], Translator]:
    """Makes the translator of an epoch: one translation followed at a time."""
    from stagewright_plugins.texts.reading import memory
    from stagewright_plugins.texts.subwords import Subwords

    subwords, kept = Subwords.read(data.path), memory(data)
    return lambda stepper: Translator(stepper, subwords, kept, Settings(1, least, longest), BATCH)
