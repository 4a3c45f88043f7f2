"""One model, its loss and its metrics, as Lightning wants them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import lightning.pytorch as pl
import torch
from torch import nn

from stagewright.errors import StepError
from stagewright.stages.metrics import Formula, MetricSet
from stagewright.stages.train import ScheduleInputs
from stagewright_plugins.scoring.values import metric_values


class Fit(pl.LightningModule):
    """Trains on (inputs, targets) batches; after each validation `values` holds every metric by key."""

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
        self.train_loss = self.validation_loss = 0.0

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """(N, C, H, W) float32 → (N, K, H, W) logits."""
        logits: torch.Tensor = self.network(inputs.contiguous(memory_format=torch.channels_last))
        return logits

    def on_train_epoch_start(self) -> None:
        """Shuffle and augment for this epoch."""
        assert self.trainer.train_dataloader is not None
        self.trainer.train_dataloader.epoch = self.current_epoch
        torch.manual_seed(self.trainer.train_dataloader.seed * 100_003 + self.current_epoch)  # dropout
        self._seen = self._sum = 0.0

    def training_step(self, batch: tuple[torch.Tensor, torch.Tensor], _index: int) -> torch.Tensor:
        """Loss of a batch; raises StepError where it is not a number."""
        inputs, targets = batch
        loss: torch.Tensor = self.loss(self(inputs), targets)
        if not torch.isfinite(loss):
            raise StepError(
                f"the loss is {loss.item()} in epoch {self.current_epoch}: lower train.optimizer.lr, "
                "clip gradients (train.gradient_clip) or look for broken samples in the data report"
            )
        self._sum += float(loss.detach()) * len(inputs)
        self._seen += len(inputs)
        return loss

    def on_train_epoch_end(self) -> None:
        """Mean loss over the samples of the epoch."""
        self.train_loss = self._sum / max(self._seen, 1)

    def on_validation_epoch_start(self) -> None:
        """Forget the last epoch."""
        for metric in self.counted.values():
            metric.reset()  # type: ignore[operator]
        self._validation_sum = self._validation_seen = 0.0

    def validation_step(self, batch: tuple[torch.Tensor, torch.Tensor], _index: int) -> None:
        """Add a batch to the metrics."""
        inputs, targets = batch
        logits = self(inputs).float()
        self._validation_sum += float(self.loss(logits, targets)) * len(inputs)
        self._validation_seen += len(inputs)
        probabilities = logits.softmax(1)
        for metric in self.counted.values():
            metric.update(probabilities, targets)  # type: ignore[operator]

    def on_validation_epoch_end(self) -> None:
        """Every metric on the whole validation split."""
        self.values = metric_values(self.metrics, self.built)
        self.validation_loss = self._validation_sum / max(self._validation_seen, 1)

    def configure_optimizers(self) -> Any:
        """The recipe's optimizer and schedule, stepped once per optimizer step."""
        optimizer = self.make_optimizer(self.network.parameters())
        total = int(self.trainer.estimated_stepping_batches)
        per_epoch = max(1, total // max(1, self.trainer.max_epochs or 1))
        scheduler = self.make_scheduler(ScheduleInputs(optimizer, total, per_epoch))
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}
