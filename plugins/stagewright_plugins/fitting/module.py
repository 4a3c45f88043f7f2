"""One model, its loss and its metrics, as Lightning wants them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import lightning.pytorch as pl
import torch
from torch import nn

from stagewright.errors import StepError
from stagewright.stages.metrics import Formula, MetricSet
from stagewright.stages.train import ScheduleInputs
from stagewright_plugins.scoring.values import metric_values


class Fit(pl.LightningModule):
    """Trains on (inputs, targets) batches; after each validation `values` holds every metric by key.

    Attributes:
        trained, validated: loss of the epoch so far, over the samples it has seen.
    """

    def __init__(
        self,
        network: nn.Module,
        loss: Any,
        optimizer: Callable[[Any], Any],
        scheduler: Callable[[ScheduleInputs], Any],
        metrics: MetricSet,
        built: Mapping[str, Any],
    ) -> None:
        super().__init__()
        self.network, self.loss = network, loss
        self.make_optimizer, self.make_scheduler = optimizer, scheduler
        self.metrics, self.built = metrics, built
        self.counted = nn.ModuleDict({k: m for k, m in built.items() if not isinstance(m, Formula)})
        self.values: dict[str, float] = {}
        self.trained, self.validated = Mean(), Mean()

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """(N, C, H, W) float32 → (N, K, H, W) logits."""
        logits: torch.Tensor = self.network(inputs.contiguous(memory_format=torch.channels_last))
        return logits

    def on_train_epoch_start(self) -> None:
        """Shuffle, augment and drop out for this epoch, whatever came before it."""
        assert self.trainer.train_dataloader is not None
        self.trainer.train_dataloader.start(self.current_epoch)
        self.trained = Mean()

    def training_step(self, batch: tuple[torch.Tensor, torch.Tensor], _index: int) -> torch.Tensor:
        """Loss of a batch; raises StepError where it is not one number."""
        inputs, targets = batch
        loss = self.learned(inputs, targets)
        self.trained.add(self._finite(loss, "training"), len(inputs))
        return loss

    def learned(self, inputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """What training makes small on a batch, a scalar."""
        loss: torch.Tensor = self.loss(self(inputs).float(), targets)
        return loss

    def on_validation_epoch_start(self) -> None:
        """Forget the last epoch."""
        for metric in self.counted.values():
            metric.reset()  # type: ignore[operator]
        self.validated = Mean()

    def validation_step(self, batch: tuple[torch.Tensor, torch.Tensor], _index: int) -> None:
        """Add a batch to the metrics."""
        inputs, targets = batch
        logits = self(inputs).float()
        self.validated.add(self._finite(self.loss(logits, targets), "validation"), len(inputs))
        probabilities = logits.softmax(1)
        if probabilities.ndim == 4:
            # Classes side by side in memory: argmax over them, as most metrics do, is ten times faster there.
            probabilities = probabilities.contiguous(memory_format=torch.channels_last)
        for metric in self.counted.values():
            metric.update(probabilities, targets)  # type: ignore[operator]

    def on_validation_epoch_end(self) -> None:
        """Every metric on the whole validation split."""
        self.values = metric_values(self.metrics, self.built)

    def configure_optimizers(self) -> Any:
        """The recipe's optimizer and schedule, stepped once per optimizer step."""
        optimizer = self.make_optimizer(list(self.network.parameters()))
        total = int(self.trainer.estimated_stepping_batches)
        per_epoch = max(1, total // max(1, self.trainer.max_epochs or 1))
        scheduler = self.make_scheduler(ScheduleInputs(optimizer, total, per_epoch))
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}

    def _finite(self, loss: Any, what: str) -> float:
        if not isinstance(loss, torch.Tensor) or loss.numel() != 1:
            found = f"one of {tuple(loss.shape)}" if isinstance(loss, torch.Tensor) else type(loss).__name__
            raise StepError(
                f"train.loss: a loss gives a tensor of one number, for all samples together, got {found}"
            )
        value = float(loss.detach())
        if math.isfinite(value):
            return value
        raise StepError(
            f"the {what} loss is {value} in epoch {self.current_epoch + 1}: lower train.optimizer.lr, clip "
            "gradients (train.gradient_clip) or look for broken samples in the data report"
        )


@dataclass
class Mean:
    """Mean of a loss over the samples seen so far."""

    total: float = 0.0
    samples: int = 0

    def add(self, value: float, samples: int) -> None:
        """Add a batch, whose mean is `value`."""
        self.total += value * samples
        self.samples += samples

    @property
    def value(self) -> float:
        """The mean; 0 before the first batch."""
        return self.total / max(self.samples, 1)
